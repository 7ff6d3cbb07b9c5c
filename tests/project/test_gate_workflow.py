"""The workflow that gates, run step by step on real clones: the base judges, the head is data. Rows F5 and G1."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from actions import ACTION, WORKFLOW, Runner, read, step
from governed import Governed
from hosted import TOKEN, GitHub, hosting
from repository import PROJECT

TEMPLATE = PROJECT / "src/modelward/authoring/templates/gate.yml"


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    return Governed.started(tmp_path / "world")


@pytest.fixture(autouse=True)
def github() -> Iterator[GitHub]:
    with hosting() as github:
        yield github


def runner_for(world: Governed, github: GitHub, folder: Path, *, queued: bool = False) -> Runner:
    runner = Runner.of_pull_request(world, folder / "runner", queued=queued)
    runner.environment |= {"GITHUB_API_URL": github.address}
    github.open(1, world.git("rev-parse", "HEAD"))
    return runner


def test_f5_a_promotion_that_is_signed_passes_the_required_check(
    world: Governed, github: GitHub, tmp_path: Path
) -> None:
    runner = runner_for(world.approved(), github, tmp_path)
    ended = runner.judged()
    assert ended.code == 0, ended
    assert runner.summary.startswith("### modelward gate: allowed\n")
    assert runner.outputs["verdict"] == str(runner.temp / "modelward" / "gate.json")
    assert runner.allowed().code == 0


def test_g1_a_promotion_that_is_not_signed_fails_it_with_annotations_and_a_summary(
    world: Governed, github: GitHub, tmp_path: Path
) -> None:
    world.promote()
    runner = runner_for(world, github, tmp_path)
    ended = runner.judged()
    assert ended.code == 1
    assert "::error title=signed-off (mandatory),file=models/credit-score/manifest.yaml,line=" in ended.out
    assert runner.summary.startswith("### modelward gate: denied\n")
    assert "no verdict that allows this head: ('gate/v1', 'deny'" in runner.allowed().err


def test_reviews_are_read_with_the_token_that_only_reads(world: Governed, github: GitHub, tmp_path: Path) -> None:
    runner_for(world.approved(), github, tmp_path).judged()
    assert {request.headers["Authorization"] for request in github.asked} == {f"Bearer {TOKEN}"}
    assert [request.path for request in github.asked] == [
        "/repos/acme/example/pulls/1",
        "/repos/acme/example/pulls/1/reviews",
    ]


def test_a_merge_queue_is_judged_by_what_it_would_merge(world: Governed, github: GitHub, tmp_path: Path) -> None:
    world.approved()
    world.git("switch", "--quiet", "--create", "queue", "origin/main")
    world.git("merge", "--quiet", "--squash", "change")
    message = "Promote (#1)\n\nCo-authored-by: lead-1 <lead-1@example.org>"
    world.git("commit", "--quiet", "--message", message)
    runner = runner_for(world, github, tmp_path, queued=True)
    ended = runner.judged()
    assert ended.code == 0, ended
    assert runner.outputs["number"] == "1"
    assert runner.allowed().code == 0


def test_the_head_is_fetched_and_never_checked_out(world: Governed, github: GitHub, tmp_path: Path) -> None:
    world.approved()
    world.write("models/credit-score/README.md", "Of the head.\n")
    world.commit("Words")
    runner = runner_for(world, github, tmp_path)
    runner.judged()
    assert not (runner.base / "models/credit-score/README.md").exists()
    status = subprocess.run(["git", "-C", runner.base, "status", "--porcelain"], capture_output=True, check=True)
    assert status.stdout == b""


def test_the_token_is_masked_and_stays_in_no_file(world: Governed, github: GitHub, tmp_path: Path) -> None:
    runner = runner_for(world.approved(), github, tmp_path)
    ended = runner.run(ACTION, "Fetch")
    assert ended.code == 0
    (mask,) = ended.out.splitlines()
    assert mask.startswith("::add-mask::")
    for file in (runner.base / ".git").rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert TOKEN.encode() not in data
            assert mask.removeprefix("::add-mask::").encode() not in data


def test_the_engine_is_installed_from_what_the_base_pins(world: Governed, github: GitHub, tmp_path: Path) -> None:
    runner = runner_for(world.approved(), github, tmp_path)
    with_ = step(WORKFLOW, "Judge")["with"]
    runner.known |= {"inputs.requirements": with_["requirements"], "inputs.engine": with_["engine"]}
    subprocess.run(["rm", "-r", runner.base], check=True)
    subprocess.run(["git", "clone", "--quiet", PROJECT, runner.base], check=True)
    ended = runner.run(ACTION, "Install")
    assert ended.code == 0, ended
    listed = subprocess.run(
        [runner.temp / "engine/bin/pip", "list", "--format", "json"], capture_output=True, check=True
    )
    names = {one["name"] for one in json.loads(listed.stdout)}
    assert {"modelward", "pydantic", "cryptography"} <= names
    assert not {"mlflow", "pandas", "pytest"} & names
    version = subprocess.run([runner.temp / "engine/bin/modelward", "--version"], capture_output=True, check=True)
    assert version.stdout.startswith(b"modelward ")


def test_every_package_that_the_gate_installs_is_pinned_by_hash_as_for_development() -> None:
    lock = (PROJECT / "requirements/gate.lock").read_text()
    development = (PROJECT / "requirements/dev.lock").read_text()
    pins = [line.removesuffix(" \\") for line in lock.splitlines() if "==" in line]
    assert len(pins) > 15
    for pin in pins:
        assert pin.partition(" ")[0] in development, pin
    assert lock.count("--hash=sha256:") >= len(pins)
    assert "://" not in lock


def test_it_runs_whenever_the_answer_could_differ_and_for_every_path() -> None:
    on = yaml.load(WORKFLOW.read_text(), yaml.BaseLoader)["on"]  # noqa: S506 - which reads `on` as it is written
    assert set(on) == {"pull_request", "pull_request_review", "merge_group"}
    assert set(on["pull_request"]["types"]) == {"opened", "synchronize", "reopened", "edited"}
    assert not any("paths" in filters or "paths-ignore" in filters for filters in on.values())


def test_the_required_check_always_runs_and_has_the_name_that_the_ruleset_demands() -> None:
    jobs = read(WORKFLOW)["jobs"]
    assert set(jobs) == {"gate", "allowed"}
    assert jobs["allowed"]["if"] == "${{ always() }}"
    assert jobs["allowed"]["needs"] == "gate"
    ruleset = json.loads((PROJECT / ".github/rulesets/main.json").read_text())
    (checks,) = [rule["parameters"] for rule in ruleset["rules"] if rule["type"] == "required_status_checks"]
    assert [one["context"] for one in checks["required_status_checks"]] == [jobs["allowed"]["name"]]


def test_a_new_repository_gets_the_same_workflow_with_its_own_requirements() -> None:
    ours, theirs = read(WORKFLOW), read(TEMPLATE)
    judge = next(one for one in ours["jobs"]["gate"]["steps"] if one.get("name") == "Judge")
    assert judge["with"].pop("requirements")
    assert judge["with"].pop("engine")
    assert ours == theirs
    assert "# zizmor: ignore[self-repository]" in TEMPLATE.read_text()
