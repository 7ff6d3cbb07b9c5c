"""Nothing from a file can speak for us on a terminal. Row T77 of the threats."""

import unicodedata

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.report.terminal import safe, table


def test_t77_escapes_bells_and_line_ends_are_written_out() -> None:
    assert safe("a\x1b[31mred\x07\r\nb") == "a\\x1b[31mred\\x07\\r\\nb"


def test_t77_bidirectional_and_hidden_characters_are_written_out() -> None:
    assert safe("\u202egpj.exe\u200b\u2028\U000e0041") == "\\u202egpj.exe\\u200b\\u2028\\U000e0041"


def test_plain_text_of_any_script_stays() -> None:
    assert safe("crédit — 信用 ✓") == "crédit — 信用 ✓"


@given(st.text())
def test_t77_no_control_or_format_character_survives(text: str) -> None:
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in safe(text))


def test_a_table_lines_its_columns_up() -> None:
    shown = click.unstyle(table([("a", "bb", "c"), ("aaa", "b", "")], ("X", "Y", "Z")))
    assert shown == "X    Y   Z\na    bb  c\naaa  b"


@pytest.mark.parametrize("mark", ["##[stop-commands]x", "a ##[add-mask]b", "##vso[task.complete]", "###[group]"])
def test_t77_a_mark_that_ci_systems_obey_anywhere_in_a_line_is_written_out(mark: str) -> None:
    assert safe(mark) == mark.replace("##v", "\\x23#v").replace("##[", "\\x23#[")


def test_a_heading_of_markdown_stays() -> None:
    assert safe("## [Unreleased]") == "## [Unreleased]"
