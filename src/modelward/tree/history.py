"""What merged commits have said before: the first-parent history of one commit."""

from collections.abc import Iterator

from modelward.specs.manifest import Manifest
from modelward.specs.scalars import EnvironmentName, ReleaseName
from modelward.tree.file import typed
from modelward.tree.git import Git
from modelward.tree.place import Unreadable


class History:
    """The commits that the branch of `commit` has gone through, newest first."""

    def __init__(self, git: Git, commit: str) -> None:
        self._git = git
        self._commit = commit

    def manifests(self, model: str) -> Iterator[Manifest]:
        """The model's manifest at each commit that changed it; those that cannot be read are left out."""
        path = f"models/{model}/manifest.yaml"
        commits = self._git.text("rev-list", "--first-parent", self._commit, "--", path)
        for data in self._git.blobs(f"{commit}:{path}" for commit in commits.split()):
            try:
                if data is not None:
                    yield typed(path, data, Manifest)
            except Unreadable:
                continue

    def releases(self, model: str, environment: EnvironmentName) -> frozenset[ReleaseName]:
        """Every release that the history has put into the environment."""
        return frozenset(
            manifest.deployments[environment].release
            for manifest in self.manifests(model)
            if environment in manifest.deployments
        )
