"""`--format`: several reports of one run, files that are whole, and a verdict that no file can hide."""

import json
import os
import stat
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from modelward.report.rendering import FORMATS
from repository import Repository

MANIFEST = "models/credit-score/manifest.yaml"


@pytest.fixture
def denied(merged: Repository) -> Repository:
    """A repository whose working tree is denied."""
    merged.replace(MANIFEST, "sponsor: head-of-credit\n", "")
    return merged


def test_every_format_can_be_written_at_once(denied: Repository, tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in FORMATS}
    wanted = [argument for name, path in files.items() for argument in ("--format", f"{name}={path}")]
    ended = denied.modelward("validate", *wanted)
    assert (ended.code, ended.out, ended.err) == (1, "", "")
    assert "error[ownership-named]" in files["text"].read_text()
    assert json.loads(files["json"].read_text())["verdict"] == "fail"
    assert json.loads(files["sarif"].read_text())["runs"][0]["results"]
    assert ET.parse(files["junit"]).getroot().get("failures") == "1"  # noqa: S314 - what we wrote ourselves
    assert files["github"].read_text().startswith("::error title=ownership-named (mandatory),file=")
    assert files["markdown"].read_text().startswith("### modelward validate: denied\n")


def test_one_format_goes_to_standard_output_beside_files(denied: Repository, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ended = denied.modelward("validate", "--format", "github", "--format", f"json={report}")
    assert ended.out.startswith("::error ")
    assert json.loads(report.read_text())["verdict"] == "fail"


def test_a_file_lies_where_c_says(denied: Repository) -> None:
    denied.modelward("validate", "--format", "json=out.json")
    assert json.loads(denied.read("out.json"))["schema"] == "validate/v1"


@pytest.mark.parametrize("target", ["missing/report.json", "models", "link.json"])
def test_a_file_that_cannot_be_written_is_named_and_hides_nothing(denied: Repository, target: str) -> None:
    (denied.root / "link.json").symlink_to(denied.root / MANIFEST)
    before = denied.read(MANIFEST)
    ended = denied.modelward("validate", "--format", "text", "--format", f"json={target}", "--format", "sarif=s.json")
    assert ended.code == 1
    assert "error[ownership-named]" in ended.out
    assert f"cannot write {denied.root / target}: " in ended.err
    assert json.loads(denied.read("s.json"))["runs"]
    assert denied.read(MANIFEST) == before


def test_a_pass_that_cannot_be_written_down_is_exit_3(merged: Repository) -> None:
    ended = merged.modelward("validate", "--format", "text", "--format", "json=missing/report.json")
    assert ended.code == 3
    assert "no findings" in ended.out


def test_a_device_is_written_into_and_stays_what_it_is(merged: Repository, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert merged.modelward("validate", "--format", f"json={pipe}").code == 0
        assert json.loads(os.read(reader, 1_000_000))["verdict"] == "pass"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_quiet_prints_no_text_without_findings_and_still_writes_every_document(merged: Repository) -> None:
    ended = merged.modelward("validate", "-q", "--format", "text", "--format", "json=out.json")
    assert (ended.code, ended.out) == (0, "")
    assert json.loads(merged.read("out.json"))["verdict"] == "pass"
    assert merged.modelward("validate", "-q", "--format", "json").json["verdict"] == "pass"


def test_t80_a_run_that_ended_early_replaces_the_reports_of_an_older_one(merged: Repository) -> None:
    wanted = ("--format", "text", "--format", "json=out.json", "--format", "junit=out.xml", "--format", "sarif=s.json")
    assert merged.modelward("validate", *wanted).code == 0
    merged.remove("policies/people.yaml")
    ended = merged.modelward("validate", *wanted)
    assert (ended.code, ended.out) == (3, "")
    assert "has no policies/people.yaml" in ended.err
    document = json.loads(merged.read("out.json"))
    assert document["verdict"] == "error"
    assert document["error"]["message"].endswith("has no policies/people.yaml")
    assert ET.fromstring(merged.read("out.xml")).get("errors") == "1"  # noqa: S314 - what we wrote ourselves
    assert json.loads(merged.read("s.json"))["runs"][0]["invocations"][0]["executionSuccessful"] is False


def test_t80_a_run_that_ended_early_is_an_annotation_too(merged: Repository) -> None:
    merged.remove("policies/people.yaml")
    ended = merged.modelward("validate", "--format", "github")
    assert ended.code == 3
    assert ended.out.startswith("::error title=modelward::")


def test_t80_a_rule_that_cannot_be_read_is_reported_at_its_place(merged: Repository) -> None:
    merged.write("validators/identity/broken.py", "x = (\n")
    ended = merged.modelward("validate", "--format", "json", "--format", "github=annotations")
    assert ended.code == 3
    assert ended.json["verdict"] == "error"
    (finding,) = ended.json["findings"]
    assert (finding["path"], finding["line"], finding["verdict"]) == ("validators/identity/broken.py", 1, "error")
    assert merged.read("annotations").startswith(
        "::error title=readable (mandatory),file=validators/identity/broken.py,line=1,"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("validate", "--format", "yaml"), "give one of text, json, sarif, junit, github, markdown"),
        (("rules", "--format", "sarif"), "this verb does not write `sarif`: give one of text, json"),
        (("validate", "--format", "json="), "names no file"),
        (("validate", "--format", "json", "--format", "sarif"), "only one format can go to standard output"),
        (("validate", "--format", "json=a", "--format", "sarif=a"), "two formats cannot go to one file"),
    ],
    ids=["unknown", "unsupported", "no file", "two outputs", "one file twice"],
)
def test_what_cannot_be_written_is_exit_2(merged: Repository, arguments: tuple[str, ...], said: str) -> None:
    ended = merged.modelward(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_selection_of_models_judges_those_alone(merged: Repository) -> None:
    ended = merged.modelward("validate", "--model", "credit-*")
    assert ended.code == 0
    assert "only a part of the repository was asked for" in ended.out
    assert merged.modelward("validate", "--model", "fraud-*").code == 4


def test_colours_are_for_terminals_alone(merged: Repository, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    merged.replace(MANIFEST, "sponsor: head-of-credit\n", "")
    merged.modelward("validate", "--format", f"text={report}")
    assert "\x1b" not in report.read_text()


def test_a_waiver_in_force_is_shown_by_every_form_and_lets_the_change_pass(merged: Repository) -> None:
    levels = "levels:\n  - {rule: ownership-named, level: waivable}\n"
    merged.write("policies/enforcement.yaml", f"schema: enforcement/v1\n{levels}")
    merged.write(
        "policies/waivers/w-1.yaml",
        "schema: waiver/v1\nwaiver: w-1\nrule: ownership-named\nmodel: credit-score\nreason: between two heads\n"
        'ticket: MLGOV-7\nexpires_at: "2026-12-31T00:00:00Z"\n',
    )
    merged.replace(MANIFEST, "sponsor: head-of-credit\n", "")
    at = ("--at", "2026-11-20T09:00:00Z")
    assert merged.modelward("validate", *at).code == 0
    files = [f"{name}=out.{name}" for name in FORMATS]
    merged.modelward("validate", *at, *(argument for file in files for argument in ("--format", file)))
    (result,) = json.loads(merged.read("out.sarif"))["runs"][0]["results"]
    assert result["suppressions"][0]["justification"] == "waived by w-1"
    assert json.loads(merged.read("out.json"))["findings"][0]["waived_by"] == "w-1"
    assert ET.fromstring(merged.read("out.junit"))[0].get("skipped") == "2"  # noqa: S314 - what we wrote ourselves
    assert merged.read("out.text").startswith("waived[ownership-named]: ")
    assert merged.read("out.github").startswith("::notice ")
    assert "| waived by `w-1` | `ownership-named` |" in merged.read("out.markdown")
    assert "1 finding (1 waived) in 1 model" in merged.read("out.markdown")
