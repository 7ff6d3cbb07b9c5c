"""Reconcilers that go on running, each in a process and a clone of its own, told by lines what to do and when it is.

Run as `python tests/racing.py CLONE`: each line is a time and arguments as JSON, and the answer is how that ended.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent / "demo"), str(HERE.parent)]

from governed import key  # noqa: E402
from operated import Clock, Operated  # noqa: E402
from repository import Ended, Repository  # noqa: E402


@dataclass
class Racer:
    """One of several reconcilers."""

    process: subprocess.Popen[str]
    clone: Repository

    @classmethod
    def started(cls, server: Path, clone: Path, **environment: str) -> Self:
        """Clone what is on the server, and wait to be told."""
        subprocess.run(["git", "clone", "--quiet", str(server), str(clone)], check=True)
        command = [sys.executable, str(Path(__file__).resolve()), str(clone)]
        own = os.environ | environment
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=own, text=True)
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
def racers(world: Operated, count: int, name: str = "racer") -> Iterator[Sequence[Racer]]:
    """Some reconcilers of what is on the world's server."""
    folder = world.root.parent
    started = [Racer.started(folder / "server.git", folder / f"{name}-{number}") for number in range(count)]
    try:
        yield started
    finally:
        for one in started:
            one.close()


def apply(ref: str) -> tuple[str, ...]:
    """What a reconciler is told at the start of a race."""
    ledger = ("--remote", "origin", "--ledger-key", str(key("reconciler")))
    return ("apply", "--yes", "--ref", ref, "--model", "delivery-eta", *ledger)


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
