"""What rules say of a change: which of it denies, and which is shown alone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from governed import MANIFEST
from inmemory import SCOPE, Files, base, promoted, replaced, step, without
from modelward.gate.findings import judged_rules
from modelward.gate.step import Step
from modelward.rules.base import models_of
from modelward.rules.face import Finding, Mark, On, Over, Verdict
from modelward.rules.loading import Rule
from modelward.specs.scalars import ReleaseName
from modelward.tree.place import Place

Check = Callable[..., Iterator[Finding]]


def rule(check: Check, over: Over = "model", *, name: str = "some", open_only: bool = False) -> Rule:
    on: On = "change" if over in ("change", "entry") else "state"
    mark = Mark(on, over, always_mandatory=False, open_only=open_only)
    return Rule(name, "area", "", "", "mend it", "validators/area/some.py", mark, check)


def says(*places: str, verdict: Verdict = "fail") -> Check:
    def check(_subject: object, _repository: object) -> Iterator[Finding]:
        for place in places:
            yield Finding(verdict, f"wrong at {place}", Place(place))

    return check


def denying(one: Step, *rules: Rule) -> list[tuple[str, str]]:
    """What denies: the rule, and the place."""
    return [(judged.rule, judged.finding.place.path) for judged in judged_rules(one, rules)[1]]


def shown(one: Step, *rules: Rule) -> list[tuple[str, str]]:
    return [(judged.rule, judged.finding.place.path) for judged in judged_rules(one, rules)[0].findings]


PROMOTION = step(base(), promoted())


@pytest.mark.parametrize("verdict", ["fail", "inconclusive", "error"])
def test_a_finding_in_a_scope_that_is_touched_denies(verdict: Verdict) -> None:
    assert denying(PROMOTION, rule(says(MANIFEST, verdict=verdict))) == [("some", MANIFEST)]


def only_after(_subject: Any, _repository: object) -> Iterator[Finding]:
    if _subject.manifest.spec.deployments["production"].release == "1.1.0":
        yield Finding("fail", "wrong", Place("environments/production.yaml"))


def test_a_finding_elsewhere_denies_only_if_the_change_causes_it() -> None:
    elsewhere = "environments/production.yaml"
    assert denying(PROMOTION, rule(says(elsewhere))) == []
    assert shown(PROMOTION, rule(says(elsewhere))) == [("some", elsewhere)]
    assert denying(PROMOTION, rule(only_after)) == [("some", elsewhere)]
    both = (rule(says(elsewhere), name="old"), rule(only_after, name="new"), rule(says(MANIFEST), name="here"))
    assert denying(PROMOTION, *both) == [("new", elsewhere), ("here", MANIFEST)]


@pytest.mark.parametrize("over", ["change", "entry"])
def test_what_is_said_of_the_change_itself_is_the_changes_doing_wherever_it_is(over: Over) -> None:
    elsewhere = "environments/production.yaml"
    assert denying(PROMOTION, rule(says(elsewhere), over)) == [("some", elsewhere)]


@pytest.mark.parametrize("what", ["rule", "verdict", "message", "place"])
def test_a_finding_elsewhere_is_an_old_one_only_if_it_is_the_same_in_all(what: str) -> None:
    def check(subject: Any, _repository: object) -> Iterator[Finding]:
        new = subject.manifest.spec.deployments["production"].release == "1.1.0"
        verdict: Verdict = "inconclusive" if new and what == "verdict" else "fail"
        message = "new" if new and what == "message" else "old"
        place = "policies/new.yaml" if new and what == "place" else "policies/old.yaml"
        if not new or what != "rule":
            yield Finding(verdict, message, Place(place))

    def other(subject: Any, _repository: object) -> Iterator[Finding]:
        if what == "rule" and subject.manifest.spec.deployments["production"].release == "1.1.0":
            yield Finding("fail", "old", Place("policies/old.yaml"))

    assert len(denying(PROMOTION, rule(check), rule(other, name="other"))) == 1


def test_what_is_advisory_is_shown_and_does_not_deny_but_an_error_does() -> None:
    before = replaced(
        base(),
        "policies/enforcement.yaml",
        "levels:\n",
        "levels:\n  - {rule: some, level: advisory}\n",
    )
    one = step(before, replaced(before, MANIFEST, 'production: {release: "1.0.0"}', 'production: {release: "1.1.0"}'))
    assert (shown(one, rule(says(MANIFEST))), denying(one, rule(says(MANIFEST)))) == ([("some", MANIFEST)], [])
    assert denying(one, rule(says(MANIFEST, verdict="error"))) == [("some", MANIFEST)]


def test_a_rule_for_open_changes_says_nothing_of_a_merged_one() -> None:
    only = rule(says(MANIFEST), open_only=True)
    assert denying(PROMOTION, only) == [("some", MANIFEST)]
    assert shown(replace(PROMOTION, is_open=False), only) == []
    assert denying(replace(PROMOTION, is_open=False), rule(says(MANIFEST))) == [("some", MANIFEST)]


@pytest.mark.parametrize("over", ["organisation", "model", "fleet", "change", "entry"])
def test_rules_over_every_subject_are_run_on_the_head(over: Over) -> None:
    assert denying(PROMOTION, rule(says(MANIFEST), over)) == [("some", MANIFEST)]


def test_only_touched_models_are_judged_and_known_to_collide_with_those_that_the_step_names() -> None:
    names: list[str] = []
    asked: list[list[str]] = []

    def check(subject: Any, _repository: object) -> Iterator[Finding]:
        names.append(subject.name)
        yield from ()

    def colliding(models: Any) -> Any:
        asked.append(list(models))
        return ()

    judged_rules(step(base(), promoted(), colliding=colliding), [rule(check)])
    assert (names, asked) == (["credit-score"], [["credit-score"]])
    names.clear()
    judged_rules(step(base(), {**base(), "policies/floors.yaml": b"schema: [\n"}), [rule(check)])
    assert names == []
    gone = without(base(), *(path for path in base() if path.startswith(f"{SCOPE}/")))
    judged_rules(step(base(), gone, colliding=colliding), [rule(check)])
    assert (names, asked[1:]) == ([], [[]])


def test_a_change_is_judged_from_its_base_and_an_entry_knows_what_held_the_place() -> None:
    seen: list[tuple[str, bool]] = []

    def check(entry: Any, _repository: object) -> Iterator[Finding]:
        seen.append((entry.environment, entry.returning))
        yield from ()

    judged_rules(PROMOTION, [rule(check, "entry")])
    judged_rules(replace(PROMOTION, held=lambda *_: frozenset({ReleaseName("1.1.0")})), [rule(check, "entry")])
    assert seen == [("production", False), ("production", True)]
    assert models_of(PROMOTION.changed) == {SCOPE}


def test_the_policies_that_judge_are_those_of_the_base_and_the_time_is_the_steps() -> None:
    seen: list[Any] = []

    def check(_subject: object, repository: Any) -> Iterator[Finding]:
        seen.append((repository.now, repository.organisation.policy.spec.version))
        yield from ()

    other = replaced(promoted(), "policies/policy.yaml", '"1.0.0"', '"2.0.0"')
    judged_rules(step(base(), other), [rule(check)])
    assert seen == [(PROMOTION.now, "1.0.0")]


def test_what_cannot_be_read_denies() -> None:
    broken = replaced(promoted(), MANIFEST, "tier: medium", "tier: [medium")
    assert denying(step(base(), broken)) == [("readable", MANIFEST)]
    assert denying(step(base(), {**base(), "policies/floors.yaml": b"schema: [\n"})) == [
        ("readable", "policies/floors.yaml")
    ]


RULE = b'"""A rule."""\n\nimport os\n'


def test_rules_that_could_not_judge_the_next_change_deny_when_they_are_touched() -> None:
    path = "validators/identity/evil.py"
    assert set(denying(step(base(), {**base(), path: RULE}))) == {("rules-loadable", path)}
    also = rule(says("validators/identity/x.py"), "organisation")
    assert ("some", "validators/identity/x.py") in denying(step(base(), {**base(), path: RULE}), also)
    both = {path: RULE}
    assert denying(step({**base(), **both}, {**promoted(), **both})) == []


CASES = b"""schema: cases/v1
cases:
  - name: a model as it stands
    given: {change: []}
    expect: {some: pass}
"""
TESTS = "policies/tests/some.yaml"


FLOORS = "policies/floors.yaml"


def with_cases(cases: bytes = CASES) -> Files:
    """The merged files under a policy without floors, which has cases."""
    example = {f"tests/example/{path}": data for path, data in base().items()}
    return {**base(), **example, FLOORS: b"schema: floors/v1\nfloors: []\n", TESTS: cases}


def complaints(before: Files, after: Files, *rules: Rule) -> list[tuple[str, str, str, str]]:
    """What the policy's own cases say against it."""
    return [
        (one.finding.verdict, one.finding.place.path, one.finding.message, one.remedy)
        for one in judged_rules(step(before, after), rules)[1]
        if one.rule == "policy-tested"
    ]


def words(files: Files) -> Files:
    return {**files, FLOORS: files[FLOORS] + b"# words\n"}


FINE, WRONG = rule(says()), rule(says(MANIFEST))


def test_a_policy_that_changes_holds_its_own_cases() -> None:
    before = with_cases()
    assert complaints(before, words(before), FINE) == []
    said = f"a model as it stands: expects `pass` of some, which says `fail`: wrong at {MANIFEST}"
    assert complaints(before, words(before), WRONG) == [("fail", TESTS, said, "run `modelward test`")]
    assert complaints(before, {**before, MANIFEST: promoted()[MANIFEST]}, WRONG) == []


def test_the_cases_that_are_held_are_those_of_the_head() -> None:
    changed = with_cases(CASES.replace(b"some: pass", b"some: fail"))
    assert complaints(with_cases(), changed, WRONG) == []
    assert len(complaints(with_cases(), changed, FINE)) == 1
    more = {path: data for path, data in with_cases().items() if path != TESTS}
    assert len(complaints(more, with_cases(), WRONG)) == 1


def test_a_policy_without_cases_is_held_to_none_but_cases_are_not_taken_away() -> None:
    assert complaints(base(), words(base()), FINE) == []
    said = "policy: the policy has no cases: nothing tells what it refuses"
    gone = [("fail", "policies/tests", said, "run `modelward test`")]
    assert complaints(with_cases(), without(with_cases(), TESTS), FINE) == gone


def test_cases_that_cannot_be_run_are_an_error() -> None:
    changed = {path: data for path, data in words(with_cases()).items() if not path.startswith("tests/example/")}
    assert complaints(with_cases(), changed, FINE) == [
        ("error", "policies/tests", "the head has no tests/example/", "restore the folder: examples start from it")
    ]
