"""What goes with the pointers of a model: the challenger's alias, the suspensions on its versions, and its traffic."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from modelward.reconcile.actions import SUSPENDED_TAG, MoveAlias, RemoveAlias, Route, Suspend
from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.direction import Direction
from modelward.reconcile.pin import Pin
from modelward.reconcile.states import label_of
from modelward.registry.interface import RegisteredModel
from modelward.specs.manifest import Deployment
from modelward.specs.scalars import EnvironmentName, ReleaseName
from modelward.traffic.confirming import described
from modelward.traffic.interface import Challenger, Routing, Served, Unreadable


@dataclass(frozen=True)
class Away:
    """What splits the traffic cannot be asked now, and what is urgent does not wait for it."""


@dataclass(frozen=True)
class Stale:
    """Something else serves than what is routed: a run ended before it could let that be taken up."""

    serves: Routing


_NOTHING: Final = Deployment.model_construct(release=ReleaseName("0.0.0"))
_LONGEST: Final = 5_000
"""So many characters of a tag are read: registries take no more of it."""
_OTHERS: Final = "(other words)"
Routed = Routing | Unreadable | Away | Stale | None
Found = Mapping[EnvironmentName, Routed]
"""What is routed of a model in each environment; None where nothing is, or nothing of it serves."""


@dataclass(frozen=True)
class Accompanying:
    """The steps before the pointers move, and those after; and the releases whose bytes they let in.

    `waiting` are environments with tenants that may not get their release yet.
    """

    before: tuple[Suspend | Route | MoveAlias, ...]
    after: tuple[Suspend | Route | RemoveAlias, ...]
    entering: tuple[Pin, ...]
    waiting: frozenset[EnvironmentName]


def accompanying(
    wanted: DesiredModel, actual: RegisteredModel, want: Mapping[EnvironmentName, int], found: Found
) -> Accompanying:
    """The steps that go with the pointers; `want` is the version that each alias is to name.

    What takes load off a release comes before the pointers, what puts load on one after them: so no request meets a
    release that is on its way out, wherever a run is stopped.
    """
    marks = list(_marks(wanted, actual))
    named = list(_challengers(wanted, actual))
    urgent: list[Route] = []
    others: list[Route] = []
    waiting = set()
    for target in wanted.targets:
        routed = found.get(target.environment)
        step = _route(target, wanted, actual, want, routed)
        if not (target.stays or wanted.retired) and _is_shut(target) and _waiting(target, wanted, routed):
            waiting.add(target.environment)
        if step is not None:
            relieves = target.direction is not None and target.direction.urgent
            (urgent if relieves else others).append(step)
    entering = tuple(pin for step in others for pin in _entering(step, wanted))
    set_first = [step for step in named if isinstance(step, MoveAlias)]
    taken_last = [step for step in named if isinstance(step, RemoveAlias)]
    lifted = [mark for mark in marks if not _tightens(mark)]
    first = [mark for mark in marks if _tightens(mark)]
    return Accompanying((*first, *urgent, *set_first), (*others, *taken_last, *lifted), entering, frozenset(waiting))


def suspensions_on(actual: RegisteredModel) -> Mapping[int, frozenset[str]]:
    """The words of the tag that suspends a version, of each that bears one; a tag that says nothing suspends too."""
    return {
        number: frozenset(version.tags[SUSPENDED_TAG][:_LONGEST].split() or [""])
        for number, version in actual.versions.items()
        if SUSPENDED_TAG in version.tags
    }


def _marks(wanted: DesiredModel, actual: RegisteredModel) -> Iterator[Suspend]:
    """What each version bears more, and less once nothing holds it; what nobody here speaks of stays as it is.

    A tag that is written names the suspensions that hold and nothing else: the words of others are one of them.
    """
    acting = [(target.environment, each) for target in wanted.targets if (each := _acting(target)) is not None]
    held = {name for target in wanted.targets if target.direction is not None for name, _ in target.direction.open}
    lifted = {name for _, direction in acting for name in direction.lifted} - held
    new = {one.id for _, direction in acting for one in direction.suspend}
    bears = suspensions_on(actual)
    after = {number: set(words & held) for number, words in bears.items()}
    where: dict[int, EnvironmentName] = {}
    for environment, direction in acting:
        for number, words in bears.items():
            if words & (direction.lifted - held):
                where.setdefault(number, environment)
        for identity, pin in direction.open:
            after.setdefault(pin.version, set()).add(identity)
            where.setdefault(pin.version, environment)
    for number, ids in sorted(after.items()):
        words = bears.get(number, frozenset())
        # What takes a release out is written first of all; what lifts another suspension of it waits for the next run.
        bearing = ids | (words & lifted) if ids - words else ids
        if number in actual.versions and number in where and bearing != words:
            others = [_OTHERS] if words - held - lifted else []
            old, then = " ".join([*sorted(words & (held | lifted)), *others]) or None, " ".join(sorted(bearing)) or None
            why = "it is out of service until git resumes it" if then else "git has resumed it"
            mark = Suspend(where[number], wanted.registered_model, number, label_of(number, wanted), old, then, why)
            yield replace(mark, recorded=not ids & new)


def _acting(target: Target) -> Direction | None:
    return None if target.stays else target.direction


def _tightens(mark: Suspend) -> bool:
    """Whether the version bears more of them than before."""
    return bool(set((mark.after or "").split()) - set((mark.before or "").split()))


def _challengers(wanted: DesiredModel, actual: RegisteredModel) -> Iterator[MoveAlias | RemoveAlias]:
    for target in wanted.targets:
        alias, direction = target.pointers.challenger_alias, target.direction
        if alias is None or direction is None or target.stays:
            continue
        before, pin = actual.aliases.get(alias), direction.challenger
        shown = "none" if before is None else label_of(before, wanted)
        name = wanted.registered_model
        if pin is None and before is not None:
            yield RemoveAlias(target.environment, name, alias, shown, "it challenges nobody any more")
        elif pin is not None and before != pin.version:
            after = label_of(pin.version, wanted)
            why = f"it is on its way into {target.environment}"
            yield MoveAlias(target.environment, name, alias, pin.version, shown, after, why)


def _route(
    target: Target,
    wanted: DesiredModel,
    actual: RegisteredModel,
    want: Mapping[EnvironmentName, int],
    found: Routing | Unreadable | Away | Stale | None,
) -> Route | None:
    version = want.get(target.environment)
    if target.stays or target.traffic == "none" or isinstance(found, Away):
        return None
    stale = isinstance(found, Stale)
    if isinstance(found, Stale):
        found = found.serves
    if wanted.retired:
        return _switched_off(target, wanted, found)
    if version is None or _champion(version, wanted).release is None or _is_left(target):
        return restricting(target, wanted, actual, found)
    routing = routing_of(target, wanted, version)
    if target.direction is not None and (target.direction.urgent or _is_shut(target)):
        # Nothing new comes in beside what goes out, because nothing of it is looked at now; nor where all is stopped.
        waiting = _waiting(target, wanted, found)
        tenants = {name: one for name, one in routing.tenants.items() if name not in waiting}
        routing = replace(routing, tenants=tenants)
    if found is None and target.traffic == "registry-tags" and plain(routing):
        return None
    if isinstance(found, Routing) and found.shows(routing) and not stale:
        return None
    before = found if isinstance(found, Routing) else None
    if before is None and found is None and target.traffic == "registry-tags":
        # Without a tag the alias alone says where requests go.
        shown = actual.aliases.get(target.pointers.alias)
        before = None if shown is None else Routing(_champion(shown, wanted))
    why = _why(target.direction)
    said = _described(before or found)
    return Route(target.environment, wanted.registered_model, said, routing, why, _routable(before))


def _is_left(target: Target) -> bool:
    """Whether the alias stays where it is, whatever it names."""
    return target.direction is not None and target.pin is None


def _routable(routing: Routing | None) -> Routing | None:
    """The routing; None for one to a version of no release, which nothing that splits traffic could check."""
    return None if routing is None or routing.champion.release is None else routing


def _is_shut(target: Target) -> bool:
    return target.direction is not None and target.direction.shut is not None


def _waiting(target: Target, wanted: DesiredModel, found: Routed) -> frozenset[str]:
    """The tenants that are to get a release which they do not have yet."""
    if target.deployment is None:
        return frozenset()
    if isinstance(found, Stale):
        found = found.serves
    known = found.tenants if isinstance(found, Routing) else {}
    due = _tenants(target.deployment, wanted, target.direction)
    return frozenset(name for name, one in due.items() if name not in known or not known[name].shows(one))


def switches_off(target: Target) -> bool:
    """Whether git switches something off in the environment."""
    deployed = target.deployment
    return deployed is not None and (deployed.ml_enabled is False or deployed.feedback_enabled is False)


def switching_off(target: Target, wanted: DesiredModel, actual: RegisteredModel, found: Routed) -> Route | None:
    """What git has switched off goes off, whatever else of the model is amiss; None where nothing of that is on."""
    if wanted.retired:
        return _switched_off(target, wanted, found)
    return restricting(replace(target, direction=None), wanted, actual, found)


def restricting(target: Target, wanted: DesiredModel, actual: RegisteredModel, found: Routed) -> Route | None:
    """What may not be goes, and nothing else of the traffic changes; None where nothing of that is routed.

    That is what git switches off, and with a direction: what it switches off, and a challenger or a tenant's release
    that is none any more. To a version of no release nothing is routed: what is off names the release that is to be
    there in its place.
    """
    shown = actual.aliases.get(target.pointers.alias)
    before = _routed_now(found, None if shown is None else _champion(shown, wanted))
    if before is None or target.traffic == "none":
        return None
    deployed, direction = target.deployment or _NOTHING, target.direction
    challenger, tenants, out = before.challenger, dict(before.tenants), frozenset[int]()
    enabled, feedback = deployed.ml_enabled is not False, deployed.feedback_enabled is not False
    if direction is not None:
        out = frozenset(pin.version for _, pin in direction.open)
        enabled, feedback = enabled and not direction.off, feedback and not _troubled(direction)
        challenger = challenger if direction.challenger is not None else None
    after = replace(
        before,
        challenger=None if challenger is None or challenger.served.version in out else challenger,
        ml_enabled=before.ml_enabled and enabled,
        feedback_enabled=before.feedback_enabled and feedback,
        tenants={name: one for name, one in tenants.items() if one.version not in out},
    )
    if after.champion.release is None and not after.ml_enabled and (pin := _supposed(target, wanted)) is not None:
        after = replace(after, champion=_served(pin))
    if after == before or _routable(after) is None:
        return None
    why = _why(direction)
    return Route(target.environment, wanted.registered_model, described(before), after, why, _routable(before))


def _supposed(target: Target, wanted: DesiredModel) -> Pin | None:
    """The release that an environment is to show, or else the one that git deploys there."""
    deployed = (pin for pin in wanted.pins.values() if pin.release == target.deployed)
    return target.pin or next(deployed, None)


def _routed_now(found: Routed, champion: Served | None) -> Routing | None:
    """Where requests go now: where nothing says so, or nobody can read it, all go to what the alias names."""
    if isinstance(found, Routing):
        return found
    if isinstance(found, Stale):
        return found.serves
    return None if champion is None or isinstance(found, Away) else Routing(champion)


def _troubled(direction: Direction) -> bool:
    """What a release in trouble has served is nothing to learn from, until git says what serves."""
    return direction.standing is not None and direction.standing.state in ("Suspended", "Degraded")


def routing_of(target: Target, wanted: DesiredModel, version: int) -> Routing:
    """Where the requests of an environment go, when its alias names the version."""
    direction, deployed = target.direction, target.deployment
    challenger = None
    if direction is not None and direction.challenger is not None and direction.weight:
        challenger = Challenger(_served(direction.challenger), direction.weight)
    champion = _champion(version, wanted)
    if deployed is None:
        return Routing(champion, challenger)
    off = direction is not None and direction.off
    troubled = direction is not None and _troubled(direction)
    return Routing(
        champion,
        challenger,
        ml_enabled=deployed.ml_enabled is not False and not off,
        feedback_enabled=deployed.feedback_enabled is not False and not troubled,
        tenants=_tenants(deployed, wanted, direction),
    )


def plain(routing: Routing) -> bool:
    """Whether an alias alone says the same."""
    return routing == Routing(routing.champion)


def carried(target: Target, wanted: DesiredModel) -> str | None:
    """What an environment is asked for that nothing there can carry; None when all can be."""
    deployed = target.deployment
    if deployed is None or wanted.retired:
        return None
    registered = {pin.release for pin in wanted.pins.values()} if deployed.tenants else set()
    absent = sorted(set(deployed.tenants.values()) - registered)
    if absent:
        return f"its tenants get releases that are not registered in `{wanted.registry}`: {', '.join(absent)}"
    switched = deployed.ml_enabled is False or deployed.feedback_enabled is False or deployed.tenants
    if target.traffic == "none" and switched:
        return "it is to switch or to split the traffic, and the environment has `traffic: {kind: none}`"
    return None


def _tenants(deployed: Deployment, wanted: DesiredModel, direction: Direction | None) -> Mapping[str, Served]:
    out: frozenset[ReleaseName] = frozenset()
    if direction is not None:
        out = frozenset(pin.release for _, pin in direction.open)
    by_release = {pin.release: pin for pin in wanted.pins.values()} if deployed.tenants else {}
    return {
        tenant: _served(by_release[release])
        for tenant, release in deployed.tenants.items()
        if release in by_release and release not in out
    }


def _switched_off(target: Target, wanted: DesiredModel, found: Routed) -> Route | None:
    if isinstance(found, Stale):
        found = found.serves
    if not isinstance(found, Routing) or not found.ml_enabled:
        return None
    routing = Routing(found.champion, ml_enabled=False, feedback_enabled=False)
    reason = "the model is retired"
    return Route(target.environment, wanted.registered_model, described(found), routing, reason)


def _entering(step: Route, wanted: DesiredModel) -> Iterator[Pin]:
    routing = step.routing
    served = [*routing.tenants.values(), *([routing.challenger.served] if routing.challenger is not None else [])]
    for one in served:
        pin = wanted.pins.get(one.version)
        if pin is not None:
            yield pin


def _champion(version: int, wanted: DesiredModel) -> Served:
    known = wanted.pins.get(version)
    return Served(version, None) if known is None else _served(known)


def _served(pin: Pin) -> Served:
    return Served(pin.version, pin.release)


def _described(found: Routing | Unreadable | None) -> str:
    if isinstance(found, Routing):
        return described(found)
    return "none" if found is None else "what cannot be read"


def _why(direction: Direction | None) -> str:
    if direction is None or direction.standing is None:
        return "as git says"
    return direction.standing.reason
