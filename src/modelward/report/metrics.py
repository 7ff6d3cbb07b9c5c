"""What Prometheus is told of runs: counters go on from run to run, and what a run could not see stays as it was."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

from modelward.reconcile.direction import SyncState
from modelward.specs.scalars import empty

if TYPE_CHECKING:
    from prometheus_client import Metric

STATES: Final[tuple[SyncState, ...]] = get_args(SyncState)


@dataclass(frozen=True)
class Fleet:
    """What a run saw: models by state, once for each environment; what was found changed by hand; suspensions.

    `quiet` are triggers that could take a release out, and whose source has told nothing for too long; `untrusted` are
    models, and one for all else, of which something was merged that is not followed.
    """

    models: Mapping[SyncState, int]
    drift: int
    suspensions: int
    quiet: int
    untrusted: int = 0

    @property
    def seen(self) -> bool:
        """Whether there was anything to see: a registry that is away leaves every model unknown."""
        return {state for state, count in self.models.items() if count} != {"Unknown"}


@dataclass(frozen=True)
class RunMetrics:
    """One run: when, whether all went well, the actions done by kind, and how many failed.

    `full` says that it looked at all that it is there for; only a full success counts as the last one. `fleet` is
    None for a run that could not look, for example because it was refused before it had read anything.
    """

    started: datetime
    ended: datetime
    success: bool
    full: bool
    actions: Mapping[str, int] = field(default_factory=empty)
    failures: int = 0
    fleet: Fleet | None = None


@dataclass(frozen=True)
class _Family:
    """One metric: what it is, and the label that tells its samples apart."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    label: str | None = None
    is_time: bool = False


_STARTED: Final = "modelward_reconcile_last_start_timestamp_seconds"
_ENDED: Final = "modelward_reconcile_last_end_timestamp_seconds"
_SUCCEEDED: Final = "modelward_reconcile_last_success_timestamp_seconds"
_LOOKED: Final = "modelward_reconcile_last_look_timestamp_seconds"
_WELL: Final = "modelward_reconcile_last_run_success"
_DURATION: Final = "modelward_reconcile_duration_seconds"
_RUNS: Final = "modelward_reconcile_runs_total"
_ACTIONS: Final = "modelward_actions_total"
_FAILURES: Final = "modelward_action_failures_total"
_MODELS: Final = "modelward_models"
_DRIFT: Final = "modelward_drift"
_SUSPENSIONS: Final = "modelward_suspensions"
_QUIET: Final = "modelward_triggers_quiet"
_UNTRUSTED: Final = "modelward_untrusted"

_FAMILIES: Final = {
    family.name: family
    for family in (
        _Family(_STARTED, "gauge", "When the last run began.", is_time=True),
        _Family(_ENDED, "gauge", "When the last run ended.", is_time=True),
        _Family(_SUCCEEDED, "gauge", "When a run last looked at everything and all went well.", is_time=True),
        _Family(_LOOKED, "gauge", "When a run last could look at what there is.", is_time=True),
        _Family(_WELL, "gauge", "Whether all went well in the last run."),
        _Family(_DURATION, "gauge", "How long the last run took."),
        _Family(_RUNS, "counter", "Runs by result.", "result"),
        _Family(_ACTIONS, "counter", "Actions done, by kind.", "kind"),
        _Family(_FAILURES, "counter", "Actions that failed."),
        _Family(_MODELS, "gauge", "Models by state, once for each environment.", "state"),
        _Family(_DRIFT, "gauge", "What was found changed by hand in the last run that could look."),
        _Family(_SUSPENSIONS, "gauge", "Releases that are suspended, once for each environment."),
        _Family(_QUIET, "gauge", "Triggers that could take a release out, and cannot be measured."),
        _Family(_UNTRUSTED, "gauge", "Models, and one for all else, of which something merged is not followed."),
    )
}
_SAMPLE = re.compile(r'(\w+)(?:\{(\w+)="([^"\\\n]{1,200})"\})? (\S{1,40})')
_LONGEST_KIND: Final = 200


@dataclass(frozen=True)
class Standing:
    """The value of every sample that there is, by metric and the value of its label (empty where it has none)."""

    samples: Mapping[tuple[str, str], float] = field(default_factory=empty, hash=False)

    def after(self, run: RunMetrics) -> "Standing":
        """What stands when one more run has ended."""
        started, ended = run.started.timestamp(), run.ended.timestamp()
        samples = dict(self.samples)
        samples[_STARTED, ""], samples[_ENDED, ""] = started, ended
        samples[_WELL, ""] = float(run.success)
        samples[_DURATION, ""] = max(0.0, ended - started)
        if run.success and run.full:
            samples[_SUCCEEDED, ""] = ended
        # A counter that is there from the start shows its first step.
        counted = {(_RUNS, "success"): int(run.success), (_RUNS, "failure"): int(not run.success)}
        counted |= {(_ACTIONS, kind[:_LONGEST_KIND]): done for kind, done in run.actions.items()}
        counted[_FAILURES, ""] = run.failures
        for sample, more in counted.items():
            samples[sample] = samples.get(sample, 0.0) + more
        if run.fleet is not None:
            if run.fleet.seen:
                samples[_LOOKED, ""] = ended
            samples |= {(_MODELS, state): float(run.fleet.models.get(state, 0)) for state in STATES}
            samples[_DRIFT, ""], samples[_SUSPENSIONS, ""] = float(run.fleet.drift), float(run.fleet.suspensions)
            samples[_QUIET, ""], samples[_UNTRUSTED, ""] = float(run.fleet.quiet), float(run.fleet.untrusted)
        return Standing(samples)

    def rendered(self) -> bytes:
        """All samples in the text format of Prometheus, as its client writes it."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> "Iterator[Metric]":
        """The samples as Prometheus's client takes them."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        for family in _FAMILIES.values():
            kind = GaugeMetricFamily if family.kind == "gauge" else CounterMetricFamily
            labels = [] if family.label is None else [family.label]
            metric = kind(family.name, family.help, labels=labels)
            found = {label: value for (name, label), value in sorted(self.samples.items()) if name == family.name}
            for label, value in found.items():
                metric.add_metric([label][: len(labels)], value)
            if found:
                yield metric


def read_standing(data: bytes, now: datetime) -> Standing:
    """What a textfile says that was written before; lines that no earlier run can have written count for nothing.

    A time beyond `now` is none: it would make a reconciler that has fallen silent look well.
    """
    samples: dict[tuple[str, str], float] = {}
    for text in data.decode("utf-8", "replace").split("\n"):
        found = _SAMPLE.fullmatch(text)
        family = None if found is None else _FAMILIES.get(found[1])
        if found is None or family is None or family.label != found[2]:
            continue
        value = _number(found[4])
        if value is not None and not (family.is_time and value > now.timestamp()):
            samples[family.name, found[3] or ""] = value
    return Standing(samples)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
