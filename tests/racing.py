"""Reconcilers that go on running, each in a process and a clone of its own, told by lines what to do and when it is.

Run as `python tests/racing.py CLONE`: each line is a time and arguments as JSON, and the answer is how that ended.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent / "demo"), str(HERE.parent)]

from mlflow import MlflowClient  # noqa: E402

from governed import key  # noqa: E402
from modelward.ledger.branch import LedgerBranch, verified  # noqa: E402
from modelward.tree.git import Git  # noqa: E402
from operated import Clock, Operated, aliases  # noqa: E402
from repository import PROJECT, Ended, Repository  # noqa: E402

MODEL = "delivery-eta"
RELEASES = ("1.0.0", "1.1.0", "1.2.0")
GOVERNED = ("models", "policies", "environments", "validators")


@dataclass
class Racer:
    """One of several reconcilers."""

    process: subprocess.Popen[str]
    clone: Repository

    @classmethod
    def started(cls, server: Path, clone: Path) -> Self:
        """Clone what is on the server, and wait to be told."""
        subprocess.run(["git", "clone", "--quiet", str(server), str(clone)], check=True)
        command = [sys.executable, str(Path(__file__).resolve()), str(clone)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return cls(process, Repository(clone))

    def tell(self, at: datetime, *arguments: str) -> None:
        """Run the command as of a time; nobody waits for it."""
        assert self.process.stdin is not None
        print(json.dumps({"at": at.isoformat(), "arguments": arguments}), file=self.process.stdin, flush=True)

    def answer(self) -> Ended:
        """How the command ended."""
        assert self.process.stdout is not None
        return Ended(**json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        """Let it end, if it has not."""
        with suppress(BrokenPipeError):
            self.process.communicate()


@contextmanager
def racers(world: Operated, count: int) -> Iterator[Sequence[Racer]]:
    """Some reconcilers of what is on the world's server."""
    folder = world.root.parent
    started = [Racer.started(folder / "server.git", folder / f"racer-{number}") for number in range(count)]
    try:
        yield started
    finally:
        for one in started:
            one.close()


def begun(folder: Path, uri: str) -> Operated:
    """A repository whose ledger begins, on a registry server that gets three versions of one model.

    The address of the server must stand in the environment.
    """
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.create_experiment(str(folder))
    client.create_registered_model(MODEL)
    repository = Repository(folder / "repository")
    for name in GOVERNED:
        shutil.copytree(PROJECT / name, repository.root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for release in RELEASES:
        run = client.create_run(experiment)
        client.log_artifacts(run.info.run_id, str(PROJECT / "demo/artifacts" / MODEL / release), "model")
        client.create_model_version(MODEL, f"{run.info.artifact_uri}/model", run.info.run_id)
        # What the run does not tell of a version its bytes must, in every round.
        path = f"models/{MODEL}/releases/{release}/release.yaml"
        repository.write(path, re.sub(r'run_id: "\w+"', f'run_id: "{run.info.run_id}"', repository.read(path)))
    repository.commit("Start")
    world = Operated.begun(repository, Clock())
    ended = world.apply("--adopt", "--trust-root", "main", "--model", MODEL)
    assert ended.code == 0, ended
    return world


def merged(world: Operated, release: str) -> str:
    """Merge a deployment to staging, and lift what stands in its way; main before it."""
    before = world.git("rev-parse", "HEAD")
    known = world.ledger(f"state/{MODEL}/staging.json").get("suspensions", {}).items()
    out = [name for name, one in known if one["release"] == release and "resumed" not in one]
    world.clock.forward(minutes=20)
    world.deploy(release, MODEL, "staging", **({"resume": out[0]} if out else {}))
    return before


def records(world: Operated) -> list[Any]:
    """All records of the ledger, which is verified from its first commit."""
    git = Git(world.root)
    tip = LedgerBranch(git, "origin").tip()
    world.git("fetch", "--quiet", "origin")
    verified(git, tip, world.git("rev-parse", "origin/main"), None)
    paths = world.git("ls-tree", "-r", "--name-only", str(tip), "records/").splitlines()
    return [json.loads(data or b"") for data in git.blobs(f"{tip}:{path}" for path in paths)]


def wrong(world: Operated, release: str, moves: int) -> list[str]:
    """What is not as it must be: one version holds staging, and the ledger says so once, after so many moves."""
    found = []
    if aliases(MODEL)["staging"] != str(RELEASES.index(release) + 1):
        found.append(f"the alias names version {aliases(MODEL)['staging']}")
    stages = Counter(one.current_stage for one in MlflowClient().search_model_versions(f"name='{MODEL}'"))
    if (stages["Staging"], stages["Production"]) != (1, 1):
        found.append(f"the stages hold {dict(stages)}")
    told, state = records(world), world.ledger(f"state/{MODEL}/staging.json")
    if (state["tenures"][-1]["release"], len(state["tenures"])) != (release, moves):
        found.append(f"the ledger tells {state['tenures']}")
    if "lease" in state:
        found.append(f"it is claimed still: {state['lease']}")
    said = Counter(one["lease"]["key"] for one in told if one["kind"] == "outcome" and "lease" in one)
    said.update(one["suspension"] for one in told if one["kind"] == "suspension")
    return found + [f"on record {times} times: {what}" for what, times in said.items() if times > 1]


def apply(ref: str) -> tuple[str, ...]:
    """What a reconciler is told at the start of a race."""
    ledger = ("--remote", "origin", "--ledger-key", str(key("reconciler")))
    return ("apply", "--yes", "--ref", ref, "--model", MODEL, *ledger)


def race(started: Sequence[Racer], at: datetime, *refs: str) -> list[Ended]:
    """All at once, each at its ref; how each ended."""
    for one, ref in zip(started, refs, strict=True):
        one.tell(at, *apply(ref))
    return [one.answer() for one in started]


def main() -> None:
    """Do what each line says."""
    clone, clock = Repository(Path(sys.argv[1])), Clock()
    for line in sys.stdin:
        told = json.loads(line)
        clock.now = datetime.fromisoformat(told["at"])
        with clock.running():
            ended = clone.modelward(*told["arguments"])
        sys.stdout.write(f"{json.dumps(vars(ended))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    main()
