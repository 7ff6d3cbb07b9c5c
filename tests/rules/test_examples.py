"""The examples of rules: one that does not hold, or shows nothing, is named with what is wrong."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from modelward.rules.examples import Examples, Outcome
from modelward.rules.loading import load_rules
from repository import PROJECT, Repository

FAILS = "tests/validators/identity/folder-name/fails/case.yaml"
PASSES = "tests/validators/identity/folder-name/passes/case.yaml"
RENAMED = """\
shows: a name of its own
head:
  - replace: {in: models/credit-score/manifest.yaml, text: "model: credit-score\\nreg", with: "model: another\\nreg"}
"""
EXPECTED = '{path: models/credit-score/manifest.yaml, line: 2, column: 8, message: "another"}'


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository.of_example(tmp_path / "repository")
    for folder in ("environments", "models", "policies"):
        repository.copy(folder, f"tests/example/{folder}")
    repository.write(FAILS, f"{RENAMED}expect:\n  - {EXPECTED}\n")
    repository.write(PASSES, "shows: nothing is changed\n")
    return repository


def outcomes(repository: Repository, rules: Sequence[str] = ("folder-name",)) -> list[Outcome]:
    source = repository.snapshot().source
    return list(Examples(source, load_rules(repository.snapshot())).outcomes(rules))


def complaints(repository: Repository) -> list[str]:
    return [complaint for outcome in outcomes(repository) for complaint in outcome.complaints]


def test_examples_that_hold_have_no_complaint(repository: Repository) -> None:
    assert [(outcome.path, outcome.complaints) for outcome in outcomes(repository)] == [(FAILS, ()), (PASSES, ())]


@pytest.mark.parametrize(
    ("old", "new"),
    [("line: 2", "line: 3"), ("column: 8", "column: 9"), ('another"}', 'something else"}'), ("}", ", verdict: error}")],
)
def test_a_finding_at_another_place_or_in_other_words_is_a_complaint(
    repository: Repository, old: str, new: str
) -> None:
    repository.write(FAILS, f"{RENAMED}expect:\n  - {EXPECTED.replace(old, new)}\n")
    (complaint,) = complaints(repository)
    assert "expected is" in complaint


def test_a_finding_that_is_not_expected_is_a_complaint(repository: Repository) -> None:
    repository.write(PASSES, RENAMED)
    (complaint,) = complaints(repository)
    assert "says beside what is expected: fail at models/credit-score/manifest.yaml:2:8" in complaint


def test_an_expected_finding_that_does_not_come_is_a_complaint(repository: Repository) -> None:
    repository.write(FAILS, f"{RENAMED}expect:\n  - {EXPECTED}\n  - {EXPECTED}\n")
    (complaint,) = complaints(repository)
    assert complaint.startswith("does not say: fail at models/credit-score/manifest.yaml:2:8")


def test_an_example_stands_in_the_folder_that_it_belongs_to(repository: Repository) -> None:
    repository.write(FAILS, "shows: nothing\n")
    assert complaints(repository) == ["expects no finding, and stands under fails/"]
    repository.write(FAILS, f"{RENAMED}expect:\n  - {EXPECTED}\n")
    repository.write(PASSES, f"{RENAMED}expect:\n  - {EXPECTED}\n")
    assert complaints(repository) == ["expects findings, and stands under passes/"]


@pytest.mark.parametrize("missing", [FAILS, PASSES])
def test_a_rule_without_an_example_of_either_kind_is_named(repository: Repository, missing: str) -> None:
    repository.remove(missing)
    folder = missing.split("/")[-2]
    assert complaints(repository) == [f"the rule has no example that {folder}"]


@pytest.mark.parametrize(
    "path",
    [
        "tests/validators/identity/no-such-rule/fails/case.yaml",
        "tests/validators/ownership/folder-name/fails/case.yaml",
        "tests/validators/identity/folder-name/maybe/case.yaml",
        "tests/validators/case.yaml",
    ],
)
def test_an_example_of_no_rule_is_named(repository: Repository, path: str) -> None:
    repository.write(path, "shows: nothing is changed\n")
    assert [(one.path, one.complaints) for one in outcomes(repository) if one.complaints] == [
        (path, ("no rule has this folder",))
    ]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("replace: {in: models/credit-score/manifest.yaml, text: nowhere, with: x}", "stands 0 times"),
        ("replace: {in: models/none.yaml, text: nowhere, with: x}", "stands 0 times"),
        ("remove: models/none.yaml", "nothing stands at models/none.yaml"),
        ("copy: {from: models/none, to: models/other}", "nothing stands at models/none"),
        ("copy: {from: models/credit-score, to: models/credit-score}", "models/credit-score exists"),
        ("remove: models/credit-score/manifest.yaml", "the edited repository cannot be judged"),
        ("remove: models/credit-score", "its rule never ran"),
    ],
)
def test_an_example_that_cannot_be_judged_shows_nothing(repository: Repository, head: str, said: str) -> None:
    repository.write(PASSES, f"shows: something\nhead:\n  - {head}\n")
    (complaint,) = complaints(repository)
    assert said in complaint


def test_a_rule_on_the_state_has_no_base(repository: Repository) -> None:
    repository.write(PASSES, f"shows: something\nbase:\n{RENAMED.partition('head:')[2].lstrip(chr(10))}")
    assert complaints(repository) == ["a rule on the state has no base"]


@pytest.mark.parametrize("text", ["shows: [", "shows: x\nunknown: 1\n", "shows: x\nhead: [{}]\n"])
def test_an_example_that_cannot_be_read_is_named_with_its_place(repository: Repository, text: str) -> None:
    repository.write(PASSES, text)
    (complaint,) = complaints(repository)
    assert complaint.startswith(f"{PASSES}:")


def test_the_command_runs_them_all_and_says_what_fails(repository: Repository) -> None:
    repository.commit()
    good = repository.modelward("test", "--rule", "folder-name", "-v")
    assert (good.code, good.out.splitlines()[-1]) == (0, "all hold: 2 examples and cases")
    repository.write(PASSES, RENAMED)
    bad = repository.modelward("test", "--rule", "folder-*")
    assert bad.code == 1
    assert f"FAIL identity/folder-name/passes/case  {PASSES}" in bad.out
    assert bad.out.splitlines()[-1] == "1 fail of 2 examples and cases"
    assert repository.modelward("test", "--rule", "none").code == 4


def test_every_example_and_case_of_this_project_holds() -> None:
    ended = Repository(PROJECT).modelward("test", "--format", "json")
    assert [test for test in ended.json["tests"] if test["complaints"]] == []
    assert (ended.code, ended.json["verdict"]) == (0, "pass")
