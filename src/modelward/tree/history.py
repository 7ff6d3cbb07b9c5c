"""What merged commits have said before: the first-parent history of one commit."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

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
        yield from _readable(self._versions(model))

    def promoted(self, model: str) -> frozenset[EnvironmentName]:
        """The environments that deploy another release now than when the model was added, last if it was removed."""
        since_added = takewhile(lambda version: version[1] is not None, self._versions(model))
        manifests = list(_readable(since_added))
        if not manifests:
            return frozenset()
        now, first = (
            {name: deployment.release for name, deployment in manifest.deployments.items()}
            for manifest in (manifests[0], manifests[-1])
        )
        return frozenset(name for name, release in now.items() if first.get(name) != release)

    def releases(self, model: str, environment: EnvironmentName) -> frozenset[ReleaseName]:
        """Every release that the history has put into the environment."""
        return frozenset(
            manifest.deployments[environment].release
            for manifest in self.manifests(model)
            if environment in manifest.deployments
        )

    def _versions(self, model: str) -> Iterator[tuple[str, bytes | None]]:
        """The path of the model's manifest and its bytes at each commit that changed it; None where it was removed."""
        path = f"models/{model}/manifest.yaml"
        commits = self._git.text("rev-list", "--first-parent", self._commit, "--", path)
        for data in self._git.blobs(f"{commit}:{path}" for commit in commits.split()):
            yield path, data


def _readable(versions: Iterable[tuple[str, bytes | None]]) -> Iterator[Manifest]:
    for path, data in versions:
        try:
            if data is not None:
                yield typed(path, data, Manifest)
        except Unreadable:
            continue
