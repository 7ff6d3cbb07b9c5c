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

WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"\s*-? ?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def steps(workflow: Any) -> list[Any]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_holds_the_schema_of_workflows(path: Path) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_and_names_its_version(path: Path) -> None:
    used = [line for line in path.read_text().split("\n") if "uses:" in line]
    assert used
    for line in used:
        assert PINNED.fullmatch(line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_may_do_only_what_it_names_and_the_one_that_runs_a_changes_code_only_reads(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        runs_code = any("run" in step for step in job["steps"])
        writes = [scope for scope, access in job["permissions"].items() if access == "write"]
        assert not (runs_code and writes), writes
        assert "timeout-minutes" in job


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_t77_no_script_is_put_together_from_what_a_pull_request_says(path: Path) -> None:
    for step in steps(read(path)):
        assert "${{" not in step.get("run", "")
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_nothing_waves_a_failure_through() -> None:
    for path in WORKFLOWS:
        text = path.read_text()
        assert "continue-on-error" not in text
        assert "|| true" not in text


def scripts() -> dict[str, str]:
    (validate,) = [path for path in WORKFLOWS if path.name == "validate.yml"]
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
