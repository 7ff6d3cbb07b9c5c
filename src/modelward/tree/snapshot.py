"""A repository at one moment, read lazily: models one by one, each dropped when its judge is done with it."""

from modelward.errors import CannotEvaluate
from modelward.tree import layout
from modelward.tree.model import Model
from modelward.tree.organisation import Organisation


class Snapshot(Organisation):
    """The organisation with its models. Policies and environments are kept once read; models are not."""

    def model_names(self) -> list[str]:
        """The folders under `models/`, sorted."""
        return self.source.folders("models")

    def model(self, name: str) -> Model:
        """One model, not yet read."""
        return Model(self.source, name)


def require_policies(snapshot: Snapshot) -> None:
    """Refuse a repository that leaves out what it must say of itself: no policy is never a pass (THREATS T09)."""
    if not snapshot.source.entries("policies"):
        raise CannotEvaluate(
            f"the {snapshot.source.label} has no policies/", "run this in a modelward repository, or give it with -C"
        )
    for path in layout.DEMANDED:
        if snapshot.source.entry(path) is None:
            raise CannotEvaluate(f"the {snapshot.source.label} has no {path}", "restore it; every policy is demanded")
