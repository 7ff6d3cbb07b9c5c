"""SARIF, checked against its published schema and resolved against the files that it speaks of."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from hypothesis import given, settings

from modelward.errors import CannotEvaluate
from modelward.report import sarif
from modelward.report.rendering import Report
from modelward.tree.place import Note, Place, Span
from repository import Repository

from .reports import RULES, TEXT, judged, report

SCHEMA = Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json"


@cache
def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(SCHEMA.read_bytes()), format_checker=jsonschema.FormatChecker())


def run_of(shown: Report) -> Any:
    """The one run of a log that holds the schema."""
    log = json.loads(sarif.render(shown))
    assert not list(validator().iter_errors(log))
    (run,) = log["runs"]
    return run


def text_at(root: Path, location: Any) -> str:
    """What stands at a physical location, found by the words of the standard alone."""
    path = root / unquote_to_bytes(location["artifactLocation"]["uri"]).decode()
    region = location["region"]
    line: str = path.read_bytes().decode().split("\n")[region["startLine"] - 1]
    return line[region["startColumn"] - 1 : region["endColumn"] - 1]


def test_every_rule_is_described_with_why_and_remedy() -> None:
    driver = run_of(report())["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == [rule.name for rule in RULES]
    for described, rule in zip(driver["rules"], RULES, strict=True):
        assert rule.why in described["help"]["text"]
        assert rule.remedy in described["help"]["text"]
        assert described["properties"]["tags"] == [rule.area]


def test_a_result_names_its_rule_by_index_and_binds_by_its_level() -> None:
    run = run_of(report(judged(), judged(level="waivable"), judged(level="advisory")))
    assert [result["level"] for result in run["results"]] == ["error", "error", "warning"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "promotes-from"


def test_regions_count_characters_so_that_a_reader_finds_the_value(example: Repository) -> None:
    manifest = "models/credit-score/manifest.yaml"
    example.replace(manifest, 'production: {release: "1.0.0"}', '"pröduction😀": {release: "1.1.0"}')
    example.commit("Start")
    ended = example.modelward("validate", "--format", "sarif")
    (run,) = ended.json["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    shown = {text_at(example.root, result["locations"][0]["physicalLocation"]) for result in run["results"]}
    assert '"pröduction😀"' in shown


def test_second_places_are_related_locations() -> None:
    note = Note(Place("environments/production.yaml", Span(3, 16, 23)), "demands staging")
    (result,) = run_of(report(judged(notes=(note,))))["results"]
    (related,) = result["relatedLocations"]
    assert related["message"]["text"] == "demands staging"
    assert related["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 16, "endColumn": 23}


def test_a_path_is_a_relative_uri_under_a_base_that_the_run_declares() -> None:
    run = run_of(report(judged(place=Place("models/a b|%41#?\udcff.md"))))
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "models/a%20b%7C%2541%23%3F%FF.md"
    assert location["uriBaseId"] in run["originalUriBaseIds"]


def test_a_fingerprint_stays_when_lines_move_and_tells_findings_apart() -> None:
    def prints(*findings: Any) -> list[Any]:
        return [result["partialFingerprints"] for result in run_of(report(*findings))["results"]]

    moved = judged(place=Place("models/credit-score/manifest.yaml", Span(40, 2, 9)))
    assert prints(judged()) == prints(moved)
    others = prints(judged(), judged(), judged("another"), judged(rule="folder-name"), judged(place=Place("x")))
    assert len({json.dumps(one) for one in others}) == 5


def test_a_waived_finding_is_suppressed_and_says_by_what() -> None:
    waived, other = judged(level="waivable", waived_by="w-12"), judged()
    first, second = run_of(report(other, waived))["results"]
    assert "suppressions" not in first
    assert second["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "waived by w-12"}]


@pytest.mark.parametrize(
    ("shown", "successful", "code"),
    [
        (report(), True, 0),
        (report(judged()), True, 1),
        (report(judged(verdict="inconclusive")), True, 1),
        (report(judged(verdict="error")), False, 3),
        (report(stopped=CannotEvaluate("git is away", "install git")), False, 3),
    ],
    ids=["nothing found", "denied", "inconclusive", "error", "stopped"],
)
def test_a_run_that_could_not_judge_was_not_successful(shown: Report, successful: bool, code: int) -> None:
    (invocation,) = run_of(shown)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (successful, code)


def test_an_error_is_told_with_its_rule_and_a_finding_that_denies_is_no_error() -> None:
    (invocation,) = run_of(report(judged(), judged("git is away", rule="folder-name", verdict="error")))["invocations"]
    (told,) = invocation["toolExecutionNotifications"]
    assert (told["level"], told["message"]["text"]) == ("error", "git is away")
    assert told["associatedRule"] == {"id": "folder-name"}


def test_a_rule_that_is_not_described_has_no_index() -> None:
    (result,) = run_of(report(judged(rule="cannot-be-read")))["results"]
    assert (result["ruleId"], result["ruleIndex"]) == ("cannot-be-read", -1)


def test_what_was_not_evaluated_is_told() -> None:
    (invocation,) = run_of(report(skipped=4))["invocations"]
    (told,) = invocation["toolExecutionNotifications"]
    assert (told["level"], told["message"]["text"]) == (
        "note",
        "not evaluated: 4 - no base to compare with (give --base)",
    )


def test_t77_nothing_in_a_message_is_a_link() -> None:
    (result,) = run_of(report(judged("see [this](https://evil.example)")))["results"]
    assert result["message"]["text"].startswith(r"see \[this\](https://evil.example)")


@settings(max_examples=40)
@given(TEXT, TEXT)
def test_any_text_gives_a_log_that_holds_the_schema(message: str, path: str) -> None:
    (result,) = run_of(report(judged(message, place=Place(f"models/{path}", Span(1, 1, 1)))))["results"]
    assert result["ruleId"] == "promotes-from"
