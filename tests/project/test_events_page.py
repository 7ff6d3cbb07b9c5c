"""The page about events, metrics and logs: its examples are what is written, and its tables leave nothing out."""

import json
import re
from datetime import datetime
from typing import get_args

import yaml

from modelward.events.cloudevents import cloudevent
from modelward.events.interface import Event, EventType
from modelward.report.logs import Happening, log_line
from modelward.report.metrics import Standing
from modelward.specs.environment import Environment
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from report.test_metrics import RUN
from repository import PROJECT

PAGE = (PROJECT / "docs" / "events.md").read_text()
EXAMPLE = json.loads(re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0])
EVENT = Event(
    "ml.model.suspended",
    "suspension credit-risk-production-1",
    datetime.fromisoformat(EXAMPLE["time"]),
    "critical",
    EXAMPLE["data"]["title"],
    EXAMPLE["data"]["body"],
    ModelName("credit-risk"),
    EnvironmentName("production"),
    ReleaseName("1.1.0"),
    EXAMPLE["data"]["details"],
)


def test_the_event_of_the_page_is_written_as_it_stands_there() -> None:
    assert json.loads(json.dumps(cloudevent(EVENT, "acme/ml-governance"), default=dict)) == EXAMPLE


def test_the_line_of_the_log_is_written_as_it_stands_there() -> None:
    (line,) = re.findall(r"^```text\n(.*?)\n```", PAGE, re.MULTILINE | re.DOTALL)
    assert log_line(Happening.of(EVENT), "text") == line


def test_every_type_of_event_stands_on_the_page() -> None:
    assert set(re.findall(r"^\| `(ml\.[a-z_.]+)` \|", PAGE, re.MULTILINE)) == set(get_args(EventType))


def test_every_metric_stands_on_the_page() -> None:
    shown = set(re.findall(r"^(modelward_\w+)", Standing().after(RUN).rendered().decode(), re.MULTILINE))
    assert set(re.findall(r"`(modelward_\w+)", PAGE)) == shown


def test_the_notify_of_the_page_can_stand_in_an_environment() -> None:
    (notify,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    text = (PROJECT / "environments" / "production.yaml").read_text().replace("notify: []\n", notify)
    environment = Environment.model_validate_json(json.dumps(yaml.safe_load(text)))
    assert [variable.env for variable in environment.notify] == ["RISK_CHANNEL", "RISK_PAGER"]
