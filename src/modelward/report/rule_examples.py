"""Examples of a rule as people see them: what was edited, as a diff, and what the rule then says."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelward.rules.examples import START, Examples, Files, edited, start
from modelward.rules.judgement import Judged
from modelward.rules.loading import Rule
from modelward.specs.example import Step
from modelward.tree.place import Unreadable
from modelward.tree.source import Source

_CONTEXT = 2
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}|\bcron\b|\d+d\b")
_LONGEST = 30


@dataclass(frozen=True)
class Shown:
    """One example: `merged` and `change` are the edits before and after the base, `findings` what the rule says.

    `after` are the files that were judged, and `at` the time as at which they were, where the example is about time.
    """

    path: str
    shows: str
    merged: tuple[str, ...]
    change: tuple[str, ...]
    findings: tuple[Judged, ...]
    after: Mapping[str, bytes]
    at: datetime | None

    def lines(self, path: str) -> list[str]:
        """The lines of a judged file, for the excerpt under a message."""
        return self.after[path].decode("utf-8", "replace").split("\n") if path in self.after else []

    @property
    def title(self) -> str:
        """What the example shows, and when."""
        return self.shows if self.at is None else f"{self.shows} Judged as at {self.at:%Y-%m-%dT%H:%M:%SZ}."


@dataclass(frozen=True)
class Pair:
    """What a rule refuses and what it allows, for example; None where no example shows it."""

    refused: Shown | None
    allowed: Shown | None


class ShownExamples:
    """The examples of a repository; one without any shows none."""

    def __init__(self, source: Source, rules: Sequence[Rule]) -> None:
        self._examples = Examples(source, rules) if source.entries(START) else None
        self._start: Files = start(source) if self._examples is not None else {}

    def of(self, rule: Rule) -> Pair:
        """The shortest example that the rule refuses, and of those that it allows the one that is most like it."""
        refused = min(self._all(rule, "fails"), key=_plainness, default=None)
        if refused is None:
            return Pair(None, None)
        allowed = max(self._all(rule, "passes"), key=lambda one: (_likeness(one, refused), one.path), default=None)
        return Pair(refused, allowed)

    def _all(self, rule: Rule, folder: str) -> list[Shown]:
        paths = [] if self._examples is None else self._examples.paths(rule.name)
        return [shown for path in paths if f"/{folder}/" in path and (shown := self._shown(path)) is not None]

    def _shown(self, path: str) -> Shown | None:
        assert self._examples is not None
        try:
            example = self._examples.read(path).spec
            findings = tuple(self._examples.judged(path))
            before = edited(self._start, example.base)
            after = edited(before, example.head)
        except (Unreadable, ValueError):
            # `modelward test` says what is wrong with it.
            return None
        merged, change = tuple(_diff(self._start, before, example.base)), tuple(_diff(before, after, example.head))
        words = "\n".join(line for line in (*merged, *change) if line.startswith("+"))
        at = example.at if "at" in example.model_fields_set or _TIME.search(words) else None
        return Shown(path, example.shows, merged, change, findings, after, at)


def _plainness(shown: Shown) -> tuple[bool, int, str]:
    """How much a reader must take in; a changed value says more than a file that is gone or copied."""
    edits = any(line.startswith(("+", "-")) for line in shown.change)
    return (not edits, len(shown.change) + len(shown.merged), shown.path)


def _likeness(one: Shown, other: Shown) -> float:
    """How much two edits have in common: what they add and take away, and where."""
    mine, others = (
        "\n".join(line for line in shown.change if not line.startswith(("@@", " "))) for shown in (one, other)
    )
    return float(difflib.SequenceMatcher(None, mine, others, autojunk=False).ratio())


def _diff(before: Files, after: Files, steps: Sequence[Step]) -> Iterator[str]:
    """The edits as a unified diff; what is copied or removed whole is named, not repeated."""
    copies = [(step.copy_.from_, step.copy_.to) for step in steps if step.copy_ is not None]
    removed = [step.remove for step in steps if step.remove is not None]
    for origin, to in copies:
        yield f"copy {origin} -> {to}"
    for path in removed:
        yield f"remove {path}"
    for path in sorted(before.keys() | after.keys()):
        origin = next((origin + path[len(to) :] for origin, to in copies if _below(path, to)), path)
        old, new = before.get(origin if path not in before else path), after.get(path)
        if old == new or (new is None and any(_below(path, gone) for gone in removed)):
            continue
        yield from _file(path, old, new)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _file(path: str, old: bytes | None, new: bytes | None) -> Iterator[str]:
    before, after = ([] if data is None else data.decode("utf-8", "replace").splitlines() for data in (old, new))
    names = ["/dev/null" if data is None else path for data in (old, new)]
    shown = list(difflib.unified_diff(before, after, names[0], names[1], lineterm="", n=_CONTEXT))
    yield from shown[:_LONGEST]
    if len(shown) > _LONGEST:
        yield f"... {len(shown) - _LONGEST} more lines"
