"""Plans, states and outcomes as people and programs read them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from modelward.gate.verdict import Verdict
from modelward.reconcile.actions import Action, Adopt, Route
from modelward.reconcile.executing import Applied, Outcome
from modelward.reconcile.observing import Plan
from modelward.reconcile.rehashing import Unsound
from modelward.reconcile.states import HEALTHY, EnvironmentState, ModelPlan
from modelward.report.terminal import bold, counted, dim, green, red, safe, table, yellow
from modelward.report.verdicts import answer_as_text
from modelward.specs.ledger import Lease
from modelward.specs.scalars import ModelName
from modelward.traffic.confirming import described

_LONGEST = 1_000
_LONGEST_WHY = 300
"""Of a reason beside others; the JSON has all of it."""
_MOST = 3
"""How many changes and findings of what is not followed are shown; `modelward gate` has all of them."""
_PAINT = {"+": green, "~": yellow, "-": red}


def plan_as_text(plan: Plan, where: str, *, each_model: bool = False, only_news: bool = False) -> str:
    """The steps with sign, what changes and why; what is left as it is, and why; the closing count.

    `each_model` adds the models that are in sync; `only_news` leaves out what is noted of models that do not change.
    """
    parts = _untrusted(plan, where)
    for model in plan.models:
        left = _left(model)
        notes = () if only_news and not (model.actions or model.unrouted) else model.notes
        if model.actions:
            parts.append(bold(_said(model.model)) + dim(f"  ({_said(model.registered_model)} in {model.registry})"))
        elif left or notes:
            parts.append(bold(_said(model.model)))
        elif each_model:
            parts.append(f"{bold(_said(model.model))} {dim('= in sync')}")
        parts.extend(_step(action) for action in model.actions)
        parts.extend(dict.fromkeys(f"  {red('!')} {_why(model, state)}" for state in left))
        parts.extend(f"  {dim('note:')} {_said(note)}" for note in notes)
    parts.extend(_left_behind(plan) if only_news else [*_left_behind(plan), *_unknown(plan)])
    parts.append(_count(plan, _said(where)))
    return "\n".join(parts)


def status_as_text(plan: Plan, where: str, *, only_unhealthy: bool = False) -> str:
    """One line a model and environment, or only for those that are not in sync."""
    rows = [
        (
            _said(model.model),
            state.environment,
            _painted(state),
            _said(state.wanted or "none"),
            _said(_shown(model, state)),
            _said(_because(state)),
        )
        for model in plan.models
        for state in model.states
        if not (only_unhealthy and state.state in HEALTHY)
    ]
    header = ("MODEL", "ENVIRONMENT", "STATE", "GIT WANTS", "REGISTRY SHOWS", "WHY")
    notes = [f"{dim('note:')} {_said(model.model)}: {_said(note)}" for model in plan.models for note in model.notes]
    counted = sum(state.state not in HEALTHY for model in plan.models for state in model.states)
    total = sum(len(model.states) for model in plan.models)
    closing = f"{total - counted} of {total} in sync with {_followed(plan, _said(where))}"
    well = not (counted or plan.untrusted or plan.left_behind)
    closing = (green if well else red)(closing)
    below = (*notes, *_left_behind(plan), *_unknown(plan), closing)
    shown = [table(rows, header)] if rows or not only_unhealthy else []
    return "\n".join([*_untrusted(plan, where), *shown, *below])


def diff_as_text(plan: Plan) -> str:
    """For each model the registry as it is (`-`) against what git wants (`+`)."""
    parts: list[str] = []
    for model in plan.models:
        for action in model.actions:
            name, _, move = action.what.partition(": ")
            before, _, after = move.partition(" -> ")
            parts.extend(_both(f"{_said(model.model)}: {_said(name)}", before, after))
        for state in _left(model):
            if not model.stuck:
                name = f"{_said(model.model)}: {state.environment}"
                parts.extend(_both(name, _shown(model, state), state.wanted or "none"))
                parts.append(dim(f"  {state.state}: {_said(_bounded(state.reason))}"))
        if model.stuck:
            # Which of its environments is named makes no difference where none can be followed.
            why = next(state for state in model.states if state.state not in HEALTHY)
            parts.append(f"{bold(_said(model.model))}: {_why(model, why)}")
    return "\n".join(parts) if parts else green("no differences")


def as_document(plan: Plan, verb: str, commit: str, *, adopt: bool) -> dict[str, Any]:
    """The plan as `plan/v1`, `status/v1` or `diff/v1`."""
    return {
        "schema": f"{verb}/v1",
        "commit": commit,
        "adopt": adopt,
        "models": [_model(model) for model in plan.models],
        "without_spec": [
            {"registry": registry, "registered_model": name, "ours": (registry, name) in plan.left_behind}
            for registry, name in plan.without_spec
        ],
        "untrusted": _untrusted_as_document(plan),
        "counts": {"changes": plan.changes, "blocked": plan.blocked, "models": len(plan.models)},
    }


def outcomes_as_document(outcomes: Sequence[Outcome], plan: Plan, commit: str, error: str | None) -> dict[str, Any]:
    """What an apply did, as `apply/v1`: to each model that it moved; what it does not follow, and its own `error`."""
    return {
        "schema": "apply/v1",
        "commit": commit,
        "models": [_outcome(outcome) for outcome in outcomes],
        "untrusted": _untrusted_as_document(plan),
        "error": error,
    }


def outcome_as_text(outcome: Outcome) -> str:
    """One line for a model that followed, and the reason for one that did not."""
    name = bold(_said(outcome.plan.model))
    if isinstance(outcome, Applied):
        return f"{green('done')}    {name}: {counted(len(outcome.plan.actions), 'step')}, read back"
    lines = [f"{red('failed')}  {name}: {_said(outcome.reason)}"]
    planned = len(outcome.plan.actions)
    were = "step was" if planned == 1 else "steps were"
    lines.append(f"        {outcome.done} of {planned} {were} done; {_said(outcome.remedy)}")
    return "\n".join(lines)


def claimed_as_text(claimed: Mapping[ModelName, Lease]) -> str:
    """One line for each model that another run is moving."""
    return "\n".join(
        f"{yellow('waits')}   {bold(_said(model))}: another run ({_said(lease.holder)}) has claimed it until "
        f"{lease.until:%Y-%m-%dT%H:%M:%SZ}"
        for model, lease in claimed.items()
    )


def outrun_as_text() -> str:
    """One line for a round that others have made needless."""
    return f"{yellow('again')}   another run was first, and wrote the ledger or moved a model; all is looked at anew"


def unsound_as_text(unsound: Unsound) -> str:
    """One line for a release that serves with other bytes than it pins."""
    live = unsound.live
    what = f"version {live.pin.version} ({live.pin.release}) serves, and {unsound.why}"
    return f"{red('alarm')}   {bold(_said(live.model))}: {_said(what)}"


def proposed_as_text(model: str, branch: str) -> str:
    """One line for a model whose rollback waits for people to merge it."""
    return f"{yellow('merge')}   {bold(_said(model))}: branch {_said(branch)} lets git say what serves"


def stale_as_text(model: str, branch: str, remote: str | None) -> str:
    """One line for a branch that is not to be merged any more, because git has resumed what it takes out."""
    taken = f"git push {_said(remote)} --delete" if remote is not None else "git branch --delete --force"
    what = f"branch {_said(branch)} would take out again what git has resumed; take it away: {taken} {_said(branch)}"
    return f"{yellow('stale')}   {bold(_said(model))}: {what}"


def not_proposed_as_text(model: str, why: str, remedy: str) -> str:
    """Why git was not asked to say what serves."""
    return f"{red('failed')}  {bold(_said(model))}: no rollback is proposed: {_said(why)}\n        {_said(remedy)}"


def outcomes_as_text(outcomes: Sequence[Outcome], where: str) -> str:
    """The closing count of an apply: of the models that it moved, those that are now as git says."""
    last = {outcome.plan.model: outcome for outcome in outcomes}
    follow = sum(_follows(outcome) for outcome in last.values())
    return bold(f"{follow} of {len(last)} models follow {_said(where)}.")


def to_json(document: dict[str, Any]) -> str:
    """A document as indented JSON."""
    return json.dumps(document, indent=2)


def _follows(outcome: Outcome) -> bool:
    """Whether the steps were done, and nowhere took out what git deploys."""
    standings = (direction.standing for _, direction in outcome.plan.directions)
    out = any(one is not None and one.state in ("Suspended", "Degraded") for one in standings)
    return isinstance(outcome, Applied) and not out


def _outcome(outcome: Outcome) -> dict[str, Any]:
    document: dict[str, Any] = {"model": outcome.plan.model, "success": isinstance(outcome, Applied)}
    if isinstance(outcome, Applied):
        return document | {"steps": len(outcome.plan.actions), "error": None}
    return document | {"steps": outcome.done, "error": outcome.reason}


def _untrusted_as_document(plan: Plan) -> list[dict[str, Any]]:
    return [{"scope": one.scope, "trusted": one.trusted, "verdict": one.verdict.answer} for one in plan.untrusted]


def _model(model: ModelPlan) -> dict[str, Any]:
    return {
        "model": model.model,
        "registry": model.registry,
        "registered_model": model.registered_model,
        "environments": [_state(state) | {"actual": _seen(model, state)} for state in model.states],
        "actions": [_action(action) for action in model.actions],
        "verify": [asdict(pin) for pin in model.verify],
        "notes": list(model.notes),
    }


def _state(state: EnvironmentState) -> dict[str, Any]:
    document = asdict(state)
    for name in ("since", "until"):
        at = document[name]
        document[name] = None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return document


def _action(action: Action) -> dict[str, Any]:
    document: dict[str, Any] = {"sign": action.sign, "kind": type(action).__name__}
    if not isinstance(action, Route):
        return document | asdict(action)
    document |= {"environment": action.environment, "registered_model": action.registered_model}
    return document | {"before": action.before, "after": described(action.routing), "reason": action.reason}


def _said(text: object) -> str:
    """What specs, registries or arguments say, without what could steer a terminal, and not for ever."""
    shown = safe(text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


def _left(model: ModelPlan) -> list[EnvironmentState]:
    """The environments that are not as git wants them, and that no step of the plan mends."""
    mended = {action.environment for action in model.actions if not isinstance(action, Adopt)}
    adopted = any(isinstance(action, Adopt) for action in model.actions)
    return [
        state
        for state in model.states
        if state.state not in HEALTHY
        and state.environment not in mended
        and not (adopted and state.state == "OutOfSync")
    ]


def _why(model: ModelPlan, state: EnvironmentState) -> str:
    said = f"{state.state}: {_said(_because(state))}"
    return said if model.stuck else f"{state.environment}: {said}"


def _shown(model: ModelPlan, state: EnvironmentState) -> str:
    """What the registry shows, or a mark where nobody knows."""
    return _seen(model, state) or "?"


def _seen(model: ModelPlan, state: EnvironmentState) -> str | None:
    """What the registry shows; None where it could not be read, which is another thing than nothing."""
    return None if state.state == "Unknown" and model.observed is None else state.actual


def _because(state: EnvironmentState) -> str:
    """Why an environment stands as it does: since when, until when by itself, and what would lift it."""
    parts = [_bounded(state.reason)]
    if state.since is not None:
        parts.append(f"since {state.since:%Y-%m-%dT%H:%M:%SZ}")
    if state.until is not None:
        parts.append(f"until {state.until:%Y-%m-%dT%H:%M:%SZ}")
    if state.lift:
        parts.append(f"lifted by: {state.lift}")
    return "; ".join(part for part in parts if part)


def _bounded(reason: str) -> str:
    return reason if len(reason) <= _LONGEST_WHY else f"{reason[:_LONGEST_WHY]}..."


def _both(name: str, before: str, after: str) -> list[str]:
    return [bold(name), red(f"- {_said(before)}"), green(f"+ {_said(after)}")]


def _step(action: Action) -> str:
    return f"  {_PAINT[action.sign](action.sign)} {_said(action.what)}  {dim('# ' + _said(action.reason))}"


def _painted(state: EnvironmentState) -> str:
    return (green if state.state in HEALTHY else red)(state.state)


def _untrusted(plan: Plan, where: str) -> list[str]:
    """What was merged and is not followed: what it changes, why not, and what to type next."""
    parts = []
    ref = _said(where.partition(" ")[0])
    for one in plan.untrusted:
        what, since = "main" if one.scope is None else _said(one.scope), one.trusted[:12]
        said = f"what has come since is {answer_as_text(one.verdict)}"
        parts.append(f"{red('!')} {what} is followed only as it stood at {since}; {said}")
        parts += [f"    {_said(line)}" for line in _bypassed(one.verdict)]
        below = "" if one.scope is None else f" -- {what}"
        parts.append(f"    who brought it: git log {since}..{ref}{below}")
        parts.append(f"    {_mended(one.verdict, since)}")
    return parts


def _bypassed(verdict: Verdict) -> Iterator[str]:
    """The first changes of what is not followed, and what stands against them."""
    for change in verdict.changes[:_MOST]:
        yield f"~ {change.kind} {change.scope}: {change.what}"
    if len(verdict.changes) > _MOST:
        yield f"~ and {len(verdict.changes) - _MOST} more"
    for judged in verdict.denying[:_MOST]:
        yield f"{judged.finding.message} at {judged.finding.place}"
    for rejection in verdict.rejections:
        yield f"rejected by {rejection.person}: {rejection.comment}"
    for proposal in verdict.proposals:
        if proposal.missing:
            yield f"missing: a proposal of {proposal.scope}"
    for state in verdict.requirements:
        if not state.satisfied:
            how = " or " if state.requirement.any is not None else ", "
            slots = how.join(
                f"{slot.role} {len(slot.signed)} of {slot.need}" for slot in state.slots if not slot.filled
            )
            yield f"missing: {state.requirement.name}" + (f" ({slots})" if slots else "")


def _mended(verdict: Verdict, since: str) -> str:
    """What lets it be followed: signatures where they alone are missing, and else another change."""
    back = "or take it back by git revert, which is judged as a change too"
    if verdict.denying or verdict.rejections:
        return f"next: mend it by a change that passes `modelward gate`, {back}"
    return f"next: modelward signoffs --base {since}  # who is missing, and signs; {back}"


def _left_behind(plan: Plan) -> list[str]:
    return [
        f"{red('!')} no spec speaks of {_said(name)} in {registry}, which bears this repository's tag; it keeps "
        "its pointers (restore its folder, and retire it there)"
        for registry, name in plan.left_behind
    ]


def _unknown(plan: Plan) -> list[str]:
    others = [each for each in plan.without_spec if each not in plan.left_behind]
    if not others:
        return []
    shown = ", ".join(_said(name) for _, name in others[:5])
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    return [f"{dim('note:')} no spec speaks of the registered models {shown}{more}; they are left alone"]


def _followed(plan: Plan, where: str) -> str:
    """What the registry is held against: not all of a commit, where something that leads to it is not trusted."""
    return f"what is followed of {where}" if plan.untrusted else where


def _count(plan: Plan, where: str) -> str:
    signs = [action.sign for model in plan.models for action in model.actions]
    states = [state.state for model in plan.models for state in _left(model)]
    left = len(states)
    if not signs and not plan.blocked and left and set(states) == {"Degraded"}:
        needs = "1 environment needs" if left == 1 else f"{left} environments need"
        return yellow(f"Nothing to do now: {needs} somebody.")
    if not signs and not plan.blocked and left:
        differ = "1 environment differs" if left == 1 else f"{left} environments differ"
        followed = _followed(plan, where)
        return yellow(f"Nothing to do now: {differ} from {followed}, and nothing of it may change yet.")
    if not signs and not plan.blocked:
        models = "1 model matches" if len(plan.models) == 1 else f"{len(plan.models)} models match"
        well = not (plan.untrusted or plan.left_behind)
        return (green if well else yellow)(f"Nothing to do: {models} {_followed(plan, where)}.")
    changed = sum(bool(model.actions) for model in plan.models)
    return bold(
        f"Plan for {where}: {signs.count('+')} to set, {signs.count('~')} to change, {signs.count('-')} to retire "
        f"in {changed} of {len(plan.models)} models; {plan.blocked} blocked."
    )
