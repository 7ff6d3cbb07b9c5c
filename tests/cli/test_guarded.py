"""apply with a canary that guardrails alone watch, where what splits the traffic counts no requests: row A11."""

import re
from pathlib import Path

from operated import Operated, routed
from repository import Repository


def test_a11_guardrails_alone_let_a_release_go_on_by_the_samples_behind_them(
    repository: Repository, registry: Path
) -> None:
    assert registry.is_dir()
    path = "models/credit-risk/canary.yaml"
    text = re.sub(r"\n +compare: .*", "", repository.read(path))
    repository.write(path, text.replace("on_inconclusive: hold", "on_inconclusive: rollback"))
    repository.commit("Compare nothing")
    world = Operated.taken_over(repository)
    world.deploy("1.1.0")
    weights = []
    for hours in (25, 12, 13):
        world.clock.forward(hours=hours)
        world.well("1.0.0", "1.1.0")
        assert world.apply().code == 0
        weights.append(routed()["challenger"]["weight"])
    assert weights == [5, 5, 20], world.status()
