"""What a trigger says to observations (DESIGN: thresholds, signals).

1. An observation older than the deployment that it would speak of does not count.
2. A value holds from its time until a newer one of the same part, and for at most `max_age`.
3. `fail`: the bound was crossed at every moment of `for`, which values cover without a gap; without `for`, it is now.
4. `pass`: the bound is not crossed now, by values that hold now, with samples enough.
5. Whatever is between is `inconclusive`; what is silent, stale, from the future or no number is `error`.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final, Literal

from modelward.policy.spans import spelled
from modelward.signals.interface import Observation, Part
from modelward.specs.thresholds import Trigger
from modelward.tree.text import shown

Verdict = Literal["pass", "fail", "inconclusive", "error"]

SKEW: Final = timedelta(minutes=1)
"""How far the clock of whoever observes may run ahead of ours."""


@dataclass(frozen=True)
class TriggerVerdict:
    """What a trigger says, why, and the observations that it rests on: those that hold now, and of a `fail` the bad."""

    trigger: str
    verdict: Verdict
    reason: str
    observations: tuple[str, ...] = ()
    due: bool = False
    """Whether it fails, and on an observation that has not triggered before: only then may its action be taken."""
    starved: bool = False
    """Whether its values rest on too few samples, and have done so for as long as a value counts."""
    quiet: bool = False
    """Whether it is measured, and nothing has told it anything for longer than a value counts."""
    unread: bool = False
    """Whether its source is none that this version reads."""


class _Said(Enum):
    CROSSED = auto()
    CLEAR = auto()
    FEW = auto()
    UNKNOWN = auto()


def evaluate(
    trigger: Trigger,
    observations: Iterable[Observation],
    *,
    deployed_at: datetime,
    now: datetime,
    max_age: timedelta,
    min_samples: int,
    triggered: frozenset[str] = frozenset(),
) -> TriggerVerdict:
    """What the trigger says now to observations of one release in one environment.

    `triggered` are the ids on which it has acted before; `min_samples` is how many samples a value needs.
    """
    read = {seen.id: seen for seen in observations if seen.over == trigger.over and seen.at >= deployed_at}
    since = tuple(read.values())
    if any(seen.signal != trigger.signal for seen in since) or len({seen.series for seen in since}) > 1:
        raise ValueError("observations of more than the trigger's signal of one release")
    if (early := from_future(since, now)) is not None:
        return TriggerVerdict(trigger.name, "error", f"`{trigger.signal}` has a value {early}")
    if len({(seen.part, seen.at) for seen in since}) < len(since):
        return TriggerVerdict(trigger.name, "error", f"`{trigger.signal}` has two values for one time")
    if not since:
        waits = now - deployed_at <= max_age
        when = "yet" if waits else f"in the {spelled(now - deployed_at)} since the release came"
        return TriggerVerdict(
            trigger.name, "inconclusive" if waits else "error", f"`{trigger.signal}` has no value {when}"
        )
    try:
        return _Evaluation(trigger, since, now, max_age, min_samples).verdict(triggered)
    except OverflowError:
        return TriggerVerdict(trigger.name, "error", f"`{trigger.signal}` has values too large to be computed with")


def from_future(observations: Iterable[Observation], now: datetime) -> str | None:
    """What is to be said of a value from a time that has not come yet, with where it stands; None without such."""
    early = next((seen for seen in observations if seen.at > now + SKEW), None)
    if early is None:
        return None
    return f"from the future{f' ({early.place})' if early.place else ''}"


def beside(value: float, bound: float) -> str:
    """A value in few digits, and in all of them where few would put it on another side of the bound."""
    short = f"{value:.4g}"
    said = float(short)
    return short if (said > bound, said < bound) == (value > bound, value < bound) else repr(value)


class _Evaluation:
    """One trigger over the observations of its series, at least one."""

    def __init__(
        self, trigger: Trigger, seen: Sequence[Observation], now: datetime, max_age: timedelta, min_samples: int
    ) -> None:
        self._trigger = trigger
        self._now = now
        self._max_age = max_age
        self._min_samples = min_samples
        parts: dict[Part | None, list[Observation]] = {}
        for observation in sorted(seen, key=lambda observation: observation.at):
            parts.setdefault(observation.part, []).append(observation)
        self._parts: Mapping[Part | None, list[Observation]] = parts
        self._times = {part: [min(one.at, now) for one in ones] for part, ones in parts.items()}

    def verdict(self, triggered: frozenset[str]) -> TriggerVerdict:
        trigger, window = self._trigger, timedelta() if self._trigger.for_ is None else self._trigger.for_.fixed
        said = self._at(self._now)
        holding = [one for one in self._holding(self._now).values() if one is not None]
        ids = tuple(sorted(one.id for one in holding))
        if said is _Said.UNKNOWN:
            return TriggerVerdict(trigger.name, "error", self._why_unknown(holding), ids)
        if said is _Said.FEW:
            why = f"`{trigger.signal}` rests on fewer than {self._min_samples} samples"
            if starved := self._starved():
                why = f"{why}, and no value of the last {spelled(self._max_age)} has enough"
            return TriggerVerdict(trigger.name, "inconclusive", why, ids, starved=starved)
        if said is _Said.CLEAR:
            return TriggerVerdict(trigger.name, "pass", f"{self._found(holding)}, not {self._bound}", ids)
        start = self._now - window
        if not all(self._at(moment) is _Said.CROSSED for moment in self._moments(start)):
            why = f"{self._found(holding)}, {self._bound}, and not for {trigger.for_} yet"
            return TriggerVerdict(trigger.name, "inconclusive", why, ids)
        lasting = "" if trigger.for_ is None else f" for {trigger.for_}"
        bad = tuple(sorted(one.id for one in self._crossing(holding)))
        why = f"{self._found(holding)}, {self._bound}{lasting}"
        return TriggerVerdict(trigger.name, "fail", why, bad, due=bool(set(bad) - triggered))

    def _moments(self, start: datetime) -> list[datetime]:
        """Every moment of the window at which what the values say can change."""
        changes = {moment for times in self._times.values() for at in times for moment in (at, at + self._max_age)}
        return sorted({start, *(moment for moment in changes if start < moment <= self._now)})

    def _holding(self, moment: datetime) -> dict[Part | None, Observation | None]:
        """For each part that was observed by then its value; None where that holds no more."""
        holding: dict[Part | None, Observation | None] = {}
        for part, times in self._times.items():
            index = bisect_right(times, moment) - 1
            if index >= 0:
                holding[part] = self._parts[part][index] if moment < times[index] + self._max_age else None
        return holding

    def _at(self, moment: datetime) -> _Said:
        """What the values of one moment say together."""
        holding = self._holding(moment)
        known = [one for one in holding.values() if one is not None and math.isfinite(one.value)]
        enough = [one for one in known if one.n >= self._min_samples]
        # One part beyond the bound is then enough, whatever is not known of the others.
        if self._alone and self._crossing(enough):
            return _Said.CROSSED
        if not known or len(known) < len(holding):
            return _Said.UNKNOWN
        if len(enough) < len(known):
            return _Said.FEW
        crossed = self._crosses(self._together([one.value for one in enough]))
        return _Said.CROSSED if crossed else _Said.CLEAR

    @property
    def _alone(self) -> bool:
        """Whether one part alone can make it fail."""
        return self._trigger.aggregate == "any" or (
            self._trigger.aggregate == "max" and self._trigger.above is not None
        )

    def _starved(self) -> bool:
        """Whether too few samples have kept it from telling anything for as long as a value counts."""
        since = self._now - self._max_age
        fed = [
            any(one.at > since and one.n >= self._min_samples and math.isfinite(one.value) for one in ones)
            for ones in self._parts.values()
        ]
        return not (any(fed) if self._alone else all(fed))

    def _together(self, values: Sequence[float]) -> float:
        """The one number that values of the parts come to, at least one; of `any` it is the one nearest to failing."""
        match self._trigger.aggregate:
            case "mean":
                return math.fsum(values) / len(values)
            case "share":
                return sum(value > 0 for value in values) / len(values)
            case "any" if self._trigger.above is None:
                return min(values)
            case "any" | "max" | None:
                return max(values)

    def _crossing(self, holding: Iterable[Observation]) -> list[Observation]:
        """The observations that make it fail: each over the bound, or all of them where they count together."""
        if self._trigger.aggregate in ("mean", "share"):
            return list(holding)
        return [one for one in holding if self._crosses(one.value)]

    def _crosses(self, value: float) -> bool:
        """Whether the value is beyond the bound; NaN never is."""
        if self._trigger.above is not None:
            return value > self._trigger.above
        return self._trigger.below is not None and value < self._trigger.below

    def _found(self, holding: Sequence[Observation]) -> str:
        """The value that decides, and of which part it is or how the parts were taken together."""
        trigger = self._trigger
        known = [one for one in holding if math.isfinite(one.value) and one.n >= self._min_samples]
        value, whose = self._together([one.value for one in known]), ""
        if trigger.over is not None:
            parts = [one.part.name for one in known if one.part is not None and one.value == value]
            of = f" of `{shown(parts[0])}`" if trigger.aggregate in ("any", "max") and parts else ""
            whose = f"{of} ({trigger.aggregate} over {trigger.over})"
        bound = trigger.above if trigger.above is not None else trigger.below
        assert bound is not None
        return f"`{trigger.signal}`{whose} is {beside(value, bound)}"

    @property
    def _bound(self) -> str:
        above, below = self._trigger.above, self._trigger.below
        return f"above {above:g}" if above is not None else f"below {below:g}"

    def _why_unknown(self, holding: Sequence[Observation]) -> str:
        """Why no verdict can rest on the values that hold now."""
        quiet = len(self._parts) - len(holding)
        if quiet:
            newest = max(times[-1] for times in self._times.values())
            some = f"{quiet} of its {len(self._parts)} parts have" if self._trigger.over is not None else "it has"
            return (
                f"`{self._trigger.signal}` has gone quiet: {some} no value of the last {spelled(self._max_age)}, "
                f"the newest is {spelled(self._now - newest)} old"
            )
        return f"`{self._trigger.signal}` has a value that is no number"
