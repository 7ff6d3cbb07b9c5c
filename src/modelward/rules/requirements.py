"""Which requirements can come upon a model, and who could fill them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from modelward.policy.floors import binds
from modelward.policy.people import Roles, model_roles
from modelward.rules.subjects import Repository
from modelward.specs.approvers import Approvers
from modelward.specs.policy import Signoff
from modelward.specs.signoff import ChangeKind, Requirement
from modelward.tree.file import File
from modelward.tree.model import Model
from modelward.tree.place import Note

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
    """A requirement that some change of a model comes under, and where it stands."""

    requirement: Requirement
    file: File[Signoff] | File[Approvers]
    index: int

    def note(self) -> Note:
        """The requirement's place, for a finding's second place."""
        return Note(self.file.place("requirements", self.index), "the requirement")


def requirements_on(model: Model, repository: Repository) -> Iterator[Applied]:
    """The organisation's requirements that fit the model's tier and regimes, and the model's own."""
    manifest = model.manifest.spec
    for file in (repository.organisation.signoff, model.approvers):
        for index, requirement in enumerate(file.spec.requirements):
            when = requirement.when
            of_models = when.change is None or not set(when.change) <= set(WITHOUT_MODEL)
            if of_models and binds(when, manifest.tier, manifest.compliance):
                yield Applied(requirement, file, index)


def roles_of(model: Model, repository: Repository) -> Roles:
    """Who holds each role in a change of the model."""
    return model_roles(repository.organisation.people.spec, repository.policy_roles, model.approvers.spec)
