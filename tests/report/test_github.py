"""Annotations, read back as a GitHub runner reads them. Row T77 of the threats."""

from dataclasses import replace

import pytest
from hypothesis import given

from modelward.errors import CannotEvaluate
from modelward.report import document, github, junit, markdown, sarif, text
from modelward.report.terminal import safe
from modelward.tree.place import Note, Place, Span

from .reports import HOSTILE, MANIFEST, TEXT, judged, report
from .runner import commands


def test_a_finding_is_an_error_at_its_place_with_message_second_place_and_remedy() -> None:
    note = Note(Place("environments/production.yaml", Span(3, 16, 23)), "demands staging")
    (command,) = commands(github.render(report(judged(notes=(note,)))))
    assert command.name == "error"
    assert command.properties == {
        "title": "promotes-from (mandatory)",
        "file": MANIFEST,
        "line": "22",
        "endLine": "22",
        "col": "25",
        "endColumn": "32",
    }
    assert command.data.split("\n") == [
        "release 1.2.0 enters production, and staging runs 1.1.0",
        "See environments/production.yaml:3:16 demands staging",
        "Remedy: Promote the release to the earlier environment first.",
    ]


def test_what_denies_comes_before_what_advises_and_what_is_waived() -> None:
    findings = (judged(level="advisory"), judged(level="waivable", waived_by="w-12"), judged())
    found = commands(github.render(report(*findings)))
    assert [command.name for command in found] == ["error", "warning", "notice"]
    assert "Waived by w-12" in found[2].data


def test_a_finding_without_a_line_names_the_file_alone() -> None:
    (command,) = commands(github.render(report(judged(place=Place("models/x/README.md")))))
    assert set(command.properties) == {"title", "file"}


def test_what_ended_the_run_is_an_error() -> None:
    (command,) = commands(github.render(report(stopped=CannotEvaluate("git is away", "install git"))))
    assert (command.name, command.data) == ("error", "git is away\nRemedy: install git")


@given(TEXT, TEXT, TEXT)
def test_t77_message_path_and_remedy_arrive_as_they_are_shown_and_start_no_command(
    message: str, path: str, remedy: str
) -> None:
    place = Place(f"models/{path}", Span(1, 1, 2))
    (command,) = commands(github.render(report(judged(message, place=place, remedy=remedy))))
    assert command.name == "error"
    assert command.properties["file"] == safe(place.path)
    assert command.data == f"{safe(message)}\nRemedy: {safe(remedy)}"


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("renderer", [text, document, sarif, junit, markdown])
def test_t77_no_other_format_starts_a_command_in_a_log(renderer: object, hostile: str) -> None:
    note = Note(Place(hostile or "x"), hostile)
    findings = [
        judged(hostile, place=Place(f"{hostile}/x", Span(1, 1, 2)), notes=(note,), remedy=hostile),
        judged(hostile, waived_by="w-1"),
        judged(hostile, verdict="error"),
    ]
    shown = replace(report(*findings), lines=lambda _path: [hostile], spared=findings[:1])
    assert commands(renderer.render(shown)) == []  # type: ignore[attr-defined]
