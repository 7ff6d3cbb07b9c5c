"""What the rounds of one run of `apply` come to: what was done and found, its numbers, and the exit code."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from modelward.errors import ExitCode, WrongUse
from modelward.events.delivering import Delivery
from modelward.events.interface import EventType
from modelward.ledger.folding import State, suspended
from modelward.reconcile.actions import Adopt
from modelward.reconcile.direction import SyncState
from modelward.reconcile.executing import Applied, Failed, Hashed, Outcome
from modelward.reconcile.observing import Plan
from modelward.reconcile.rehashing import Unsound
from modelward.reconcile.states import EnvironmentState, ModelPlan
from modelward.report.metrics import Fleet
from modelward.specs.scalars import ModelName

_LASTING: Final = frozenset[EventType](
    {"ml.model.blocked", "ml.repository.untrusted", "ml.model.artifact.changed", "ml.model.failed"}
)
"""What each run finds again until it is mended."""


@dataclass
class Sofar:
    """What the rounds of one run have hashed, done, found and have to tell until now."""

    outcomes: list[Outcome] = field(default_factory=list)
    hashed: Hashed = field(default_factory=Hashed)
    unsound: list[Unsound] = field(default_factory=list)
    unproposed: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    delivery: Delivery | None = None
    lacking: tuple[WrongUse, ...] = ()
    heading: str | None = None
    """What stands above the first line that the run says."""

    @property
    def suspends(self) -> int:
        """How many releases were put out of service that were not before."""
        posted = () if self.delivery is None else self.delivery.posted.values()
        return sum(event.type == "ml.model.suspended" for event in posted)

    @property
    def heard(self) -> bool:
        """Whether all that is wrong was found by earlier runs, which have told everybody who wanted to know."""
        new = self.suspends or any(isinstance(outcome, Failed) for outcome in self.outcomes)
        return not new and self.delivery is not None and self.delivery.heard(_LASTING)

    def verdict(self, plan: Plan, *, away: bool) -> ExitCode:
        """What the run deserves whose last round had the plan; its ledger is `away` where it was, or is in doubt."""
        failed = [outcome for outcome in self.outcomes if isinstance(outcome, Failed)]
        unknown = any(model.unrouted or any(one.state == "Unknown" for one in model.states) for model in plan.models)
        unread = any(one.unreadable for one in self.unsound)
        if unknown or unread or away or any(outcome.unavailable for outcome in failed):
            return ExitCode.NOT_EVALUATED
        amiss = plan.blocked or plan.untrusted or self.suspends or self.unsound or self.unproposed
        return ExitCode.DENIED if failed or amiss else ExitCode.DONE

    def fleet(self, plan: Plan, before: State, settled: Iterable[Outcome]) -> Fleet:
        """How all environments stand after the round that had the plan, and `settled` what it did of it."""
        directions = [direction for model in plan.models for _, direction in model.directions]
        applied = {outcome.plan.model for outcome in settled if isinstance(outcome, Applied)}
        states = Counter(_after(model, one, applied) for model in plan.models for one in model.states)
        out = sum(len(suspended(one)) for one in before.environments.values())
        new = sum(len(direction.suspend) for direction in directions)
        drift = self.actions["mend"] + sum(direction.drifted for direction in directions)
        quiet = sum(len(direction.quiet) for direction in directions)
        return Fleet(dict(states), drift, out + new, quiet, len(plan.untrusted))


def _after(model: ModelPlan, state: EnvironmentState, applied: Collection[ModelName]) -> SyncState:
    """How an environment stands once the run has ended: as it was found, unless its steps have mended it."""
    target = model.target(state.environment)
    left = target is None or target.stays or (target.direction is not None and target.direction.drifted)
    acted = any(isinstance(step, Adopt) or step.environment == state.environment for step in model.actions)
    mended = model.model in applied and acted and not left
    return "Synced" if state.state == "OutOfSync" and mended else state.state
