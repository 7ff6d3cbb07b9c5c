"""A repository at one moment, read lazily: models one by one, each dropped when its judge is done with it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from modelward.errors import CannotEvaluate
from modelward.tree import layout
from modelward.tree.ahead import AheadSource
from modelward.tree.batches import batched
from modelward.tree.model import Model
from modelward.tree.organisation import Organisation
from modelward.tree.place import Unreadable

_BATCH: Final = 64
"""Models that are read at once."""


class Snapshot(Organisation):
    """The organisation with its models. Policies and environments are kept once read; models are not."""

    def model_names(self) -> list[str]:
        """The folders under `models/`, sorted."""
        return self.source.folders("models")

    def model(self, name: str) -> Model:
        """One model, not yet read."""
        return Model(self.source, name)

    def models(self, names: Iterable[str]) -> Iterator[Model]:
        """Models one by one, with what says how each is to serve read for many of them at once."""
        for batch in batched(names, _BATCH):
            ahead = AheadSource(self.source)
            models = [Model(ahead, name) for name in batch]
            ahead.fetch(entry for model in models for entry in model.files("manifest.yaml", "thresholds.yaml"))
            ahead.fetch(entry for model in models for entry in model.files(*_deployed(model)))
            yield from models


def _deployed(model: Model) -> Iterator[str]:
    """The records of the releases that a model deploys, as far as its manifest can be read."""
    with suppress(Unreadable):
        for deployment in model.manifest.spec.deployments.values():
            yield f"releases/{deployment.release}/release.yaml"


def require_policies(snapshot: Snapshot) -> None:
    """Refuse a repository that leaves out what it must say of itself: no policy is never a pass (THREATS T09)."""
    if not snapshot.source.entries("policies"):
        raise CannotEvaluate(
            f"the {snapshot.source.label} has no policies/", "run this in a modelward repository, or give it with -C"
        )
    for path in layout.DEMANDED:
        if snapshot.source.entry(path) is None:
            raise CannotEvaluate(f"the {snapshot.source.label} has no {path}", "restore it; every policy is demanded")
