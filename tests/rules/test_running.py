"""Running rules: every outcome is counted, and a rule that crashes is a verdict of its own."""

from pathlib import Path

import pytest

from modelward.rules.judgement import Judgement
from modelward.rules.loading import load_rules
from modelward.rules.running import Judge
from modelward.tree.directory import DirectorySource
from modelward.tree.snapshot import Snapshot
from repository import NOW

from .test_loading import GOOD

PROJECT = Path(__file__).resolve().parents[2]


def judge(root: Path, body: str) -> Judgement:
    """The judgement of this project's model by one rule with this body."""
    (root / "validators/area").mkdir(parents=True)
    (root / "validators/area/named.py").write_text(GOOD.replace("    yield from ()", body))
    rules = load_rules(Snapshot(DirectorySource(root)))
    judge = Judge(Snapshot(DirectorySource(PROJECT)), rules, NOW)
    judge.models(["credit-risk"], base=None, beside=(), progress=lambda _done: None)
    return judge.judgement


def test_a_rule_that_yields_nothing_passes_and_is_counted(tmp_path: Path) -> None:
    judgement = judge(tmp_path, "    yield from ()")
    assert not judgement.findings
    assert (judgement.by_rule["named"].evaluated, judgement.by_rule["named"].failed) == (1, 0)


@pytest.mark.parametrize(
    "body",
    ["    yield from [1][5]", "    raise SystemError('boom')", "    yield from model.nothing", "    return 1 / 0"],
)
def test_t80_a_rule_that_crashes_is_an_error_and_never_a_pass(tmp_path: Path, body: str) -> None:
    judgement = judge(tmp_path, body)
    (judged,) = judgement.findings
    assert judged.finding.verdict == "error"
    assert "the rule crashed" in judged.finding.message
    assert judgement.errors
    assert judgement.denied


def test_a_rule_that_gives_none_instead_of_findings_is_an_error(tmp_path: Path) -> None:
    judgement = judge(tmp_path, "    return None")
    assert judgement.errors
