"""A branch in git that is imported in one go: trees as mappings, each a commit on the one before it."""

from datetime import datetime
from pathlib import Path
from typing import Final

from inmemory import NOW, SCOPE, Files, base, replaced
from modelward.gate.opening import nowhere_held, owes_nothing
from modelward.gate.scopes import Scope
from modelward.gate.walk import Before, Walked, walk
from modelward.tree.git import Git
from repository import Repository

RULE: Final = b'''"""Nothing is wrong with any model.

Why: a repository without a rule judges nothing.

Remedy: none is needed.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, rule


@rule(on="state", over="model")
def check(model: Model, repository: Repository) -> Iterator[Finding]:
    """Find nothing."""
    yield from ()
'''
OTHER = Scope("models/other-score")


def started() -> Files:
    """What main starts from: the example under one rule, and a second model."""
    copies = {
        path.replace("credit-score", "other-score"): data.replace(b"credit-score", b"other-score")
        for path, data in base().items()
        if path.startswith(f"{SCOPE}/")
    }
    return {**base(), **copies, "validators/identity/nothing.py": RULE}


START = started()


def moved(files: Files, model: str = SCOPE) -> Files:
    """The files with a release of a model moved."""
    path = f"{model}/manifest.yaml"
    return replaced(files, path, 'production: {release: "1.0.0"}', 'production: {release: "1.1.0"}')


PROMOTED = moved(START)


class Trunk:
    """A branch of trees, each a commit on the one before it, and the walk over it."""

    def __init__(self, root: Path, *trees: Files) -> None:
        root.mkdir(exist_ok=True)
        self._world = Repository(root)
        self._world.git("init", "--quiet", "--initial-branch", "main")
        self._world.git("fast-import", "--quiet", stdin=b"".join(map(commit, (START, *trees))))
        self.git = Git(root)
        self.ids = self._world.git("rev-list", "--reverse", "main").split()
        self.asked: list[str] = []

    def walked(self, last: int = -1) -> Walked:
        return walk(self.git, Before(self.ids[0], {}, nowhere_held, owes_nothing), self.ids[last], self._seen)

    def _seen(self, commit: str) -> datetime:
        self.asked.append(commit)
        return NOW

    def at(self, walked: Walked) -> int:
        """The number of the commit up to which the branch is trusted."""
        return self.ids.index(walked.trusted)

    def held(self, walked: Walked) -> dict[str, int]:
        """The models that are held back, each with the number of the commit at which it is trusted."""
        assert all(scope == held.scope for scope, held in walked.held_back.items())
        return {scope: self.ids.index(held.trusted) for scope, held in walked.held_back.items()}

    def judged(self, walked: Walked) -> list[tuple[int, int, str | None, str]]:
        """Each judgement: the commit, where its window began, the model alone, and the answer."""
        return [
            (self.ids.index(one.commit), self.ids.index(one.since), one.scope, one.verdict.answer)
            for one in walked.judged
        ]


def commit(files: Files) -> bytes:
    person = b"engineer-1 <engineer-1@example.org> 1 +0000"
    lines = [b"commit refs/heads/main\nauthor %s\ncommitter %s\ndata 0\ndeleteall\n" % (person, person)]
    lines += [b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data) for path, data in files.items()]
    return b"".join(lines)
