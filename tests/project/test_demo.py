"""The demonstration gives its whole tour in a fresh clone, and the README's walk goes on from what it leaves."""

import os
import re
import subprocess
import sys
from pathlib import Path

from pages import run
from repository import PROJECT

MANIFEST = "models/credit-risk/manifest.yaml"
SAID = (
    # Taken over: three models, nothing blocked.
    "12 to set, 0 to change, 0 to retire in 3 of 3 models; 0 blocked",
    # Refused by the server, and said why.
    "$ git push --quiet origin HEAD:main",
    "remote: missing production promotion  models/credit-risk",
    "remote: denied: 1 change, 0 denying findings, 2 of 2 sign-offs missing",
    "[remote rejected] HEAD -> main (pre-receive hook declined)",
    # Proposed, signed twice, and accepted.
    "--as engineer-1 --role ml-engineer --decision propose",
    "--as engineer-2 --role ml-engineer --decision approve",
    "--as lead-1 --role team-lead --decision approve",
    "allowed: 1 change, 0 denying findings, 0 of 2 sign-offs missing",
    "$ git push origin HEAD:main",
    "HEAD -> main",
    # Tampered with, mended, and followed by steps.
    "the bytes of version 2 are not those of release 1.1.0: sha256:",
    "traffic: 100 % version 1 (1.0.0) -> 90 % version 1 (1.0.0), 10 % version 2 (1.1.0)",
    "-> 50 % version 1 (1.0.0), 50 % version 2 (1.1.0)",
    "alias champion: 1 (1.0.0) -> 2 (1.1.0)",
    "-> 100 % version 2 (1.1.0)",
    "done    credit-risk: 5 steps, read back",
    "Nothing to do: 3 models match HEAD",
    # Refused, with the line of the evidence and the line of the threshold.
    "demographic_parity_difference of release 1.2.0 is 0.03596, above 0.02",
    "--> models/fraud-detection/releases/1.2.0/bias.json:",
    "::: models/fraud-detection/thresholds.yaml:",
    "precision of release 1.2.0 is 0.4481, below 0.6",
    "--> models/credit-risk/releases/1.2.0/metrics.json:",
    "::: models/credit-risk/thresholds.yaml:",
    "mae of release 1.2.0 may be 1.065 worse than the champion's 4.344",
    "--> models/delivery-eta/releases/1.2.0/backtest.json:",
    "::: models/delivery-eta/thresholds.yaml:",
    # Taken out by a trigger, and git is told.
    "+ tag modelward.suspended of version 2 (1.1.0): none -> su-",
    "alias champion: 2 (1.1.0) -> 1 (1.0.0)",
    "merge   credit-risk: branch modelward/rollback/credit-risk-production-1.1.0 lets git say what serves",
    "Suspended",
    "Propose it as reconciler",
    "--as officer-1 --role bsa-officer --decision approve",
    "missing rollback  models/credit-risk  any of",
    "HEAD -> main",
    # Switched off by the officer.
    "--as officer-1 --role bsa-officer --decision approve",
    "HEAD -> main",
    "100 % version 1 (1.0.0), switched off",
    # Verified.
    "6 documents, 6 computed again: all that counts was found again",
    "6 of 6 in sync with HEAD",
    # Typed as it stands, it opens the same registry from every folder.
    'mlflow ui --backend-store-uri "$MLFLOW_TRACKING_URI"',
)


def test_the_tour_ends_well_and_the_walk_of_the_readme_goes_on_from_there(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True)
    left = clone / ".demo/clone/left-by-an-earlier-tour"
    left.parent.mkdir(parents=True)
    left.write_text("x")
    _tours(clone)
    assert not left.exists()
    assert _git(clone, "status", "--porcelain") == ""
    run(PROJECT / "README.md", clone, {}, "Your first promotion")
    assert 'production: {release: "1.1.0"' in _git(clone / ".demo/server.git", "show", f"main:{MANIFEST}")


def _tours(clone: Path) -> None:
    environment = os.environ | {"NO_COLOR": "1"}
    tour = subprocess.run(
        [sys.executable, "demo/run.py"],
        cwd=clone,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        check=False,
    )
    assert tour.returncode == 0, tour.stdout
    shown = tour.stdout
    for words in SAID:
        at = shown.find(words)
        assert at >= 0, f"not said, or not in this order: {words}"
        shown = shown[at + len(words) :]
    steps = re.findall(r"^(\d+)\. (.+)$", tour.stdout, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert tour.stdout.rstrip().splitlines()[-1].startswith("  ")


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
