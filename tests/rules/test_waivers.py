"""Waivers in a run: one rule for one model, until they expire, and named once nothing needs them."""

from pathlib import Path
from typing import Any

import pytest

from modelward.rules.judgement import Judgement
from modelward.rules.loading import load_rules
from repository import Repository

WAIVER = """\
schema: waiver/v1
waiver: w-1
rule: {rule}
model: {model}
reason: the sponsor changes
ticket: MLGOV-7
expires_at: "{expires}"
"""
NEXT_YEAR = "2027-01-01T00:00:00Z"
THE_MOMENT = "2026-11-20T09:00:00Z"
ONE_SECOND_LATER = "2026-11-20T09:00:01Z"


def judged(
    root: Path,
    *,
    level: str = "waivable",
    rule: str = "ownership-named",
    model: str = "credit-score",
    expires: str = NEXT_YEAR,
    broken: bool = True,
) -> Judgement:
    """The judgement of a model that names no sponsor, or does, beside one waiver."""
    repository = Repository.of_example(root)
    rules = [one for one in load_rules(repository.snapshot()) if one.name == "ownership-named"]
    levels = f"levels:\n  - {{rule: ownership-named, level: {level}}}\n"
    repository.write("policies/enforcement.yaml", f"schema: enforcement/v1\n{levels}")
    repository.write("policies/waivers/w-1.yaml", WAIVER.format(rule=rule, model=model, expires=expires))
    if broken:
        manifest = "models/credit-score/manifest.yaml"
        repository.write(manifest, "".join(line for line in _lines(repository, manifest) if "sponsor:" not in line))
    return repository.judge(rules)


def _lines(repository: Repository, path: str) -> list[str]:
    return repository.read(path).splitlines(keepends=True)


def said(judgement: Judgement) -> list[tuple[str, str | None, bool]]:
    return [(one.rule, one.waived_by, one.denies) for one in judgement.findings]


@pytest.mark.parametrize("expires", [NEXT_YEAR, ONE_SECOND_LATER])
def test_a_waiver_in_force_keeps_the_finding_and_lets_it_pass(tmp_path: Path, expires: str) -> None:
    judgement = judged(tmp_path / "x", expires=expires)
    assert said(judgement) == [("ownership-named", "w-1", False)]
    assert not judgement.denied
    assert (judgement.counts.failed, judgement.counts.waived) == (0, 1)


@pytest.mark.parametrize("expires", [THE_MOMENT, "2026-01-01T00:00:00Z"])
def test_t07_a_waiver_that_expires_now_covers_nothing_and_is_named(tmp_path: Path, expires: str) -> None:
    judgement = judged(tmp_path / "x", expires=expires)
    assert said(judgement) == [("ownership-named", None, True), ("waiver-needed", None, True)]
    assert "has expired" in judgement.findings[1].finding.message
    assert str(judgement.findings[1].finding.place) == "policies/waivers/w-1.yaml:7:13"
    assert (judgement.counts.failed, judgement.counts.waived) == (2, 0)


def test_t08_no_waiver_covers_a_mandatory_rule(tmp_path: Path) -> None:
    assert said(judged(tmp_path / "x", level="mandatory")) == [("ownership-named", None, True)]


@pytest.mark.parametrize("other", [{"rule": "folder-name"}, {"model": "another-model"}])
def test_a_waiver_covers_no_other_rule_and_no_other_model(tmp_path: Path, other: dict[str, Any]) -> None:
    assert ("ownership-named", None, True) in said(judged(tmp_path / "x", **other))


def test_a_waiver_that_nothing_needs_any_more_is_named(tmp_path: Path) -> None:
    judgement = judged(tmp_path / "x", broken=False)
    assert said(judgement) == [("waiver-needed", None, True)]
    assert "covers nothing" in judgement.findings[0].finding.message


def test_what_could_not_be_told_is_not_waived(tmp_path: Path) -> None:
    repository = Repository.of_example(tmp_path / "x")
    repository.write(
        "policies/enforcement.yaml", "schema: enforcement/v1\nlevels:\n  - {rule: named, level: waivable}\n"
    )
    repository.write("policies/waivers/w-1.yaml", WAIVER.format(rule="named", model="credit-score", expires=NEXT_YEAR))
    repository.write(
        "validators/area/named.py",
        '"""Crash at once.\n\nWhy: To see it.\n\nRemedy: None.\n"""\n\n'
        "from modelward.rules import rule\n\n\n"
        '@rule(on="state", over="model")\ndef named(model, repository):\n    raise ValueError("boom")\n',
    )
    rules = [one for one in load_rules(repository.snapshot()) if one.name == "named"]
    judgement = repository.judge(rules)
    assert ("named", None, True) in said(judgement)
    assert judgement.errors


def test_one_unreadable_waiver_voids_all_of_them(tmp_path: Path) -> None:
    repository = Repository.of_example(tmp_path / "x")
    rules = [one for one in load_rules(repository.snapshot()) if one.name == "ownership-named"]
    repository.write(
        "policies/enforcement.yaml", "schema: enforcement/v1\nlevels:\n  - {rule: ownership-named, level: waivable}\n"
    )
    repository.write(
        "policies/waivers/w-1.yaml", WAIVER.format(rule="ownership-named", model="credit-score", expires=NEXT_YEAR)
    )
    repository.write("policies/waivers/w-2.yaml", "no: waiver\n")
    manifest = "models/credit-score/manifest.yaml"
    repository.write(manifest, "".join(line for line in _lines(repository, manifest) if "sponsor:" not in line))
    assert said(repository.judge(rules)) == [("ownership-named", None, True)]
