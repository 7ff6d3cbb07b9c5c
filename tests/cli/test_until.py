"""Durations and instants that start now."""

from datetime import UTC, datetime

import pytest

from modelward.cli.until import until, written
from modelward.errors import WrongUse


@pytest.mark.parametrize(
    ("now", "text", "end"),
    [
        ("2026-11-20T09:00:00Z", "30d", "2026-12-20T09:00:00Z"),
        ("2026-11-20T09:00:00Z", "90m", "2026-11-20T10:30:00Z"),
        ("2026-11-20T09:00:00Z", "1y", "2027-11-20T09:00:00Z"),
        ("2024-02-29T09:00:00Z", "1y", "2025-02-28T09:00:00Z"),
        ("2026-01-31T09:00:00Z", "1mo", "2026-02-28T09:00:00Z"),
        ("2026-08-31T09:00:00Z", "13mo", "2027-09-30T09:00:00Z"),
        ("2026-12-31T09:00:00Z", "2mo", "2027-02-28T09:00:00Z"),
        ("2026-11-20T09:00:00.5Z", "1s", "2026-11-20T09:00:01Z"),
        ("2026-11-20T09:00:00Z", "2026-12-31T00:00:00.25Z", "2026-12-31T00:00:00Z"),
    ],
)
def test_a_duration_follows_the_calendar_and_an_instant_is_itself(now: str, text: str, end: str) -> None:
    assert written(until(text, datetime.fromisoformat(now).astimezone(UTC))) == end


@pytest.mark.parametrize(
    "text", ["", "30", "d", "-1d", "30 d", "1.5y", "2026-12-31", "2026-12-31T00:00:00+01:00", "٣d"]
)
def test_what_is_neither_is_refused_with_both_forms(text: str) -> None:
    with pytest.raises(WrongUse, match="is no time") as refused:
        until(text, datetime(2026, 11, 20, tzinfo=UTC))
    assert "30d" in refused.value.remedy
