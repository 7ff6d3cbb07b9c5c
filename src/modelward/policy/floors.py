"""Which floors bind a model: the one function that answers it."""

from collections.abc import Collection

from modelward.specs.manifest import Tier
from modelward.specs.policy import Floor, FloorCondition, Floors
from modelward.specs.signoff import Condition


def floors_for(floors: Floors, tier: Tier | None, compliance: Collection[str] | None) -> tuple[Floor, ...]:
    """The floors that bind a model of a tier under regimes.

    One that leaves out its tier or its regimes (None) is bound by every floor that it could come under.
    """
    return tuple(floor for floor in floors.floors if binds(floor.when, tier, compliance))


def binds(condition: FloorCondition | Condition, tier: Tier | None, compliance: Collection[str] | None) -> bool:
    """Whether a condition could be met by a model of a tier under regimes; None is whatever it could be."""
    tier_fits = condition.tier is None or tier is None or tier in condition.tier
    regimes = condition.compliance
    return tier_fits and (regimes is None or compliance is None or any(regime in regimes for regime in compliance))
