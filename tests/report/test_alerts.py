"""The alerts that are shipped: they fire on metrics that a run really shows."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from modelward.report.metrics import STATES, Standing
from report.test_metrics import RUN
from repository import PROJECT

ALERTS = PROJECT / "deploy" / "prometheus" / "modelward-alerts.yml"
CASES = Path(__file__).with_name("alert_cases.yml")
(GROUP,) = yaml.safe_load(ALERTS.read_text())["groups"]


def test_every_alert_has_what_prometheus_and_people_need() -> None:
    names = [rule["alert"] for rule in GROUP["rules"]]
    assert len(set(names)) == len(names) >= 6
    for rule in GROUP["rules"]:
        assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}, rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description"}


def test_every_metric_and_state_of_an_alert_is_one_that_a_run_shows() -> None:
    shown = set(re.findall(r"^(modelward_\w+)", Standing().after(RUN).rendered().decode(), re.MULTILINE))
    asked = {name for rule in GROUP["rules"] for name in re.findall(r"modelward_\w+", rule["expr"])}
    assert asked
    assert asked <= shown
    states = [
        state
        for rule in GROUP["rules"]
        for found in re.findall(r'state=~"(.+?)"', rule["expr"])
        for state in found.split("|")
    ]
    assert states
    assert set(states) <= set(STATES)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_the_rules_and_they_fire_as_they_should(tmp_path: Path) -> None:
    shutil.copy(ALERTS, tmp_path)
    shutil.copy(CASES, tmp_path)
    subprocess.run(["promtool", "check", "rules", ALERTS.name], cwd=tmp_path, check=True)
    subprocess.run(["promtool", "test", "rules", CASES.name], cwd=tmp_path, check=True)
