"""Runs of apply as processes of their own, each ended by force at a call that changes something."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from faulty import Answered, Asked, Forward
from operated import Clock, Operated
from repository import Repository

_PROCESSES: Final = get_context("forkserver")
_PROCESSES.set_forkserver_preload(["mlflow", "modelward.__main__"])
_NEVER: Final = 10**6
_SECONDS: Final = 60
_HOOK: Final = """\
sed 's/.* /push /' >> {made}
[ "$(wc -l < {made})" -eq "$(cat {deadly})" ] || exit 0
kill -KILL "$(cat {victim})"
exit 1
"""


@dataclass(frozen=True)
class Calls:
    """The calls to a registry server and a git server that change something, and which of them ends who makes it.

    What is known of them stands in files below `folder`, where a hook of the git server finds it too.
    """

    folder: Path

    @property
    def made(self) -> list[str]:
        """Each call by its name, in the order in which they came."""
        return self._made.read_text().splitlines()

    @property
    def hook(self) -> str:
        """What the git server does about a push: a deadly one is not taken."""
        return _HOOK.format(made=self._made, deadly=self._deadly, victim=self.victim)

    @property
    def victim(self) -> Path:
        """Where a process says which it is."""
        return self.folder / "victim"

    @property
    def _made(self) -> Path:
        return self.folder / "made"

    @property
    def _deadly(self) -> Path:
        return self.folder / "deadly"

    def begin(self) -> None:
        """Count anew."""
        self._made.write_text("")
        self.spare()

    def kill_at(self, number: int) -> None:
        """The call of this number is to be deadly."""
        self._deadly.write_text(str(number))

    def spare(self) -> None:
        """No call is to be deadly."""
        self.kill_at(_NEVER)

    def __call__(self, asked: Asked, forward: Forward) -> Answered | None:
        """Answer what the registry is asked; a deadly call is carried out, and not answered."""
        if asked.method == "GET" or "/search" in asked.path:
            return forward(asked)
        with self._made.open("a") as file:
            file.write(f"{asked.method} {asked.path}\n")
        answered = forward(asked)
        if len(self.made) != int(self._deadly.read_text()):
            return answered
        os.kill(int(self.victim.read_text()), signal.SIGKILL)
        return None


def applied(world: Operated, calls: Calls, *more: str) -> int:
    """Run apply in a process of its own; its exit code, or the signal that ended it with a minus."""
    told = (world.root, world.clock.now, calls.victim, dict(os.environ), world.applying(*more))
    process = _PROCESSES.Process(target=_run, args=told)
    process.start()
    process.join(_SECONDS)
    assert process.exitcode is not None
    return process.exitcode


def _run(root: Path, now: datetime, victim: Path, environment: Mapping[str, str], arguments: Sequence[str]) -> None:
    os.environ.update(environment)
    victim.write_text(str(os.getpid()))
    with Clock(now).running():
        ended = Repository(root).modelward(*arguments)
    sys.stderr.write(ended.err)
    sys.exit(ended.code)
