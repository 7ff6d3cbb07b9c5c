"""What merged commits have said before: the first-parent history of one commit."""

from collections.abc import Iterator

from modelward.specs.model import Manifest
from modelward.specs.scalars import EnvironmentName, ReleaseName
from modelward.tree.git import Git, GitSource
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot


class History:
    """The commits that the branch of `commit` has gone through, newest first."""

    def __init__(self, git: Git, commit: str) -> None:
        self._git = git
        self._commit = commit

    def manifests(self, model: str) -> Iterator[tuple[str, Manifest]]:
        """Each commit that changed the model's manifest, with the manifest; those that cannot be read are left out."""
        path = f"models/{model}/manifest.yaml"
        listing = self._git.text("log", "--first-parent", "--no-renames", "--format=%H", self._commit, "--", path)
        for commit in listing.split():
            try:
                yield commit, Snapshot(GitSource(self._git, commit)).model(model).manifest.spec
            except Unreadable:
                continue

    def releases(self, model: str, environment: EnvironmentName) -> frozenset[ReleaseName]:
        """Every release that the history has put into the environment."""
        return frozenset(
            manifest.deployments[environment].release
            for _, manifest in self.manifests(model)
            if environment in manifest.deployments
        )
