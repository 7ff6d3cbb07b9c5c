"""The way back from steps that were taken and did not serve: to what was observed before them."""

from collections.abc import Iterator

from modelward.reconcile.actions import Action, MoveAlias, MoveStage, RemoveAlias, Route
from modelward.reconcile.states import ModelPlan
from modelward.registry.interface import RegisteredModel


def undone(plan: ModelPlan) -> Iterator[Action]:
    """The steps that restore what was observed, the last one first; that a model is this repository's stays."""
    observed = plan.observed
    assert observed is not None, plan.model
    for step in reversed(plan.actions):
        back = _back(step, observed)
        if back is not None:
            yield back


def _back(step: Action, observed: RegisteredModel) -> Action | None:
    why = "what was moved does not serve"
    match step:
        case MoveStage():
            return MoveStage(
                step.environment, step.registered_model, step.version, step.label, step.after, step.before, why
            )
        case MoveAlias() | RemoveAlias():
            version = observed.aliases.get(step.alias)
            named = (step.environment, step.registered_model, step.alias)
            if version is None:
                return RemoveAlias(*named, step.after if isinstance(step, MoveAlias) else "none", why)
            return MoveAlias(*named, version, "what was moved", step.before, why)
        case Route(found=found) if found is not None:
            return Route(step.environment, step.registered_model, "what was routed", found, why)
        case _:
            return None
