"""Which lines made a sign-off stale: the commit whose content was signed, compared with what stands now."""

from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import islice
from typing import Final

from modelward.gate.records import Stale
from modelward.gate.scopes import Scope, content_digest, files_of
from modelward.gate.step import Step
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git
from modelward.tree.source import Source

Changed = Callable[[Stale], tuple[str, ...]]
"""Tells what changed since a record was signed, as `path:line`; nothing when that is not known."""

_COMMITS: Final = 100
"""How many commits are looked through for what was signed."""
_PLACES: Final = 20


def unknown(_stale: Stale) -> tuple[str, ...]:
    """Where what was signed is not looked for."""
    return ()


class Staleness:
    """Finds what changed since records were signed, each content once."""

    def __init__(self, git: Git, base: str, head: str, step: Step) -> None:
        self._git = git
        self._range = (base, head)
        self._step = step
        self._known: dict[tuple[Scope, str], tuple[str, ...]] = {}

    def of(self, stale: Stale) -> tuple[str, ...]:
        """The places as `path:line`, or `path` where a file came or went; empty when no commit has what was signed."""
        key = (stale.filed.scope, stale.filed.after)
        if key not in self._known:
            self._known[key] = tuple(islice(self._changed(*key), _PLACES))
        return self._known[key]

    def _changed(self, scope: Scope, after: str) -> list[str]:
        base, head = self._range
        options = (f"--max-count={_COMMITS}", "--end-of-options", f"{base}..{head}")
        for commit in self._git.text("rev-list", *options).split():
            folders = [scope] if scope.startswith("models/") else []
            source = GitSource(self._git, commit, folders)
            if content_digest(source, scope, self._step.ungoverned) == after:
                return _differences(self._contents(source, scope), self._contents(self._step.head.source, scope))
        return []

    def _contents(self, source: Source, scope: Scope) -> dict[str, bytes]:
        return {entry.path: data for entry, data in source.read(files_of(source, scope, self._step.ungoverned))}


def _differences(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    places = []
    for path in sorted(before.keys() | after.keys()):
        if path not in before or path not in after:
            places.append(path)
        elif before[path] != after[path]:
            places += [f"{path}:{line}" for line in _lines(before[path], after[path])]
    return places


def _lines(before: bytes, after: bytes) -> list[int]:
    """The lines of the new text at which each difference begins."""
    matcher = SequenceMatcher(a=before.split(b"\n"), b=after.split(b"\n"), autojunk=False)
    return [start + 1 for kind, _, _, start, _ in matcher.get_opcodes() if kind != "equal"]
