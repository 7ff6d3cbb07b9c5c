"""apply --watch: run after run on a plain machine, until somebody says stop."""

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from operated import Clock, Operated
from repository import COMMAND, Repository

KEY = "modelward_reconcile_runs_total"


@pytest.fixture
def world(repository: Repository, registry: Path) -> Operated:
    """The project's models, and a registry file that a team set by hand."""
    assert registry.is_dir()
    return Operated.begun(repository, Clock())


def runs(metrics: Path) -> float:
    """How many runs the metrics tell of."""
    text = metrics.read_text() if metrics.exists() else ""
    return sum(float(value) for value in re.findall(rf"^{KEY}\S* (\S+)$", text, re.MULTILINE))


def test_f7_it_runs_again_after_its_interval_and_ends_with_130_when_told_to(world: Operated, tmp_path: Path) -> None:
    metrics = tmp_path / "modelward.prom"
    command = [str(COMMAND), "apply", "--yes", "--adopt", "--watch", "1s", "--metrics-file", str(metrics)]
    with subprocess.Popen(
        command, cwd=world.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        end = time.monotonic() + 60
        while runs(metrics) < 2 and time.monotonic() < end and watching.poll() is None:
            time.sleep(0.2)
        watching.send_signal(signal.SIGTERM)
        out, err = watching.communicate(timeout=30)
    assert runs(metrics) >= 2, err
    assert watching.returncode == 130, err
    assert len(re.findall(r"^-- 20\S+Z$", out, re.MULTILINE)) >= 2, "each run says when it began"
    assert out.count("models follow HEAD") == 1, "the later runs found nothing to do"
    assert "Nothing to do" in out


@pytest.mark.parametrize(("interval", "says"), [("0s", "no interval"), ("5d", "no interval"), ("x", "no interval")])
def test_an_interval_is_a_short_time(world: Operated, interval: str, says: str) -> None:
    ended = world.modelward("apply", "--yes", "--watch", interval)
    assert (ended.code, says in ended.err) == (2, True)


def test_nobody_is_asked_while_it_watches(world: Operated) -> None:
    assert "--yes" in world.modelward("apply", "--watch", "5m").err


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b"])
def test_a_part_that_is_none_is_refused(world: Operated, part: str) -> None:
    assert world.modelward("apply", "--yes", "--shard", part).code == 2


def test_parts_share_all_models_among_them(world: Operated) -> None:
    plans = [world.modelward("apply", "--dry-run", "--adopt", "--shard", f"{number}/3") for number in (1, 2, 3)]
    for model in ("credit-risk", "delivery-eta", "fraud-detection"):
        assert sum(f"{model}  (" in plan.out for plan in plans) == 1


@pytest.mark.parametrize(
    ("selected", "counts"),
    [
        (("--shard", "1/1"), True),
        (("--model", "credit-risk"), False),
        (("--environment", "staging"), False),
        (("--shard", "1/1", "--model", "*"), False),
    ],
)
def test_a_run_is_a_full_success_where_it_looks_at_all_of_its_part(
    world: Operated, tmp_path: Path, selected: tuple[str, ...], counts: bool
) -> None:
    metrics = tmp_path / "modelward.prom"
    ended = world.modelward("apply", "--yes", "--adopt", "--metrics-file", str(metrics), *selected)
    assert (ended.code, runs(metrics)) == (0, 1), ended
    assert ("modelward_reconcile_last_success_timestamp_seconds " in metrics.read_text()) is counts
