"""Whether a waiver is in force: the one function that answers it (THREATS T07, T08)."""

from collections.abc import Iterable
from datetime import datetime

from modelward.specs.policy import Level, Waiver
from modelward.specs.scalars import EnvironmentName


def covering(
    waivers: Iterable[Waiver],
    rule: str,
    level: Level,
    model: str | None,
    environment: EnvironmentName | None,
    now: datetime,
) -> Waiver | None:
    """The first waiver that covers what `rule` found at `level`, or None.

    Only a level of `waivable` can be waived. A waiver covers its one rule for its one model until it expires; one that
    names an environment covers only entries into that environment.
    """
    if level != "waivable":
        return None
    for waiver in waivers:
        of_this = waiver.rule == rule and waiver.model == model
        if of_this and waiver.environment in (None, environment) and now < waiver.expires_at:
            return waiver
    return None
