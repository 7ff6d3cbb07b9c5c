"""The demonstration gives its whole tour in a fresh clone, also where an earlier one left its folder."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


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
    said = tour.stdout
    assert "alias champion: 1 (1.0.0) -> 2 (1.1.0)" in said
    assert "precision of release 1.2.0 is 0.4481, below 0.6" in said
    assert "alias champion: 2 (1.1.0) -> 1 (1.0.0)" in said
    assert "the bytes of version 2 are not those of release 1.1.0: sha256:" in said
    assert said.rstrip().splitlines()[-1].startswith("  ")
    assert (
        subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True).stdout
        == ""
    )
