"""What the signals of an environment say of a challenger: its guardrails, and how it compares with the champion."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from modelward.errors import CannotEvaluate
from modelward.reconcile.comparing import Observed, compared
from modelward.reconcile.rollout import COMPARISON, Measurement, Samples
from modelward.signals.interface import Observation, Part, Series, Signals
from modelward.signals.triggers import TriggerVerdict, evaluate
from modelward.specs.canary import CanaryPlan, Comparison
from modelward.specs.environment import Environment, SignalSource
from modelward.specs.rollout import Rollout
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.specs.thresholds import Thresholds, Trigger


@dataclass(frozen=True)
class Watched:
    """What a model demands in an environment, and what measures it there."""

    model: ModelName
    environment: Environment
    thresholds: Thresholds
    signals: Signals

    def trigger(
        self, trigger: Trigger, release: ReleaseName, since: datetime, now: datetime, triggered: frozenset[str]
    ) -> TriggerVerdict:
        """What a trigger says of a release that serves `since`; a signal that cannot be had is an `error`.

        It is quiet where its source is read, and the release has served for longer than a value counts. Where a clock
        that was wrong has the release come later than now, all that the trigger looks back at is of it.
        """
        source = self.environment.signals.get(trigger.signal)
        if source is not None and not source.read:
            return TriggerVerdict(trigger.name, "error", _unread(source), unread=True)
        if since > now:
            since = now - _looks_back(trigger, source)
        said = self._said(trigger, release, since, now, triggered)
        silent = said.verdict == "error" or said.starved
        if not silent or source is None or source.file is None or source.counts_for is None:
            return said
        if now - since <= source.counts_for:
            return said
        whence = "" if source.file in said.reason else f" (it is read from {source.file})"
        return replace(said, reason=f"{said.reason}{whence}", quiet=True)

    def _said(
        self, trigger: Trigger, release: ReleaseName, since: datetime, now: datetime, triggered: frozenset[str]
    ) -> TriggerVerdict:
        try:
            max_age = self._max_age(trigger.signal)
            seen = self.signals.observations(self._series(trigger.signal, release, trigger), since)
        except CannotEvaluate as error:
            return TriggerVerdict(trigger.name, "error", error.message)
        return evaluate(
            trigger,
            seen,
            deployed_at=since,
            now=now,
            max_age=max_age,
            min_samples=self.thresholds.min_samples,
            triggered=triggered,
        )

    def rollout(
        self, rollout: Rollout, plan: CanaryPlan, now: datetime, assigned: Samples | None
    ) -> tuple[tuple[Measurement, ...], Samples | None]:
        """All that the plan asks to be measured, and the samples of each variant since the step began.

        Guardrails look at the challenger since the rollout started. `assigned` counts the requests that each variant
        was given in this step; without it the samples are those of the compared metric, and without that those of the
        guardrails.
        """
        measured = []
        known = {trigger.name: trigger for trigger in self.thresholds.triggers}
        for name in plan.analysis.guardrails:
            if name in known:
                said = self.trigger(known[name], rollout.challenger, rollout.started, now, frozenset())
                measured.append(Measurement(name, said.verdict, said.reason, said.observations))
            else:
                measured.append(Measurement(name, "error", "thresholds.yaml has no such trigger"))
        if plan.analysis.compare is None:
            guardrails = [known[name] for name in plan.analysis.guardrails if name in known]
            return tuple(measured), self._counted(rollout, guardrails) if assigned is None else assigned
        comparison, samples = self._comparison(rollout, plan, plan.analysis.compare, now, assigned)
        return (*measured, comparison), samples if assigned is None else assigned

    def _counted(self, rollout: Rollout, guardrails: Sequence[Trigger]) -> Samples | None:
        """The samples behind the values of guardrails since the step began: of each variant those of the fewest.

        A guardrail whose values rest on no samples of either variant counts none; None where no guardrail counts any,
        or one cannot be had.
        """
        try:
            counts = [
                Samples(*(self._behind(trigger, release, rollout.since) for release in _variants(rollout)))
                for trigger in guardrails
            ]
        except CannotEvaluate:
            return None
        counts = [one for one in counts if one != Samples(0, 0)]
        if not counts:
            return None
        return Samples(min(one.challenger for one in counts), min(one.champion for one in counts))

    def _behind(self, trigger: Trigger, release: ReleaseName, since: datetime) -> int:
        """How many samples of a release a trigger has looked at; parts may share them, so that the largest counts."""
        parts: Counter[Part | None] = Counter()
        for seen in self.signals.observations(self._series(trigger.signal, release, trigger), since):
            parts[seen.part] += seen.n
        return max(parts.values(), default=0)

    def _comparison(
        self, rollout: Rollout, plan: CanaryPlan, comparison: Comparison, now: datetime, assigned: Samples | None
    ) -> tuple[Measurement, Samples | None]:
        metric = self.thresholds.metrics.get(comparison.metric)
        if metric is None:
            return Measurement(COMPARISON, "error", f"thresholds.yaml has no metric `{comparison.metric}`"), None
        try:
            max_age = self._max_age(comparison.metric)
            challenger, champion = (
                self._since(comparison.metric, release, rollout.since) for release in _variants(rollout)
            )
        except CannotEvaluate as error:
            return Measurement(COMPARISON, "error", error.message), None
        observed = Observed(challenger, champion, rollout.weight, assigned)
        return compared(plan, comparison, metric, observed, max_age, now), observed.samples

    def _since(self, signal: str, release: ReleaseName, since: datetime) -> tuple[Observation, ...]:
        return self.signals.observations(self._series(signal, release, None), since)

    def _series(self, signal: str, release: ReleaseName, trigger: Trigger | None) -> Series:
        over = None if trigger is None else trigger.over
        return Series(signal, self.model, release, self._name, over)

    @property
    def _name(self) -> EnvironmentName:
        return self.environment.environment

    def _max_age(self, signal: str) -> timedelta:
        """How long a value of the signal counts; raises `CannotEvaluate` where nothing that is read measures it."""
        source, file = self.environment.signals.get(signal), f"environments/{self._name}.yaml"
        if source is None:
            raise CannotEvaluate(f"`{signal}` is not measured in {self._name}", f"add it under `signals:` in {file}")
        if not source.read or source.counts_for is None:
            raise CannotEvaluate(_unread(source), f"let another system write it to a `file:` in {file}")
        return source.counts_for


def _unread(source: SignalSource) -> str:
    """Why nothing is known of a signal whose source no run asks; the same of all signals of that kind."""
    return f"this version does not read `{source.kind}:`"


def _variants(rollout: Rollout) -> tuple[ReleaseName, ReleaseName]:
    return rollout.challenger, rollout.champion


def _looks_back(trigger: Trigger, source: SignalSource | None) -> timedelta:
    """From when on values can say something of now."""
    counts = None if source is None else source.counts_for
    window = None if trigger.for_ is None else trigger.for_.fixed
    return (counts or timedelta()) + (window or timedelta())
