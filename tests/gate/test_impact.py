"""What a change of policy would put in breach of what serves, told from snapshots in memory."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from governed import MANIFEST
from inmemory import NOW, Files, base, replaced, snapshot, without
from modelward.gate.impact import breaches
from modelward.rules.face import Finding, Mark, On, Over
from modelward.rules.loading import Rule
from modelward.tree.place import Place
from trunk import OTHER, START

Check = Callable[..., Iterator[Finding]]
FLOORS = "policies/floors.yaml"


def rule(check: Check, over: Over = "model", *, open_only: bool = False) -> Rule:
    on: On = "change" if over in ("change", "entry") else "state"
    mark = Mark(on, over, always_mandatory=False, open_only=open_only)
    return Rule("some", "area", "", "", "mend it", "validators/area/some.py", mark, check)


def floors(subject: Any, repository: Any) -> Iterator[Finding]:
    """One finding for each floor after the first."""
    for floor in repository.organisation.floors.spec.floors[1:]:
        yield Finding("fail", f"floor {floor.name}", Place(f"models/{getattr(subject, 'name', 'x')}"))


MORE = b"  - {name: more, when: {}}\n"
STRICTER = {**base(), FLOORS: base()[FLOORS] + MORE}


def found(live: Files, before: Files, after: Files, rules: Sequence[Rule]) -> list[tuple[str, str, str, list[str]]]:
    snapshots = [snapshot(files) for files in (live, before, after)]
    return [
        (one.model, one.environment, one.release, [judged.finding.message for judged in one.findings])
        for one in breaches(snapshots[0], snapshots[1], snapshots[2], rules, NOW)
    ]


BOTH = [
    ("credit-score", "staging", "1.1.0", ["floor more"]),
    ("credit-score", "production", "1.0.0", ["floor more"]),
]


def test_every_deployment_that_a_policy_puts_in_breach_is_named() -> None:
    assert found(base(), base(), STRICTER, [rule(floors)]) == BOTH
    assert [one[:2] for one in found(START, base(), STRICTER, [rule(floors)])] == [
        ("credit-score", "staging"),
        ("credit-score", "production"),
        ("other-score", "staging"),
        ("other-score", "production"),
    ]


def test_what_was_in_breach_before_is_not_the_changes_doing() -> None:
    assert found(base(), STRICTER, STRICTER, [rule(floors)]) == []
    assert found(base(), STRICTER, base(), [rule(floors)]) == []
    twice = {**base(), FLOORS: base()[FLOORS] + MORE + MORE.replace(b"more", b"most")}
    assert [messages for *_, messages in found(base(), STRICTER, twice, [rule(floors)])] == [["floor most"]] * 2


def test_the_same_words_at_another_place_are_another_finding() -> None:
    def check(_subject: Any, repository: Any) -> Iterator[Finding]:
        yield Finding("fail", "wrong", Place(f"models/x/{len(repository.organisation.floors.spec.floors)}"))

    assert [one[1] for one in found(base(), base(), STRICTER, [rule(check)])] == ["staging", "production"]
    assert found(base(), STRICTER, STRICTER, [rule(check)]) == []


def test_rules_over_models_and_entries_are_asked_and_no_others() -> None:
    assert found(base(), base(), STRICTER, [rule(floors, "entry")]) == BOTH
    for over in ("organisation", "fleet", "change"):
        assert found(base(), base(), STRICTER, [rule(floors, over)]) == []
    assert found(base(), base(), STRICTER, [rule(floors, open_only=True)]) == []


def test_each_deployment_is_judged_as_if_its_release_entered_now() -> None:
    seen: list[tuple[str, str, Any, Any, bool, bool]] = []

    def check(entry: Any, repository: Any) -> Iterator[Finding]:
        now = repository.now == NOW
        seen.append((entry.environment, entry.release.spec.release, entry.previous, entry.before, entry.returning, now))
        yield from ()

    assert found(base(), base(), base(), [rule(check, "entry")]) == []
    assert seen == [
        (environment, release, None, None, False, True)
        for environment, release in (("staging", "1.1.0"), ("production", "1.0.0"))
        for _ in range(2)
    ]


def test_a_release_that_is_not_there_enters_nowhere() -> None:
    live = replaced(base(), MANIFEST, 'production: {release: "1.0.0"}', 'production: {release: "9.9.9"}')
    assert [one[:3] for one in found(live, base(), STRICTER, [rule(floors, "entry")])] == [
        ("credit-score", "staging", "1.1.0")
    ]


def test_a_model_that_cannot_be_read_hides_no_other() -> None:
    live = replaced(START, MANIFEST, "tier: medium", "tier: [medium")
    assert {one[0] for one in found(live, base(), STRICTER, [rule(floors)])} == {OTHER.removeprefix("models/")}


def test_what_is_advisory_is_no_breach() -> None:
    level = "levels:\n  - {rule: some, level: advisory}\n"
    mild = replaced(STRICTER, "policies/enforcement.yaml", "levels:\n", level)
    assert found(base(), base(), mild, [rule(floors)]) == []


def test_nothing_that_serves_is_in_breach_where_nothing_serves() -> None:
    nothing = without(base(), *(path for path in base() if path.startswith("models/")))
    assert found(nothing, base(), STRICTER, [rule(floors)]) == []
