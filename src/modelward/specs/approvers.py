"""`approvers.yaml`: who holds a model's roles."""

from typing import Literal

from pydantic import Field

from modelward.specs.scalars import (
    Map,
    PersonField,
    RoleField,
    Spec,
    TeamField,
)
from modelward.specs.signoff import Requirement


class TeamMembers(Spec):
    """All people of a team."""

    team: TeamField


class Approvers(Spec):
    """Who holds the model's roles, and what the team demands beyond the organisation's requirements."""

    schema_: Literal["approvers/v1"] = Field(alias="schema")
    roles: Map[RoleField, tuple[PersonField | TeamMembers, ...]]
    requirements: tuple[Requirement, ...] = ()
