"""A check that cannot be made is unknown, whatever stopped it, and takes no other with it."""

import errno
import os

import pytest

from modelward.errors import CannotEvaluate, Denied, ModelwardError, WrongUse
from modelward.health.outcomes import Ok, Outcome, Unknown, each, listed

STOPS = (
    CannotEvaluate("git is away", "bring it back"),
    WrongUse("a variable is not set", "set it"),
    Denied("no", "ask"),
    OSError(errno.EACCES, os.strerror(errno.EACCES), "/etc/hook"),
)


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: type(stop).__name__)
def test_what_stops_a_check_leaves_it_unknown_and_the_next_is_made(stop: Exception) -> None:
    def stopped() -> Outcome:
        raise stop

    first, second = each(iter([("first", stopped), ("second", lambda: Ok("well"))]))
    assert isinstance(first.outcome, Unknown)
    assert (stop.message if isinstance(stop, ModelwardError) else "/etc/hook cannot be read") in first.outcome.why
    assert first.outcome.remedy
    assert second.outcome == Ok("well")


def test_many_names_are_cut_short_and_counted() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
