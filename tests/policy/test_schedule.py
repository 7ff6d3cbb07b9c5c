"""Crons and the longest gap between their occurrences. Row D2 of the mission."""

from datetime import UTC, datetime, timedelta

import pytest

from modelward.policy.schedule import gaps, longest_gap, occurrences

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "timezone", "gap"),
    [
        ("0 2 * * *", "UTC", timedelta(days=1)),
        ("0 */6 * * *", "UTC", timedelta(hours=6)),
        ("*/5 * * * *", "UTC", timedelta(minutes=5)),
        ("0 6 * * SUN", "UTC", timedelta(days=7)),
        ("*/30 9-17 * * MON-FRI", "UTC", timedelta(days=2, hours=15, minutes=30)),
        ("0 9 * * MON#1", "UTC", timedelta(days=35)),
        ("0 0 31 * *", "UTC", timedelta(days=61)),
        ("0 12 * * *", "Europe/Berlin", timedelta(days=1, hours=1)),
        ("0 0 1 1 *", "UTC", timedelta(days=366)),
    ],
)
def test_the_longest_gap_of_a_schedule_is_seen(cron: str, timezone: str, gap: timedelta) -> None:
    assert longest_gap(cron, timezone, START) == gap


@pytest.mark.parametrize(
    ("cron", "timezone", "said"),
    [
        ("every day", "UTC", "is no cron"),
        ("61 * * * *", "UTC", "is no cron"),
        ("", "UTC", "is no cron"),
        ("0 2 * * *", "Mars/Olympus", "is no time zone"),
        ("0 2 * * *", "../../etc/passwd", "is no time zone"),
        ("0 2 * * *", "", "is no time zone"),
        ("0 0 31 2 *", "UTC", "no cron|never comes"),
    ],
)
def test_what_is_no_schedule_is_refused_in_one_line(cron: str, timezone: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        longest_gap(cron, timezone, START)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cron", "timezone", "shortest"),
    [
        ("0 9 * * MON#1", "UTC", timedelta(days=28)),
        ("0 0 31 * *", "UTC", timedelta(days=31)),
        ("0 12 * * *", "Europe/Berlin", timedelta(hours=23)),
        ("0 6 * * SUN", "UTC", timedelta(days=7)),
    ],
)
def test_the_shortest_gap_of_a_schedule_is_seen(cron: str, timezone: str, shortest: timedelta) -> None:
    assert gaps(cron, timezone, START).shortest == shortest


def test_occurrences_are_instants_in_utc_after_the_start() -> None:
    found = occurrences("0 12 * * *", "Europe/Berlin", datetime(2026, 3, 28, 11, tzinfo=UTC))
    assert [next(found).isoformat() for _ in range(2)] == ["2026-03-29T10:00:00+00:00", "2026-03-30T10:00:00+00:00"]
