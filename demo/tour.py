"""A tour: commands that are run for real one after another, and what is said about each."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

BIN: Final = Path(sys.executable).parent


class UnexpectedEndError(Exception):
    """A command ended otherwise than the tour says."""


class Tour:
    """Runs commands one after another and says what each shows."""

    def __init__(self, uri: str) -> None:
        self._environment = os.environ | {"MLFLOW_TRACKING_URI": uri, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        self._step = 0

    def say(self, text: str) -> None:
        """One line of explanation."""
        self._step += 1
        mark = ("\033[1;36m", "\033[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "")
        print(f"\n{mark[0]}{self._step}. {text}{mark[1]}", flush=True)

    def run(self, folder: Path, *command: str, ends: int = 0) -> None:
        """Show a command and its output; it must end with the exit code `ends`."""
        print(f"$ {' '.join(_quoted(word) for word in command)}", flush=True)
        done = self._done(folder, command, None)
        if done.returncode != ends:
            raise UnexpectedEndError(f"`{' '.join(command)}` ended with {done.returncode}, not {ends}")
        if ends:
            print(f"(exit {ends}, as it should)", flush=True)

    def run_aside(self, folder: Path, *command: str) -> None:
        """Run a command that is not worth showing; what it said is shown when it fails."""
        done = self._done(folder, command, subprocess.PIPE)
        if done.returncode != 0:
            raise UnexpectedEndError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stdout}")

    def _done(self, folder: Path, command: Sequence[str], heard: int | None) -> "subprocess.CompletedProcess[str]":
        to = None if heard is None else subprocess.STDOUT
        try:
            return subprocess.run(
                command, cwd=folder, env=self._environment, check=False, stdout=heard, stderr=to, text=True
            )
        except FileNotFoundError as error:
            raise UnexpectedEndError(f"{command[0]} is not installed") from error


def _quoted(word: str) -> str:
    """A word as a reader would type it."""
    return f'"{word}"' if " " in word or not word else word
