"""The comment on a pull request, read back with a CommonMark parser. Row T77 of the threats."""

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from modelward.errors import CannotEvaluate
from modelward.report import markdown
from modelward.report.rendering import Report
from modelward.tree.place import Note, Place, Span

from .reports import HOSTILE, TEXT, judged, report

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
FOLD = ["<details>\n<summary>What was judged</summary>\n", "</details>\n"]
NOTES = ["<details>\n<summary>Where else to look</summary>\n", "</details>\n"]
GITHUB_LIMIT = 65_536


def tables(shown: str) -> list[list[list[str]]]:
    """The cells of each table as they are read; everything else in the text has only the kinds that we write."""
    found: list[list[list[str]]] = []
    cell = False
    for token in READER.parse(shown):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("td_open", "th_open"):
            cell = True
        elif token.type == "inline":
            for piece in token.children or []:
                assert piece.type in ("text", "code_inline", "strong_open", "strong_close"), (piece.type, piece.content)
            if cell:
                found[-1][-1].append(_text(token))
            cell = False
        else:
            assert token.type.removesuffix("_open").removesuffix("_close") in (
                *("heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td"),
                *("bullet_list", "list_item", "html_block"),
            ), token.type
    return found


def html(shown: str) -> list[str]:
    """Every piece of HTML in a comment."""
    return [token.content for token in READER.parse(shown) if token.type == "html_block"]


def _text(token: Token) -> str:
    return "".join(piece.content for piece in token.children or [])


def test_the_verdict_and_the_numbers_come_first() -> None:
    lines = markdown.render(report(judged(), judged(level="advisory"), judged(waived_by="w-1"))).split("\n")
    assert lines[0] == "### modelward validate: denied"
    assert lines[2].startswith("**3 findings (1 advisory, 1 waived) in 1 model**: ")


def test_a_finding_is_a_row_with_rule_place_message_and_remedy() -> None:
    first, _ = tables(markdown.render(report(judged(), judged(level="advisory"), judged(waived_by="w-1"))))
    assert first[0] == ["", "Rule", "Where", "What is wrong", "Remedy"]
    assert first[1] == [
        "denies",
        "promotes-from",
        "models/credit-score/manifest.yaml:22:25",
        "release 1.2.0 enters production, and staging runs 1.1.0",
        "Promote the release to the earlier environment first.",
    ]
    assert [row[0] for row in first[2:]] == ["advisory", "waived by w-1"]


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        (report(), "passed"),
        (report(judged(level="advisory")), "passed"),
        (report(judged()), "denied"),
        (report(judged(verdict="error")), "could not be judged"),
        (report(stopped=CannotEvaluate("git is away", "install git")), "could not be judged"),
    ],
    ids=["nothing found", "advised", "denied", "error", "stopped"],
)
def test_the_heading_tells_the_verdict(shown: Report, verdict: str) -> None:
    assert markdown.render(shown).split("\n")[0] == f"### modelward validate: {verdict}"


def test_second_places_and_what_was_judged_are_folded() -> None:
    note = Note(Place("environments/production.yaml", Span(3, 16, 23)), "demands staging")
    shown = markdown.render(report(judged(notes=(note,)), skipped=4))
    _, notes, judged_rules = tables(shown)
    assert notes[1] == ["promotes-from", "environments/production.yaml:3:16", "demands staging"]
    assert judged_rules[1:] == [["folder-name", "1", "0"], ["promotes-from", "1", "1"]]
    assert html(shown) == [*NOTES, *FOLD]
    assert "- not evaluated: 4, no base to compare with" in shown


def test_what_ended_the_run_is_said_with_its_remedy() -> None:
    shown = markdown.render(report(stopped=CannotEvaluate("policies/x.yaml is `gone`", "restore it")))
    assert "**The run ended early:** policies/x.yaml is `gone`" in shown
    assert "Remedy: restore it" in shown


@settings(max_examples=200)
@given(TEXT, TEXT, TEXT)
def test_t77_any_text_gives_exactly_one_row_and_no_markup(message: str, path: str, remedy: str) -> None:
    place = Place(f"models/{path}", Span(1, 1, 2))
    shown = markdown.render(report(judged(message, place=place, remedy=remedy, notes=(Note(place, message),))))
    first, notes, _ = tables(shown)
    assert [len(row) for row in first] == [5, 5]
    assert [len(row) for row in notes] == [3, 3]
    assert html(shown) == [*NOTES, *FOLD]


@given(TEXT)
def test_t77_a_comment_about_a_run_that_ended_holds_no_markup_from_its_message(message: str) -> None:
    shown = markdown.render(report(stopped=CannotEvaluate(message, message)))
    tables(shown)
    assert html(shown) == FOLD


@pytest.mark.parametrize("text", ["word " * 200, "@" * 1000, "|" * 1000, "信" * 1000, "@ " * 500], ids=range(5))
def test_a_comment_is_as_long_as_a_forge_takes_and_says_how_much_is_missing(text: str) -> None:
    note = Note(Place(text), text)
    shown = markdown.render(report(*(judged(f"{number} {text}", remedy=text, notes=(note,)) for number in range(400))))
    assert len(shown.encode()) < GITHUB_LIMIT
    first = tables(shown)[0]
    assert 5 < len(first) - 1 <= 50
    assert f"{400 - (len(first) - 1)} more are not shown here." in shown
    assert html(shown) == [*NOTES, *FOLD]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_t77_hostile_names_of_waivers_and_models_stay_in_their_cells(hostile: str) -> None:
    first, _ = tables(markdown.render(report(judged(waived_by=hostile, model=hostile))))
    assert [len(row) for row in first] == [5, 5]
