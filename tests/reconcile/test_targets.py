"""Where a failing release leads back to, and what comes back without steps."""

from datetime import UTC, datetime, timedelta

from modelward.reconcile.targets import CallSomebody, Restore, UseRules, fallback_target, rollback_target, skips_steps
from modelward.specs.ledger import Suspended, Tenure
from modelward.specs.manifest import Fallback
from modelward.specs.scalars import Digest, ReleaseName

START = datetime(2026, 1, 1, tzinfo=UTC)


def digest(release: str) -> Digest:
    return Digest("sha256:" + release.replace(".", "").rjust(64, "0"))


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def held(*releases: str) -> tuple[Tenure, ...]:
    """Each release for ten days, the last one still."""
    spans = []
    for number, release in enumerate(releases):
        until = None if number == len(releases) - 1 else text(day(10 * (number + 1)))
        spans.append(
            Tenure.model_validate(
                {"release": release, "artifact": digest(release), "since": text(day(10 * number)), "until": until}
            )
        )
    return tuple(spans)


def suspended(release: str, at: int, resumed: int | None = None) -> dict[str, Suspended]:
    lifted = None if resumed is None else text(day(resumed))
    given = {"release": release, "at": text(day(at)), "why": "drift", "resumed": lifted}
    return {f"s-{release}-{at}".replace(".", "-"): Suspended.model_validate(given)}


def restore(release: str) -> Restore:
    return Restore(ReleaseName(release), digest(release))


FAILING = ReleaseName("1.2.0")


def test_the_last_release_that_held_the_environment_is_the_target() -> None:
    tenures = held("1.0.0", "1.1.0", "1.2.0")
    assert rollback_target(FAILING, "promotion", tenures, {}, "rules") == restore("1.1.0")


def test_a_release_that_came_in_and_is_not_on_record_yet_leads_back_to_the_one_that_is() -> None:
    assert rollback_target(FAILING, "promotion", held("1.0.0", "1.1.0"), {}, "none") == restore("1.1.0")


def test_a_suspended_release_is_passed_over_until_it_is_resumed() -> None:
    tenures = held("1.0.0", "1.1.0", "1.2.0")
    out = suspended("1.1.0", 15)
    assert rollback_target(FAILING, "promotion", tenures, out, "rules") == restore("1.0.0")
    lifted = suspended("1.1.0", 15, resumed=17)
    assert rollback_target(FAILING, "promotion", tenures, lifted, "rules") == restore("1.1.0")


def test_a_release_whose_bytes_are_not_there_is_passed_over() -> None:
    tenures = held("1.0.0", "1.1.0", "1.2.0")
    assert rollback_target(FAILING, "promotion", tenures, {}, "rules", {ReleaseName("1.1.0")}) == restore("1.0.0")


def test_without_a_release_the_rules_answer_and_without_rules_somebody_is_called() -> None:
    tenures = held("1.2.0")
    assert isinstance(rollback_target(FAILING, "promotion", tenures, {}, "rules"), UseRules)
    fallbacks: tuple[Fallback, ...] = ("previous", "none")
    for fallback in fallbacks:
        assert isinstance(rollback_target(FAILING, "promotion", tenures, {}, fallback), CallSomebody)


def test_the_failing_release_is_never_its_own_target() -> None:
    tenures = held("1.2.0", "1.2.0")
    assert isinstance(rollback_target(FAILING, "promotion", tenures, {}, "none"), CallSomebody)


def test_a_rollback_is_not_rolled_back() -> None:
    tenures = held("1.0.0", "1.1.0", "1.0.0")
    failing = ReleaseName("1.0.0")
    assert isinstance(rollback_target(failing, "rollback", tenures, suspended("1.1.0", 19), "rules"), UseRules)
    called = rollback_target(failing, "rollback", tenures, {}, "none")
    assert isinstance(called, CallSomebody)
    assert "not rolled back" in called.why


def test_however_often_releases_fail_none_comes_back_that_failed() -> None:
    tenures, gone = held("1.0.0", "1.1.0", "1.2.0", "1.3.0"), ["1.3.0"]
    out: dict[str, Suspended] = {}
    while isinstance(target := rollback_target(ReleaseName(gone[-1]), "promotion", tenures, out, "none"), Restore):
        out |= suspended(gone[-1], 40 + len(gone))
        gone.append(target.release)
    assert gone == ["1.3.0", "1.2.0", "1.1.0", "1.0.0"]


def test_the_fallback_is_the_rules_and_without_rules_what_a_rollback_would_lead_to() -> None:
    assert isinstance(fallback_target("rules", restore("1.1.0")), UseRules)
    assert fallback_target("previous", restore("1.1.0")) == restore("1.1.0")


def test_a_release_that_was_good_here_comes_back_without_steps() -> None:
    tenures = held("1.0.0", "1.1.0")
    assert skips_steps(ReleaseName("1.0.0"), digest("1.0.0"), tenures, {})
    assert not skips_steps(ReleaseName("1.0.0"), digest("other"), tenures, {})
    assert not skips_steps(ReleaseName("1.2.0"), digest("1.2.0"), tenures, {})


def test_a_release_that_was_suspended_is_tried_again_in_steps_until_it_has_held_the_environment_once_more() -> None:
    lifted = suspended("1.0.0", 5, resumed=12)
    assert not skips_steps(ReleaseName("1.0.0"), digest("1.0.0"), held("1.0.0", "1.1.0"), lifted)
    assert skips_steps(ReleaseName("1.0.0"), digest("1.0.0"), held("1.0.0", "1.1.0", "1.0.0", "1.2.0"), lifted)
