"""How long a registry is waited for, and how much of it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from modelward.errors import WrongUse

RETRIES: Final = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
SILENCE: Final = "MLFLOW_HTTP_REQUEST_TIMEOUT"


@dataclass(frozen=True, slots=True)
class Patience:
    """What one call may cost, in attempts, seconds and bytes. All of it ends well before a run's claims do.

    `attempts` and `silence` are for one request: how often it is made, and for how long nothing may come. `whole` is
    for one call with all its requests, attempts and pauses; `listing` is the same for the call that lists everything.
    `pause` comes before the second attempt and doubles with each, up to `longest`; as much again as the first is
    added at random. `size` is for all answers to one call.
    """

    attempts: int = 5
    silence: float = 30.0
    whole: float = 120.0
    listing: float = 600.0
    pause: float = 0.5
    longest: float = 20.0
    size: int = 256 * 1024 * 1024

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> "Patience":
        """The usual patience, with the attempts and the silence that MLflow's own variables name.

        Raises `WrongUse` for a variable that is no whole number.
        """
        usual = cls()
        return cls(
            attempts=1 + _whole(variables, RETRIES, usual.attempts - 1),
            silence=float(max(1, _whole(variables, SILENCE, int(usual.silence)))),
        )


def _whole(variables: Mapping[str, str], name: str, otherwise: int) -> int:
    text = variables.get(name, str(otherwise))
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise WrongUse(f"the variable {name} is no whole number", "unset it, or give it one")
    return int(text)
