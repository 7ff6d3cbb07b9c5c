"""What a finding does, and what comes of it, in every form alike."""

import json
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import click
import pytest

from modelward.errors import CannotEvaluate, Denied, ExitCode
from modelward.report import text
from modelward.report.rendering import FORMATS, Report, renderer

from .reports import judged, report

ELSEWHERE = judged("stood there before", rule="folder-name")


def rendered(name: str, shown: Report) -> str:
    return renderer(name)(shown)


@pytest.mark.parametrize(
    ("shown", "verdict", "code"),
    [
        (report(), "pass", ExitCode.DONE),
        (report(judged(level="advisory")), "pass", ExitCode.DONE),
        (report(judged(level="waivable", waived_by="w-1")), "pass", ExitCode.DONE),
        (report(judged(level="waivable")), "fail", ExitCode.DENIED),
        (report(judged(verdict="inconclusive")), "fail", ExitCode.DENIED),
        (report(judged(), judged(verdict="error")), "error", ExitCode.NOT_EVALUATED),
        (report(judged(verdict="error", level="advisory")), "error", ExitCode.NOT_EVALUATED),
        (report(judged(verdict="error", waived_by="w-1")), "error", ExitCode.NOT_EVALUATED),
        (report(judged(), stopped=CannotEvaluate("git is away")), "error", ExitCode.NOT_EVALUATED),
        (report(stopped=Denied("no")), "error", ExitCode.DENIED),
        (replace(report(ELSEWHERE), spared=(ELSEWHERE,)), "pass", ExitCode.DONE),
        (replace(report(ELSEWHERE, judged()), spared=(ELSEWHERE,)), "fail", ExitCode.DENIED),
        (replace(report(), refused=True), "fail", ExitCode.DENIED),
    ],
    ids=[
        *(
            "nothing",
            "advice",
            "waived",
            "waivable",
            "inconclusive",
            "error",
            "error of advice",
            "error under a waiver",
        ),
        *("stopped", "stopped by a denial", "not of this change", "both", "refused for another reason"),
    ],
)
def test_the_verdict_follows_from_what_the_findings_do(shown: Report, verdict: str, code: ExitCode) -> None:
    assert (shown.verdict, shown.code) == (verdict, code)
    assert json.loads(rendered("json", shown))["verdict"] == verdict


def _words_of_text(shown: Report) -> list[str]:
    lines = click.unstyle(text.render(shown)).split("\n")
    return [line.partition("[")[0] for line in lines if "]: " in line]


def _words_of_github(shown: Report) -> list[str]:
    return [line.split(" ")[0] for line in rendered("github", shown).split("\n") if line.startswith("::")]


def _words_of_markdown(shown: Report) -> list[str]:
    rows = [line.split(" | ")[0].strip("| *") for line in rendered("markdown", shown).split("\n")]
    return [row for row in rows if row in ("error", "denies", "not of this change", "advisory")]


def _levels_of_sarif(shown: Report) -> list[str]:
    return [result["level"] for result in json.loads(rendered("sarif", shown))["runs"][0]["results"]]


def _endings_of_junit(shown: Report) -> list[str]:
    root = ET.fromstring(rendered("junit", shown))  # noqa: S314 - what we wrote ourselves
    return [case[0].tag for case in root.iter("testcase") if case.get("name") != "everything"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (_words_of_text, ["error", "error", "warning", "warning"]),
        (_words_of_github, ["::error", "::error", "::notice", "::warning"]),
        (_words_of_markdown, ["error", "denies", "not of this change", "advisory"]),
        (_levels_of_sarif, ["error", "error", "warning", "warning"]),
        (_endings_of_junit, ["error", "failure", "system-out", "system-out"]),
    ],
    ids=["text", "github", "markdown", "sarif", "junit"],
)
def test_each_form_has_a_word_for_what_a_finding_does(
    words: Callable[[Report], list[str]], expected: list[str]
) -> None:
    findings = (
        judged(rule="a-error", verdict="error"),
        judged(rule="b-denies"),
        judged(rule="c-spared"),
        judged(rule="d-advisory", level="advisory"),
    )
    assert words(replace(report(*findings), spared=findings[2:3])) == expected


@pytest.mark.parametrize("name", ["text", "github"])
def test_a_finding_that_stood_there_before_says_so(name: str) -> None:
    assert "change does not cause it" in rendered(name, replace(report(ELSEWHERE), spared=(ELSEWHERE,)))


def test_every_form_renders_every_kind_of_report() -> None:
    for name in FORMATS:
        for shown in (report(), report(judged(), skipped=1), report(stopped=CannotEvaluate("git is away"))):
            assert rendered(name, shown)
