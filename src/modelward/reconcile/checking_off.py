"""The checklist of a release that was taken out, as the run that did it can answer for (mission rows A14, B6, E15)."""

from collections.abc import Iterator, Sequence

from modelward.reconcile.actions import Action, Adopt, MoveAlias, MoveStage, Route, Suspend
from modelward.reconcile.direction import Direction
from modelward.reconcile.executing import Applied, Failed, Outcome
from modelward.specs.ledger import Check
from modelward.specs.scalars import EnvironmentName
from modelward.traffic.confirming import described


def checklist(outcome: Outcome, environment: EnvironmentName, direction: Direction) -> Iterator[Check]:
    """Each step in its order: confirm, decide, act, and see that it took."""
    steps = [step for step in outcome.plan.actions if not isinstance(step, Adopt) and step.environment == environment]
    done = outcome.plan.actions[: len(outcome.plan.actions) if isinstance(outcome, Applied) else outcome.done]
    reason = direction.standing.reason if direction.standing is not None else "a merged change asks for it"
    yield _check("confirmed", "done", reason)
    yield _check("decided", "done", _decision(direction))
    yield _acted("suspended", [step for step in steps if isinstance(step, Suspend)], done)
    routes = [step for step in steps if isinstance(step, Route)]
    if environment in outcome.plan.unrouted:
        yield _check("traffic", "failed", "what splits it could not be asked")
    else:
        yield _acted("traffic", routes, done)
    frozen = [step for step in routes if not step.routing.feedback_enabled]
    yield _acted("feedback", frozen, done)
    yield _acted("pointers", [step for step in steps if isinstance(step, (MoveAlias, MoveStage))], done)
    if isinstance(outcome, Failed) and outcome.refused is not None:
        yield _check("artifact", "failed", outcome.reason)
    elif direction.restores and direction.pin is not None:
        yield _check("artifact", "done", f"the bytes are {direction.pin.digest}")
    else:
        yield _check("artifact", "needless", "no release has come in")
    yield _serving(outcome, routes)


def _decision(direction: Direction) -> str:
    if direction.off:
        return "the rules answer"
    return "nothing can take its place" if direction.pin is None else f"{direction.pin.release} serves"


def _acted(step: str, wanted: Sequence[Action], done: Sequence[Action]) -> Check:
    if not wanted:
        return _check(step, "needless", "it was so already")
    whole = all(each in done for each in wanted)
    return _check(step, "done" if whole else "failed", "; ".join(each.what for each in wanted))


def _serving(outcome: Outcome, routes: Sequence[Route]) -> Check:
    if not isinstance(outcome, Applied):
        return _check("serving", "failed", outcome.reason)
    if not outcome.confirmed:
        return _check("serving", "untold", "nobody answers for what serves")
    return _check("serving", "done", "; ".join(described(step.routing) for step in routes))


def _check(step: str, outcome: str, said: str) -> Check:
    return Check.model_validate({"step": step, "outcome": outcome, "said": said[:4000] or "-"})
