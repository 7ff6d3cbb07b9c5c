"""How plan, status and diff end: an unreadable registry is exit 3, and `--exit-code` tells of changes."""

from dataclasses import replace

import click

from modelward.errors import ExitCode
from modelward.reconcile.observing import Plan
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import HEALTHY, UNKNOWN_REGISTRY, ModelPlan
from modelward.specs.scalars import EnvironmentName


def narrowed(plan: Plan, environments: frozenset[EnvironmentName] | None) -> Plan:
    """The plan as far as it is about some environments; None is all. A model that none of its specs tells of stays."""
    if environments is None:
        return plan
    models = (_narrowed(model, environments) for model in plan.models)
    return replace(plan, models=tuple(model for model in models if model.states))


def _narrowed(model: ModelPlan, environments: frozenset[EnvironmentName]) -> ModelPlan:
    kept = environments if model.registry != UNKNOWN_REGISTRY else {state.environment for state in model.states}
    others = tuple(f"{state.environment}: " for state in model.states if state.environment not in kept)
    states = tuple(state for state in model.states if state.environment in kept)
    return replace(model, states=states, notes=tuple(note for note in model.notes if not note.startswith(others)))


def end(plan: Plan, registries: Registries, *, changes_count: bool, states_count: bool) -> None:
    """Leave with the exit code that the plan deserves; what is unknown is never in sync."""
    if registries.unavailable:
        raise max(registries.unavailable, key=lambda error: error.code)
    if any(state.state == "Unknown" for model in plan.models for state in model.states):
        raise click.exceptions.Exit(ExitCode.NOT_EVALUATED)
    if changes_count and plan.changes:
        raise click.exceptions.Exit(ExitCode.CHANGES)
    unhealthy = any(state.state not in HEALTHY for model in plan.models for state in model.states)
    if states_count and (unhealthy or plan.left_behind or plan.untrusted):
        raise click.exceptions.Exit(ExitCode.CHANGES)
    if (plan.blocked or plan.untrusted) and not states_count:
        raise click.exceptions.Exit(ExitCode.DENIED)
