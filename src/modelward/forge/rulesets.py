"""GitHub's rulesets, as its API shows them and as it imports them from a file: what they enforce together."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from modelward.forge.interface import Protection, RequiredCheck


class Part(BaseModel):
    """A part of a document of GitHub's; what we do not ask about may be there too."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Rule(Part):
    """One rule of a set."""

    type: str
    ruleset_id: int | None = None
    parameters: dict[str, Any] = {}


class Actor(Part):
    """Somebody whom a set does not bind."""

    actor_id: int | None = None
    actor_type: str


class Ruleset(Part):
    """A set; who passes by it is told only to those who may change it."""

    name: str
    bypass_actors: tuple[Actor, ...] | None = None


class RulesetFile(Ruleset):
    """A set with its rules, as it is exported and imported."""

    rules: tuple[Rule, ...]


class StatusCheck(Part):
    """A check that must pass, and the program that is to report it."""

    context: str
    integration_id: int | None = None


class _Workflow(Part):
    path: str


class _Parameters(Part):
    """What the rules that we know say; each kind of rule says only its own."""

    strict_required_status_checks_policy: bool = False
    required_status_checks: tuple[StatusCheck, ...] = ()
    dismiss_stale_reviews_on_push: bool = False
    require_code_owner_review: bool = False
    workflows: tuple[_Workflow, ...] = ()


def enforced(rules: Iterable[Rule], bypassed_by: tuple[str, ...] | None) -> Protection:
    """What rules enforce together. Raises `pydantic.ValidationError` for one that says what no such rule says."""
    said = [(rule.type, _Parameters.model_validate(rule.parameters)) for rule in rules]
    kinds = {kind for kind, _ in said}
    reviews = [each for kind, each in said if kind == "pull_request"]
    return Protection(
        checks=tuple(
            RequiredCheck(check.context, check.integration_id is not None)
            for _, each in said
            for check in each.required_status_checks
        ),
        up_to_date=any(each.strict_required_status_checks_policy for _, each in said),
        queue="merge_queue" in kinds,
        reviews=bool(reviews),
        code_owners=any(each.require_code_owner_review for each in reviews),
        stale_reviews_dismissed=any(each.dismiss_stale_reviews_on_push for each in reviews),
        force_push_blocked="non_fast_forward" in kinds,
        deletion_blocked="deletion" in kinds,
        workflows=tuple(workflow.path for _, each in said for workflow in each.workflows),
        bypassed_by=bypassed_by,
    )


def named(actors: Iterable[Actor]) -> tuple[str, ...]:
    """Actors as a person reads them."""
    return tuple(f"{actor.actor_type} {actor.actor_id or ''}".strip() for actor in actors)


def of_file(document: Any) -> Protection:
    """What a set enforces once it is imported from its file. Raises `pydantic.ValidationError` for what is none."""
    found = RulesetFile.model_validate(document)
    return enforced(found.rules, named(found.bypass_actors or ()))
