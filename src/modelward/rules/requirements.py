"""Which requirements can come upon a model, and who could fill them."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from modelward.policy.floors import binds
from modelward.policy.people import Roles, model_roles
from modelward.rules.subjects import Repository
from modelward.specs.scalars import PersonName, TeamName
from modelward.specs.signoff import ChangeKind, Requirement
from modelward.tree.model import Model
from modelward.tree.place import Note

T = TypeVar("T")

WITHOUT_MODEL: Final[tuple[ChangeKind, ...]] = (
    "model-added",
    "import",
    "policy",
    "people",
    "validators",
    "environment",
    "repository",
)
"""Kinds of change in which no model's roles count: there is no model, or none yet that the base knows."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A requirement that some change of a model comes under: the organisation's, or the model's own."""

    requirement: Requirement
    is_own: bool
    index: int

    def note(self, model: Model, repository: Repository) -> Note:
        """Where the requirement stands, for a finding's second place."""
        file = model.approvers if self.is_own else repository.organisation.signoff
        return Note(file.place("requirements", self.index), "the requirement")


@dataclass(frozen=True)
class Asked:
    """What is asked of the people of a model, and of each that has the same roles, tier, regimes and requirements.

    `roles` are those of policy and of the model together; `own` are the people who hold a role that the model names.
    """

    requirements: tuple[Applied, ...]
    roles: Roles
    own: tuple[PersonName, ...]
    policy_roles: Roles
    teams: Mapping[TeamName, tuple[PersonName, ...]]
    _found: MutableMapping[Hashable, Any] = field(default_factory=dict)

    def once(self, find: Callable[["Asked"], Iterable[T]]) -> tuple[T, ...]:
        """What `find` says of these requirements; it is asked once for all models that share them."""
        if find not in self._found:
            self._found[find] = tuple(find(self))
        found: tuple[T, ...] = self._found[find]
        return found


def asked_of(model: Model, repository: Repository) -> Asked:
    """The requirements that fit the model's tier and regimes, its own, and who holds each role in its changes."""
    manifest, approvers = model.manifest.spec, model.approvers.spec
    key = (tuple(approvers.roles.items()), approvers.requirements, manifest.tier, manifest.compliance)
    known = repository.shared.get(key)
    if isinstance(known, Asked):
        return known
    people = repository.organisation.people.spec
    roles = model_roles(people, repository.policy_roles, approvers)
    own = sorted({person for role in approvers.roles for person in roles[role]})
    asked = Asked(tuple(_requirements(model, repository)), roles, tuple(own), repository.policy_roles, people.teams)
    repository.shared[key] = asked
    return asked


def _requirements(model: Model, repository: Repository) -> Iterator[Applied]:
    manifest = model.manifest.spec
    listed = ((repository.organisation.signoff.spec.requirements, False), (model.approvers.spec.requirements, True))
    for requirements, is_own in listed:
        for index, requirement in enumerate(requirements):
            when = requirement.when
            of_models = when.change is None or not set(when.change) <= set(WITHOUT_MODEL)
            if of_models and binds(when, manifest.tier, manifest.compliance):
                yield Applied(requirement, is_own, index)
