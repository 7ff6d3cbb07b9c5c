"""A judgement in a terminal."""

from dataclasses import replace

import click
import pytest

from modelward.errors import CannotEvaluate
from modelward.report import text
from modelward.report.rendering import Report
from modelward.rules.judgement import Judged
from modelward.tree.place import Note, Place, Span

from .reports import HERE, judged, report

LINES = {
    HERE.path: [*[""] * 21, '  production: {release: "1.2.0"}'],
    "environments/production.yaml": ["", "", "promotes_from: staging"],
}


def shown(report: Report, *, each_rule: bool = False) -> str:
    return click.unstyle(text.render(replace(report, lines=lambda path: LINES.get(path, []), each_rule=each_rule)))


def test_a_finding_shows_both_places_with_their_lines_and_the_remedy() -> None:
    note = Note(Place("environments/production.yaml", Span(3, 16, 23)), "demands staging")
    place = Place(HERE.path, Span(22, 25, 32))
    assert shown(report(judged(place=place, notes=(note,)))).split("\n")[:11] == [
        "error[promotes-from]: release 1.2.0 enters production, and staging runs 1.1.0",
        "  --> models/credit-score/manifest.yaml:22:25",
        "   |",
        '22 |   production: {release: "1.2.0"}',
        "   |                         ^^^^^^^",
        "  ::: environments/production.yaml:3:16",
        "   |",
        " 3 | promotes_from: staging",
        "   |                ^^^^^^^ demands staging",
        "   = help: Promote the release to the earlier environment first.",
        "",
    ]


def test_the_word_in_front_tells_how_a_finding_binds() -> None:
    findings = (
        judged(),
        judged(level="advisory"),
        judged(verdict="inconclusive"),
        judged(verdict="error", level="advisory"),
        judged(level="waivable", waived_by="w-12"),
    )
    words = [line.partition("[")[0] for line in shown(report(*findings)).split("\n") if "[promotes-from]:" in line]
    assert words == ["error", "warning", "inconclusive", "error", "waived"]


def test_a_waived_finding_names_its_waiver() -> None:
    assert "= waiver: w-12" in shown(report(judged(waived_by="w-12")))


def test_the_last_lines_count_what_was_found_judged_and_left_out() -> None:
    lines = shown(report(judged(), judged(waived_by="w-12"), judged(level="advisory"), skipped=4)).split("\n")
    assert lines[-2].startswith("3 findings (1 advisory, 1 waived) in 1 model: ")
    assert lines[-2].endswith(" rules, 2 evaluations, 4 not evaluated")
    assert lines[-1] == "  not evaluated: 4 - no base to compare with (give --base)"


def test_each_rule_can_be_listed_with_its_numbers() -> None:
    lines = shown(report(judged()), each_rule=True).split("\n")
    assert "promotes-from  1          1" in lines


def test_what_ended_the_run_stands_in_place_of_the_count() -> None:
    lines = shown(report(stopped=CannotEvaluate("git is away", "install git"))).split("\n")
    assert lines == ["error: git is away", "  = help: install git"]


def test_a_long_line_is_cut_around_what_is_marked() -> None:
    line = "".join(f"{number:>5}" for number in range(200))
    place = Place("long.yaml", Span(1, 501, 506))
    rendered = click.unstyle(text.render(replace(report(judged(place=place)), lines=lambda _path: [line]))).split("\n")
    shown, marker = rendered[3].removeprefix("1 |"), rendered[4].removeprefix("  |")
    start = marker.index("^")
    assert len(shown) <= 170
    assert marker[start:] == "^" * 5
    assert shown[start : start + 5] == line[500:505]


def test_a_mark_that_runs_out_of_the_shown_part_ends_with_it() -> None:
    place = Place("long.yaml", Span(1, 1, 5000))
    rendered = click.unstyle(text.render(replace(report(judged(place=place)), lines=lambda _path: ["x" * 5000])))
    shown, marker = rendered.split("\n")[3:5]
    assert len(shown) == len(marker)
    assert marker.endswith("^" * 160)


def test_a_place_behind_the_end_of_a_file_is_named_without_a_line() -> None:
    lines = shown(report(judged(place=Place("environments/production.yaml", Span(9, 1, 2))))).split("\n")
    assert lines[1:3] == [" --> environments/production.yaml:9:1", "  = help: " + judged().remedy]


@pytest.mark.parametrize(
    ("findings", "colour"),
    [((), "green"), ((judged(level="advisory"),), "yellow"), ((judged(), judged(level="advisory")), "red")],
    ids=["nothing", "advice", "denied"],
)
def test_the_closing_line_has_the_colour_of_the_verdict(findings: tuple[Judged, ...], colour: str) -> None:
    closing = text.render(report(*findings)).split("\n")[-1]
    assert closing.startswith(click.style("", fg=colour, bold=True if colour == "red" else None, reset=False))
