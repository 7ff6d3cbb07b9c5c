"""Strict YAML: what is accepted means one thing to every reader, and what is refused is refused at its place."""

import io
import time
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from modelward.tree.place import Span
from modelward.tree.text import SPEC_BYTES, Refused
from modelward.tree.yaml_reader import MAX_DEPTH, MAX_DIGITS, MAX_NODES, read_yaml

from .documents import Document, documents, typed


def read(text: str) -> dict[str, Any]:
    return read_yaml(text.encode())


def refusal(text: str | bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        read_yaml(text.encode() if isinstance(text, str) else text)
    return caught.value


def read_or_refuse(data: bytes) -> dict[str, Any] | Refused:
    """What the reader makes of the bytes; anything but these two endings is a crash."""
    try:
        return read_yaml(data)
    except Refused as refused:
        return refused


def by_ruamel(text: str) -> Any:
    """The same text as another YAML 1.2 reader understands it."""
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


# What is accepted.


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("null", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-7", -7),
        ("999999999999999999", 10**18 - 1),
        ("1.0", 1.0),
        ("-0.0", -0.0),
        ("1e3", 1000.0),
        ("2.5E-3", 0.0025),
        ("word", "word"),
        ("two words", "two words"),
        ("credit-risk", "credit-risk"),
        ("0 9 * * MON#1", "0 9 * * MON#1"),
        ("24h", "24h"),
        ("sha256:00ff", "sha256:00ff"),
        ("'it''s'", "it's"),
        ('"a\\nb"', "a\nb"),
        ('"\\u00e9\\t"', "é\t"),
        ("'1.0'", "1.0"),
        ("'null'", "null"),
        ("é中😀", "é中😀"),
        ("[]", ()),
        ("{}", {}),
        ("[1, [true], {b: c}]", (1, (True,), {"b": "c"})),
        ("|\n  a\n   b\n", "a\n b\n"),
        (">-\n  a\n  b\n", "a b"),
    ],
)
def test_a_value_is_read_as_its_type_and_nothing_is_coerced(written: str, value: object) -> None:
    assert typed(read(f"a: {written}\n")) == typed({"a": value})


def test_comments_and_blank_lines_are_nothing() -> None:
    assert read("# first\n\na: 1  # é\n\n# last") == {"a": 1}


def test_keys_keep_their_order() -> None:
    assert list(read("b: 1\na: 2\n")) == ["b", "a"]


# T31: duplicate keys.


@pytest.mark.parametrize(
    ("text", "second", "first"),
    [
        ("a: 1\nb: 2\na: 3\n", Span(3, 1, 2), Span(1, 1, 2)),
        ('a: 1\n"a": 3\n', Span(2, 1, 4), Span(1, 1, 2)),
        ('a: 1\n"\\x61": 3\n', Span(2, 1, 7), Span(1, 1, 2)),
        ("x: {a: 1, a: 1}\n", Span(1, 11, 12), Span(1, 5, 6)),
        ("x:\n  - a: 1\n    a: 1\n", Span(3, 5, 6), Span(2, 5, 6)),
        ("é: 1\né: 2\n", Span(2, 1, 2), Span(1, 1, 2)),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_both_places(text: str, second: Span, first: Span) -> None:
    refused = refusal(text)
    assert refused.message.endswith("stands twice")
    assert refused.span == second
    assert refused.also == (first, "first here")


def test_the_same_key_in_two_mappings_is_two_keys() -> None:
    assert read("a: {b: 1}\nc: {b: 2}\n") == {"a": {"b": 1}, "c": {"b": 2}}


# T35, T36, T38: what YAML has beyond plain values.


@pytest.mark.parametrize(
    ("text", "said", "span"),
    [
        ("a: &x 1\nb: 2\n", "an anchor (`&x`)", Span(1, 4, 8)),
        ("a: &x {b: 1}\n", "an anchor (`&x`)", Span(1, 4, 8)),
        ("&x a: 1\n", "an anchor (`&x`)", Span(1, 1, 5)),
        ("a: 1\nb: *x\n", "an alias (`*x`)", Span(2, 4, 6)),
        ("a: 1\n*x : 2\n", "an alias (`*x`)", Span(2, 1, 3)),
        ("&x a: *x\n", "an anchor (`&x`)", Span(1, 1, 5)),
        ("a: 1\n<<: {b: 2}\n", "a merge key (`<<`)", Span(2, 1, 3)),
        ("a: !!str 1\n", "an explicit tag (`tag:yaml.org,2002:str`)", Span(1, 4, 11)),
        ("a: ! 1\n", "an explicit tag (`!`)", Span(1, 4, 7)),
        ("a: !!binary aGk=\n", "an explicit tag", Span(1, 4, 17)),
        ("a: !!timestamp 2026-01-01\n", "an explicit tag", Span(1, 4, 26)),
        ("a: !!python/object/apply:os.system [x]\n", "an explicit tag", Span(1, 4, 37)),
        ("!!map {a: 1}\n", "an explicit tag", Span(1, 1, 8)),
        ("!!str a: 1\n", "an explicit tag", Span(1, 1, 8)),
        ("a: 1\n---\nb: 1\n", "a second document", Span(2, 1, 4)),
        ("a: 1\n...\n", "a mark for the document's end", Span(2, 1, 4)),
        ("%YAML 1.1\n---\na: 1\n", "a YAML directive", Span(1, 1, 2)),
        ("%TAG ! tag:x,2026:\n---\na: 1\n", "a YAML directive", Span(1, 1, 2)),
        ("", "the file holds no document", Span(1, 1, 2)),
        ("# only words\n", "the file holds no document", Span(1, 1, 2)),
        ("word\n", "the document is a single value", Span(1, 1, 5)),
        ("null\n", "the document is a single value", Span(1, 1, 5)),
        ("- a: 1\n", "the document is a sequence", Span(1, 1, 2)),
        ("a:\n", "an empty value", Span(1, 3, 4)),
        ("a: #risk-ml\n", "an empty value", Span(1, 3, 4)),
        ("a: [1, ,]\n", "this is no YAML", Span(1, 8, 9)),
        ("? [a]\n: 1\n", "a mapping's key must be a string", Span(1, 3, 4)),
        ("{a: 1}: 1\n", "a mapping's key must be a string", Span(1, 1, 2)),
        ("1: a\n", "the key `1` is not a string", Span(1, 1, 2)),
        ("true: a\n", "the key `true` is not a string", Span(1, 1, 5)),
        ("null: a\n", "the key `null` is not a string", Span(1, 1, 5)),
        ("a: b: c\n", "this is no YAML: mapping values are not allowed in this context", Span(1, 5, 6)),
        ("a: 'x\n", "this is no YAML: found unexpected end of stream", Span(2, 1, 2)),
        ('a: "\\u202e"\n', "an escape spells a character that does not show: U+202E", Span(1, 4, 12)),
        ('a: "b\n  \\u202e"\n', "an escape spells a character that does not show: U+202E", Span(1, 4, 5)),
        ('"\\u200b": 1\n', "an escape spells a character that does not show: U+200B", Span(1, 1, 9)),
        ("a: {b: 1\n", "this is no YAML", Span(2, 1, 2)),
        ('a: "\\ud800"\n', "this is no YAML", Span(1, 7, 8)),
        ("a:\tb\n", "a tab", Span(1, 3, 4)),
        ("\ta: b\n", "a tab", Span(1, 1, 2)),
        ("a: b # \tc\n", "a tab", Span(1, 8, 9)),
    ],
)
def test_what_goes_beyond_plain_values_is_refused_at_its_place(text: str, said: str, span: Span) -> None:
    refused = refusal(text)
    assert refused.message.startswith(said)
    assert refused.span == span
    assert refused.remedy


# T39: what other readers take for something else.


READ_DIFFERENTLY = """
    no No NO yes Yes on Off y N n True FALSE Null NULL ~ = << 010 0o17 0x1F -0x1 0b11 1_000 -_1 +_ 0_ 00 -01 +1 +1.5 1.
    .5 -.5 . ._ 1.e3 1e 1e+ .inf -.Inf +.INF .nan .NaN 12:30:45 190:20:30 1:30.5 1.10.0 1.2.3-rc.1
    2026-11-02 2026-1-2 2026-11-02T09:00:00Z 2026-11-02t09:00:00+01:00
"""


@pytest.mark.parametrize("written", READ_DIFFERENTLY.split())
def test_a_plain_word_that_readers_understand_differently_must_be_quoted(written: str) -> None:
    refused = refusal(f"a: {written}\n")
    assert refused.message == f"`{written}` means different things to different YAML readers"
    assert refused.remedy == f'quote it: "{written}"'
    assert read(f'a: "{written}"\n') == {"a": written}


def test_a_date_with_a_time_behind_a_space_must_be_quoted() -> None:
    assert "quote it" in refusal("a: 2026-11-02 09:00:00 Z\n").remedy


@pytest.mark.parametrize("written", ["1e999", "-1e999", "1" * (MAX_DIGITS + 1), "-" + "1" * (MAX_DIGITS + 1)])
def test_a_number_beyond_what_all_readers_hold_exactly_is_refused(written: str) -> None:
    assert refusal(f"a: {written}\n").span == Span(1, 4, 4 + len(written))


# Block scalars and line ends.


@pytest.mark.parametrize("text", ["a: |#c\n  b\n", "a: |+\n  \n    b\n", "a: >\n \n  b\n"])
def test_a_block_scalar_that_readers_take_differently_is_refused(text: str) -> None:
    assert refusal(text).message == "a block scalar that YAML readers take differently"


def test_a_block_scalar_may_have_a_comment_after_its_sign_and_empty_lines() -> None:
    assert read("a: |-  # words\n\n  b\n\n  c\nd: >2\n   e\n") == {"a": "\nb\n\nc", "d": " e\n"}


@pytest.mark.parametrize("end", ["\r", "\r\n", "\x85", "\u2028", "\u2029", "\v", "\f"])
@pytest.mark.parametrize("text", ["# words{end}b: 2\na: 1\n", "a: 1{end}b: 2\n", "a: |\n  x{end}b: 2\n"])
def test_no_line_ends_but_with_a_line_feed(text: str, end: str) -> None:
    assert refusal(text.format(end=end)).span is not None


# T37, T42: bounds.


def test_the_deepest_nesting_is_accepted_and_one_more_is_refused() -> None:
    inside = MAX_DEPTH - 1
    assert read(f"a: {'[' * inside}1{']' * inside}\n")
    refused = refusal(f"a: {'[' * (inside + 1)}1{']' * (inside + 1)}\n")
    assert refused.message == f"nested deeper than {MAX_DEPTH} levels"
    assert refused.span == Span(1, 4 + inside, 5 + inside)


def test_as_many_values_as_allowed_are_accepted_and_one_more_is_refused() -> None:
    most = MAX_NODES - 1
    assert len(read(f"a: [{'1,' * most}]\n")["a"]) == most
    assert refusal(f"a: [{'1,' * (most + 1)}]\n").message == f"more than {MAX_NODES} values"


def test_as_many_bytes_as_allowed_are_accepted_and_one_more_is_refused() -> None:
    text = "a: 1\n#".ljust(SPEC_BYTES, "x")
    assert read(text) == {"a": 1}
    assert refusal(text + "x").message == f"the file has {SPEC_BYTES + 1} bytes, over the limit of {SPEC_BYTES}"


HOSTILE = [*"[{'\"# \n,", "1.", "1:", "1_", "2026-", "a: ", "- ", "? ", "&a ", "*a", "! ", "|\n"]


@pytest.mark.parametrize("pattern", HOSTILE)
@pytest.mark.parametrize("start", ["", "a: ", "a: [", 'a: "', "a: '", "a: |\n "])
def test_the_largest_file_is_judged_in_seconds_however_hostile(start: str, pattern: str) -> None:
    text = start + pattern * ((SPEC_BYTES - len(start) - 1) // len(pattern)) + "!"
    began = time.process_time()
    outcome = read_or_refuse(text.encode())
    assert time.process_time() - began < 5
    if isinstance(outcome, Refused):
        assert len(outcome.message) < 300
        assert len(outcome.remedy) < 300


# Properties.

TOKENS = [
    *"[]{},:-?#&*!|>%@`'\"~=.\\",
    *("a", "b", "é", "😀", "1", "1.5", "1e3", "0x1", "true", "null", "''", '""', "x: y\n", "a: ", "b: ", "k: "),
    *(": ", "- ", "? ", ", ", " #", "&a ", "!!str ", "|\n", "|-\n", ">+\n", "|2\n", "<<: ", "\\n", "\\x41", "\\\n"),
    *(" ", "  ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "\t", "---", "---\n", "...\n", "%YAML 1.2\n"),
]
yamlish = st.tuples(
    st.sampled_from(["", "a: ", "a: ", "a: [", "a:\n- ", "{a: "]),
    st.lists(st.sampled_from(TOKENS), max_size=12).map("".join),
    st.sampled_from(["", "\n", "}", "]", "\n..."]),
).map("".join)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert isinstance(read_or_refuse(data), dict | Refused)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert isinstance(read_or_refuse(text.encode("utf-8", "surrogatepass")), dict | Refused)


@settings(max_examples=1000)
@given(yamlish)
@example("a: -_1\n")
@example("a: b\tc\n")
@example("{a: b\t'}\n")
@example("a: |# c\n  b\n")
@example("a: 1\n...\n...\n")
def test_what_is_accepted_means_the_same_to_another_reader(text: str) -> None:
    outcome = read_or_refuse(text.encode())
    if not isinstance(outcome, Refused):
        assert typed(outcome) == typed(by_ruamel(text))


@given(documents())
def test_what_people_write_means_the_same_to_another_reader(document: Document) -> None:
    assert typed(read(document.text)) == typed(by_ruamel(document.text))


def test_every_short_plain_word_means_the_same_to_another_reader() -> None:
    signs = "-+0179_.:eExobn~<=aft/T"
    accepted = 0
    for word in map("".join, [*signs, *product(signs, repeat=2), *product("-+01_.:eEx", repeat=3)]):
        outcome = read_or_refuse(f"a: {word}\n".encode())
        if not isinstance(outcome, Refused):
            accepted += 1
            assert typed(outcome) == typed(by_ruamel(f"a: {word}\n")), word
    assert accepted > 500


@given(documents(), st.data())
def test_a_file_that_was_cut_off_is_never_read_as_more_than_its_lines(document: Document, data: st.DataObject) -> None:
    rows = document.text.split("\n")
    text = "\n".join(rows[: data.draw(st.integers(0, len(rows)))])
    outcome = read_or_refuse(text.encode())
    if not isinstance(outcome, Refused):
        assert list(outcome) == list(document.value)[: len(outcome)]
