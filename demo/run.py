"""The tour of three models, on an embedded registry: everything it shows is a real command with its real output.

It writes below `.demo/` alone, starts from scratch each time, and ends with exit 1 if any command ends otherwise
than the tour says.
"""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from data_files import write
from embedded_registry import COMMITTED_ARTIFACTS, build
from governance import ROOT, Governed, observe, serve, start
from recipes import RECIPES
from tour import Tour, UnexpectedEndError

FOLDER: Final = ROOT / ".demo"
REGISTRY: Final = FOLDER / "registry"
WEB_PORT: Final = 5000
PROMOTED: Final = "promote-credit-risk"
RETURNED: Final = "modelward/rollback/credit-risk-production-1.1.0"
HELD: Final = "hold-credit-risk"
STAGED: Final = "stage-delivery-eta"


def main() -> None:
    """Give the tour."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    tour = Tour(build(REGISTRY, COMMITTED_ARTIFACTS))
    _take_over(tour)
    tour.say(
        "A repository to govern them in, with a key for each signer and release 1.1.0 measured today, on real rows."
    )
    beginning = start(tour, FOLDER)
    tour.say("Its server asks modelward, by a hook, what may be merged.")
    governed = serve(tour, beginning, FOLDER / "tour")
    _remember(tour, governed.clone)
    _promote(tour, governed.clone)
    _sign(tour, governed.clone)
    _follow(tour, governed.clone)
    _ramp(tour, governed.clone)
    _refuse(tour, governed.clone)
    _fail(tour, governed.clone)
    _switch_off(tour, governed.clone)
    _verify(tour)
    tour.say("All through, nothing was left behind: the registry shows what main says.")
    tour.run(governed.clone, "modelward", "status", "--exit-code")
    tour.say("Your turn: a registry, a server and a clone of it as they were before. README.md has the way.")
    build(REGISTRY, COMMITTED_ARTIFACTS)
    tour.run_aside(ROOT, "modelward", "apply", "--adopt", "--yes")
    _look_around(serve(tour, beginning, FOLDER))
    shutil.rmtree(beginning)


def _take_over(tour: Tour) -> None:
    tour.say("This repository is judged by its own rules: three models, their specs, releases and evidence.")
    tour.run(ROOT, "modelward", "validate")
    tour.say("A team's registry, where version 1 was once put into Production by hand: this is what git would change.")
    tour.run(ROOT, "modelward", "plan", "--adopt")
    tour.say("Taken over: each artifact that moves in is hashed first, every step is read back.")
    tour.run(ROOT, "modelward", "apply", "--adopt", "--yes")
    tour.run(ROOT, "modelward", "status")


def _remember(tour: Tour, clone: Path) -> None:
    tour.say("From here the reconciler keeps a ledger, a branch that its key signs: what it judged, announced and did.")
    _apply(tour, clone, "--trust-root", "HEAD")


def _apply(tour: Tour, clone: Path, *more: str, ends: int = 0) -> None:
    key = os.path.relpath(FOLDER / "keys" / "reconciler", clone)
    tour.run(clone, "modelward", "apply", "--yes", "--remote", "origin", "--ledger-key", key, *more, ends=ends)


def _promote(tour: Tour, clone: Path) -> None:
    tour.say("A promotion is one line in git. The server refuses it: nobody has signed it.")
    tour.run(clone, "modelward", "promote", "credit-risk", "production", "--branch", PROMOTED)
    tour.run(clone, "git", "push", "--quiet", "origin", "HEAD:main", ends=1)


def _sign(tour: Tour, clone: Path) -> None:
    tour.say("Whoever made it proposes it, by a signature over its exact content and evidence.")
    _say_yes(tour, clone, "engineer-1", "ml-engineer", "propose", "Catches more defaults at the same precision")
    tour.say("Two others approve it, each in a role of their own: an engineer who did not write it, and a team lead.")
    _say_yes(tour, clone, "engineer-2", "ml-engineer", "approve", "Same rows, same numbers")
    _say_yes(tour, clone, "lead-1", "team-lead", "approve", "Go ahead")
    tour.say("Now the same push is accepted.")
    tour.run(clone, "git", "push", "origin", "HEAD:main")


def _follow(tour: Tour, clone: Path) -> None:
    tour.say("Somebody has changed one byte of the artifact behind the registry's back: the model stays where it is.")
    weights = _weights_in_registry()
    _change_one_byte(weights)
    _apply(tour, clone, ends=1)
    tour.say("That verdict stands until its model changes. On call holds the release while the byte is put back.")
    _change_one_byte(weights)
    why = ("--until", "1s", "--reason", "Its artifact was changed")
    tour.run(clone, "modelward", "hold", "credit-risk", "production", *why, "--branch", HELD)
    _say_yes(tour, clone, "engineer-1", "ml-engineer", "propose", "Put back from the backup")
    _say_yes(tour, clone, "officer-1", "bsa-officer", "approve", "At once")
    tour.run(clone, "git", "push", "origin", "HEAD:main")


def _ramp(tour: Tour, clone: Path) -> None:
    tour.say("The hold is over. The release takes a tenth of the traffic beside the champion, here for a second.")
    _apply(tour, clone)
    tour.say("Another system writes what it measures of both into a file. All is well, so it takes half, and then all:")
    for _ in range(2):
        time.sleep(1)
        observe(clone.parent, "1.0.0", "1.1.0")
        _apply(tour, clone)
    tour.say("A second run writes nothing.")
    _apply(tour, clone)


def _refuse(tour: Tour, clone: Path) -> None:
    tour.say(
        "Fraud release 1.2.0 learned to suspect the customers of one branch. The gate on groups says no, and where."
    )
    _try(tour, clone, "fraud-detection", "staging")
    tour.say(
        "Credit release 1.2.0 catches more defaults by refusing four times as many good clients: three gates say no."
    )
    _try(tour, clone, "credit-risk", "staging")
    tour.say("Delivery release 1.2.0 is good enough for staging, and on the same rows worse than what production runs.")
    tour.run(clone, "modelward", "promote", "delivery-eta", "staging", "1.2.0", "--branch", STAGED)
    tour.run(clone, "modelward", "validate", "--base", "origin/main")
    _try(tour, clone, "delivery-eta", "production", STAGED)
    tour.run(clone, "git", "switch", "--quiet", HELD)


def _try(tour: Tour, clone: Path, model: str, environment: str, base: str = "origin/main") -> None:
    """Promote release 1.2.0, which is refused, and take that back."""
    tour.run(clone, "modelward", "promote", model, environment, "1.2.0")
    tour.run(clone, "modelward", "validate", "--base", base, ends=1)
    tour.run(clone, "git", "restore", "models")


def _fail(tour: Tour, clone: Path) -> None:
    tour.say("At night two scores of a hundred are invalid. A trigger that was merged by day takes the release out.")
    time.sleep(1)
    observe(clone.parent, "1.1.0", invalid=0.02)
    _apply(tour, clone, ends=1)
    tour.run(clone, "modelward", "status", "--model", "credit-risk")
    tour.say("In the morning git is to say so too: the machine has proposed one line, and one signature merges it.")
    tour.run(clone, "git", "fetch", "--quiet", "origin")
    tour.run(clone, "git", "switch", "--quiet", RETURNED)
    tour.run(clone, "git", "log", "--max-count=2", "--format=%an: %s")
    _say_yes(tour, clone, "officer-1", "bsa-officer", "approve", "Seen")
    tour.run(clone, "git", "push", "origin", "HEAD:main")
    _apply(tour, clone)


def _switch_off(tour: Tour, clone: Path) -> None:
    tour.say("Something else is wrong. To switch a model off, so that its rules answer, one signature is enough too.")
    flag = ("credit-risk", "manifest.deployments.production.ml_enabled", "false")
    tour.run(clone, "modelward", "set", *flag, "--branch", "switch-credit-risk-off")
    _say_yes(tour, clone, "engineer-1", "ml-engineer", "propose", "Far too many refusals since noon")
    _say_yes(tour, clone, "officer-1", "bsa-officer", "approve", "At once")
    tour.run(clone, "git", "push", "origin", "HEAD:main")
    _apply(tour, clone)


def _say_yes(tour: Tour, clone: Path, person: str, role: str, decision: str, comment: str) -> None:
    key = os.path.relpath(FOLDER / "keys" / person, clone)
    as_whom = ("--as", person, "--role", role, "--decision", decision)
    tour.run(clone, "modelward", "sign", *as_whom, "--comment", comment, "--key", key, "--commit", "--yes")


def _verify(tour: Tour) -> None:
    tour.say("The evidence of a release is computed again, from the registry's artifact and the rows that it names.")
    files = [str(path.relative_to(ROOT)) for path in write(RECIPES["delivery-eta"], FOLDER / "data").values()]
    named = [word for file in files for word in ("--data", file)]
    tour.run(ROOT, "modelward", "evidence", "verify", "delivery-eta", "1.1.0", *named)


def _look_around(governed: Governed) -> None:
    print(
        f"\nThe registry is in {REGISTRY.relative_to(ROOT)}/. Look around:\n"
        f'  export PATH="$PWD/.venv/bin:$PATH" MLFLOW_TRACKING_URI="sqlite:///$PWD/.demo/registry/mlflow.db"\n'
        f"  cd {governed.clone.relative_to(ROOT)} && modelward status\n"
        f'  mlflow ui --backend-store-uri "$MLFLOW_TRACKING_URI"   # then open http://127.0.0.1:{WEB_PORT}'
    )


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
