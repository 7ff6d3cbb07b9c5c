"""Records as bytes: whatever words of others stand in them, what was written can be read again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.ledger.writing import read, record, written
from modelward.specs.ledger import LedgerRecord

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
WHERE = {"model": "credit-score", "environment": "production", "suspension": "s-1", "release": "1.0.0"}


@given(st.text(st.characters(codec=None), max_size=200))
def test_whatever_a_registry_says_of_an_error_can_be_read_again(words: str) -> None:
    one = record("suspension", AT, **WHERE, error=words)
    assert read(written(one), LedgerRecord, "record") == one


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("drift is 0.8, above 0.75", "drift is 0.8, above 0.75"),
        ("a\nb\tc", "a\nb\tc"),
        ("\x1b[2J\u202eok", "\\u{1b}[2J\\u{202e}ok"),
        ("\ud800", "\\u{d800}"),
        ("e\u0301", "\u00e9"),
        ("", None),
        ("x" * 9000, "x" * 3999 + "\u2026"),
    ],
)
def test_a_text_is_kept_as_it_is_and_what_does_not_show_as_an_escape(words: str, kept: str | None) -> None:
    assert record("suspension", AT, **WHERE, error=words).error == kept


def test_the_same_deed_has_the_same_record_whatever_the_words() -> None:
    first, again = (record("suspension", AT, **WHERE, error="\x00") for _ in range(2))
    assert first == again
