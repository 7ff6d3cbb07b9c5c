"""Every kind of change comes under some requirement, for each tier, and in each environment.

Why: A change that no requirement covers is refused, and that is found out on the day when somebody needs it.

Remedy: Add a requirement for the kind of change, or widen the condition of one.
"""

from collections.abc import Iterator

from modelward.rules import CHANGE_KINDS, Finding, Organisation, Repository, covers, fail, rule

_IN_ENVIRONMENT = (
    *("promotion", "rollback", "fallback", "enable", "hold", "unhold", "resume"),
    *("promote-step", "tenant", "canary"),
)
_OF_NO_TIER = ("policy", "people", "validators", "environment", "repository", "waiver")


@rule(on="state", over="organisation")
def signoff_covers(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """A model without regimes has a requirement for each kind of change, and so has the organisation for its own."""
    signoff = organisation.signoff
    conditions = [one.when for one in signoff.spec.requirements if one.when.compliance is None]
    for kind in CHANGE_KINDS:
        found = [when for when in conditions if covers(when, kind)]
        tiers = (None,) if kind in _OF_NO_TIER else ("low", "medium", "high")
        for environment in organisation.environments if kind in _IN_ENVIRONMENT else (None,):
            for tier in tiers:
                if not any(
                    (when.environment is None or environment in when.environment)
                    and (when.tier is None or tier in when.tier)
                    for when in found
                ):
                    where = "" if environment is None else f" in {environment}"
                    whose = "" if tier is None else f" of a model of {tier} tier"
                    yield fail(
                        f"the change `{kind}`{where}{whose} comes under no requirement",
                        at=signoff.place("requirements", key=True),
                    )
