"""What the floors that bind a model demand of it, merged to the strictest of each demand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from modelward.policy.floors import floors_for
from modelward.policy.spans import longest_days
from modelward.specs.manifest import Fallback, Manifest
from modelward.specs.policy import Floor, Floors, RequiredEvidence
from modelward.specs.retention import RecordKind
from modelward.specs.scalars import Duration, EnvironmentName
from modelward.specs.thresholds import Action, Gate, Severity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Demand(Generic[T]):
    """What is demanded, the name of the floor that demands it, and where in the file of floors it stands."""

    value: T
    floor: str
    pointer: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class CanaryDemand:
    """The least cautious way into an environment: the strictest of each bound, which may come from several floors."""

    first_weight_at_most: Demand[int]
    hold_at_least: Demand[Duration]
    steps_at_least: Demand[int]


class Demands:
    """Everything that the floors demand of one model."""

    def __init__(self, floors: Floors, manifest: Manifest) -> None:
        bound = floors_for(floors, manifest.tier, manifest.compliance)
        self._floors = [
            (index, floor) for index, floor in enumerate(floors.floors) if any(floor is one for one in bound)
        ]

    def evidence(self, environment: EnvironmentName) -> Mapping[str, Demand[RequiredEvidence]]:
        """The kinds of evidence that a release needs to enter the environment, each with the shortest age allowed."""
        strictest: dict[str, Demand[RequiredEvidence]] = {}
        for index, floor in self._floors:
            for kind, required in floor.evidence.get(environment, {}).items():
                known = strictest.get(kind)
                if known is None or _age(required) < _age(known.value):
                    strictest[kind] = _demand(index, floor, required, "evidence", environment, kind)
        return strictest

    def signed_evidence(self) -> Mapping[str, Demand[str]]:
        """The kinds of evidence that somebody must have computed again and signed."""
        found: dict[str, Demand[str]] = {}
        for index, floor in self._floors:
            for place, kind in enumerate(floor.signed_evidence):
                found.setdefault(kind, _demand(index, floor, kind, "signed_evidence", place))
        return found

    def canary(self) -> Mapping[EnvironmentName, CanaryDemand]:
        """The environments that a release enters by a canary, and how cautious it must be."""
        strictest: dict[EnvironmentName, CanaryDemand] = {}
        for index, floor in self._floors:
            for environment, least in floor.canary.items():
                here = ("canary", environment)
                one = CanaryDemand(
                    _demand(index, floor, least.first_weight_at_most, *here, "first_weight_at_most"),
                    _demand(index, floor, least.hold_at_least, *here, "hold_at_least"),
                    _demand(index, floor, least.steps_at_least, *here, "steps_at_least"),
                )
                known = strictest.get(environment)
                strictest[environment] = one if known is None else _stricter(known, one)
        return strictest

    def retention(self) -> Mapping[RecordKind, tuple[Demand[Duration], ...]]:
        """How long records of each kind are kept at least, the longest first.

        All of them bind: of months and days neither need be the longer on every day.
        """
        found: dict[RecordKind, list[Demand[Duration]]] = {}
        for index, floor in self._floors:
            for kind, least in floor.retention.items():
                found.setdefault(kind, []).append(_demand(index, floor, least, "retention", kind))
        return {
            kind: tuple(sorted(demands, key=lambda demand: longest_days(demand.value), reverse=True))
            for kind, demands in found.items()
        }

    def gates(self) -> Iterator[Demand[Gate]]:
        """The gates that a model must have, or stricter ones."""
        for index, floor in self._floors:
            for place, gate in enumerate(floor.gates):
                yield _demand(index, floor, gate, "gates", place)

    def triggers(self) -> Mapping[Action, Demand[Action]]:
        """The actions that some trigger must permit."""
        found: dict[Action, Demand[Action]] = {}
        for index, floor in self._floors:
            for place, action in enumerate(floor.triggers):
                found.setdefault(action, _demand(index, floor, action, "triggers", place))
        return found

    def response(self) -> Mapping[Severity, Demand[Duration]]:
        """How long a trigger of each severity may wait for an answer: the shortest time that a floor gives."""
        shortest: dict[Severity, Demand[Duration]] = {}
        for index, floor in self._floors:
            for severity, within in floor.respond_within.items():
                known = shortest.get(severity)
                if known is None or within.fixed < known.value.fixed:
                    shortest[severity] = _demand(index, floor, within, "respond_within", severity)
        return shortest

    def fallback(self) -> Iterator[Demand[tuple[Fallback, ...]]]:
        """The sets of fallbacks of which a model's must be one each time."""
        for index, floor in self._floors:
            if floor.fallback is not None:
                yield _demand(index, floor, floor.fallback, "fallback")

    def tickets(self) -> Iterator[Demand[str]]:
        """The prefixes that the ticket of a new release must all have."""
        for index, floor in self._floors:
            if floor.ticket is not None:
                yield _demand(index, floor, floor.ticket.prefix, "ticket", "prefix")

    def environments(self) -> Mapping[EnvironmentName, Demand[EnvironmentName]]:
        """The environments that the floors speak of, each with the first place where they do."""
        found: dict[EnvironmentName, Demand[EnvironmentName]] = {}
        for index, floor in self._floors:
            for environment in floor.evidence:
                found.setdefault(environment, _demand(index, floor, environment, "evidence", environment))
            for place, gate in enumerate(floor.gates):
                for environment in gate.environments:
                    found.setdefault(environment, _demand(index, floor, environment, "gates", place))
            for environment in floor.canary:
                found.setdefault(environment, _demand(index, floor, environment, "canary", environment))
        return found


def _demand(index: int, floor: Floor, value: T, *pointer: str | int) -> Demand[T]:
    return Demand(value, floor.name, ("floors", index, *pointer))


def _age(required: RequiredEvidence) -> timedelta:
    return timedelta.max if required.max_age is None else required.max_age.fixed


def _stricter(one: CanaryDemand, other: CanaryDemand) -> CanaryDemand:
    return CanaryDemand(
        min(one.first_weight_at_most, other.first_weight_at_most, key=lambda demand: demand.value),
        max(one.hold_at_least, other.hold_at_least, key=lambda demand: demand.value.fixed),
        max(one.steps_at_least, other.steps_at_least, key=lambda demand: demand.value),
    )
