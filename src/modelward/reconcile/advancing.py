"""What one run does with a rollout (DESIGN: rollout; FACTS: verdicts of a rollout).

In this order, in every phase that waits:

1. What merged git says comes first: an `abort:` of this rollout, the champion wanted again, another release wanted.
2. A failed comparison, or more failed measurements than the limit: the champion gets everything back, and the
   challenger is suspended.
3. A measurement that is missing or in error: the share stays; beyond the limit, or at the deadline, it is held and
   somebody is paged. It goes on by itself when it can be measured again.
4. All measurements pass, with samples enough, and the step was held: the next step; with `promote: manual` once git
   names it, and never during a freeze or a hold.
5. Otherwise the share stays until the deadline, and then what `on_inconclusive` says. What is held at its deadline
   gets it anew by a `promote_step:` beyond this step, and still advances only on a pass.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from modelward.reconcile.reasons import said_once
from modelward.reconcile.rollout import (
    COMPARISON,
    Circumstances,
    Decision,
    Keep,
    Measurement,
    Nothing,
    Promote,
    Return,
    Shift,
    required,
    standing_at,
)
from modelward.specs.canary import CanaryPlan
from modelward.specs.rollout import HeldBy, Phase, Rollout


def advance(rollout: Rollout, plan: CanaryPlan, seen: Circumstances, now: datetime) -> Decision:
    """What there is to do about a rollout, and how it stands when that is done. The same answers to the same values."""
    if rollout.finished:
        return Decision(rollout, Nothing())
    if rollout.stale is not None and rollout.stale == seen.promote_step:
        seen = replace(seen, promote_step=None)
    else:
        rollout = replace(rollout, stale=None)
    ended = _by_git(rollout, seen)
    return ended if ended is not None else _Run(rollout, plan, seen, now).decision()


def _by_git(rollout: Rollout, seen: Circumstances) -> Decision | None:
    if seen.abort == rollout.id:
        return _end(rollout, "aborted", "git aborts it", suspend=False)
    if seen.wanted == rollout.challenger:
        return None
    if seen.wanted == rollout.champion:
        return _end(rollout, "aborted", f"git deploys {rollout.champion} again", suspend=False)
    superseded = replace(rollout, superseded_by=seen.wanted)
    return _end(superseded, "superseded", f"git deploys {seen.wanted} instead", suspend=False)


def _end(rollout: Rollout, phase: Phase, why: str, *, suspend: bool) -> Decision:
    ended = replace(rollout, phase=phase, why=why, weight=0, held_by=None)
    return Decision(ended, Return(suspend), f"{rollout.challenger} is taken back: {why}" if suspend else None)


@dataclass(frozen=True)
class _Run:
    rollout: Rollout
    plan: CanaryPlan
    seen: Circumstances
    now: datetime

    def decision(self) -> Decision:
        counted = self._counted()
        if self._conclusive or counted.failures > self.plan.analysis.failure_limit:
            return _end(counted, "returned", _reasons(self._of("fail")), suspend=True)
        if self._errors:
            # Beyond the limit nobody counts: what is held stands as it is until it can be measured again.
            return self._in_error(replace(counted, errors=min(counted.errors, self.plan.analysis.error_limit) + 1))
        counted = replace(counted, errors=0)
        if counted.held_by == "errors":
            counted = replace(counted, phase="running", held_by=None)
        if counted.held_by == "deadline":
            asked = self.seen.promote_step or 0
            if asked <= max(counted.granted, counted.step):
                return self._kept(counted, self._overdue(self._waits_for() or "it passes now"))
            counted = replace(counted, phase="running", held_by=None, clock=self.now, granted=asked)
        return self._measured(counted)

    def _measured(self, rollout: Rollout) -> Decision:
        """Every measurement was made, and none is bad enough to end it."""
        waits = self._waits_for()
        if waits is None:
            return self._ready(rollout)
        if not self._late(rollout):
            return self._kept(rollout, waits)
        if self.plan.analysis.on_inconclusive == "rollback":
            return _end(rollout, "returned", f"not decided at the deadline: {waits}", suspend=True)
        return self._held(rollout, "deadline", self._overdue(waits))

    def _waits_for(self) -> str | None:
        """Why it may not advance yet; None when it may."""
        open_ = [*self._of("fail"), *self._of("inconclusive")]
        if open_:
            return _reasons(open_)
        least, samples = self.plan.analysis.min_samples, self.seen.samples
        if samples is None:
            return "nobody counts its samples"
        if not min(samples.challenger, samples.champion) >= least:
            return (
                f"{samples.challenger} samples, of the champion {samples.champion}, at least {least} of each are needed"
            )
        hold = self.plan.steps[min(self.rollout.step, len(self.plan.steps)) - 1].hold if self.plan.steps else None
        if hold is not None and self.now - self.rollout.since < hold.fixed:
            return f"it passes, and is held until {self.rollout.since + hold.fixed:%Y-%m-%dT%H:%M:%SZ}"
        return None

    def _overdue(self, waits: str) -> str:
        """What a rollout says that is held at its deadline: why, and what a person may do who lets it try again."""
        rollout = self.rollout
        beyond = min(max(rollout.granted, rollout.step), len(self.plan.steps)) + 1
        more = f"; to give it more time: {self._verb(beyond)}" if beyond > max(rollout.granted, rollout.step) else ""
        return f"not decided at the deadline: {waits}{more}"

    def _verb(self, number: int) -> str:
        return f"modelward promote-step {self.rollout.model} {self.rollout.environment} {number}"

    def _ready(self, rollout: Rollout) -> Decision:
        """It passes; `promote_step:` names steps as canary.yaml lists them, and one more is all of the traffic."""
        steps = self.plan.steps
        number = next((at for at, step in enumerate(steps, 1) if step.weight > rollout.weight), len(steps) + 1)
        if self.seen.stopped is not None:
            return self._kept(rollout, f"it passes, and waits: {self.seen.stopped}")
        if self.plan.promote == "manual" and (self.seen.promote_step or 0) < number:
            why = f"it passes, and waits for a person: {self._verb(number)}"
            return self._held(rollout, "deadline", why) if self._late(rollout) else self._kept(rollout, why)
        if number > len(steps):
            return Decision(replace(rollout, phase="promoted", why="it passed every step", weight=100), Promote())
        weight = steps[number - 1].weight
        following = replace(rollout, step=number, weight=weight, since=self.now, clock=self.now)
        return Decision(replace(following, why=standing_at(following, self.plan)), Shift(weight))

    def _in_error(self, rollout: Rollout) -> Decision:
        why = f"it cannot be measured: {_reasons(self._errors)}"
        if rollout.held_by == "deadline":
            return self._kept(rollout, self._overdue(why))
        if rollout.errors > self.plan.analysis.error_limit or self._late(rollout):
            return self._held(rollout, "errors", why)
        return self._kept(rollout, why)

    def _held(self, rollout: Rollout, by: HeldBy, why: str) -> Decision:
        kept = self._kept(replace(rollout, phase="held", held_by=by), why)
        page = None if self.rollout.held_by == by else f"{rollout.challenger} is held at {kept.rollout.weight} %: {why}"
        return replace(kept, page=page)

    def _kept(self, rollout: Rollout, why: str) -> Decision:
        """The share stays, or falls to what a plan that was changed meanwhile gives the step; it never rises here."""
        steps = self.plan.steps
        planned = steps[rollout.step - 1].weight if rollout.step <= len(steps) else rollout.weight
        weight = min(rollout.weight, planned)
        kept = replace(rollout, weight=weight)
        return Decision(replace(kept, why=f"{standing_at(kept, self.plan)}: {why}"), Keep(weight))

    def _counted(self) -> Rollout:
        """The rollout with each failed measurement counted once, however many runs see it."""
        rollout = self.rollout
        for measurement in self._of("fail"):
            if not measurement.observations or set(measurement.observations) - set(rollout.failed):
                failed = tuple(sorted({*rollout.failed, *measurement.observations}))
                rollout = replace(rollout, failures=rollout.failures + 1, failed=failed)
        return rollout

    @property
    def _conclusive(self) -> bool:
        """Whether the comparison failed: it is sure of it, and no single measurement."""
        return any(measurement.name == COMPARISON for measurement in self._of("fail"))

    @cached_property
    def _errors(self) -> list[Measurement]:
        made = {measurement.name for measurement in self.seen.measured}
        missing = [
            Measurement(name, "error", "it was not measured") for name in required(self.plan) if name not in made
        ]
        if not self.seen.measured and not missing:
            missing = [Measurement("analysis", "error", "nothing watches it")]
        return [*self._of("error"), *missing]

    def _of(self, verdict: str) -> list[Measurement]:
        return [measurement for measurement in self.seen.measured if measurement.verdict == verdict]

    def _late(self, rollout: Rollout) -> bool:
        return self.now - rollout.clock >= self.plan.analysis.deadline.fixed


def _reasons(measurements: list[Measurement]) -> str:
    return said_once((measurement.name, measurement.reason) for measurement in measurements)
