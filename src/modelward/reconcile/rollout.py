"""What was seen of a release on its way in, and what there is to do about it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from modelward.signals.triggers import Verdict
from modelward.specs.canary import CanaryPlan
from modelward.specs.rollout import Rollout
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName

COMPARISON: Final = "comparison with the champion"
"""The name of the comparison among the measurements; no trigger can be named so."""


@dataclass(frozen=True)
class Measurement:
    """What a guardrail or the comparison says of the challenger, and the observations that it rests on."""

    name: str
    verdict: Verdict
    reason: str
    observations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Samples:
    """How many samples each variant has had since the step began."""

    challenger: int
    champion: int


@dataclass(frozen=True)
class Circumstances:
    """All that one run knows of a rollout: what was measured, and what merged git says.

    `samples` is None where nobody counts them. `wanted` is the release that git deploys; `stopped` is why nothing
    riskier may begin now, a freeze or a hold, and None when there is no such reason.
    """

    measured: tuple[Measurement, ...]
    samples: Samples | None
    wanted: ReleaseName
    promote_step: int | None = None
    abort: str | None = None
    stopped: str | None = None


@dataclass(frozen=True)
class Keep:
    """The challenger's share is and stays `weight` percent; a share that is another is put back."""

    weight: int


@dataclass(frozen=True)
class Shift:
    """The challenger takes `weight` percent."""

    weight: int


@dataclass(frozen=True)
class Promote:
    """The pointers move to the challenger, and the champion is archived."""


@dataclass(frozen=True)
class Return:
    """All traffic goes to the champion; the challenger is suspended too, unless nothing is held against it."""

    suspend: bool


@dataclass(frozen=True)
class Nothing:
    """The rollout has ended before."""


Todo = Keep | Shift | Promote | Return | Nothing


@dataclass(frozen=True)
class Decision:
    """What there is to do, and the state to store once that was done and read back."""

    rollout: Rollout
    todo: Todo
    page: str | None = None
    """What a person is called for, once; None when nobody needs to be."""


def rollout_id(model: ModelName, environment: EnvironmentName, challenger: ReleaseName, commit: str) -> str:
    """The name of a rollout, which `abort:` gives: the same for everybody who begins it from the same commit."""
    text = f"{model}\n{environment}\n{challenger}\n{commit}"
    return "ro-" + hashlib.sha256(text.encode()).hexdigest()[:20]


def begin(
    identity: str,
    model: ModelName,
    environment: EnvironmentName,
    releases: tuple[ReleaseName, ReleaseName],
    plan: CanaryPlan,
    promote_step: int | None,
    now: datetime,
) -> Decision:
    """The first step of a plan that has one; `releases` are the challenger and the champion.

    `promote_step` is what git says at the beginning: it was meant for a rollout before this one.
    """
    challenger, champion = releases
    weight = plan.steps[0].weight
    rollout = Rollout(identity, model, environment, challenger, champion, 1, weight, now, now, now)
    rollout = replace(rollout, why=standing_at(rollout, plan))
    return Decision(replace(rollout, stale=promote_step), Shift(weight))


def standing_at(rollout: Rollout, plan: CanaryPlan) -> str:
    """The step of a rollout and its share, as people read them."""
    return f"step {rollout.step} of {len(plan.steps)} at {rollout.weight} %"


def required(plan: CanaryPlan) -> Sequence[str]:
    """The names of the measurements without which a challenger never advances."""
    return [*plan.analysis.guardrails, *([COMPARISON] if plan.analysis.compare is not None else [])]
