"""Which of what serves is hashed again: the longest waiting, and some that no tag can steer (row D5; T71)."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from modelward.reconcile.pin import Pin
from modelward.reconcile.rehashing import Live, chosen
from modelward.specs.scalars import Digest, ModelName, RegistryName, ReleaseName

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def live(number: int, verified: datetime | None) -> Live:
    pin = Pin(ReleaseName("1.0.0"), number, None, Digest("sha256:" + "0" * 64))
    return Live(ModelName(f"m{number}"), RegistryName("main"), f"m{number}", pin, verified)


def test_what_was_never_looked_at_comes_first_and_then_what_waits_longest() -> None:
    some = [live(1, AT), live(2, AT - timedelta(days=1)), live(3, None), live(4, AT), live(5, AT)]
    assert [one.model for one in chosen(some, 4, random.SystemRandom())][:2] == ["m3", "m2"]


def test_what_waits_longest_and_what_no_tag_steers_both_come_up_with_a_budget_of_one() -> None:
    some = [live(1, None), live(2, AT), live(3, AT)]
    seen = [one.model for _ in range(200) for one in chosen(some, 1, random.SystemRandom())]
    assert len(seen) == 200
    assert set(seen) == {"m1", "m2", "m3"}


def test_all_are_hashed_in_the_end_however_the_tags_of_some_are_kept_fresh() -> None:
    some = [live(number, AT + timedelta(minutes=number)) for number in range(20)]
    seen = {one.model for _ in range(1000) for one in chosen(some, 2, random.SystemRandom())}
    assert len(seen) == 20


@pytest.mark.parametrize(("releases", "budget", "runs"), [(300, 10, 60), (7, 4, 4), (7, 2, 7), (5, 20, 1)])
def test_each_is_hashed_within_the_runs_that_the_page_promises(releases: int, budget: int, runs: int) -> None:
    verified: dict[int, datetime | None] = dict.fromkeys(range(releases))
    for run in range(runs):
        some = [live(number, at) for number, at in verified.items()]
        for one in chosen(some, budget, random.SystemRandom()):
            verified[one.pin.version] = AT + timedelta(minutes=run)
    assert None not in verified.values()


def test_a_budget_beyond_all_takes_each_once() -> None:
    some = [live(number, None) for number in range(3)]
    assert sorted(one.model for one in chosen(some, 10, random.SystemRandom())) == ["m0", "m1", "m2"]
