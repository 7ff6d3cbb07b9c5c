"""Strict JSON: what is accepted is what every JSON reader sees, and what is refused is refused at its place."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelward.tree.json_reader import place_in_json, read_json
from modelward.tree.place import Pointer, Span
from modelward.tree.text import EVIDENCE_BYTES, Refused
from modelward.tree.yaml_reader import MAX_DEPTH, MAX_DIGITS

from .documents import keys, numbers, pointers, texts, typed

values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)
roots = st.dictionaries(keys, values, max_size=4)
LARGE = EVIDENCE_BYTES // 4


@st.composite
def written(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """An object, and a JSON text that writes it."""
    value = draw(roots)
    indent = draw(st.sampled_from([None, 0, 2, "\t"]))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")]))
    return value, json.dumps(value, indent=indent, separators=separators, ensure_ascii=draw(st.booleans()))


def read_or_refuse(data: bytes) -> dict[str, Any] | Refused:
    """What the reader makes of the bytes; anything but these two endings is a crash."""
    try:
        return read_json(data)
    except Refused as refused:
        return refused


def refusal(text: str) -> Refused:
    with pytest.raises(Refused) as caught:
        read_json(text.encode())
    return caught.value


@given(written())
def test_an_object_reads_as_the_value_that_it_was_written_from(document: tuple[dict[str, Any], str]) -> None:
    value, text = document
    assert typed(read_json(text.encode())) == typed(value)


@pytest.mark.parametrize(
    ("text", "said", "span"),
    [
        ('{"a": 1, "a": 2}', "the key `a` stands twice", Span(1, 10, 13)),
        ('{"a": 1,\n "\\u0061": 2}', "the key `a` stands twice", Span(2, 2, 10)),
        ('{"x": [{"a": 1,\n "a": 2}], "y": 1}', "the key `a` stands twice", Span(2, 2, 5)),
        ('{"x": {"a": 1, "a": 2}, no JSON', "the key `a` stands twice", Span(1, 16, 19)),
        ('{"a": NaN}', "`NaN` is no finite number", Span(1, 7, 10)),
        ('{"a": [1,\n -Infinity]}', "`-Infinity` is no finite number", Span(2, 2, 11)),
        ('{"NaN": "NaN", "a": NaN}', "`NaN` is no finite number", Span(1, 21, 24)),
        ('{"a": 1e999}', "`1e999` is no finite number", Span(1, 7, 12)),
        ('{"a": -1e999}', "`-1e999` is no finite number", Span(1, 7, 13)),
        ('{"a": ' + "1" * 19 + "}", "an integer of more than 18 digits", Span(1, 7, 26)),
        ('{"a": -' + "1" * 19 + "}", "an integer of more than 18 digits", Span(1, 7, 27)),
        ('{"a": nan}', "this is no JSON", Span(1, 7, 8)),
        ('{"a": 01}', "this is no JSON", Span(1, 8, 9)),
        ('{"a": 1,}', "this is no JSON", Span(1, 9, 10)),
        ("{'a': 1}", "this is no JSON", Span(1, 2, 3)),
        ('{"a": "b\nc"}', "this is no JSON", Span(1, 9, 10)),
        ('{"a": 1} {"b": 2}', "this is no JSON: Extra data", Span(1, 10, 11)),
        ('{"a": 1 // one\n}', "this is no JSON", Span(1, 9, 10)),
        ("", "this is no JSON", Span(1, 1, 2)),
        ("[1]", "the document is no object", Span(1, 1, 2)),
        ('"a"', "the document is no object", Span(1, 1, 2)),
        ("null", "the document is no object", Span(1, 1, 2)),
        ('{"é": "\\u202e"}', "an escape spells a character that does not show: U+202E", Span(1, 7, 15)),
        ('{"a": {"b\\u200b": 1}}', "an escape spells a character that does not show: U+200B", Span(1, 8, 17)),
        ('{"a": "\\ud800"}', "an escape spells a character that does not show: U+D800", Span(1, 7, 15)),
        ('{"a": "\\u001b[31m"}', "an escape spells a character that does not show: U+001B", Span(1, 7, 19)),
        ('{"a": "b\\r"}', "an escape spells a carriage return", Span(1, 7, 12)),
        ('{"a": "\\b"}', "an escape spells a character that does not show: U+0008", Span(1, 7, 11)),
        ('{"a": "e\\u0301"}', "an escape spells text that is not in Unicode normal form C", Span(1, 7, 16)),
    ],
)
def test_what_readers_could_see_differently_is_refused_at_its_place(text: str, said: str, span: Span) -> None:
    refused = refusal(text)
    assert refused.message.startswith(said)
    assert refused.span == span
    assert refused.remedy


def test_a_key_that_stands_twice_is_shown_with_its_first_place() -> None:
    assert refusal('{"b": {"a": 1},\n "a": 1,\n "a": 2}').also == (Span(2, 2, 5), "first here")


def test_a_pair_of_escapes_is_one_character() -> None:
    assert read_json(b'{"a": "\\ud83d\\ude00\\n\\t\\"\\\\\\/"}') == {"a": '😀\n\t"\\/'}


def test_the_deepest_nesting_is_accepted_and_one_more_is_refused() -> None:
    inside = MAX_DEPTH - 1
    assert read_json(f'{{"a": {"[" * inside}{"]" * inside}}}'.encode())
    refused = refusal(f'{{"a": {"[" * (inside + 1)}{"]" * (inside + 1)}}}')
    assert refused.message == f"nested deeper than {MAX_DEPTH} levels"
    assert refused.span == Span(1, 7 + inside, 8 + inside)


def test_brackets_in_strings_nest_nothing() -> None:
    text = "[{" * 100 + '\\"' + "}]" * 200
    assert read_json(json.dumps({"a": text}).encode()) == {"a": text}


def test_the_largest_integers_are_exact() -> None:
    most = int("9" * MAX_DIGITS)
    assert read_json(f'{{"a": [{most}, -{most}, -0]}}'.encode()) == {"a": [most, -most, 0]}


@pytest.mark.parametrize(
    "pattern", ['\\"', '"', "\\", "[", "]", "{", "1", "[],", '"a":', " ", ":", "\\u0061", ",", "-"]
)
@pytest.mark.parametrize("start", ["", '{"a": "', '{"a": [', '{"a": 1.'])
def test_a_large_document_is_judged_in_seconds_however_hostile(start: str, pattern: str) -> None:
    text = start + pattern * (LARGE // len(pattern))
    began = time.process_time()
    outcome = read_or_refuse(text.encode())
    assert time.process_time() - began < 5
    assert isinstance(outcome, Refused)
    assert len(outcome.message) < 300


def test_many_keys_and_one_of_them_twice_are_judged_in_seconds() -> None:
    text = "{" + ",".join(f'"{number}":1' for number in range(100_000)) + ',"7":1}'
    began = time.process_time()
    refused = refusal(text)
    assert time.process_time() - began < 5
    assert refused.message == "the key `7` stands twice"


jsonish = st.lists(
    st.sampled_from([*'{}[],:"\\ \n-1e.', '"a"', '"b":', "true", "null", "NaN", "\\u0061", "é", "1.5", "\t"]),
    max_size=14,
).map(lambda tokens: "".join(["{", *tokens, "}"]))


@settings(max_examples=700)
@given(jsonish)
def test_what_is_accepted_means_the_same_to_another_reader(text: str) -> None:
    outcome = read_or_refuse(text.encode())
    if not isinstance(outcome, Refused):
        assert typed(outcome) == typed(json.loads(text))


@given(st.one_of(st.binary(max_size=100), st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert isinstance(read_or_refuse(data), dict | Refused)


# Places.


@given(written())
def test_the_text_at_every_place_reads_as_the_value_that_stands_there(document: tuple[dict[str, Any], str]) -> None:
    value, text = document
    rows = text.split("\n")
    for pointer, item in pointers(value):
        span = place_in_json(text, pointer)
        start = sum(len(row) + 1 for row in rows[: span.line - 1]) + span.column - 1
        assert typed(json.JSONDecoder().raw_decode(text, start)[0]) == typed(item)
        found = rows[span.line - 1][span.column - 1 : span.end - 1]
        assert found in ("{", "[") if isinstance(item, dict | list) else typed(json.loads(found)) == typed(item)


@given(written())
def test_the_text_at_every_key_reads_as_that_key(document: tuple[dict[str, Any], str]) -> None:
    value, text = document
    rows = text.split("\n")
    for pointer, _ in pointers(value):
        if pointer and isinstance(pointer[-1], str):
            span = place_in_json(text, pointer, key=True)
            assert json.loads(rows[span.line - 1][span.column - 1 : span.end - 1]) == pointer[-1]


@pytest.mark.parametrize(
    ("pointer", "span"),
    [
        (("a", "missing"), Span(1, 7, 8)),
        (("a", 5), Span(1, 7, 8)),
        (("a", "b", 9, "c"), Span(2, 8, 9)),
        (("missing",), Span(1, 1, 2)),
    ],
)
def test_a_value_that_is_not_there_has_the_place_of_the_nearest_around_it(pointer: Pointer, span: Span) -> None:
    text = '{"a": {\n  "b": [1, 2],\n  "c": 3}, "d": [1]}'
    assert place_in_json(text, pointer) == span
    assert place_in_json(text, pointer, key=True) == span


def test_the_whole_document_starts_behind_the_space_before_it() -> None:
    assert place_in_json(' \n  {"a": 1}', ()) == Span(2, 3, 4)
    assert place_in_json(' \n  {"a": 1}', (), key=True) == Span(2, 3, 4)


def test_an_item_of_an_array_has_no_key_but_a_place() -> None:
    assert place_in_json('{"a": [1, {"b": 2}]}', ("a", 1), key=True) == Span(1, 11, 12)
