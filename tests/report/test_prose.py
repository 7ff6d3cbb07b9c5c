"""Text from files in Markdown, read back with a CommonMark parser. Row T77 of the threats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from modelward.report.prose import code, prose

from .reports import HOSTILE, TEXT

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
INNOCENT = (
    "release 1.2.0 enters production, and staging runs 1.1.0",
    "`late_payments` comes from the view `payments`, which is not declared",
    '0.71 is below 0.75 (5% less), "so what?" - it\'s refused!',
    "crédit — 信用: ✗",
)


def inline(markdown: str) -> list[tuple[str, str]]:
    """The pieces of one paragraph: their kinds and contents."""
    block = READER.parseInline(markdown)[0]
    return [(piece.type, piece.content) for piece in block.children or []]


@pytest.mark.parametrize("text", INNOCENT)
def test_words_stay_words(text: str) -> None:
    shown = inline(prose(text))
    assert {kind for kind, _ in shown} <= {"text", "code_inline"}
    assert "".join(f"`{content}`" if kind == "code_inline" else content for kind, content in shown) == text.replace(
        "✗", "`✗`"
    )


MEANINGFUL = (
    *("@team", "a@b.example", "https://evil.example", "www.evil.example", "#12", "GH-12", "acme/models#3", "deadbeef1"),
    *("<b>", "&copy;", "[a](b)", "*a*", "_a_", "~a~", "$a$", ":tada:", "a\\b", "%0A::error::", "{a}", "^a"),
)


@pytest.mark.parametrize("word", MEANINGFUL)
def test_t77_a_word_that_a_forge_could_give_a_meaning_is_code(word: str) -> None:
    assert ("code_inline", word) in inline(prose(f"see {word} now"))


def test_t77_a_bar_is_written_out_so_that_no_row_is_parted() -> None:
    assert prose("a|b") == "`a\\x7cb`"
    assert code("a|b") == "`a\\x7cb`"


@given(TEXT)
def test_t77_any_text_is_words_and_code_alone_on_one_line(text: str) -> None:
    for markdown in (prose(text), code(text)):
        assert "\n" not in markdown
        assert "|" not in markdown
        for kind, content in inline(markdown):
            assert kind in ("text", "code_inline"), (kind, content)
            if kind == "text":
                assert not set(content) & set("@#<>&[]{}*_~$\\^`"), content
                assert "://" not in content
                assert "www." not in content.lower()


@given(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=30).map(lambda word: f"`{word}`"))
def test_what_stands_in_backticks_is_code(text: str) -> None:
    assert inline(prose(text)) == [("code_inline", text[1:-1])]


def test_long_text_is_cut() -> None:
    assert prose("word word", 9) == "word word"
    assert prose("word " * 100, 10) == "word word\u2026"
    assert code("x" * 100, 10) == f"`{'x' * 9}\u2026`"


def test_hostile_samples_differ_from_one_another() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE)
