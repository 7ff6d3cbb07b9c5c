"""Runs the steps of workflows and of our own action as a runner does, but for what other actions do in them."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from governed import Governed, key
from hosted import NAME, TOKEN
from repository import COMMAND, PROJECT, Ended

WORKFLOW = PROJECT / ".github/workflows/gate.yml"
ACTION = PROJECT / ".github/actions/gate/action.yml"
_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


def read(path: Path) -> Any:
    """A workflow or an action."""
    return yaml.safe_load(path.read_text())


def step(path: Path, name: str) -> Any:
    """The step of that name."""
    document = read(path)
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    (found,) = [each for job in jobs for each in job["steps"] if each.get("name") == name]
    return found


@dataclass
class Runner:
    """A machine on which a job runs: its workspace, its folder for the time being, and what expressions stand for."""

    folder: Path
    known: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_pull_request(cls, world: Governed, folder: Path, *, queued: bool = False) -> "Runner":
        """A runner that has checked out main of a server, where the branch of `world` is pull request 1."""
        world.git("push", "--quiet", "--force", "origin", "HEAD:refs/pull/1/head")
        for name in ("workspace", "temp"):
            (folder / name).mkdir(parents=True)
        world.git("clone", "--quiet", "--branch", "main", str(world.server), str(folder / "workspace" / "base"))
        head = world.git("rev-parse", "HEAD")
        known = {
            "github.workspace": str(folder / "workspace"),
            "runner.temp": str(folder / "temp"),
            "github.server_url": "https://github.com",
            "github.repository": NAME,
            "github.event.pull_request.number": "" if queued else "1",
            "github.event.merge_group.head_ref": f"refs/heads/gh-readonly-queue/main/pr-1-{head}" if queued else "",
            "github.event.merge_group.head_sha || github.event.pull_request.head.sha": head,
            "inputs.base": read(ACTION)["inputs"]["base"]["default"],
            "inputs.head": head,
            "inputs.pull-request": "",
            "inputs.queued": str(queued).lower(),
            "inputs.token": TOKEN,
            "needs.gate.result": "success",
        }
        return cls(folder, known)

    @classmethod
    def of_reconciler(cls, world: Governed, folder: Path, root: str = "", *, begin: bool = False) -> "Runner":
        """A runner that has checked out main of a server, with what only main's environment gives a job.

        `begin`: a person has started it, and ticked that.
        """
        (folder / "temp").mkdir(parents=True)
        world.git("clone", "--quiet", str(world.server), str(folder / "workspace"))
        secrets = {
            "RECONCILER_KEY": key("reconciler").read_text(),
            "RECONCILER_TOKEN": TOKEN,
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/none.db",
            "MLFLOW_TRACKING_USERNAME": "",
            "MLFLOW_TRACKING_PASSWORD": "",
        }
        known = {f"secrets.{name}": value for name, value in secrets.items()}
        facts = {
            "runner.temp": str(folder / "temp"),
            "inputs.begin": "true" if begin else "",
            "vars.MODELWARD_TRUST_ROOT": root,
            "steps.trusted.outputs.first": "",
        }
        return cls(folder, known | facts)

    @property
    def base(self) -> Path:
        """The checkout of the base."""
        return self.folder / "workspace" / "base"

    @property
    def temp(self) -> Path:
        """The folder for the time being."""
        return self.folder / "temp"

    def bring_engine(self) -> None:
        """What installing does, with the engine that is tested."""
        (self.temp / "engine" / "bin").mkdir(parents=True)
        (self.temp / "engine" / "bin" / "modelward").symlink_to(COMMAND)

    def run(self, path: Path, name: str, **more: str) -> Ended:
        """Run the script of a step. An expression that nobody has told is an error."""
        of_step = step(path, name)
        given: Mapping[str, str] = of_step.get("env", {})
        own = {"RUNNER_TEMP": self.temp, "GITHUB_OUTPUT": self.temp / "out", "GITHUB_STEP_SUMMARY": self.temp / "sum"}
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "GIT_"))},
            **{key: str(value) for key, value in own.items()},
            **self.environment,
            **{key: self._filled(str(value)) for key, value in given.items()},
            **more,
        }
        where = self._filled(of_step.get("working-directory", str(self.folder / "workspace")))
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", of_step["run"]]
        done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)
        return Ended(done.returncode, done.stdout, done.stderr)

    def judged(self) -> Ended:
        """Run what the job `gate` runs."""
        self.bring_engine()
        ended = self.run(WORKFLOW, "Tell which pull request it is")
        assert ended.code == 0, ended
        self.known["inputs.pull-request"] = self.outputs["number"]
        ended = self.run(ACTION, "Fetch")
        assert ended.code == 0, ended
        judged = self.run(ACTION, "Judge")
        assert self.run(ACTION, "Summarise").code == 0
        return judged

    def allowed(self) -> Ended:
        """Run what the one required check runs, once the verdict has come over from the other job."""
        verdict = self.temp / "modelward" / "gate.json"
        if verdict.exists():
            (self.temp / "gate.json").write_bytes(verdict.read_bytes())
        return self.run(WORKFLOW, "Demand a verdict that allows")

    @property
    def outputs(self) -> dict[str, str]:
        """What steps have put out so far."""
        lines = (self.temp / "out").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        """The summary of the job."""
        return (self.temp / "sum").read_text()

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.known[found[1]], text)
