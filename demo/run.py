"""The tour of three models, on an embedded registry: everything it shows is a real command with its real output.

It writes below `.demo/` alone, starts from scratch each time, and ends with exit 1 if any command ends otherwise
than the tour says.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from data_files import write
from embedded_registry import COMMITTED_ARTIFACTS, build
from evidence import collect
from recipes import RECIPES

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / ".demo"
CLONE: Final = FOLDER / "clone"
REGISTRY: Final = FOLDER / "registry"
BIN: Final = Path(sys.executable).parent
WEB_PORT: Final = 5000
MEASURED: Final = "measure-credit-risk"
PROMOTED: Final = "promote-credit-risk"
STAGED: Final = "stage-delivery-eta"


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
        print(f"$ {' '.join(command)}", flush=True)
        done = subprocess.run(command, cwd=folder, env=self._environment, check=False)
        if done.returncode != ends:
            raise UnexpectedEndError(f"`{' '.join(command)}` ended with {done.returncode}, not {ends}")
        if ends:
            print(f"(exit {ends}, as it should)", flush=True)


def main() -> None:
    """Give the tour."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    tour = Tour(build(REGISTRY, COMMITTED_ARTIFACTS))
    _take_over(tour)
    _clone()
    _promote(tour)
    _refuse(tour)
    _roll_back(tour)
    _tamper(tour)
    _verify(tour)
    tour.say("All through, nothing was left behind: the registry shows what this repository says.")
    tour.run(ROOT, "modelward", "status", "--exit-code")
    _look_around()


def _take_over(tour: Tour) -> None:
    tour.say("This repository is judged by its own rules: three models, their specs, releases and evidence.")
    tour.run(ROOT, "modelward", "validate")
    tour.say("A team's registry, where version 1 was once put into Production by hand: this is what git would change.")
    tour.run(ROOT, "modelward", "plan", "--adopt")
    tour.say("Taken over: each artifact that moves in is hashed first, every step is read back.")
    tour.run(ROOT, "modelward", "apply", "--adopt", "--yes")
    tour.run(ROOT, "modelward", "status")


def _promote(tour: Tour) -> None:
    tour.say(
        "In a throwaway clone: evidence is current for thirty days, so this release is measured again, on real rows."
    )
    recipe = RECIPES["credit-risk"]
    files = write(recipe, FOLDER / "data")
    command = collect(recipe, recipe.releases[1], {side: os.path.relpath(path, CLONE) for side, path in files.items()})
    tour.run(CLONE, *command, "--branch", MEASURED)
    tour.say("A promotion is one line in git; it is judged by that evidence.")
    tour.run(CLONE, "modelward", "promote", "credit-risk", "production", "--branch", PROMOTED)
    tour.run(CLONE, "modelward", "validate", "--base", MEASURED)
    tour.say(
        "Applied: the stage moves, the old version is archived, the alias moves last. A second run writes nothing."
    )
    tour.run(CLONE, "modelward", "apply", "--yes")
    tour.run(CLONE, "modelward", "apply", "--yes")


def _refuse(tour: Tour) -> None:
    tour.say(
        "Fraud release 1.2.0 learned to suspect the customers of one branch. The gate on groups says no, and where."
    )
    tour.run(CLONE, "modelward", "promote", "fraud-detection", "staging", "1.2.0")
    tour.run(CLONE, "modelward", "validate", "--base", PROMOTED, ends=1)
    tour.run(CLONE, "git", "restore", "models")
    tour.say(
        "Credit release 1.2.0 catches more defaults by refusing four times as many good clients: three gates say no."
    )
    tour.run(CLONE, "modelward", "promote", "credit-risk", "staging", "1.2.0")
    tour.run(CLONE, "modelward", "validate", "--base", PROMOTED, ends=1)
    tour.run(CLONE, "git", "restore", "models")
    tour.say("Delivery release 1.2.0 is good enough for staging, and on the same rows worse than what production runs.")
    tour.run(CLONE, "modelward", "promote", "delivery-eta", "staging", "1.2.0", "--branch", STAGED)
    tour.run(CLONE, "modelward", "validate", "--base", PROMOTED)
    tour.run(CLONE, "modelward", "promote", "delivery-eta", "production", "1.2.0")
    tour.run(CLONE, "modelward", "validate", "--base", STAGED, ends=1)
    tour.run(CLONE, "git", "restore", "models")
    tour.run(CLONE, "git", "switch", "--quiet", PROMOTED)


def _roll_back(tour: Tour) -> None:
    tour.say("A rollback is the same line going back, and the same command.")
    tour.run(CLONE, "modelward", "rollback", "credit-risk", "production", "--branch", "roll-credit-risk-back")
    tour.run(CLONE, "modelward", "apply", "--yes")
    tour.run(CLONE, "modelward", "status")


def _tamper(tour: Tour) -> None:
    tour.say("Somebody changes one byte of an artifact behind the registry's back: the model stays where it is.")
    weights = _weights_in_registry()
    _change_one_byte(weights)
    tour.run(CLONE, "modelward", "promote", "credit-risk", "production", "--branch", "promote-again")
    tour.run(CLONE, "modelward", "apply", "--yes", ends=1)
    _change_one_byte(weights)


def _verify(tour: Tour) -> None:
    tour.say("The evidence of a release is computed again, from the registry's artifact and the rows that it names.")
    files = [str(path.relative_to(ROOT)) for path in write(RECIPES["delivery-eta"], FOLDER / "data").values()]
    named = [word for file in files for word in ("--data", file)]
    tour.run(ROOT, "modelward", "evidence", "verify", "delivery-eta", "1.1.0", *named)


def _look_around() -> None:
    uri = f"sqlite:///{(REGISTRY / 'mlflow.db').relative_to(ROOT)}"
    folder = BIN.relative_to(ROOT) if BIN.is_relative_to(ROOT) else BIN
    print(
        f"\nThe registry is in {REGISTRY.relative_to(ROOT)}/. Look around:\n"
        f"  export MLFLOW_TRACKING_URI={uri}\n"
        f"  {folder}/modelward status\n"
        f"  {folder}/mlflow ui --backend-store-uri {uri}   # then open http://127.0.0.1:{WEB_PORT}"
    )


def _clone() -> None:
    """Clone this repository's HEAD into the demonstration's folder."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()

    commit = git("rev-parse", "HEAD")
    git("clone", "--quiet", "--no-checkout", str(ROOT), str(CLONE))
    git("-C", str(CLONE), "checkout", "--quiet", "-B", "main", commit)
    git("-C", str(CLONE), "config", "user.name", "engineer-1")
    git("-C", str(CLONE), "config", "user.email", "engineer-1@example.org")
    git("-C", str(CLONE), "config", "commit.gpgsign", "false")


def _change_one_byte(path: Path) -> None:
    """Flip one bit of the last byte of a file; done twice, the file is as it was."""
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def _weights_in_registry() -> Path:
    """The weights of release 1.1.0 where the registry keeps them."""
    committed = (COMMITTED_ARTIFACTS / "credit-risk" / "1.1.0" / "model.skops").read_bytes()
    return next(path for path in REGISTRY.rglob("model.skops") if path.read_bytes() == committed)


if __name__ == "__main__":
    try:
        main()
    except UnexpectedEndError as error:
        print(f"\n{error}", file=sys.stderr)
        sys.exit(1)
