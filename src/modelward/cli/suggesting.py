"""What to say of a name that nothing has: that, and the name that was probably meant."""

import difflib
from collections.abc import Collection, Sequence

from modelward.errors import NothingToCheck, WrongUse
from modelward.report.terminal import safe


def suggested(name: str, names: Collection[str], otherwise: str) -> str:
    """The remedy for a name that is none of `names`: the closest of them, and where nothing is close `otherwise`.

    Closest is the only one that begins with it.
    """
    longer = [each for each in names if name and each.startswith(name)]
    close = longer if len(longer) == 1 else difflib.get_close_matches(name, names, n=1)
    return f"did you mean `{close[0]}`?" if close else otherwise


def unknown_model(name: str, names: Collection[str]) -> WrongUse:
    """The refusal of a model that is not there."""
    return WrongUse(f"there is no model `{safe(name)}`", suggested(name, names, "look under models/"))


def unknown_environment(name: str, names: Collection[str]) -> WrongUse:
    """The refusal of an environment that is not there."""
    known = f"the environments are {', '.join(sorted(names)) or 'none'}"
    return WrongUse(f"there is no environment `{safe(name)}`", suggested(name, names, known))


def unmatched(what: str, globs: Sequence[str], names: Collection[str], where: str, otherwise: str) -> NothingToCheck:
    """The end of a run whose patterns match none of the `names`."""
    told = ", ".join(f"`{safe(glob)}`" for glob in globs)
    remedies = [suggested(glob, names, "") for glob in globs]
    return NothingToCheck(
        f"no {what} matches{' ' if told else ''}{told}{where}", next(filter(None, remedies), otherwise)
    )
