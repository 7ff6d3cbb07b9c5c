"""Plans, states and outcomes as people and programs read them."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from modelward.reconcile.actions import Action
from modelward.reconcile.executing import Applied, Outcome
from modelward.reconcile.observing import Plan
from modelward.reconcile.states import HEALTHY, EnvironmentState, ModelPlan
from modelward.report.terminal import bold, dim, green, red, safe, table, yellow

_PAINT = {"+": green, "~": yellow, "-": red}


def plan_as_text(plan: Plan, where: str, *, each_model: bool = False) -> str:
    """The steps with sign, what changes and why; what is blocked; the closing count.

    `each_model` adds the models that are in sync.
    """
    parts: list[str] = []
    for model in plan.models:
        reasons = dict.fromkeys(state.reason for state in model.states if state.state not in HEALTHY)
        if model.actions:
            parts.append(bold(safe(model.model)) + dim(f"  ({safe(model.registered_model)} in {model.registry})"))
            parts.extend(_step(action) for action in model.actions)
        elif model.blocked or any(state.state == "Held" for state in model.states):
            parts.append(bold(safe(model.model)))
            state = next(state.state for state in model.states if state.state not in HEALTHY)
            parts.extend(f"  {red('!')} {state}: {safe(reason)}" for reason in reasons)
        elif each_model:
            parts.append(f"{bold(safe(model.model))} {dim('= in sync')}")
        parts.extend(f"  {dim('note:')} {safe(note)}" for note in model.notes)
    parts.extend(_without_spec(plan))
    parts.append(_count(plan, where))
    return "\n".join(parts)


def status_as_text(plan: Plan, where: str, *, only_unhealthy: bool = False) -> str:
    """One line a model and environment, or only for those that are not in sync."""
    rows = [
        (
            safe(model.model),
            state.environment,
            _painted(state),
            safe(state.wanted or "none"),
            safe(state.actual),
            safe(state.reason),
        )
        for model in plan.models
        for state in model.states
        if not (only_unhealthy and state.state in HEALTHY)
    ]
    header = ("MODEL", "ENVIRONMENT", "STATE", "GIT WANTS", "REGISTRY SHOWS", "WHY")
    notes = [f"{dim('note:')} {safe(model.model)}: {safe(note)}" for model in plan.models for note in model.notes]
    counted = sum(state.state not in HEALTHY for model in plan.models for state in model.states)
    total = sum(len(model.states) for model in plan.models)
    closing = f"{total - counted} of {total} in sync with {where}"
    return "\n".join([table(rows, header), *notes, *_without_spec(plan), (red if counted else green)(closing)])


def diff_as_text(plan: Plan) -> str:
    """For each model the registry as it is (`-`) against what git wants (`+`)."""
    parts: list[str] = []
    for model in plan.models:
        for action in model.actions:
            name, _, move = action.what.partition(": ")
            before, _, after = move.partition(" -> ")
            parts.append(bold(f"{safe(model.model)}: {safe(name)}"))
            parts.append(red(f"- {safe(before)}"))
            parts.append(green(f"+ {safe(after)}"))
        if model.blocked:
            parts.append(bold(safe(model.model)) + f": {safe(model.states[0].state)}: {safe(model.states[0].reason)}")
    return "\n".join(parts) if parts else green("no differences")


def as_document(plan: Plan, verb: str, commit: str, *, adopt: bool) -> dict[str, Any]:
    """The plan as `plan/v1`, `status/v1` or `diff/v1`."""
    return {
        "schema": f"{verb}/v1",
        "commit": commit,
        "adopt": adopt,
        "models": [_model(model) for model in plan.models],
        "without_spec": [{"registry": registry, "registered_model": name} for registry, name in plan.without_spec],
        "counts": {"changes": plan.changes, "blocked": plan.blocked, "models": len(plan.models)},
    }


def outcomes_as_document(outcomes: Sequence[Outcome], commit: str) -> dict[str, Any]:
    """What an apply did, as `apply/v1`."""
    return {"schema": "apply/v1", "commit": commit, "models": [_outcome(outcome) for outcome in outcomes]}


def outcome_as_text(outcome: Outcome) -> str:
    """One line for a model that followed, and the reason for one that did not."""
    name = bold(safe(outcome.plan.model))
    if isinstance(outcome, Applied):
        return f"{green('done')}    {name}: {len(outcome.plan.actions)} steps, read back"
    lines = [f"{red('failed')}  {name}: {safe(outcome.reason)}"]
    lines.append(f"        {outcome.done} of {len(outcome.plan.actions)} steps were done; {safe(outcome.remedy)}")
    return "\n".join(lines)


def outcomes_as_text(outcomes: Sequence[Outcome], where: str) -> str:
    """The closing count of an apply."""
    done = sum(isinstance(outcome, Applied) for outcome in outcomes)
    return bold(f"{done} of {len(outcomes)} models follow {where}.")


def to_json(document: dict[str, Any]) -> str:
    """A document as indented JSON."""
    return json.dumps(document, indent=2)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    document: dict[str, Any] = {"model": outcome.plan.model, "success": isinstance(outcome, Applied)}
    if isinstance(outcome, Applied):
        return document | {"steps": len(outcome.plan.actions), "error": None}
    return document | {"steps": outcome.done, "error": outcome.reason}


def _model(model: ModelPlan) -> dict[str, Any]:
    return {
        "model": model.model,
        "registry": model.registry,
        "registered_model": model.registered_model,
        "environments": [asdict(state) for state in model.states],
        "actions": [{"sign": action.sign, "kind": type(action).__name__, **asdict(action)} for action in model.actions],
        "verify": [asdict(pin) for pin in model.verify],
        "notes": list(model.notes),
    }


def _step(action: Action) -> str:
    return f"  {_PAINT[action.sign](action.sign)} {safe(action.what)}  {dim('# ' + safe(action.reason))}"


def _painted(state: EnvironmentState) -> str:
    return (green if state.state in HEALTHY else red)(state.state)


def _without_spec(plan: Plan) -> list[str]:
    shown = [safe(name) for _, name in plan.without_spec[:5]]
    if not shown:
        return []
    more = f" and {len(plan.without_spec) - 5} more" if len(plan.without_spec) > 5 else ""
    return [f"{dim('note:')} no spec speaks of the registered models {', '.join(shown)}{more}; they are left alone"]


def _count(plan: Plan, where: str) -> str:
    signs = [action.sign for model in plan.models for action in model.actions]
    if not signs and not plan.blocked:
        models = "1 model matches" if len(plan.models) == 1 else f"{len(plan.models)} models match"
        return green(f"Nothing to do: {models} {where}.")
    changed = sum(bool(model.actions) for model in plan.models)
    return bold(
        f"Plan for {where}: {signs.count('+')} to set, {signs.count('~')} to change, {signs.count('-')} to retire "
        f"in {changed} of {len(plan.models)} models; {plan.blocked} blocked."
    )
