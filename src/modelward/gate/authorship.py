"""Who made a change: the people behind the commits between base and head, by the scope that each commit touches."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from modelward.errors import CannotEvaluate
from modelward.gate.scopes import Scope, touched
from modelward.specs.policy import People
from modelward.specs.scalars import PersonName
from modelward.tree.git import Git

Hands = Literal["every hand", "authors"]
"""Who is taken to have had a part in a commit.

Of what people pushed that is whoever wrote it, committed it or is named beside the author. Of what a forge wrote as it
merged, it is the author: a squash makes every author a co-author, and a rebase makes whoever merged the committer.
"""

_IDENTITY = re.compile(rb"(?:author|committer) [^<]*<(?P<email>[^>]*)>")
_CO_AUTHOR = re.compile(rb"^co-authored-by:[^<\n]*<(?P<email>[^>\n]*)>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Commit:
    """One commit: who wrote it, who else had a hand in it, and the paths in which it differs from all its parents."""

    id: str
    author: str
    others: tuple[str, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """The part that a person has in a change."""

    person: PersonName
    why: str


class Authorship:
    """The commits of a change, and whom they exclude: every hand in them, or their authors."""

    def __init__(self, commits: Iterable[Commit], ungoverned: Iterable[str], hands: Hands) -> None:
        self._commits = tuple(commits)
        self._ungoverned = tuple(ungoverned)
        self._by_scope: dict[Scope, list[Commit]] = {}
        for commit in self._commits:
            for scope in touched(commit.paths, self._ungoverned):
                self._by_scope.setdefault(scope, []).append(commit)
        self._hands: Hands = hands

    def but_for(self, paths: Collection[str]) -> "Authorship":
        """The same without some paths: who wrote nothing else wrote nothing."""
        rest = (replace(one, paths=tuple(path for path in one.paths if path not in paths)) for one in self._commits)
        return Authorship(rest, self._ungoverned, self._hands)

    def of(self, scope: Scope, people: People) -> Mapping[PersonName, Part]:
        """The people who wrote in a scope, each with the reason; a name that is no person excludes nobody."""
        by_email = {email.casefold(): person for person, one in people.people.items() for email in one.emails}
        found: dict[PersonName, Part] = {}
        for commit in self._by_scope.get(scope, ()):
            hands = [(commit.author, "wrote")]
            if self._hands == "every hand":
                hands += [(other, "had a hand in") for other in commit.others]
            for email, verb in hands:
                person = by_email.get(email.casefold())
                if person is not None and person not in found:
                    found[person] = Part(person, f"{verb} commit {commit.id[:12]}")
        return found


def commits_between(git: Git, base: str, head: str) -> Iterator[Commit]:
    """The commits that `head` has and `base` has not, newest first."""
    yield from _commits(git, git.text("rev-list", "--end-of-options", f"{base}..{head}").split())


def commits_on(git: Git, head: str, paths: Sequence[str]) -> Iterator[Commit]:
    """The commits that `head` has and that change anything at some paths, newest first; of each only these paths."""
    options = ("--full-history", "--end-of-options", head, "--", *paths)
    yield from _commits(git, git.text("rev-list", *options).split(), paths)


def _commits(git: Git, ids: Sequence[str], within: Sequence[str] = ()) -> Iterator[Commit]:
    if not ids:
        return
    paths = _paths(git, ids, within)
    for commit, data in zip(ids, git.commits(ids), strict=True):
        if data is None:
            raise CannotEvaluate(f"git holds no commit {commit[:12]}", "run `git fsck`; a partial clone must be filled")
        header, _, message = data.partition(b"\n\n")
        author, committer = _email(header, b"author "), _email(header, b"committer ")
        helpers = [_text(found["email"]) for found in _CO_AUTHOR.finditer(message)]
        yield Commit(commit, author, (committer, *helpers), paths[commit])


def _paths(git: Git, ids: Sequence[str], within: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """By commit, the paths in which it differs from each of its parents: a merge that adds nothing has none."""
    options: Final = ("-c", "-r", "-z", "--raw", "--root", "--always", "--no-renames", "--no-ext-diff", "--stdin")
    listing = git.run("diff-tree", *options, "--", *within, stdin="".join(f"{one}\n" for one in ids).encode())
    found: dict[str, list[str]] = {one: [] for one in ids}
    tokens = iter(listing.split(b"\0"))
    current: list[str] = []
    for token in tokens:
        # What starts with a colon tells of one change, and its path follows; all else names the next commit.
        if token.startswith(b":"):
            current.append(next(tokens).decode("utf-8", "surrogateescape"))
        elif token:
            current = found[token.decode("ascii")]
    return {one: tuple(paths) for one, paths in found.items()}


def _email(header: bytes, field: bytes) -> str:
    line = next((line for line in header.split(b"\n") if line.startswith(field)), b"")
    found = _IDENTITY.match(line)
    return "" if found is None else _text(found["email"])


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip()
