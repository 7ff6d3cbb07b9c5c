"""Attacks on the workflow that gates: code and configuration planted in a head, and checks that pass on nothing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actions import ACTION, WORKFLOW, Runner, read
from governed import MODEL, Governed
from hosted import GitHub, hosting

PLANTED = "import pathlib\npathlib.Path({marker!r}).write_text('executed')\n"


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    return Governed.started(tmp_path / "world")


@pytest.fixture(autouse=True)
def github() -> Iterator[GitHub]:
    with hosting() as github:
        yield github


def runner_for(world: Governed, github: GitHub, folder: Path) -> Runner:
    runner = Runner.of_pull_request(world, folder / "runner")
    runner.environment |= {"GITHUB_API_URL": github.address}
    github.open(1, world.git("rev-parse", "HEAD"))
    return runner


HIDING_PLACES = [
    "validators/identity/planted.py",
    "validators/identity/folder-name.py",
    "src/modelward/__init__.py",
    "modelward.py",
    "sitecustomize.py",
    "usercustomize.py",
    "conftest.py",
    "json.py",
    "venv.py",
    "hatch_build.py",
    f"models/{MODEL}/__init__.py",
]


@pytest.mark.parametrize("path", HIDING_PLACES)
def test_t03_t10_no_code_of_the_head_runs(world: Governed, github: GitHub, tmp_path: Path, path: str) -> None:
    marker = tmp_path / "executed"
    world.promote()
    world.write(path, PLANTED.format(marker=str(marker)))
    world.commit("Plant")
    runner = runner_for(world, github, tmp_path)
    ended = runner.judged()
    assert ended.code == 1, ended
    assert runner.allowed().code != 0
    assert not marker.exists()


def test_t03_rules_that_change_with_a_model_are_denied(world: Governed, github: GitHub, tmp_path: Path) -> None:
    world.write("validators/identity/folder-name.py", "")
    world.approved()
    runner = runner_for(world, github, tmp_path)
    assert runner.judged().code == 1
    findings = json.loads((runner.temp / "modelward/gate.json").read_text())["findings"]
    assert any("change in one step" in finding["message"] for finding in findings)


WEAKER: dict[str, Callable[[str], str]] = {
    "paths narrowed": lambda text: text.replace("branches: [main]", 'paths: ["docs/**"]'),
    "never run": lambda text: text.replace("if: ${{ always() }}", "if: false"),
    "failure waved through": lambda text: text.replace("timeout-minutes: 15", "continue-on-error: true"),
    "verdict not looked at": lambda text: text.replace("[[ $RESULT == success ]]", "exit 0"),
    "head checked out": lambda text: text.replace("path: base", "path: base\n          repository: intruder/fork"),
}


@pytest.mark.parametrize("case", WEAKER)
def test_t04_a_workflow_made_weaker_is_judged_by_the_one_of_the_base(
    world: Governed, github: GitHub, tmp_path: Path, case: str
) -> None:
    ours = WORKFLOW.read_text()
    assert WEAKER[case](ours) != ours
    world.git("switch", "--quiet", "main")
    world.write(".github/workflows/gate.yml", ours)
    world.commit("Gate")
    world.git("push", "--quiet", "origin", "main")
    world.git("fetch", "--quiet", "origin")
    world.branch("weaker")
    world.write(".github/workflows/gate.yml", WEAKER[case](ours))
    world.commit("Weaker")
    runner = runner_for(world, github, tmp_path)
    ended = runner.judged()
    assert ended.code == 1, ended
    (requirement,) = json.loads((runner.temp / "modelward/gate.json").read_text())["signoffs"]
    assert requirement["scope"] == "repository"
    assert [slot["role"] for slot in requirement["slots"]] == ["policy-owner"]
    assert runner.allowed().code != 0


def verdict(runner: Runner, **facts: object) -> str:
    return json.dumps({"schema": "gate/v1", "verdict": "allow", "head": runner.known["inputs.head"]} | facts)


UNTOLD: dict[str, Callable[[Runner], str | None]] = {
    "is not there": lambda _runner: None,
    "is empty": lambda _runner: "",
    "is no document": lambda _runner: "allow",
    "is a list": lambda runner: f"[{verdict(runner)}]",
    "denies": lambda runner: verdict(runner, verdict="deny"),
    "could not be told": lambda runner: verdict(runner, verdict="error"),
    "is of another verb": lambda runner: verdict(runner, schema="validate/v1"),
    "is of another head": lambda runner: verdict(runner, head="0" * 40),
    "has another name for yes": lambda runner: verdict(runner, verdict="ALLOW"),
    "says nothing": lambda _runner: "{}",
}


@pytest.mark.parametrize("case", UNTOLD)
def test_t80_the_required_check_fails_when_the_verdict(
    world: Governed, github: GitHub, tmp_path: Path, case: str
) -> None:
    runner = runner_for(world.approved(), github, tmp_path)
    text = UNTOLD[case](runner)
    if text is not None:
        (runner.temp / "gate.json").write_text(text)
    assert runner.allowed().code != 0


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped", ""])
def test_t80_the_required_check_fails_when_the_job_did_not_succeed(
    world: Governed, github: GitHub, tmp_path: Path, result: str
) -> None:
    runner = runner_for(world.approved(), github, tmp_path)
    (runner.temp / "gate.json").write_text(verdict(runner))
    assert runner.allowed().code == 0
    runner.known["needs.gate.result"] = result
    assert runner.allowed().code != 0


def test_t80_a_gate_that_ends_early_leaves_no_verdict_that_allows(
    world: Governed, github: GitHub, tmp_path: Path
) -> None:
    runner = runner_for(world.approved(), github, tmp_path)
    runner.environment["GITHUB_API_URL"] = "http://127.0.0.1:1"
    ended = runner.judged()
    assert ended.code == 3
    assert json.loads((runner.temp / "modelward/gate.json").read_text())["verdict"] == "error"
    assert runner.allowed().code != 0


def test_t80_nothing_to_judge_is_no_verdict_that_allows(world: Governed, github: GitHub, tmp_path: Path) -> None:
    runner = runner_for(world, github, tmp_path)
    assert runner.judged().code == 4
    assert runner.summary == "### modelward gate: no verdict\n"
    assert runner.allowed().code != 0


@pytest.mark.parametrize("head", ["", "main", "--upload-pack=touch executed", "$(touch executed)", "a" * 39, "A" * 40])
def test_t77_a_head_that_is_no_commit_is_not_fetched(
    world: Governed, github: GitHub, tmp_path: Path, head: str
) -> None:
    runner = runner_for(world.approved(), github, tmp_path)
    runner.known["inputs.head"] = head
    assert runner.run(ACTION, "Fetch").code != 0
    assert not list(tmp_path.rglob("executed"))


@pytest.mark.parametrize("number", ["1;touch executed", "$(touch executed)", "1 main", "-1"])
def test_t77_a_pull_request_that_is_no_number_is_not_fetched(
    world: Governed, github: GitHub, tmp_path: Path, number: str
) -> None:
    runner = runner_for(world.approved(), github, tmp_path)
    runner.known["inputs.pull-request"] = number
    assert runner.run(ACTION, "Fetch").code != 0
    assert not list(tmp_path.rglob("executed"))


@pytest.mark.parametrize("ref", ["refs/heads/pr-1", "refs/heads/gh-readonly-queue/main/pr-x-1", "x\nnumber=7"])
def test_t77_a_queue_of_another_name_names_no_pull_request(
    world: Governed, github: GitHub, tmp_path: Path, ref: str
) -> None:
    runner = runner_for(world.approved(), github, tmp_path)
    runner.known |= {"github.event.pull_request.number": "", "github.event.merge_group.head_ref": ref}
    assert runner.run(WORKFLOW, "Tell which pull request it is").code == 0
    assert runner.outputs == {"number": ""}


def test_t28_a_base_that_moves_on_is_the_one_that_judges(world: Governed, github: GitHub, tmp_path: Path) -> None:
    world.approved()
    world.git("switch", "--quiet", "main")
    world.write(f"models/{MODEL}/README.md", "Words.\n")
    world.commit("Words", "engineer-2")
    world.git("push", "--quiet", "origin", "main")
    world.git("switch", "--quiet", "change")
    runner = runner_for(world, github, tmp_path)
    assert runner.judged().code == 1
    slots = [
        slot
        for one in json.loads((runner.temp / "modelward/gate.json").read_text())["signoffs"]
        for slot in one["slots"]
    ]
    assert any(slot["stale"] for slot in slots)


def test_the_job_that_judges_can_write_nothing_and_knows_no_secret() -> None:
    text = WORKFLOW.read_text() + ACTION.read_text()
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert "cache" not in text
    for job in read(WORKFLOW)["jobs"].values():
        assert set(job["permissions"].values()) <= {"read"}
