"""Examples of rules: a small repository in memory, edited step by step and judged for real.

An example is a YAML file `tests/validators/<area>/<rule>/passes/` or `fails/`. It starts from the repository in
`tests/example`; `base` are edits that were merged, `head` are those that are judged. What its rule then says must equal
what the example expects, finding by finding.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelward.errors import CannotEvaluate
from modelward.rules.base import Base
from modelward.rules.judgement import Judged, Judgement
from modelward.rules.loading import ENGINE_RULES, Rule
from modelward.rules.running import Judge
from modelward.specs.example import Example, Expected, Step
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.tree.file import File, read_spec
from modelward.tree.memory import MemorySource, files_of
from modelward.tree.place import Place, Problem, Unreadable
from modelward.tree.snapshot import Snapshot
from modelward.tree.source import Source

START = "tests/example"
FOLDER = "tests/validators"
_PATH = re.compile(rf"{FOLDER}/(?P<area>[^/]+)/(?P<rule>[^/]+)/(?P<outcome>passes|fails)/[^/]+\.yaml")
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Outcome:
    """How one example ended: `complaints` are what is wrong with it, and none when it holds."""

    path: str
    name: str
    shows: str
    complaints: tuple[str, ...]


def start(source: Source) -> Files:
    """The repository that every example starts from, without rules: those are the organisation's own."""
    files = files_of(source, START)
    if not files:
        raise CannotEvaluate(f"the {source.label} has no {START}/", "restore the folder: examples start from it")
    return files


def edited(files: Files, steps: Sequence[Step]) -> Files:
    """The files after some edits; raises ValueError in words when a step cannot be done."""
    done = dict(files)
    for step in steps:
        _edit(done, step)
    return done


def judge(files: Files, merged: Sequence[Step], change: Sequence[Step], run: "Run", at: datetime) -> Judgement:
    """What rules say of a change of `files` after what was merged; both the start and `merged` are in its history."""
    before = edited(files, merged)
    after = edited(before, change)
    earlier = [Snapshot(MemorySource("start", files)), Snapshot(MemorySource("base", before))]

    def held(model: ModelName, environment: EnvironmentName) -> frozenset[ReleaseName]:
        manifests = [one.model(model).manifest.spec for one in earlier if model in one.model_names()]
        return frozenset(
            manifest.deployments[environment].release for manifest in manifests if environment in manifest.deployments
        )

    snapshot = Snapshot(MemorySource("example", after))
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    judging = Judge(snapshot, run.rules, at, only=run.only)
    judging.organisation()
    base = Base(earlier[-1], changed, held)
    judging.models(snapshot.model_names(), base=base, beside=(), progress=lambda _done: None)
    return judging.judgement


@dataclass(frozen=True)
class Run:
    """The rules that are known, and the names of those that are run."""

    rules: Sequence[Rule]
    only: Collection[str] | None = None


class Examples:
    """The examples of a repository, and the rules that they are about."""

    def __init__(self, source: Source, rules: Sequence[Rule]) -> None:
        self._source = source
        self._rules = {rule.name: rule for rule in rules}
        self._entries = [entry for entry in source.entries(FOLDER) if entry.path.endswith((".yaml", ".yml"))]
        self._start = start(source)

    def outcomes(self, wanted: Collection[str]) -> Iterator[Outcome]:
        """Each example of the wanted rules, run; then each of these rules that has too few of them."""
        seen: dict[str, set[str]] = {name: set() for name in wanted if name in self._rules}
        for entry in self._entries:
            found = _PATH.fullmatch(entry.path)
            rule = self._rules.get(found["rule"]) if found else None
            if found is None or rule is None or rule.area != found["area"]:
                yield Outcome(entry.path, entry.path, "", ("no rule has this folder",))
            elif rule.name in seen:
                seen[rule.name].add(found["outcome"])
                yield self.outcome(entry.path)
        for name, folders in seen.items():
            missing = [folder for folder in ("passes", "fails") if folder not in folders]
            if missing:
                said = f"the rule has no example that {' and none that '.join(missing)}"
                place = f"{FOLDER}/{self._rules[name].area}/{name}/{missing[0]}/"
                yield Outcome(place, name, "", (said,))

    def paths(self, rule: str) -> list[str]:
        """The examples of a rule."""
        return [entry.path for entry in self._entries if entry.path.split("/")[3:4] == [rule]]

    def read(self, path: str) -> File[Example]:
        """One example; raises `Unreadable`."""
        return read_spec(self._source, self._source.entry(path), path, Example)

    def judged(self, path: str) -> list[Judged]:
        """What its rule, and no other, says of an example; raises ValueError in words when it cannot be asked."""
        found = _PATH.fullmatch(path)
        assert found is not None, path
        rule, example = self._rules[found["rule"]], self.read(path).spec
        if rule.mark.on == "state" and example.base:
            raise ValueError("a rule on the state has no base")
        run = Run(tuple(self._rules.values()), {rule.name})
        judgement = judge(self._start, example.base, example.head, run, example.at)
        engine = {rule.name for rule in ENGINE_RULES}
        if broken := [one for one in judgement.findings if one.rule in engine]:
            raise ValueError(f"the edited repository cannot be judged: {broken[0].finding.message}")
        if rule.name not in judgement.by_rule:
            raise ValueError("its rule never ran")
        return judgement.findings

    def outcome(self, path: str) -> Outcome:
        """One example, run."""
        name = path.removeprefix(f"{FOLDER}/").removesuffix(".yaml")
        try:
            example = self.read(path).spec
        except Unreadable as unreadable:
            return Outcome(path, name, "", tuple(_said(problem) for problem in unreadable.problems))
        return Outcome(path, name, example.shows, tuple(self._complaints(path, example)))

    def _complaints(self, path: str, example: Example) -> Iterator[str]:
        passes = "/passes/" in path
        if passes == bool(example.expect):
            yield (
                "expects findings, and stands under passes/"
                if passes
                else "expects no finding, and stands under fails/"
            )
        try:
            findings = [_as_expected(judged) for judged in self.judged(path)]
        except ValueError as error:
            yield str(error)
            return
        for index in range(max(len(findings), len(example.expect))):
            found = findings[index] if index < len(findings) else None
            expected = example.expect[index] if index < len(example.expect) else None
            if expected is None:
                assert found is not None
                yield f"says beside what is expected: {_line(found)}"
            elif found is None:
                yield f"does not say: {_line(expected)}"
            elif not _fits(found, expected):
                yield f"says {_line(found)}; expected is {_line(expected)}"


def _as_expected(judged: Judged) -> Expected:
    finding = judged.finding
    span = finding.place.span
    assert finding.verdict != "pass", finding
    return Expected.model_construct(
        path=finding.place.path,
        line=None if span is None else span.line,
        column=None if span is None else span.column,
        message=finding.message,
        verdict=finding.verdict,
        note=None if not finding.notes else _line_of(finding.notes[0].place),
    )


def _fits(found: Expected, expected: Expected) -> bool:
    bare = {"message": ""}
    return expected.message in found.message and found.model_copy(update=bare) == expected.model_copy(update=bare)


def _line(expected: Expected) -> str:
    place = ":".join(str(part) for part in (expected.path, expected.line, expected.column) if part is not None)
    note = "" if expected.note is None else f" (and {expected.note})"
    return f"{expected.verdict} at {place}{note}: {expected.message}"


def _line_of(place: Place) -> str:
    return f"{place.path}:{place.span.line}" if place.span is not None else place.path


def _said(problem: Problem) -> str:
    return f"{problem.place}: {problem.message}"


def _edit(files: dict[str, bytes], step: Step) -> None:
    if step.replace is not None:
        path, text = step.replace.in_, step.replace.text.encode()
        times = files.get(path, b"").count(text)
        if times != 1:
            raise ValueError(f"{step.replace.text!r} stands {times} times in {path}, not once")
        files[path] = files[path].replace(text, step.replace.with_.encode())
    elif step.write is not None:
        files[step.write.path] = step.write.text.encode()
    elif step.copy_ is not None:
        _copy(files, step.copy_.from_, step.copy_.to)
    elif step.remove is not None:
        below = [path for path in files if path == step.remove or path.startswith(f"{step.remove}/")]
        if not below:
            raise ValueError(f"nothing stands at {step.remove}")
        for path in below:
            del files[path]


def _copy(files: dict[str, bytes], origin: str, to: str) -> None:
    below = [path for path in files if path == origin or path.startswith(f"{origin}/")]
    if not below or any(path == to or path.startswith(f"{to}/") for path in files):
        raise ValueError(f"nothing stands at {origin}" if not below else f"{to} exists")
    for path in below:
        files[to + path.removeprefix(origin)] = files[path]
