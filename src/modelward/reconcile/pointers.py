"""Where the pointers of a model go: the version that each environment is to show, and the steps that let it.

The old holder of an environment is known by its alias; because the alias moves last, a run that was stopped after any
step is finished by the next one.
"""

from collections.abc import Mapping
from datetime import datetime

from modelward.reconcile.actions import MoveAlias, MoveStage, RemoveAlias
from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.states import label_of
from modelward.registry.interface import RegisteredModel, Stage
from modelward.specs.scalars import EnvironmentName

_WHY_OUT = {True: "git deploys it nowhere with this stage", False: "git deploys it nowhere any more"}


def wanted_versions(wanted: DesiredModel, actual: RegisteredModel, now: datetime) -> dict[EnvironmentName, int]:
    """The version that each environment should show; one that waits, or that git left, keeps what it shows."""
    want: dict[EnvironmentName, int] = {}
    for target in wanted.targets:
        if wanted.retired and not _waits(target, now):
            continue
        if target.pin is not None and not _waits(target, now):
            want[target.environment] = target.pin.version
        elif (shown := actual.aliases.get(target.pointers.alias)) is not None:
            want[target.environment] = shown
    return want


def moved_stages(
    wanted: DesiredModel, actual: RegisteredModel, want: Mapping[EnvironmentName, int], now: datetime
) -> tuple[list[MoveStage], list[str]]:
    """Moves of stages, those into service first; and what stands in a stage and is left there."""
    into, kept = _destinations(wanted, want, now)
    # Also in an environment that waits nothing but what it shows may stand in its stage.
    managed: dict[Stage, EnvironmentName] = {
        target.pointers.stage: target.environment
        for target in wanted.targets
        if target.pointers.stage is not None and not target.stays and not _left(target)
    }
    staying = {target.environment for target in wanted.targets if target.stays}
    taken = {stage for stage, environment, _ in into.values() if environment not in staying}
    entrances = {target.pointers.stage for target in wanted.targets if target.entrance}
    old = {actual.aliases.get(target.pointers.alias) for target in wanted.targets}
    name = wanted.registered_model
    moves_in: list[MoveStage] = []
    moves_out: list[MoveStage] = []
    notes: list[str] = []
    for number, version in sorted(actual.versions.items()):
        if number in kept and version.stage not in taken:
            continue
        if number not in into and version.stage not in managed:
            continue
        if number in into and into[number][0] == version.stage:
            continue
        if number in into and into[number][1] in staying and version.stage not in managed:
            # It leaves the stage of no environment that is looked at.
            continue
        label = label_of(number, wanted)
        if number in into:
            stage, environment, reason = into[number]
            moves_in.append(MoveStage(environment, name, number, label, version.stage, stage, reason))
        elif wanted.retired or number in old or version.stage not in entrances:
            reason = "the model is retired" if wanted.retired else _WHY_OUT[number in want.values()]
            left = managed[version.stage]
            moves_out.append(MoveStage(left, name, number, label, version.stage, "Archived", reason))
        else:
            named = "no deployment with that stage" if number in want.values() else "no deployment"
            notes.append(f"version {label} is in {version.stage}, and {named} names it (a candidate of training?)")
    return moves_in + moves_out, notes


def moved_aliases(
    wanted: DesiredModel, actual: RegisteredModel, want: Mapping[EnvironmentName, int]
) -> list[MoveAlias | RemoveAlias]:
    """Moves of aliases, in the order of promotion; those of a retired model are taken away."""
    steps: list[MoveAlias | RemoveAlias] = []
    for target in wanted.targets:
        alias = target.pointers.alias
        before = actual.aliases.get(alias)
        after = want.get(target.environment)
        shown = "none" if before is None else label_of(before, wanted)
        if wanted.retired and before is not None and after is None:
            steps.append(RemoveAlias(target.environment, wanted.registered_model, alias, shown, "the model is retired"))
        elif after is not None and before != after:
            named = (target.environment, wanted.registered_model, alias)
            steps.append(MoveAlias(*named, after, shown, label_of(after, wanted), _why_in(target)))
    return steps


def _destinations(
    wanted: DesiredModel, want: Mapping[EnvironmentName, int], now: datetime
) -> tuple[dict[int, tuple[Stage, EnvironmentName, str]], set[int]]:
    """The stage that each deployed version should be in, for which environment and why; and the versions left alone."""
    into: dict[int, tuple[Stage, EnvironmentName, str]] = {}
    kept: set[int] = set()
    for target in wanted.targets:
        shown = want.get(target.environment)
        if shown is None:
            continue
        if target.pin is None or (_waits(target, now) and target.pin.version != shown):
            # What it shows is not what it should, and not looked at in this run: nothing of it moves, in or out.
            kept.add(shown)
            if _left(target):
                # Neither does the release of git leave its stage.
                kept.update(pin.version for pin in wanted.pins.values() if pin.release == target.deployed)
        elif target.pointers.stage is not None:
            # Targets come in the order of promotion: the environment furthest along decides.
            into[shown] = (target.pointers.stage, target.environment, _why_in(target))
    return into, kept


def _waits(target: Target, now: datetime) -> bool:
    on_hold = target.direction is None and target.held_until is not None and now < target.held_until
    return on_hold or target.stays


def _left(target: Target) -> bool:
    """Whether git deploys something here, and the alias is left where it is, whoever has moved it there."""
    return target.direction is not None and target.pin is None and target.deployment is not None


def _why_in(target: Target) -> str:
    if target.pin is None or target.pin.release == target.deployed:
        return f"git deploys it to {target.environment}"
    return f"it holds {target.environment} while {target.deployed}, which git deploys, may not"
