"""Every rule against its examples, which are found by themselves, and what each rule must say of itself."""

import pytest

from modelward.rules.examples import Examples
from modelward.rules.loading import Rule, load_rules
from modelward.tree.directory import DirectorySource
from modelward.tree.snapshot import Snapshot
from repository import PROJECT

RULES = {rule.name: rule for rule in load_rules(Snapshot(DirectorySource(PROJECT)))}
EXAMPLES = Examples(DirectorySource(PROJECT), tuple(RULES.values()))


@pytest.mark.parametrize("path", [path for rule in RULES for path in EXAMPLES.paths(rule)])
def test_the_rule_says_of_the_example_what_is_expected(path: str) -> None:
    assert EXAMPLES.outcome(path).complaints == ()


def test_every_rule_has_examples_that_pass_and_that_fail_and_no_example_is_without_a_rule() -> None:
    assert [outcome for outcome in EXAMPLES.outcomes(RULES) if outcome.complaints] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_says_what_it_checks_why_and_how_to_mend_it(rule: Rule) -> None:
    for words in (rule.summary, rule.why, rule.remedy):
        assert words.endswith("."), words
        assert len(words.split()) > 3, words
    assert rule.check.__doc__, "the function says in one line what passes"
