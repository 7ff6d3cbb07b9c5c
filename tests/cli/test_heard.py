"""apply tells people of what went wrong while nobody looked, each thing once (rows A14 and G3; T71, T86)."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from operated import Operated, aliases
from repository import Repository


def heard(world: Operated, events: Path) -> list[Any]:
    """What was told by a run and by the next, which finds the same again."""
    for _ in range(2):
        world.apply("--events-file", str(events))
        world.clock.forward(minutes=16)
    told = [json.loads(line) for line in events.read_text().splitlines()]
    events.unlink()
    return told


def test_what_a_run_finds_amiss_is_told_once(repository: Repository, registry: Path, tmp_path: Path) -> None:
    repository.replace("environments/staging.yaml", "drift: enforce", "drift: warn")
    world, client = Operated.taken_over(repository), MlflowClient()
    events = tmp_path / "events.jsonl"

    client.set_registered_model_alias("credit-risk", "staging", "1")
    client.delete_registered_model_tag("fraud-detection", "modelward.repository")
    told = heard(world, events)
    assert Counter((one["type"], one["subject"]) for one in told) == {
        ("ml.model.pointer.moved", "credit-risk/staging"): 1,
        ("ml.model.pointer.moved", "fraud-detection/production/1.0.0"): 1,
    }
    left, mended = sorted(told, key=lambda one: str(one["subject"]))
    assert "`drift: warn` leaves it so" in left["data"]["body"]
    assert (mended["severity"], "did not bear this repository's tag" in mended["data"]["title"]) == ("critical", True)
    (record,) = [one for one in world.records("outcome", "fraud-detection") if one["action"] == "mend"]
    assert (record["environment"], record["success"]) == ("production", True)

    source = str(client.get_model_version("delivery-eta", "3").source).removeprefix("file://")
    weights = next(path for path in sorted(Path(source).rglob("*")) if path.is_file())
    weights.write_bytes(weights.read_bytes() + b" ")
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    client.delete_model_version("fraud-detection", "1")
    told = heard(world, events)
    assert Counter((one["type"], one["subject"], one["severity"]) for one in told) == {
        ("ml.model.failed", "delivery-eta/staging/1.2.0", "critical"): 1,
        ("ml.model.blocked", "delivery-eta/staging", "warning"): 1,
        ("ml.model.blocked", "fraud-detection", "warning"): 1,
    }
    (failed,) = [one for one in told if one["type"] == "ml.model.failed"]
    assert "are not those of release 1.2.0: sha256:" in failed["data"]["body"]
    assert aliases("delivery-eta")["staging"] != "3"
    assert registry.is_dir()


def test_a_run_that_finds_only_what_people_were_told_of_ends_well(repository: Repository, registry: Path) -> None:
    world, places = Operated.taken_over(repository), ("--events-file", str(registry / "events.jsonl"))
    world.replace("models/credit-risk/manifest.yaml", 'staging: {release: "1.1.0"', 'staging: {release: "1.2.0"')
    world.commit("Deploy what nobody signed", "engineer-1")
    world.git("push", "--quiet", "origin", "HEAD:main")
    MlflowClient().delete_model_version("fraud-detection", "1")

    first = world.apply(*places)
    assert first.code == 1
    again = world.apply(*places)
    assert (again.code, again.out) == (0, first.out)
    assert world.apply().code == 1, "nobody is told of it"
    world.clock.forward(days=1)
    assert [world.apply(*places).code for _ in range(2)] == [1, 0]

    MlflowClient().delete_registered_model("delivery-eta")
    assert [world.apply(*places).code for _ in range(2)] == [1, 0]


def test_what_lasts_is_told_once_though_something_of_the_model_had_to_go_meanwhile(
    repository: Repository, registry: Path
) -> None:
    events = registry / "events.jsonl"
    repository.replace("environments/staging.yaml", "drift: enforce", "drift: warn")
    world = Operated.taken_over(repository)
    MlflowClient().set_registered_model_alias("credit-risk", "staging", "1")
    for minutes in (0, 15, 30):
        world.clock.forward(minutes=15)
        if minutes == 15:
            world.fails("1.0.0")
        world.apply("--events-file", str(events))
    told = [json.loads(line)["type"] for line in events.read_text().splitlines()]
    assert "ml.model.suspended" in told
    assert told.count("ml.model.pointer.moved") == 1


def test_what_is_so_again_is_told_again_once_a_run_has_seen_that_it_was_not(
    repository: Repository, registry: Path
) -> None:
    repository.replace("environments/staging.yaml", "drift: enforce", "drift: warn")
    world, client, events = Operated.taken_over(repository), MlflowClient(), registry / "events.jsonl"

    def told(version: str, *more: str) -> int:
        client.set_registered_model_alias("credit-risk", "staging", version)
        world.apply("--events-file", str(events), *more)
        return events.read_text().count("ml.model.pointer.moved") if events.exists() else 0

    assert [told("1"), told("1")] == [1, 1]
    assert [told("2", "--model", "fraud-detection"), told("1")] == [1, 1], "nobody has looked at it"
    assert [told("2"), told("1"), told("1")] == [1, 2, 2]
