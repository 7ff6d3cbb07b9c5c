"""The example for GitLab, run as its runner would: the target branch judges, the source branch is data."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from governed import MODEL, Governed
from repository import COMMAND, PROJECT, Ended

EXAMPLE = PROJECT / "docs" / "examples" / "gitlab-ci.yml"
INSTALLING = ["python -I -m venv engine", "engine/bin/pip install --quiet --requirement base/requirements.txt"]


def job() -> Any:
    return yaml.safe_load(EXAMPLE.read_text())["modelward gate"]


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    return Governed.started(tmp_path / "world")


class Runner:
    """A runner's folder, and the variables by which GitLab tells it of merge request 1 from the branch of a world."""

    def __init__(self, world: Governed, folder: Path, event: str = "detached", commit: str | None = None) -> None:
        self.folder = folder / "builds"
        self.folder.mkdir()
        head = world.git("rev-parse", "change")
        world.git("push", "--quiet", "--force", "origin", "change:refs/merge-requests/1/head")
        if commit is not None:
            world.git("push", "--quiet", "--force", "origin", f"{commit}:refs/merge-requests/1/train")
        self.variables = {
            "CI_COMMIT_SHA": commit or head,
            "CI_MERGE_REQUEST_EVENT_TYPE": event,
            "CI_MERGE_REQUEST_IID": "1",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "" if event == "detached" else head,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_REPOSITORY_URL": str(world.server),
        }

    def run(self) -> Ended:
        """Run the job; the engine that is tested takes the place of the one that would be installed."""
        (self.folder / "engine" / "bin").mkdir(parents=True)
        (self.folder / "engine" / "bin" / "modelward").symlink_to(COMMAND)
        before = [line.strip() for line in job()["before_script"]]
        assert [line for line in before if line in INSTALLING] == INSTALLING
        lines = [line for line in before if line not in INSTALLING] + job()["script"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "CI"))}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(lines)],
            cwd=self.folder,
            env=kept | self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    @property
    def verdict(self) -> Any:
        """The verdict that the job keeps."""
        return json.loads((self.folder / "gate.json").read_text())


def landed(world: Governed, *how: str) -> str:
    """A commit that GitLab makes of main and the branch, in its own name; its id."""
    world.git("switch", "--quiet", "--create", "result", "origin/main")
    world.git("merge", "--quiet", *how, "change", by="gitlab")
    if "--squash" in how:
        world.git("commit", "--quiet", "--message", "Promote", by="engineer-1")
    return world.git("rev-parse", "HEAD")


def test_the_example_holds_gitlab_s_schema() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(EXAMPLE)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_job_runs_for_every_merge_request_checks_out_nothing_and_may_not_fail() -> None:
    document = yaml.safe_load(EXAMPLE.read_text())
    assert document["workflow"] == {"rules": [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]}
    assert set(document) == {"workflow", "modelward gate"}
    assert job()["variables"] == {"GIT_STRATEGY": "none"}
    assert not {"allow_failure", "rules", "only", "except", "when", "needs", "cache", "secrets"} & set(job())
    assert set(job()["artifacts"]["paths"]) == {"gate.json", "gate.md"}


def test_a_merge_request_that_is_signed_is_allowed(world: Governed, tmp_path: Path) -> None:
    runner = Runner(world.approved(), tmp_path)
    ended = runner.run()
    assert ended.code == 0, ended
    assert (runner.verdict["verdict"], runner.verdict["head"]) == ("allow", world.git("rev-parse", "change"))
    assert (runner.folder / "gate.md").read_text().startswith("### modelward gate: allowed")
    assert (runner.folder / "gate.xml").read_text().startswith("<?xml")


def test_a_merge_request_that_is_not_signed_is_denied_and_says_who_can_sign(world: Governed, tmp_path: Path) -> None:
    world.promote()
    runner = Runner(world, tmp_path)
    ended = runner.run()
    assert ended.code == 1
    assert "can sign: lead-1, lead-2" in ended.out
    assert runner.verdict["verdict"] == "deny"


def test_a_merged_result_is_judged_by_the_branch_that_was_signed(world: Governed, tmp_path: Path) -> None:
    world.approved()
    runner = Runner(world, tmp_path, "merged_result", landed(world, "--no-ff", "--no-edit"))
    assert runner.run().code == 0
    assert runner.verdict["head"] == world.git("rev-parse", "change")


@pytest.mark.parametrize("how", [("--no-ff", "--no-edit"), ("--squash",)], ids=["merge", "squash"])
def test_a_train_is_judged_by_what_it_would_merge(world: Governed, tmp_path: Path, how: tuple[str, ...]) -> None:
    world.approved()
    commit = landed(world, *how)
    runner = Runner(world, tmp_path, "merge_train", commit)
    ended = runner.run()
    assert ended.code == 0, ended
    assert runner.verdict["head"] == commit


def test_t04_a_train_that_carries_more_than_was_signed_is_denied(world: Governed, tmp_path: Path) -> None:
    world.approved()
    landed(world, "--no-ff", "--no-edit")
    world.write(f"models/{MODEL}/README.md", "More.\n")
    runner = Runner(world, tmp_path, "merge_train", world.commit("More", "gitlab"))
    assert runner.run().code == 1


@pytest.mark.parametrize(
    "path", ["modelward.py", "sitecustomize.py", "validators/identity/planted.py", ".gitlab-ci.yml"]
)
def test_t03_t10_nothing_of_the_source_branch_is_checked_out_or_runs(
    world: Governed, tmp_path: Path, path: str
) -> None:
    marker = tmp_path / "executed"
    world.promote()
    world.write(path, f"open({str(marker)!r}, 'w')\n")
    world.commit("Plant")
    runner = Runner(world, tmp_path)
    assert runner.run().code == 1
    assert not marker.exists()
    assert not list(runner.folder.rglob(path))


@pytest.mark.parametrize("name", ["", "nowhere", "--upload-pack=touch executed"])
def test_t77_a_target_that_is_no_branch_judges_nothing(world: Governed, tmp_path: Path, name: str) -> None:
    runner = Runner(world.approved(), tmp_path)
    runner.variables["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] = name
    assert runner.run().code != 0
    assert not (runner.folder / "gate.json").exists()
    assert not list(tmp_path.rglob("executed"))
