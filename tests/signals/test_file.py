"""Observations as lines that another system writes: what is read, and what is never taken for a value."""

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from modelward.signals.connecting import EnvironmentSignals
from modelward.signals.file import MAX_BYTES, MAX_LINE, FileSignals, Line
from modelward.signals.interface import Observation, Part, Series, Signals, SignalUnavailable, SignalUnreadable
from modelward.signals.simulator import Outage, SimulatedSignals
from modelward.specs.environment import Environment
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from repository import PROJECT

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=9)
BRIER = Series("brier", ModelName("credit-risk"), ReleaseName("1.1.0"), EnvironmentName("production"))
LINE = {
    "signal": "brier",
    "model": "credit-risk",
    "release": "1.1.0",
    "environment": "production",
    "value": 0.12,
    "n": 800,
    "at": "2026-11-20T12:00:00Z",
}


def written(folder: Path, *lines: dict[str, Any] | str) -> FileSignals:
    path = folder / "seen.jsonl"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return FileSignals(path)


def values(signals: Signals, series: Series = BRIER, since: datetime = LONG_AGO) -> list[float]:
    return [seen.value for seen in signals.observations(series, since)]


def test_a_line_is_an_observation(tmp_path: Path) -> None:
    (seen,) = written(tmp_path, LINE | {"deviation": 0.3}).observations(BRIER, LONG_AGO)
    assert (seen.value, seen.n, seen.at, seen.part, seen.deviation) == (0.12, 800, NOON, None, 0.3)


def test_lines_in_any_order_and_twice_are_a_series(tmp_path: Path) -> None:
    early, late = LINE | {"at": "2026-11-20T11:00:00Z", "value": 0.1}, LINE
    signals = written(tmp_path, late, early, late, early)
    assert values(signals) == [0.1, 0.12]
    assert values(signals, since=NOON) == [0.12]


def test_the_same_line_has_the_same_id_however_it_is_written(tmp_path: Path) -> None:
    (one,) = written(tmp_path, LINE).observations(BRIER, LONG_AGO)
    turned = dict(reversed(LINE.items())) | {"at": "2026-11-20T12:00:00.000000Z"}
    (other,) = written(tmp_path, turned).observations(BRIER, LONG_AGO)
    assert one.id == other.id
    (different,) = written(tmp_path, LINE | {"n": 801}).observations(BRIER, LONG_AGO)
    assert different.id != one.id


def test_parts_and_the_whole_are_series_of_their_own(tmp_path: Path) -> None:
    lines = [LINE, LINE | {"segment": {"features": "LIMIT_BAL"}, "value": 0.3}, LINE | {"segment": {"tenants": "t-1"}}]
    signals = written(tmp_path, *lines)
    (seen,) = signals.observations(Series(**{**vars(BRIER), "over": "features"}), LONG_AGO)
    assert (seen.part, seen.value) == (Part("features", "LIMIT_BAL"), 0.3)
    assert values(signals) == [0.12]


def test_other_models_releases_and_environments_are_not_mixed_in(tmp_path: Path) -> None:
    lines = [LINE | {key: other} for key, other in (("model", "x"), ("release", "1.0.0"), ("environment", "staging"))]
    assert values(written(tmp_path, *lines)) == []


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "no object"),
        (json.dumps(LINE).replace("0.12", "NaN"), "no finite number"),
        (json.dumps(LINE).replace("0.12", "Infinity"), "no finite number"),
        (json.dumps(LINE).replace("0.12", "1e999"), "no finite number"),
        (json.dumps(LINE).replace("0.12", '0.12, "value": 0.9'), "twice"),
        (LINE | {"value": "0.12"}, "value"),
        (LINE | {"value": True}, "value"),
        (LINE | {"value": None}, "value"),
        (LINE | {"n": -1}, "n"),
        (LINE | {"n": 1.5}, "n"),
        (LINE | {"n": 10**16}, "n"),
        (LINE | {"at": "yesterday"}, "at"),
        (LINE | {"at": "2026-11-20T12:00:00"}, "at"),
        (LINE | {"model": "../x"}, "model"),
        (LINE | {"segment": {"columns": "x"}}, "segment"),
        (LINE | {"segment": {}}, "segment"),
        (LINE | {"segment": {"features": "a", "tenants": "b"}}, "segment"),
        (LINE | {"deviation": -1}, "deviation"),
        (LINE | {"deviation": 1e200}, "deviation"),
        (LINE | {"value": 1e200}, "value"),
        (LINE | {"value": -1e31}, "value"),
        (LINE | {"value": 10**60}, "an integer of more than"),
        (LINE | {"more": 1}, "a key that is not known"),
        ({key: value for key, value in LINE.items() if key != "n"}, "n"),
        (LINE | {"value": 0.5}, "another value than line 1"),
        (LINE | {"model": "x" * 5000}, "longer than"),
        (json.dumps(LINE)[:-1] + "\x1b[2J}", "invisible"),
    ],
)
def test_a_bad_line_is_an_error_with_its_number(tmp_path: Path, bad: dict[str, Any] | str, why: str) -> None:
    later = LINE | {"at": "2026-11-20T13:00:00Z"}
    signals = written(tmp_path, LINE, bad, later)
    for _ in range(2):
        with pytest.raises(SignalUnreadable, match="line 2: ") as caught:
            values(signals)
        assert "\x1b" not in caught.value.message
    if why != "invisible":
        assert why in caught.value.message


def test_a_wrong_line_about_another_model_is_an_error_for_that_alone(tmp_path: Path) -> None:
    other = replace(BRIER, model=ModelName("delivery-eta"))
    wrong = LINE | {"model": "delivery-eta", "value": 1e200}
    signals = written(tmp_path, LINE, wrong, LINE | {"model": "delivery-eta"})
    assert values(signals) == [0.12]
    with pytest.raises(SignalUnreadable, match="line 2: "):
        values(signals, other)


def test_a_line_that_is_still_being_written_is_read_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    first, text = json.dumps(LINE | {"at": "2026-11-20T11:00:00Z", "value": 0.1}), json.dumps(LINE)
    for length in range(len(text)):
        path.write_text(f"{first}\n{text[:length]}")
        assert values(FileSignals(path)) == [0.1]
    for end in ("", "\n"):
        path.write_text(f"{first}\n{text}{end}")
        assert values(FileSignals(path)) == [0.1, 0.12]


def test_a_line_that_has_ended_half_way_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SignalUnreadable, match="line 1: "):
        values(written(tmp_path, json.dumps(LINE)[:40]))


@pytest.mark.parametrize("bad", [LINE | {"n": -1}, LINE | {"model": "x" * 5000}])
def test_a_last_line_without_an_end_that_is_whole_and_wrong_is_an_error(tmp_path: Path, bad: dict[str, Any]) -> None:
    path = tmp_path / "seen.jsonl"
    path.write_text(json.dumps(bad))
    with pytest.raises(SignalUnreadable, match="line 1: "):
        values(FileSignals(path))


def test_a_file_that_is_missing_a_folder_a_pipe_or_too_large_is_unavailable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for name in ("none", ".", "pipe", "large"):
        with pytest.raises(SignalUnavailable):
            values(FileSignals(tmp_path / name))


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert values(written(tmp_path)) == []


def production(**signals: dict[str, str]) -> Environment:
    pointers = {"name": "main", "alias": "champion"}
    head = {"schema": "environment/v1", "environment": "production", "registry": pointers}
    return Environment.model_validate(head | {"traffic": {"kind": "none"}, "drift": "warn", "signals": signals})


def test_each_signal_is_asked_of_the_source_that_its_environment_names(tmp_path: Path) -> None:
    written(tmp_path, LINE)
    environment = production(
        brier={"file": "seen.jsonl", "every": "1h"}, drift={"monitor": "psi"}, up={"prometheus": "up"}
    )
    signals = EnvironmentSignals(environment, tmp_path)
    assert values(signals) == [0.12]
    for name, why in (("drift", "`monitor:`"), ("up", "`prometheus:`"), ("other", "not measured")):
        with pytest.raises(SignalUnavailable, match=why):
            values(signals, Series(**{**vars(BRIER), "signal": name}))
    with pytest.raises(SignalUnavailable, match="not measured in staging"):
        values(signals, Series(**{**vars(BRIER), "environment": "staging"}))


def test_a_simulator_shows_what_its_clock_has_reached_and_fails_in_an_outage() -> None:
    script = [
        Observation(
            BRIER.signal, BRIER.model, BRIER.release, BRIER.environment, hour / 10, 1, NOON + timedelta(hours=hour)
        )
        for hour in (2, 0, 1)
    ]
    down = Outage("brier", NOON + timedelta(hours=1), NOON + timedelta(hours=2), SignalUnavailable("down"))
    signals = SimulatedSignals(NOON, script, [down])
    assert values(signals) == [0.0]
    signals.now += timedelta(hours=1)
    with pytest.raises(SignalUnavailable):
        values(signals)
    signals.now += timedelta(hours=1)
    assert values(signals) == [0.0, 0.1, 0.2]
    assert values(signals, since=NOON + timedelta(hours=1)) == [0.1, 0.2]


def test_the_lines_that_the_page_about_rollouts_shows_are_read_and_every_field_stands_there(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "rollouts.md").read_text()
    (lines,) = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    signals = written(tmp_path, *lines.splitlines())
    for signal, over in (("score_invalid_ratio", None), ("feature_drift", "features"), ("expected_cost", None)):
        (seen,) = signals.observations(Series(**{**vars(BRIER), "signal": signal, "over": over}), LONG_AGO)
        assert seen.n == 1500
    table = page[page.index("| field | is |") :].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines()))) == set(
        Line.model_fields
    )
    assert f"at most {MAX_LINE} bytes" in page
