"""Lines of the log: one for each thing that happened, and nothing in it speaks for us."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.events.interface import Event, Undelivered
from modelward.report.logs import Happening, log_line
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DONE = Happening(
    NOON,
    "info",
    "action.done",
    "the alias moved",
    ModelName("credit-risk"),
    EnvironmentName("production"),
    fields={"alias": "champion", "version": 4, "undone": False},
)


def test_a_line_of_text_says_when_how_grave_and_what() -> None:
    assert log_line(DONE, "text") == (
        "2026-11-20T12:00:00.000Z info action.done model=credit-risk environment=production "
        'alias=champion version=4 undone=false message="the alias moved"'
    )


def test_a_line_of_json_says_the_same() -> None:
    assert list(json.loads(log_line(DONE, "json")).items()) == [
        ("time", "2026-11-20T12:00:00.000Z"),
        ("level", "info"),
        ("event", "action.done"),
        ("model", "credit-risk"),
        ("environment", "production"),
        ("alias", "champion"),
        ("version", 4),
        ("undone", False),
        ("message", "the alias moved"),
    ]


def test_an_event_of_the_world_is_a_line_too() -> None:
    where = ModelName("credit-risk"), EnvironmentName("production"), ReleaseName("1.1.0")
    event = Event("ml.model.suspended", "k", NOON, "critical", "out of service", "bad: 3\nand more", *where)
    line = json.loads(log_line(Happening.of(event), "json"))
    assert (line["level"], line["event"], line["release"], line["id"]) == ("error", event.type, "1.1.0", event.id)
    assert line["why"] == "bad: 3", "one line says why"


def test_an_event_that_a_place_did_not_take_is_a_line_with_its_reason() -> None:
    event = Event("ml.model.suspended", "k", NOON, "critical", "out of service", "", ModelName("credit-risk"))
    left = Undelivered("the webhook of HOOK", event, "it answers with status 500")
    assert log_line(Happening.left(left, NOON), "text") == (
        f"2026-11-20T12:00:00.000Z warning event.undelivered model=credit-risk id={event.id} type=ml.model.suspended "
        'message="the webhook of HOOK did not take it: it answers with status 500; '
        'the next run from this clone tells it"'
    )
    assert "; nobody tells it again" in log_line(Happening.left(replace(left, again=False), NOON), "json")


def test_a_value_with_spaces_or_quotes_can_be_told_from_the_next_field() -> None:
    line = log_line(Happening(NOON, "info", "e", 'a" level=error b\\', fields={"why": "", "x": "y=z"}), "text")
    assert line == '2026-11-20T12:00:00.000Z info e why="" x="y=z" message="a\\" level=error b\\\\"'


def test_a_field_cannot_say_otherwise_what_the_line_says() -> None:
    lying = Happening(NOON, "error", "e", "m", ModelName("credit-risk"), fields={"level": "info", "model": "other"})
    line = json.loads(log_line(lying, "json"))
    assert (line["level"], line["model"]) == ("error", "credit-risk")


def test_hostile_text_neither_moves_a_cursor_nor_commands_a_ci_system() -> None:
    hostile = Happening(NOON, "info", "e", "\x1b[2J\r\n::stop-commands::x\n##[error]no ##vso[task.complete]\u202e")
    text, document = log_line(hostile, "text"), log_line(hostile, "json")
    for line in (text, document):
        assert "\x1b" not in line
        assert "\n" not in line
        assert "##" not in line
        assert line.isascii()
    assert json.loads(document)["message"] == hostile.message


@given(st.text(), st.dictionaries(st.text(), st.text() | st.floats() | st.integers() | st.booleans() | st.none()))
def test_anything_is_one_line_and_json_can_be_read(
    message: str, fields: dict[str, str | float | int | bool | None]
) -> None:
    happening = Happening(NOON, "info", "e", message, fields=fields)
    assert len(log_line(happening, "text").splitlines()) == 1
    line = log_line(happening, "json")
    assert len(line.splitlines()) == 1
    assert json.loads(line, parse_constant=pytest.fail)["event"] == "e"


def test_long_values_are_cut() -> None:
    assert len(log_line(Happening(NOON, "info", "e", "m" * 10**6), "json")) < 1_200
