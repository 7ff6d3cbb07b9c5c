"""What a change starts from."""

from collections.abc import Callable, Iterable

from modelward.rules.subjects import Change
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git
from modelward.tree.history import History
from modelward.tree.model import Model
from modelward.tree.snapshot import Snapshot

Held = Callable[[ModelName, EnvironmentName], frozenset[ReleaseName]]
"""The releases of a model that merged commits have put into an environment."""


class Base:
    """The merged state before a change, the paths that differ since, and what has been merged up to there."""

    def __init__(self, snapshot: Snapshot, changed: Iterable[str], held: Held) -> None:
        self._snapshot = snapshot
        self._changed = models_of(changed)
        self._held = held

    @classmethod
    def of_commit(cls, git: Git, commit: str, changed: Iterable[str]) -> "Base":
        """A commit of which only the changed models are listed: in a large fleet all take longer than these."""
        changed = tuple(changed)
        history = History(git, commit)
        return cls(Snapshot(GitSource(git, commit, sorted(models_of(changed)))), changed, history.releases)

    def touches(self, model: str) -> bool:
        """Whether any file of the model differs."""
        return f"models/{model}" in self._changed

    def change(self, after: Model) -> Change:
        """The change of a model that differs from the base; what the base has of others is not listed."""
        if not self.touches(after.name):
            raise ValueError(f"{after.folder} does not differ from the base")
        known = self._snapshot.source.entries(after.folder)
        before = self._snapshot.model(after.name) if known else None
        return Change(before, after, lambda environment: self._held(after.name, environment))


def models_of(paths: Iterable[str]) -> frozenset[str]:
    """The folders of the models that paths lie in."""
    return frozenset("/".join(path.split("/")[:2]) for path in paths if path.startswith("models/"))
