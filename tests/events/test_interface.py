"""An event: the same happening has the same id, and no text in it speaks for anybody else."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.conftest import NOON, event
from modelward.events.interface import LONGEST_BODY, LONGEST_TITLE, Event, EventType
from modelward.events.plain import inert, line, plain


def test_the_same_key_always_gives_the_same_id() -> None:
    assert event("k", title="one").id == event("k", title="other").id == "8254c329a92850f6d539dd376f4816ee"
    assert event("k").id != event("K").id


def test_a_subject_names_what_is_known() -> None:
    assert event().subject == "credit-risk/production/1.1.0"
    assert Event("ml.repository.untrusted", "k", NOON, "critical", "main was bypassed").subject == ""


def test_hidden_characters_are_gone_and_a_title_is_one_line() -> None:
    told = event(title="all \x1b[31mwell\u202e\u200b\n::stop-commands::x\ud800\ue000", body="a\r\nb\x00\n\n\nc")
    assert told.title == "all [31mwell ::stop-commands::x"
    assert told.body == "a\nb\n\n\nc"


def test_long_text_is_cut() -> None:
    told = event(title="t" * 10_000, body="b" * 1_000_000 + "\n" * 1_000_000)
    assert len(told.title) == LONGEST_TITLE
    assert len(told.body) == LONGEST_BODY
    assert told.title.endswith("…")


def test_data_are_plain_values_of_json_that_nobody_can_change() -> None:
    deep: Any = []
    deep.append(deep)
    given_data: Any = {"share": float("nan"), "n": 2**70, "at": NOON, "names": ["a\nb"], "deep": deep, "ok": True}
    told = replace(event(), data=given_data)
    given_data["names"].append("more")
    assert told.data["share"] == "nan"
    assert told.data["n"] == str(2**70)
    assert told.data["names"] == ("a b",)
    assert told.data["ok"] is True
    json.dumps(plain(told.data), default=dict, allow_nan=False)
    with pytest.raises(TypeError):
        cast("dict[str, Any]", told.data)["ok"] = False


def test_very_many_data_are_cut() -> None:
    told = replace(event(), data={"all": list(range(10_000)), **{str(n): n for n in range(10_000)}})
    assert len(told.data) == 100
    assert len(cast("tuple[int, ...]", told.data["all"])) == 100


@pytest.mark.parametrize(("key", "title"), [("", "t"), ("k", ""), ("k", "\u200b\n")])
def test_an_event_has_a_key_and_a_title(key: str, title: str) -> None:
    with pytest.raises(ValueError, match="no key or no title"):
        event(key, title)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        replace(event(), time=datetime(2026, 11, 20, 12))  # noqa: DTZ001 - that is the point


def test_what_starts_a_mention_a_link_or_a_tag_is_shown_by_its_twin() -> None:
    assert inert("<@U1> @everyone [x](https://evil.example) `a` *b* error_budget") == (
        "＜＠U1＞ ＠everyone ［x］(https：//evil.example) ｀a｀ ＊b＊ error_budget"
    )


@given(st.text(), st.integers(1, 50))
def test_any_text_becomes_one_bounded_line_that_can_be_sent(text: str, limit: int) -> None:
    shown = line(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable() or not shown.isascii()
    assert len(shown.splitlines()) <= 1
    shown.encode()
    assert line(shown, limit) == shown


def test_every_type_is_of_models_triggers_or_the_repository() -> None:
    assert {kind.split(".")[1] for kind in get_args(EventType)} == {"model", "trigger", "repository"}
