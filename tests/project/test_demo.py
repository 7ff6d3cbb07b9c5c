"""The demonstration gives its whole tour in a fresh clone, also where an earlier one left its folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

SAID = (
    # Taken over: three models, nothing blocked.
    "12 to set, 0 to change, 0 to retire in 3 of 3 models; 0 blocked",
    # Promoted, once.
    "alias champion: 1 (1.0.0) -> 2 (1.1.0)",
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
    # Rolled back.
    "alias champion: 2 (1.1.0) -> 1 (1.0.0)",
    # Tampered with.
    "the bytes of version 2 are not those of release 1.1.0: sha256:",
    # Verified.
    "6 documents, 6 computed again: all that counts was found again",
    "6 of 6 in sync with HEAD",
)


def test_the_tour_ends_well_and_leaves_a_registry_that_matches_git(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True)
    left = clone / ".demo/clone/left-by-an-earlier-tour"
    left.parent.mkdir(parents=True)
    left.write_text("x")
    environment = os.environ | {"NO_COLOR": "1"}
    tour = subprocess.run(
        [sys.executable, "demo/run.py"], cwd=clone, capture_output=True, text=True, env=environment, check=False
    )
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert not left.exists()
    shown = tour.stdout
    for words in SAID:
        at = shown.find(words)
        assert at >= 0, f"not said, or not in this order: {words}"
        shown = shown[at + len(words) :]
    steps = re.findall(r"^(\d+)\. (.+)$", tour.stdout, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert tour.stdout.rstrip().splitlines()[-1].startswith("  ")
    assert (
        subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True).stdout
        == ""
    )
