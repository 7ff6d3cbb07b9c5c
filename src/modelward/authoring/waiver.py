"""A new waiver: what must hold before it is written, and the file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from modelward.authoring.rendering import render
from modelward.errors import Denied, WrongUse
from modelward.policy.enforcement import level_of
from modelward.rules.loading import Rule
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Enforcement, Waiver
from modelward.specs.scalars import EnvironmentName, ModelName
from modelward.tree.edit import Value
from modelward.tree.file import File

_NUMBERED = re.compile(r"w-([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class NewWaiver:
    """An exception to one rule for one model; with an environment only for what enters it."""

    rule: str
    model: ModelName
    environment: EnvironmentName | None
    reason: str
    ticket: str
    expires_at: datetime


def check_waivable(rule: Rule, enforcement: File[Enforcement], manifest: Manifest, *, enters: bool) -> None:
    """Raise `Denied` unless a waiver could cover what the rule finds of the model, and say where that is decided.

    `enters` tells that the waiver is for an environment, which only rules over entries know.
    """
    name = rule.name
    if rule.mark.over in ("organisation", "fleet"):
        raise Denied(f"`{name}` judges more than one model, so no waiver for a model covers it", _MEND)
    if rule.mark.always_mandatory:
        where = rule.path or "the engine"
        raise Denied(f"`{name}` is mandatory and cannot be waived: {where} fixes its level", _MEND)
    level = level_of(name, enforcement.spec, manifest)
    if level != "waivable":
        places = [
            str(enforcement.place("levels", index))
            for index, entry in enumerate(enforcement.spec.levels)
            if entry.rule == name and entry.level == level
        ]
        where = places[0] if places else f"no line of {enforcement.path} says otherwise for this model"
        if level == "advisory":
            raise Denied(f"`{name}` is advisory for `{manifest.model}` and denies nothing: {where}", "leave it")
        raise Denied(f"`{name}` is mandatory for `{manifest.model}` and cannot be waived: {where}", _MEND)
    if enters and rule.mark.over != "entry":
        raise WrongUse(f"`{name}` judges the model, not what enters an environment", "leave out --environment")


def check_expiry(expires_at: datetime, now: datetime, enforcement: File[Enforcement]) -> None:
    """Raise `WrongUse` when a waiver written now would hold for longer than the organisation allows."""
    longest = enforcement.spec.waivers.max_age
    if not expires_at - now <= longest.fixed:
        raise WrongUse(
            f"a waiver holds for {longest} at most: {enforcement.place('waivers')}", f"give --expires {longest} or less"
        )


def check_needed(new: NewWaiver, waivers: Iterable[Waiver], now: datetime) -> None:
    """Raise `Denied` when a waiver in force covers the same already."""
    for known in waivers:
        same = (known.rule, known.model) == (new.rule, new.model) and known.environment in (None, new.environment)
        if same and now < known.expires_at:
            raise Denied(
                f"the waiver `{known.waiver}` covers this until {known.expires_at:%Y-%m-%dT%H:%M:%SZ}",
                "a change of its own renews it",
            )


def next_name(paths: Iterable[str]) -> str:
    """The next free `w-N`, from the paths of all waivers that there are or have been."""
    names = (path.rpartition("/")[2].removesuffix(".yaml") for path in paths)
    numbers = (int(found[1]) for name in names if (found := _NUMBERED.fullmatch(name)))
    return f"w-{max(numbers, default=0) + 1}"


def written(name: str, new: NewWaiver) -> tuple[str, bytes]:
    """The path of a waiver, and its file."""
    path = f"policies/waivers/{name}.yaml"
    document: dict[str, Value] = {"waiver": name, "rule": new.rule, "model": new.model}
    if new.environment is not None:
        document["environment"] = new.environment
    document |= {"reason": new.reason, "ticket": new.ticket, "expires_at": f"{new.expires_at:%Y-%m-%dT%H:%M:%SZ}"}
    return path, render(path, document)


_MEND = "mend what the rule finds; `modelward explain` says how"
