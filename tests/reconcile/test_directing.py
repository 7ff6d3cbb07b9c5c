"""Where an environment goes: what is suspended never serves, what fails goes, what is stopped is restored.

Rows A11, B6, D6, E14, F7 and G3 of the mission; T72, T75 and T85 of the threats.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelward.policy.freezes import Window
from modelward.reconcile.desired import Target
from modelward.reconcile.directing import Remembered, direct
from modelward.reconcile.direction import Direction, next_suspension, suspended_by_others
from modelward.reconcile.measuring import Watched
from modelward.reconcile.pin import Pin, Pins
from modelward.reconcile.rollout import rollout_id
from modelward.signals.interface import Observation, Series
from modelward.specs.canary import CanaryPlan
from modelward.specs.environment import Environment, Pointers
from modelward.specs.ledger import EnvironmentState, Refusal
from modelward.specs.manifest import Deployment
from modelward.specs.policy import Freeze
from modelward.specs.scalars import Digest, EnvironmentName, ModelName, ReleaseName
from modelward.specs.thresholds import Thresholds

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MODEL, WHERE = ModelName("credit-risk"), EnvironmentName("production")
PINS = {
    name: Pin(ReleaseName(name), version, None, Digest(f"sha256:{version:064x}"))
    for version, name in enumerate(("1.0.0", "1.1.0", "1.2.0"), 1)
}
PLAN = CanaryPlan.model_validate(
    {
        "steps": ({"weight": 10, "hold": "1h"},),
        "analysis": {
            "min_samples": 10,
            "guardrails": ("bad",),
            "failure_limit": 0,
            "error_limit": 1,
            "on_inconclusive": "hold",
            "deadline": "7d",
        },
        "promote": "automatic",
    }
)
NO_STEPS = PLAN.model_copy(update={"steps": ()})
FREEZE = Window(
    Freeze.model_validate(
        {
            "name": "year-end",
            "reason": "ledger close",
            "environments": ("production",),
            "cron": "0 0 20 12 *",
            "duration": "14d",
            "timezone": "UTC",
        }
    ),
    0,
    NOW - timedelta(hours=1),
    NOW + timedelta(days=1),
)


def written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def held(*releases: str, entered: str = "promotion", **more: Any) -> EnvironmentState:
    """The state after some releases held the environment, each for a day; the last one still does."""
    start = NOW - timedelta(days=len(releases))
    tenures = []
    for number, release in enumerate(releases):
        since = start + timedelta(days=number)
        until = None if number == len(releases) - 1 else written(since + timedelta(days=1))
        one = {"release": release, "artifact": PINS[release].digest, "since": written(since), "until": until}
        tenures.append(one | {"entered": entered if until is None else "promotion"})
    document = {"schema": "ledger-state/v1", "model": MODEL, "environment": WHERE, "tenures": tenures}
    return EnvironmentState.model_validate(document | more)


def out(release: str, *, resumed: bool = False) -> dict[str, Any]:
    """A suspension of a release on record."""
    one = {"release": release, "at": written(NOW - timedelta(hours=2)), "why": "trigger bad"}
    return {"su-1": one | ({"resumed": written(NOW - timedelta(hours=1))} if resumed else {})}


class Says:
    """A signal that says the same of every release of some, and nothing of others."""

    def __init__(self, value: float, *releases: str) -> None:
        self._value, self._releases = value, releases

    def observations(self, series: Series, since: datetime) -> tuple[Observation, ...]:
        if series.release not in self._releases:
            return ()
        at = max(since, NOW - timedelta(minutes=1))
        about = (series.signal, series.model, series.release, series.environment)
        return (Observation(*about, self._value, 100, at),)


def watched(signals: Says, action: str = "rollback") -> Watched:
    environment = Environment.model_validate(
        {
            "schema": "environment/v1",
            "environment": "production",
            "registry": {"name": "main", "alias": "champion"},
            "traffic": {"kind": "registry-tags"},
            "drift": "enforce",
            "signals": {"bad": {"file": "x", "every": "1h", "better": "lower"}},
        }
    )
    trigger = {"name": "bad", "environments": ("production",), "signal": "bad", "above": 0.0, "severity": "critical"}
    document = {"schema": "thresholds/v1", "metrics": {}, "min_samples": 1}
    triggers = (trigger | {"respond_within": "1h", "action": action},)
    return Watched(MODEL, environment, Thresholds.model_validate(document | {"triggers": triggers}), signals)


def going(
    release: str | None,
    state: EnvironmentState,
    *,
    shown: int | None = None,
    tagged: Mapping[int, Collection[str]] | None = None,
    unfit: frozenset[ReleaseName] = frozenset(),
    beside: dict[str, Any] | None = None,
    pins: Mapping[int, Pin] | None = None,
    **known: Any,
) -> Direction:
    deployment = None if release is None else Deployment.model_validate({"release": release} | (beside or {}))
    pointers = Pointers.model_validate({"name": "main", "alias": "champion", "challenger_alias": "challenger"})
    pin = None if release is None else PINS[release]
    target = Target(WHERE, pointers, pin, None, entrance=False, deployment=deployment, traffic="registry-tags")
    defaults: dict[str, Any] = {
        "fallback": "rules",
        "freezing": lambda _kind: None,
        "plan": NO_STEPS,
        "commit": "c" * 40,
    }
    remembered = Remembered(ledger=state, now=NOW, **(defaults | known))
    holder = state.holder
    shows = shown if shown is not None else (None if holder is None else PINS[holder.release].version)
    known_pins = {pin.version: pin for pin in PINS.values()} if pins is None else pins
    words = {number: frozenset(each) for number, each in (tagged or {}).items()}
    return direct(MODEL, target, known_pins, shows, words, remembered, unfit)


def standing(direction: Direction) -> str:
    assert direction.standing is not None
    return direction.standing.state


def test_what_git_deploys_and_holds_the_environment_stays() -> None:
    assert going("1.0.0", held("1.0.0")) == Direction(PINS["1.0.0"])


def test_no_release_is_read_for_what_stays_but_the_one_that_is_deployed() -> None:
    def read() -> Iterable[Pin]:
        raise AssertionError("another release was read")

    pins = Pins([PINS["1.0.0"]], read)
    assert going("1.0.0", held("1.0.0"), pins=pins).pin == PINS["1.0.0"]
    with pytest.raises(AssertionError):
        going("1.0.0", held("1.1.0"), pins=pins)


def test_a_release_without_steps_moves_in() -> None:
    direction = going("1.1.0", held("1.0.0"))
    assert (direction.pin, direction.kind, direction.urgent) == (PINS["1.1.0"], "promotion", False)


def test_a11_a_release_with_steps_takes_a_share_and_the_champion_keeps_the_alias() -> None:
    direction = going("1.1.0", held("1.0.0"), plan=PLAN)
    assert (direction.pin, direction.challenger, direction.weight) == (PINS["1.0.0"], PINS["1.1.0"], 10)
    assert (direction.kind, standing(direction)) == ("step", "Progressing")
    assert direction.rollout is not None
    assert direction.rollout.id == rollout_id(MODEL, WHERE, ReleaseName("1.1.0"), "c" * 40)


def test_the_first_release_of_an_environment_needs_no_steps() -> None:
    assert going("1.0.0", held(), plan=PLAN).kind == "promotion"


def test_what_the_trust_root_deploys_is_the_champion_where_the_ledger_knows_none() -> None:
    direction = going("1.1.0", held(), shown=1, plan=PLAN, rooted=lambda: ReleaseName("1.0.0"))
    assert (direction.pin, direction.challenger) == (PINS["1.0.0"], PINS["1.1.0"])


@pytest.mark.parametrize("shown", [2, 3])
def test_t72_what_was_set_by_hand_before_anything_held_is_never_adopted(shown: int) -> None:
    """Neither another release, nor the one that waits to come in."""
    frozen = going("1.1.0", held(), shown=shown, freezing=lambda _kind: FREEZE)
    assert (frozen.pin, frozen.kind, standing(frozen)) == (None, None, "Frozen")
    assert going("1.1.0", held(), shown=shown).kind == "promotion"
    assert going("1.1.0", held(), shown=2, unowned=True) == Direction(PINS["1.1.0"]), "but where it is taken over"
    assert going("1.1.0", held(), shown=3, unowned=True).kind == "promotion"


def test_steps_without_anything_that_splits_the_traffic_are_no_way_in() -> None:
    direction = going("1.1.0", held("1.0.0"), plan=PLAN, splits=False)
    assert (direction.pin, standing(direction)) == (PINS["1.0.0"], "Blocked")


@pytest.mark.parametrize("shown", [1, 3])
def test_t72_what_was_moved_by_hand_is_restored_unless_drift_only_warns(shown: int) -> None:
    assert going("1.0.0", held("1.0.0"), shown=shown).pin == PINS["1.0.0"]
    warned = going("1.0.0", held("1.0.0"), shown=3, warns=True)
    assert (warned.pin, warned.drifted, standing(warned)) == (None, True, "OutOfSync")


@pytest.mark.parametrize("stopped", ["hold", "freeze"])
def test_a_hold_and_a_freeze_keep_what_is_new_out_and_restore_what_was_there(stopped: str) -> None:
    hold = {"hold": {"reason": "audit", "until": written(NOW + timedelta(hours=1))}}
    known: dict[str, Any] = {"beside": hold} if stopped == "hold" else {"freezing": lambda _kind: FREEZE}
    direction = going("1.1.0", held("1.0.0"), shown=3, **known)
    assert direction.pin == PINS["1.0.0"]
    assert direction.standing is not None
    assert direction.standing.until == (NOW + timedelta(hours=1) if stopped == "hold" else FREEZE.end)
    assert standing(direction) == {"hold": "Held", "freeze": "Frozen"}[stopped]


def test_t71_a_release_that_was_refused_for_its_bytes_is_not_tried_again_and_others_are() -> None:
    pin = PINS["1.1.0"]
    refused = Refusal.model_construct(
        release=pin.release, artifact=pin.digest, commit="c" * 40, at=NOW, why="other bytes"
    )
    for plan in (NO_STEPS, PLAN):
        direction = going("1.1.0", held("1.0.0"), shown=3, plan=plan, refused=refused)
        assert (direction.pin, direction.kind, standing(direction)) == (PINS["1.0.0"], None, "Blocked")
    assert going("1.2.0", held("1.0.0"), refused=refused).kind == "promotion"
    assert going("1.1.0", held("1.1.0"), shown=3, refused=refused) == Direction(pin), "what holds is always mended"
    begun = going("1.1.0", held("1.0.0"), plan=PLAN).rollout
    back = going("1.1.0", held("1.0.0", rollout=begun), plan=PLAN, refused=refused)
    assert (back.kind, back.urgent, back.challenger, standing(back)) == ("return", True, None, "Blocked")
    assert back.rollout is not None
    assert (back.rollout.phase, back.rollout.weight) == ("returned", 0)


def test_a_hold_that_is_over_holds_nothing() -> None:
    assert going("1.1.0", held("1.0.0"), beside={"hold": {"reason": "x", "until": written(NOW)}}).kind == "promotion"


@pytest.mark.parametrize(("days", "state"), [(0.5, "Progressing"), (1, None)])
def test_a_release_soaks_in_the_environment_before(days: float, state: str | None) -> None:
    since = NOW - timedelta(days=days)
    tenure = {"release": "1.1.0", "artifact": PINS["1.1.0"].digest, "since": written(since)}
    before = (
        held()
        .model_copy(update={"tenures": held("1.1.0").tenures})
        .model_validate({"schema": "ledger-state/v1", "model": MODEL, "environment": "staging", "tenures": [tenure]})
    )
    direction = going("1.1.0", held("1.0.0"), before=before, soak=timedelta(days=1))
    assert (None if direction.standing is None else direction.standing.state) == state
    rooted = going("1.1.0", held("1.0.0"), before=before, soak=timedelta(days=1), rooted=lambda: ReleaseName("1.1.0"))
    assert rooted.kind == "promotion", "what the trust root deploys was vouched for"


def test_time_in_which_it_was_suspended_in_the_environment_before_is_no_soak() -> None:
    spans = {"release": "1.1.0", "at": written(NOW - timedelta(hours=23)), "why": "trigger bad"}
    for resumed, state in ((None, "Blocked"), (NOW - timedelta(hours=1), "Progressing")):
        one = spans if resumed is None else spans | {"resumed": written(resumed)}
        before = held("1.1.0", suspensions={"su-1": one})
        direction = going("1.1.0", held("1.0.0"), before=before, soak=timedelta(days=1))
        assert (direction.pin, direction.kind, standing(direction)) == (PINS["1.0.0"], None, state)


def test_what_has_left_the_environment_before_waits_without_an_end() -> None:
    direction = going("1.1.0", held("1.0.0"), before=held("1.0.0"), soak=timedelta(days=1))
    assert direction.standing is not None
    assert (standing(direction), direction.standing.until) == ("Progressing", None)


def test_a_merged_return_to_a_release_that_was_good_here_skips_steps_and_soak_and_suspends() -> None:
    direction = going("1.0.0", held("1.0.0", "1.1.0"), plan=PLAN, before=held("1.1.0"), soak=timedelta(days=9))
    assert (direction.pin, direction.kind, direction.urgent) == (PINS["1.0.0"], "rollback", True)
    assert [one.pin for one in direction.suspend] == [PINS["1.1.0"]]


def test_g3_a_trigger_takes_the_holder_out_for_the_release_before() -> None:
    direction = going("1.1.0", held("1.0.0", "1.1.0"), watched=watched(Says(1.0, "1.1.0")))
    assert (direction.pin, direction.kind, direction.urgent, direction.restores) == (
        PINS["1.0.0"],
        "rollback",
        True,
        True,
    )
    (suspension,) = direction.suspend
    assert suspension.pin == PINS["1.1.0"]
    assert suspension.why.startswith("trigger bad: ")
    assert direction.open == ((suspension.id, PINS["1.1.0"]),)
    assert standing(direction) == "Suspended"
    assert [one.trigger for one in direction.told] == ["bad"]


def test_g3_an_alias_that_was_moved_away_is_not_moved_back_to_what_is_suspended_now() -> None:
    signals = watched(Says(1.0, "1.1.0"))
    direction = going("1.1.0", held("1.1.0"), shown=3, watched=signals, fallback="none")
    assert (direction.pin, direction.drifted, standing(direction)) == (None, True, "Degraded")
    assert [one.pin for one in direction.suspend] == [PINS["1.1.0"]]


def test_g3_the_same_suspension_has_the_same_name_whoever_finds_it() -> None:
    one, other = (going("1.1.0", held("1.0.0", "1.1.0"), watched=watched(Says(1.0, "1.1.0"))) for _ in range(2))
    assert one.suspend[0].id == other.suspend[0].id
    again = held("1.0.0", "1.1.0", suspensions=out("1.1.0", resumed=True))
    assert going("1.1.0", again, watched=watched(Says(1.0, "1.1.0"))).suspend[0].id != one.suspend[0].id


@pytest.mark.parametrize("action", ["warn", "page", "retrain"])
def test_a_trigger_that_may_only_tell_moves_nothing(action: str) -> None:
    direction = going("1.1.0", held("1.0.0", "1.1.0"), watched=watched(Says(1.0, "1.1.0"), action))
    assert (direction.pin, direction.suspend) == (PINS["1.1.0"], ())
    assert [one.action for one in direction.told] == [action]


def test_what_is_told_once_is_not_told_again() -> None:
    direction = going("1.1.0", held("1.1.0", firing=("bad",)), watched=watched(Says(1.0, "1.1.0"), "warn"))
    assert (direction.told, direction.firing) == ((), None)


def test_a_trigger_that_recovers_is_forgotten_and_one_that_falls_silent_is_not() -> None:
    state = held("1.1.0", firing=("bad",))
    assert going("1.1.0", state, watched=watched(Says(0.0, "1.1.0"), "warn")).firing == frozenset()
    silent = going("1.1.0", state, watched=watched(Says(0.0), "warn"))
    assert (silent.firing, silent.silent is not None) == (None, True)


def test_what_is_switched_off_is_not_watched() -> None:
    signals = watched(Says(1.0, "1.1.0"))
    assert going("1.1.0", held("1.0.0", "1.1.0"), watched=signals, beside={"ml_enabled": False}).suspend == ()


def test_e14_d6_a_trigger_that_asks_for_the_fallback_lets_the_rules_answer() -> None:
    direction = going("1.1.0", held("1.0.0", "1.1.0"), watched=watched(Says(1.0, "1.1.0"), "fallback"))
    assert (direction.pin, direction.kind, direction.off) == (PINS["1.1.0"], "fallback", True)


def test_b6_without_a_release_to_go_back_to_the_rules_answer_or_a_person_is_called() -> None:
    state, signals = held("1.1.0"), watched(Says(1.0, "1.1.0"))
    assert going("1.1.0", state, watched=signals).off
    for known in ({"fallback": "none"}, {"splits": False}):
        direction = going("1.1.0", state, watched=signals, **known)
        assert (standing(direction), direction.off, direction.page is not None) == ("Degraded", False, True)


def test_g3_a_rollback_is_not_rolled_back() -> None:
    state = held("1.0.0", "1.1.0", "1.0.0", entered="rollback", suspensions=out("1.1.0"))
    direction = going("1.1.0", state, watched=watched(Says(1.0, "1.0.0")))
    assert (direction.off, direction.kind) == (True, "fallback")
    assert [one.pin for one in direction.suspend] == [PINS["1.0.0"]]


def test_a_release_whose_bytes_could_not_be_verified_is_passed_over() -> None:
    state, signals = held("1.0.0", "1.2.0", "1.1.0"), watched(Says(1.0, "1.1.0"))
    assert going("1.1.0", state, watched=signals).pin == PINS["1.2.0"]
    assert going("1.1.0", state, watched=signals, unfit=frozenset({ReleaseName("1.2.0")})).pin == PINS["1.0.0"]


def test_g3_what_git_deploys_and_is_suspended_does_not_come_in() -> None:
    state = held("1.0.0", suspensions=out("1.1.0"))
    direction = going("1.1.0", state, shown=2)
    assert (direction.pin, direction.urgent, standing(direction)) == (PINS["1.0.0"], True, "Suspended")
    assert direction.standing is not None
    assert direction.standing.lift == "modelward resume credit-risk production su-1"


def test_a_merged_resume_lets_it_in_again_by_its_steps() -> None:
    state = held("1.0.0", "1.1.0", "1.0.0", entered="rollback", suspensions=out("1.1.0"))
    direction = going("1.1.0", state, beside={"resume": "su-1"}, plan=PLAN)
    assert (direction.resumed, direction.open) == (("su-1",), ())
    assert (direction.challenger, direction.weight) == (PINS["1.1.0"], 10)
    assert going("1.1.0", state, beside={"resume": "su-2"}).resumed == ()


def test_t85_a_tag_alone_suspends_and_is_put_on_record() -> None:
    state = held("1.0.0", "1.1.0")
    name, _ = next_suspension(MODEL, state, PINS["1.1.0"])
    direction = going("1.1.0", state, tagged={2: [name]})
    assert (direction.pin, direction.kind) == (PINS["1.0.0"], "rollback")
    assert [(one.id, one.pin) for one in direction.suspend] == [(name, PINS["1.1.0"])]
    assert going("1.1.0", state, tagged={2: [name]}, elsewhere={name}).pin == PINS["1.1.0"]
    resumed = going("1.1.0", state, tagged={2: [name]}, beside={"resume": name})
    assert (resumed.pin, resumed.resumed, resumed.open) == (PINS["1.1.0"], (name,), ())


def test_t85_whatever_others_write_into_a_tag_is_one_suspension_until_git_resumes_it() -> None:
    state = held("1.0.0", "1.1.0")
    ours, _ = next_suspension(MODEL, state, PINS["1.1.0"])
    name = suspended_by_others(MODEL, state, PINS["1.1.0"])
    for words in (["su-9"], ["Tonight!", "su-9", *map(str, range(100))], [""], [ours, "su-9"]):
        direction = going("1.1.0", state, tagged={2: words})
        assert direction.pin == PINS["1.0.0"]
        assert {one.id for one in direction.suspend} == {name} | ({ours} & {*words})
    by_others = {name: out("1.1.0")["su-1"]}
    known = held("1.0.0", "1.1.0", "1.0.0", entered="rollback", suspensions=by_others)
    for words in ([name], ["su-10", "su-11"], [name, ours]):
        assert going("1.0.0", known, tagged={2: words}).suspend == (), "it is on record"
    lifted = {name: out("1.1.0", resumed=True)["su-1"]}
    state = held("1.0.0", "1.1.0", suspensions=lifted)
    assert going("1.1.0", state, tagged={2: [name]}).suspend == ()
    (again,) = going("1.1.0", state, tagged={2: [name, "su-9"]}).suspend
    assert again.id == suspended_by_others(MODEL, state, PINS["1.1.0"]) != name, "what was lifted lifts nothing new"


def test_something_new_may_come_in_where_nothing_serves_any_more() -> None:
    state = held("1.0.0", suspensions=out("1.0.0"))
    assert going("1.0.0", state).off
    direction = going("1.2.0", state)
    assert (direction.pin, direction.kind, direction.off) == (PINS["1.2.0"], "promotion", False)
    stepped = going("1.2.0", state, plan=PLAN)
    assert (stepped.pin, stepped.off) == (PINS["1.0.0"], True), "there is no champion to go by steps beside"
    waiting = going("1.2.0", state, before=held("1.2.0"), soak=timedelta(days=9))
    assert (waiting.pin, waiting.off) == (PINS["1.0.0"], True), "until it does, the rules answer"


def running(**more: Any) -> dict[str, Any]:
    """A rollout of 1.1.0 beside 1.0.0 that has begun two hours ago."""
    began = written(NOW - timedelta(hours=2))
    rollout = {"id": "ro-1", "model": MODEL, "environment": WHERE, "challenger": "1.1.0", "champion": "1.0.0"}
    return {"rollout": rollout | {"step": 1, "weight": 10, "started": began, "since": began, "clock": began} | more}


def test_a_challenger_that_fails_loses_its_share_and_is_suspended() -> None:
    state = held("1.0.0", **running())
    direction = going("1.1.0", state, plan=PLAN, watched=watched(Says(1.0, "1.1.0")))
    assert (direction.pin, direction.challenger, direction.kind, direction.urgent) == (
        PINS["1.0.0"],
        None,
        "return",
        True,
    )
    assert [one.pin for one in direction.suspend] == [PINS["1.1.0"]]
    assert direction.rollout is not None
    assert direction.rollout.phase == "returned"


@pytest.mark.parametrize(
    ("release", "beside", "phase"),
    [("1.2.0", {}, "superseded"), ("1.0.0", {}, "aborted"), ("1.1.0", {"abort": "ro-1"}, "aborted")],
)
def test_git_ends_a_rollout(release: str, beside: dict[str, Any], phase: str) -> None:
    direction = going(release, held("1.0.0", **running()), plan=PLAN, beside=beside)
    assert (direction.pin, direction.challenger, direction.suspend) == (PINS["1.0.0"], None, ())
    assert direction.rollout is not None
    assert direction.rollout.phase == phase


def test_an_aborted_rollout_does_not_begin_again_until_git_takes_the_abort_back() -> None:
    state = held("1.0.0", **running(phase="aborted", weight=0))
    waiting = going("1.1.0", state, plan=PLAN, beside={"abort": "ro-1"})
    assert (waiting.pin, waiting.challenger, standing(waiting)) == (PINS["1.0.0"], None, "Held")
    assert going("1.1.0", state, plan=PLAN).challenger == PINS["1.1.0"]


def test_a_champion_that_fails_ends_the_rollout_beside_it() -> None:
    state = held("1.2.0", "1.0.0", **running())
    direction = going("1.1.0", state, plan=PLAN, watched=watched(Says(1.0, "1.0.0")))
    assert (direction.pin, direction.challenger, direction.kind) == (PINS["1.2.0"], None, "rollback")
    assert direction.rollout is not None
    assert direction.rollout.phase == "aborted"


def test_a_freeze_lets_a_rollout_stay_where_it_is() -> None:
    direction = going("1.1.0", held("1.0.0", **running()), plan=PLAN, freezing=lambda _kind: FREEZE)
    assert (direction.challenger, direction.weight) == (PINS["1.1.0"], 10)


def test_b8_a_freeze_and_a_hold_shut_an_environment_to_tenants() -> None:
    tenants = {"tenants": {"acme": "1.1.0"}}
    frozen = going("1.0.0", held("1.0.0"), beside=tenants, freezing=lambda kind: FREEZE if kind == "tenant" else None)
    assert (frozen.pin, frozen.standing) == (PINS["1.0.0"], None)
    assert frozen.shut is not None
    assert (frozen.shut.state, frozen.shut.until) == ("Frozen", FREEZE.end)
    hold = {"hold": {"until": written(NOW + timedelta(days=1)), "reason": "an audit"}}
    on_hold = going("1.0.0", held("1.0.0"), beside=tenants | hold)
    assert on_hold.shut is not None
    assert on_hold.shut.state == "Held"
    assert going("1.0.0", held("1.0.0"), beside=tenants).shut is None


def test_where_git_deploys_nothing_what_is_there_stays_and_a_rollout_ends() -> None:
    assert going(None, held("1.0.0")).pin is None
    direction = going(None, held("1.0.0", **running()), plan=PLAN)
    assert direction.rollout is not None
    assert (direction.rollout.phase, direction.challenger) == ("aborted", None)
