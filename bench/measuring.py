"""Run a command as a process of its own, and tell how long it took and how much memory it held at most."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BIN: Final = Path(sys.executable).parent
MODELWARD: Final = str(BIN / "modelward")
HERE: Final = Path(__file__).resolve().parent
# What would change how the measured processes start or what they read.
_LEFT_OUT: Final = ("MODELWARD_", "MLFLOW_", "GIT_", "PYTHON", "COVERAGE_")


class RunFailedError(RuntimeError):
    """A command that was to be measured ended otherwise than expected; the message carries the end of its output."""


@dataclass(frozen=True)
class Run:
    """One run: wall-clock seconds from the start of the process to its end, its peak memory in bytes, its output.

    `busy` are the seconds that processors worked for it and for the processes that it started.
    """

    seconds: float
    busy: float
    peak: int
    output: str


class Workshop:
    """Where commands are measured: everything that they write lands below `folder`.

    Bytecode is kept there too, and each command is run once unmeasured before the others: so it starts as from an
    installed package, whatever this environment says about writing bytecode.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
        self._environment = kept | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
        self._warm: set[str] = set()

    def best(self, times: int, *commands: "Command") -> list[Run]:
        """The fastest of some runs of each command; the commands take turns, so that a busy spell meets them all."""
        for command in commands:
            if command.name not in self._warm:
                self._warm.add(command.name)
                self.run(command)
        rounds = [[self.run(command) for command in commands] for _ in range(times)]
        return [min(runs, key=lambda run: run.seconds) for runs in zip(*rounds, strict=True)]

    def run(self, command: "Command") -> Run:
        """One run of one command."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            started = time.perf_counter()
            process = subprocess.Popen(
                command.arguments,
                cwd=command.folder,
                env=self._environment | dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            errors.seek(0)
            said = output.read().decode("utf-8", "replace")
            if process.returncode != 0:
                words = (said + errors.read().decode("utf-8", "replace"))[-2_000:]
                raise RunFailedError(f"{command.name} ended with {process.returncode}:\n{words}")
        # Linux counts kibibytes, macOS bytes.
        busy = usage.ru_utime + usage.ru_stime
        return Run(seconds, busy, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), said)


@dataclass(frozen=True)
class Command:
    """A command to measure. `name` stands for the program: two commands of one name start with the same bytecode."""

    name: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


def modelward(folder: Path, *arguments: str, **environment: str) -> Command:
    """The command `modelward` in a repository; `environment` is added to what the process sees."""
    verb = next((argument for argument in arguments if not argument.startswith("-")), "start")
    return Command(f"modelward {verb}", (MODELWARD, *arguments), folder, environment)


def peer(script: str, folder: Path, *arguments: str) -> Command:
    """One of the peers that stand beside this module."""
    return Command(script, (sys.executable, str(HERE / script), *arguments), folder, {})


def progress(message: str) -> None:
    """Say on standard error what is being done."""
    print(f"bench: {message}", file=sys.stderr, flush=True)
