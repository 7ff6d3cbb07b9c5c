"""How plan, status and diff end: an unreadable registry is exit 3, and `--exit-code` tells of changes."""

import click

from modelward.errors import CannotEvaluate, ExitCode
from modelward.reconcile.observing import Plan
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import HEALTHY


def end(plan: Plan, registries: Registries, *, changes_count: bool, states_count: bool) -> None:
    """Leave with the exit code that the plan deserves; what is unknown is never in sync."""
    for error in registries.unavailable:
        raise CannotEvaluate(error.message, error.remedy)
    if any(state.state == "Unknown" for model in plan.models for state in model.states):
        raise click.exceptions.Exit(ExitCode.NOT_EVALUATED)
    if changes_count and plan.changes:
        raise click.exceptions.Exit(ExitCode.CHANGES)
    unhealthy = any(state.state not in HEALTHY for model in plan.models for state in model.states)
    if states_count and (unhealthy or plan.left_behind or plan.untrusted):
        raise click.exceptions.Exit(ExitCode.CHANGES)
    if (plan.blocked or plan.untrusted) and not states_count:
        raise click.exceptions.Exit(ExitCode.DENIED)
