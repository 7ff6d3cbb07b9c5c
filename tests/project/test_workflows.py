"""The workflows: pinned, allowed little, and doing what they say. Rows T04 and T77 of the threats."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from repository import COMMAND, PROJECT, Repository

TEMPLATES = PROJECT / "src/modelward/authoring/templates"
WORKFLOWS = [*sorted((PROJECT / ".github/workflows").glob("*.yml")), TEMPLATES / "gate.yml", TEMPLATES / "validate.yml"]
ACTIONS = sorted((PROJECT / ".github/actions").glob("*/action.yml"))
PINNED = re.compile(r"\s*-? ?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*")
OF_THE_BASE = re.compile(r"\s*-? ?uses: \./base/\.github/actions/[\w-]+ # zizmor: .*")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def steps(document: Any) -> list[Any]:
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job["steps"]]


def named(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_a_workflow_holds_the_schema_of_workflows(path: Path) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", ACTIONS, ids=named)
def test_an_action_holds_the_schema_of_actions(path: Path) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def zizmor(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress", "--quiet", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_zizmor_finds_nothing_in_workflows_and_actions() -> None:
    done = zizmor(".github", *(str(path) for path in WORKFLOWS if path.is_relative_to(TEMPLATES)))
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing_in_what_gates_even_where_it_looks_for_everything() -> None:
    done = zizmor("--persona", "auditor", ".github/workflows/gate.yml", ".github/actions")
    assert done.returncode == 0, done.stdout


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    gate = (PROJECT / ".github/workflows/gate.yml").read_text()
    file = tmp_path / ".github" / "workflows" / "gate.yml"
    file.parent.mkdir(parents=True)
    file.write_text(gate.replace("  pull_request:\n", "  pull_request_target:\n"))
    assert zizmor(str(file)).returncode != 0


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=named)
def test_every_action_is_pinned_by_commit_and_names_its_version(path: Path) -> None:
    used = [line for line in path.read_text().split("\n") if "uses:" in line]
    assert used
    for line in used:
        assert PINNED.fullmatch(line) or OF_THE_BASE.fullmatch(line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_a_job_may_do_only_what_it_names_and_the_one_that_runs_a_changes_code_only_reads(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        runs_code = any("run" in step for step in job["steps"])
        writes = [scope for scope, access in job["permissions"].items() if access == "write"]
        assert not (runs_code and writes), writes
        assert "timeout-minutes" in job


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=named)
def test_t77_no_script_is_put_together_from_what_a_pull_request_says(path: Path) -> None:
    for step in steps(read(path)):
        assert "${{" not in step.get("run", "")
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_nothing_waves_a_failure_through() -> None:
    for path in (*WORKFLOWS, *ACTIONS):
        text = path.read_text()
        assert "continue-on-error" not in text
        assert "|| true" not in text


def scripts() -> dict[str, str]:
    validate = PROJECT / ".github/workflows/validate.yml"
    return {step["name"]: step["run"] for step in steps(read(validate)) if "run" in step}


@pytest.fixture
def judged(example: Repository) -> Repository:
    """A repository with a finding, in an environment as the workflow makes it."""
    example.commit("Start")
    example.replace("models/credit-score/manifest.yaml", "sponsor: head-of-credit\n", "")
    example.commit("Change")
    (example.root / ".venv/bin").mkdir(parents=True)
    (example.root / ".venv/bin/modelward").symlink_to(COMMAND)
    return example


@pytest.mark.parametrize("base", ["", "HEAD~1"], ids=["push", "pull request"])
def test_the_judging_step_annotates_and_leaves_a_summary_and_a_report(
    judged: Repository, tmp_path: Path, base: str
) -> None:
    summary = tmp_path / "summary.md"
    environment = os.environ | {"BASE": base, "RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(summary)}

    def run(script: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-e", "-o", "pipefail", "-c", script]
        return subprocess.run(command, cwd=judged.root, env=environment, capture_output=True, text=True, check=False)

    done = run(scripts()["Judge"])
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error title=ownership-named (mandatory),file=models/credit-score/manifest.yaml,")
    assert ("no base" in (tmp_path / "modelward.sarif").read_text()) is (base == "")
    assert run(scripts()["Summarise"]).returncode == 0
    assert summary.read_text().startswith("### modelward validate: denied\n")
