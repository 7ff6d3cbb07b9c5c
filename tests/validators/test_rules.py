"""Every rule against its cases: `tests/validators/<area>/<slug>/passes/` and `fails/`, found by themselves.

A case is one YAML file. It starts from `tests/example`, which is committed for rules on a change. `base` are steps that
come before the base commit, `head` are steps after it. What the rule then says must equal `expect`, finding by finding.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

import pytest
from pydantic import Field, model_validator

from modelward.rules.judgement import Judged
from modelward.rules.loading import Rule, load_rules
from modelward.specs.scalars import Spec, Text
from modelward.tree.directory import DirectorySource
from modelward.tree.place import Place
from modelward.tree.snapshot import Snapshot
from modelward.tree.yaml_reader import read_yaml
from repository import PROJECT, Repository

CASES = Path(__file__).parent
RULES = {rule.name: rule for rule in load_rules(Snapshot(DirectorySource(PROJECT)))}


class Replace(Spec):
    """Another text in place of one that stands in the file once."""

    in_: Text = Field(alias="in")
    text: Text
    with_: str = Field(alias="with")


class Write(Spec):
    """A new file, or new content of one."""

    path: Text
    text: str


class Copy(Spec):
    """A file or folder a second time."""

    from_: Text = Field(alias="from")
    to: Text


class Step(Spec):
    """One edit of the repository."""

    replace: Replace | None = None
    write: Write | None = None
    copy_: Copy | None = Field(default=None, alias="copy")
    remove: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        assert [self.replace, self.write, self.copy_, self.remove].count(None) == 3, "a step is one edit"
        return self

    def on(self, repository: Repository) -> None:
        """Do it."""
        if self.replace is not None:
            repository.replace(self.replace.in_, self.replace.text, self.replace.with_)
        if self.write is not None:
            repository.write(self.write.path, self.write.text)
        if self.copy_ is not None:
            repository.copy(self.copy_.from_, self.copy_.to)
        if self.remove is not None:
            repository.remove(self.remove)


class Expected(Spec):
    """One finding; `message` is a part of what it says, `note` the path and line of its second place."""

    path: Text
    line: int | None = None
    column: int | None = None
    message: Text
    verdict: Literal["fail", "inconclusive", "error"] = "fail"
    note: Text | None = None


class Passes(Spec):
    """A case in which the rule says nothing."""

    shows: Text
    base: tuple[Step, ...] = ()
    head: tuple[Step, ...] = ()
    expect: tuple[Expected, ...] = ()

    @model_validator(mode="after")
    def _nothing(self) -> Self:
        assert not self.expect, "a case that passes expects nothing"
        return self


class Fails(Spec):
    """A case in which the rule says exactly what is expected."""

    shows: Text
    base: tuple[Step, ...] = ()
    head: tuple[Step, ...] = ()
    expect: Annotated[tuple[Expected, ...], Field(min_length=1)]


def found(folder: str) -> list[Path]:
    return sorted(CASES.glob(f"*/*/{folder}/*"))


def name(path: Path) -> str:
    return str(path.relative_to(CASES).with_suffix(""))


def judged(rule: Rule, case: Passes | Fails, root: Path) -> list[Judged]:
    """What the rule, and no other, says of the case; it must have been asked."""
    repository = Repository.of_example(root)
    base = None
    if rule.mark.on == "change":
        repository.commit("Start")
        for step in case.base:
            step.on(repository)
        base = repository.commit("Base")
    else:
        assert not case.base, "a rule on the state has no base"
    for step in case.head:
        step.on(repository)
    judgement = repository.judge([rule], base)
    assert {judged.rule for judged in judgement.findings} <= {rule.name}, judgement.findings
    assert judgement.by_rule[rule.name].evaluated > 0
    return judgement.findings


def line_of(place: Place) -> str:
    return f"{place.path}:{place.span.line}" if place.span is not None else place.path


@pytest.mark.parametrize("path", found("passes"), ids=name)
def test_a_rule_lets_pass(path: Path, tmp_path: Path) -> None:
    case = Passes.model_validate(read_yaml(path.read_bytes()))
    assert judged(RULES[path.parts[-3]], case, tmp_path / "repository") == []


@pytest.mark.parametrize("path", found("fails"), ids=name)
def test_a_rule_finds(path: Path, tmp_path: Path) -> None:
    case = Fails.model_validate(read_yaml(path.read_bytes()))
    findings = [judged.finding for judged in judged(RULES[path.parts[-3]], case, tmp_path / "repository")]
    said = [
        Expected.model_validate(
            {
                "path": finding.place.path,
                "line": None if finding.place.span is None else finding.place.span.line,
                "column": None if finding.place.span is None else finding.place.span.column,
                "message": finding.message,
                "verdict": finding.verdict,
                "note": None if not finding.notes else line_of(finding.notes[0].place),
            }
        )
        for finding in findings
    ]
    assert [one.model_copy(update={"message": ""}) for one in said] == [
        one.model_copy(update={"message": ""}) for one in case.expect
    ], said
    for one, expected in zip(said, case.expect, strict=True):
        assert expected.message in one.message


def test_every_rule_has_a_case_that_passes_and_one_that_fails() -> None:
    for folder in ("passes", "fails"):
        assert {path.parts[-3] for path in found(folder)} == set(RULES), folder


def test_every_case_stands_in_the_folder_of_a_rule_that_exists() -> None:
    files = [path for path in CASES.rglob("*") if path.is_file() and path.parent != CASES and path.suffix != ".pyc"]
    for path in files:
        area, rule, folder, case = path.relative_to(CASES).parts
        assert rule in RULES, path
        assert area == RULES[rule].area, path
        assert folder in ("passes", "fails"), path
        assert case.endswith(".yaml"), path


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_says_what_it_checks_why_and_how_to_mend_it(rule: Rule) -> None:
    for words in (rule.summary, rule.why, rule.remedy):
        assert words.endswith("."), words
        assert len(words.split()) > 3, words
    assert rule.check.__doc__, "the function says in one line what passes"
