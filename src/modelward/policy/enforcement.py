"""How strictly a rule binds for one model: the one function that answers it."""

from modelward.specs.manifest import Manifest
from modelward.specs.policy import Enforcement, FloorCondition, Level

_STRICTNESS: dict[Level, int] = {"advisory": 0, "waivable": 1, "mandatory": 2}


def level_of(rule: str, enforcement: Enforcement, manifest: Manifest | None) -> Level:
    """The level of `rule` for a model: the strictest of those that match, and mandatory when none does."""
    matching = [
        entry.level
        for entry in enforcement.levels
        if entry.rule == rule and (entry.when is None or _applies(entry.when, manifest))
    ]
    return max(matching, key=_STRICTNESS.__getitem__, default="mandatory")


def _applies(condition: FloorCondition, manifest: Manifest | None) -> bool:
    """Whether a model is one that the condition names. What a model leaves out never earns it a milder level."""
    if manifest is None:
        return False
    tier_fits = condition.tier is None or manifest.tier in condition.tier
    regimes = manifest.compliance
    compliance_fits = condition.compliance is None or (
        regimes is not None and any(regime in condition.compliance for regime in regimes)
    )
    return tier_fits and compliance_fits
