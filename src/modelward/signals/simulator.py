"""Signals in memory: what would be observed is written beforehand, and shows itself as the clock goes on."""

from dataclasses import dataclass, field
from datetime import datetime

from modelward.errors import CannotEvaluate
from modelward.signals.interface import Observation, Series, in_order


@dataclass(frozen=True)
class Outage:
    """A time, from `start` to before `end`, in which asking for a signal fails with `error`."""

    signal: str
    start: datetime
    end: datetime
    error: CannotEvaluate


@dataclass
class SimulatedSignals:
    """A script of observations and outages; only what `now` has reached is seen."""

    now: datetime
    script: list[Observation] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)

    def observations(self, series: Series, since: datetime) -> tuple[Observation, ...]:
        """What the script has shown of the series so far; raises what an outage of this moment says."""
        for outage in self.outages:
            if outage.signal == series.signal and outage.start <= self.now < outage.end:
                raise outage.error
        seen = {
            observation.id: observation
            for observation in self.script
            if observation.series == series and since <= observation.at <= self.now
        }
        return in_order(seen.values())
