"""From bytes to text: nothing that hides, nothing that a reader could take for a line end, nothing too large."""

import sys
import unicodedata

import pytest

from modelward.tree.place import Span
from modelward.tree.text import Refused, check_value, decode, shown, span_at

CHARACTERS = [chr(code) for code in range(sys.maxunicode + 1)]
# Control, format, surrogate, private use, line and paragraph separator.
NEVER = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def refusal(data: bytes, limit: int = 1000) -> Refused:
    with pytest.raises(Refused) as caught:
        decode(data, limit)
    return caught.value


def accepted(character: str) -> bool:
    try:
        return decode(f"a{character}b".encode("utf-8", "surrogatepass"), 10) == f"a{character}b"
    except Refused:
        return False


def test_t33_no_character_that_hides_or_steers_is_accepted_anywhere() -> None:
    hiding = [character for character in CHARACTERS if unicodedata.category(character) in NEVER and accepted(character)]
    assert hiding == ["\t", "\n"]


def test_t33_no_character_that_is_none_or_shows_as_nothing_is_accepted() -> None:
    non_characters = [
        *range(0xFDD0, 0xFDF0),
        *(plane * 0x10000 + last for plane in range(17) for last in (0xFFFE, 0xFFFF)),
    ]
    fillers = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFE0F, 0xFFA0, 0xE0100]
    assert [hex(code) for code in [*non_characters, *fillers] if accepted(chr(code))] == []


def test_letters_of_all_scripts_are_accepted() -> None:
    composed = [
        each for each in CHARACTERS if unicodedata.category(each)[0] == "L" and unicodedata.is_normalized("NFC", each)
    ]
    refused = [each for each in composed if not accepted(each)]
    # Fillers are letters by their category, and show as nothing.
    assert refused == ["\u115f", "\u1160", "\u3164", "\uffa0"]


@pytest.mark.parametrize(
    ("data", "said", "span"),
    [
        (b"a: 1\r\nb: 2\n", "a carriage return", Span(1, 5, 6)),
        (b"# a\rb: 2\n", "a carriage return", Span(1, 4, 5)),
        ("a\n# b\u2028c: 2\n".encode(), "a character that does not show: U+2028 (LINE SEPARATOR)", Span(2, 4, 5)),
        ("é\u0085".encode(), "a character that does not show: U+0085", Span(1, 2, 3)),
        ("a\nbé\u202ec".encode(), "a character that does not show: U+202E (RIGHT-TO-LEFT OVERRIDE)", Span(2, 3, 4)),
        ("\ufeffa: 1".encode(), "a byte order mark (U+FEFF)", Span(1, 1, 2)),
        (b"a\x00b", "a character that does not show: U+0000", Span(1, 2, 3)),
        (b"a: 1\nb\xff", "the file is not UTF-8 here", Span(2, 2, 3)),
        ("é".encode("latin-1"), "the file is not UTF-8 here", Span(1, 1, 2)),
        (b"a\xed\xa0\x80", "the file is not UTF-8 here", Span(1, 2, 3)),
        (b"a\xc0\xaf", "the file is not UTF-8 here", Span(1, 2, 3)),
        ("a: 1\n".encode("utf-16"), "the file is not UTF-8 (it looks like UTF-16)", Span(1, 1, 2)),
        ("a: 1\n".encode("utf-16-be"), "a character that does not show: U+0000", Span(1, 1, 2)),
        ("a: é\nb: e\u0301\n".encode(), "the text is not in Unicode normal form C", Span(2, 1, 2)),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            "the file is a Git LFS",
            Span(1, 1, 2),
        ),
    ],
)
def test_bytes_that_readers_could_see_differently_are_refused_there(data: bytes, said: str, span: Span) -> None:
    refused = refusal(data)
    assert refused.message.startswith(said)
    assert refused.span == span
    assert refused.remedy


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    assert decode(b"a" * 10, 10) == "a" * 10
    assert refusal(b"a" * 11, 10).message == "the file has 11 bytes, over the limit of 10"


def test_what_escapes_spell_is_held_to_the_same() -> None:
    place = Span(3, 4, 5)
    check_value("é\n\t中", lambda: place)
    for value in ("a\u200bb", "a\x1bb", "a\rb", "\ud800", "e\u0301"):
        with pytest.raises(Refused, match="an escape spells") as caught:
            check_value(value, lambda: place)
        assert caught.value.span == place


def test_a_place_counts_lines_by_line_feeds_and_columns_by_characters() -> None:
    text = "é中\x0b😀\u2028\nab"
    assert span_at(text, 0) == Span(1, 1, 2)
    assert span_at(text, 4) == Span(1, 5, 6)
    assert span_at(text, 6, 2) == Span(2, 1, 3)


def test_a_message_never_quotes_more_than_a_line() -> None:
    assert shown("a" * 80) == "a" * 80
    assert shown("a" * 81) == "a" * 80 + "..."
    assert shown(7) == "7"
