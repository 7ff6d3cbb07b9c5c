"""Questions to a person: they are asked where somebody is at the terminal to answer, and nowhere else."""

import sys

from modelward.errors import WrongUse


def somebody_is_here() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def require_somebody(why: str, instead: str) -> None:
    """Raise `WrongUse` where nobody can be asked, with `why` somebody must be, and what to give `instead`."""
    if not somebody_is_here():
        raise WrongUse(f"{why}, and nobody is here to ask", f"give {instead}")
