"""Events as CloudEvents 1.0."""

import json
from dataclasses import replace
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from events.conftest import NOON, REPOSITORY, event
from modelward.events.cloudevents import LARGEST, cloudevent, written
from modelward.events.interface import Event


def test_an_event_has_what_cloudevents_demand_and_says_what_happened() -> None:
    document = json.loads(written(event(), REPOSITORY))
    assert document == {
        "specversion": "1.0",
        "id": event().id,
        "source": "/modelward/acme/ml-governance",
        "type": "ml.model.suspended",
        "subject": "credit-risk/production/1.1.0",
        "time": "2026-11-20T12:00:00Z",
        "severity": "critical",
        "datacontenttype": "application/json",
        "data": {
            "model": "credit-risk",
            "environment": "production",
            "release": "1.1.0",
            "title": "release 1.1.0 is out of service",
            "body": "mean-drift: feature_drift was 0.81, above 0.75",
            "details": {"n": 1},
        },
    }


def test_an_event_about_no_model_has_no_subject() -> None:
    untrusted = Event("ml.repository.untrusted", "k", NOON, "critical", "main was bypassed")
    assert "subject" not in cloudevent(untrusted, REPOSITORY)


def test_a_source_is_a_reference_whatever_the_repository_is_called() -> None:
    assert cloudevent(event(), "a b/ü?#")["source"] == "/modelward/a%20b/%C3%BC%3F%23"


def test_times_are_in_utc() -> None:
    there = timezone(timedelta(hours=2))
    assert cloudevent(replace(event(), time=NOON.astimezone(there)), REPOSITORY)["time"] == "2026-11-20T12:00:00Z"


def test_what_is_too_long_for_readers_is_sent_without_its_details() -> None:
    huge = replace(event(), data={str(n): "x" * 1_000 for n in range(100)})
    data = written(huge, REPOSITORY)
    assert len(data) <= LARGEST
    assert json.loads(data)["data"]["details"] == {"left_out": "they are too long"}


def test_the_longest_text_of_all_still_fits() -> None:
    longest = event(title="\U0001f600" * 9_999, body="\U0001f600" * 9_999)
    assert len(written(replace(longest, data={"x": ["y" * 1_000] * 100}), REPOSITORY)) <= LARGEST


@given(st.text(min_size=1), st.text(), st.dictionaries(st.text(), st.text() | st.floats() | st.integers()))
def test_any_text_stays_on_one_line_of_ascii(title: str, body: str, data: dict[str, str | float | int]) -> None:
    told = replace(event(title=f"t{title}", body=body), data=data)
    line = written(told, REPOSITORY)
    assert b"\n" not in line
    assert line.isascii()
    assert json.loads(line)["data"]["title"] == told.title
