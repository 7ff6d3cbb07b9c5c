"""A release on its way in, as the ledger keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName

Phase = Literal["running", "held", "promoted", "returned", "aborted", "superseded"]
"""`held` waits for measurements or for a person. Of the four last nothing comes any more."""
FINISHED: Final[frozenset[Phase]] = frozenset({"promoted", "returned", "aborted", "superseded"})
HeldBy = Literal["deadline", "errors"]


@dataclass(frozen=True)
class Rollout:
    """A challenger that takes a share of the traffic while the champion holds the environment.

    `step` counts from 1; `weight` is the challenger's share in percent. `since` is when the step began, and
    `clock` when its deadline began to run: later, when a person gave it more time. `failures` counts failed
    measurements, whose observations are in `failed`; `errors` counts runs in a row that could not measure. `granted` is
    the last `promote_step` that ended a hold; `stale` is one that stood in git before the rollout began, and says
    nothing of it until git says something else.
    """

    id: str
    model: ModelName
    environment: EnvironmentName
    challenger: ReleaseName
    champion: ReleaseName
    step: int
    weight: int
    started: datetime
    since: datetime
    clock: datetime
    phase: Phase = "running"
    why: str = ""
    held_by: HeldBy | None = None
    failures: int = 0
    failed: tuple[str, ...] = ()
    errors: int = 0
    granted: int = 0
    stale: int | None = None
    superseded_by: ReleaseName | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing comes any more."""
        return self.phase in FINISHED
