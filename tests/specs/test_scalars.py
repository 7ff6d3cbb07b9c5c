"""Versions, durations and times as specs write them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import TypeAdapter, ValidationError

from modelward.specs.scalars import CalendarDuration, FixedDuration, SemanticVersion, Time

# In the order of Semantic Versioning 2.0.0, section 11, with its own examples in the middle.
RISING = [
    "0.0.1",
    "0.9.0",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


def test_versions_rise_as_semantic_versioning_says() -> None:
    for lower, higher in pairwise(map(SemanticVersion.parse, RISING)):
        assert lower < higher
        assert not higher < lower
        assert higher > lower


@pytest.mark.parametrize("text", ["1", "1.0", "01.0.0", "1.0.0+build", "v1.0.0", "1.0.0-", "1.0.0-01", "1.0.0\n", ""])
def test_what_is_no_semantic_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no semantic version"):
        SemanticVersion.parse(text)


@pytest.mark.parametrize(
    ("text", "fixed", "months"),
    [
        ("0m", timedelta(), 0),
        ("15m", timedelta(minutes=15), 0),
        ("24h", timedelta(days=1), 0),
        ("3d", timedelta(days=3), 0),
        ("2w", timedelta(days=14), 0),
        ("45s", timedelta(seconds=45), 0),
        ("6mo", timedelta(), 6),
        ("5y", timedelta(), 60),
    ],
)
def test_durations_mean_what_they_say(text: str, fixed: timedelta, months: int) -> None:
    duration = TypeAdapter(CalendarDuration).validate_python(text, strict=True)
    assert (duration.fixed, duration.months, str(duration)) == (fixed, months, text)


@pytest.mark.parametrize("text", ["5y", "6mo", "1.5h", "h", "-1d", "01d", "1 d", "1D", 5])
def test_what_is_no_fixed_duration_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(FixedDuration).validate_python(text, strict=True)


def test_a_time_is_read_as_utc() -> None:
    time = TypeAdapter(Time).validate_python("2026-11-02T09:00:00.5Z", strict=True)
    assert time == datetime(2026, 11, 2, 9, 0, 0, 500000, UTC)


@pytest.mark.parametrize(
    "text", ["2026-11-02T09:00:00", "2026-11-02T09:00:00+00:00", "2026-02-30T00:00:00Z", "2026-11-02", "9", 9]
)
def test_what_is_no_utc_time_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Time).validate_python(text, strict=True)
