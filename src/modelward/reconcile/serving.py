"""What really serves, as what splits the traffic tells it: counted for rollouts, and confirmed after a move."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from modelward.errors import CannotEvaluate, ModelwardError
from modelward.reconcile.actions import Place, Route
from modelward.reconcile.executing import Announced, Applied, Failed, Outcome
from modelward.reconcile.registries import Registries
from modelward.reconcile.rollout import Samples
from modelward.reconcile.states import ModelPlan
from modelward.reconcile.undoing import undone
from modelward.specs.scalars import EnvironmentName
from modelward.traffic.confirming import Confirmation, Confirmed, NotServed, Unanswered, reload_and_confirm
from modelward.traffic.interface import Routing, Serving, TrafficRefused


def assigned(registries: Registries, environment: EnvironmentName, registered_model: str) -> Samples | None:
    """How many requests each variant has had since its routing came into effect; None where nobody counts them."""
    try:
        serving = registries.serving(environment)
    except (CannotEvaluate, TrafficRefused):
        return None
    found = None if serving is None else serving.get(registered_model)
    return Samples(found.requests.challenger, found.requests.champion) if isinstance(found, Serving) else None


def confirmed(
    outcomes: Sequence[Outcome], registries: Registries, announced: Announced | None = None
) -> Iterator[Outcome]:
    """The same outcomes; what was routed and does not serve has failed, and is undone where it raised a risk.

    Each environment is reloaded and asked once for all models (mission row E6). What was announced is undone only while
    it is still this run's.
    """
    wanted: dict[EnvironmentName, dict[str, Routing]] = {}
    for outcome in outcomes:
        if isinstance(outcome, Applied):
            for step in _routes(outcome.plan):
                wanted.setdefault(step.environment, {})[step.registered_model] = step.routing
    said = {environment: _confirmations(registries, environment, each) for environment, each in wanted.items()}
    for outcome in outcomes:
        why = next(_refuted(outcome.plan, said), None) if isinstance(outcome, Applied) else None
        if why is not None:
            yield _failed(outcome.plan, why, registries, announced)
        elif isinstance(outcome, Applied):
            yield replace(outcome, confirmed=_told(outcome.plan, said))
        else:
            yield outcome


def _confirmations(
    registries: Registries, environment: EnvironmentName, wanted: Mapping[str, Routing]
) -> Mapping[str, Confirmation]:
    try:
        return reload_and_confirm(registries.traffic(environment), wanted)
    except ModelwardError as error:
        if isinstance(error, TrafficRefused) and len(wanted) > 1:
            # One of them is refused, which the others have no part in.
            each = (_confirmations(registries, environment, {model: routing}) for model, routing in wanted.items())
            return {model: answer for one in each for model, answer in one.items()}
        why = f"nobody can tell whether it serves: {error.message}"
        return dict.fromkeys(wanted, Unanswered(why) if isinstance(error, CannotEvaluate) else NotServed(why))


def _refuted(
    plan: ModelPlan, said: Mapping[EnvironmentName, Mapping[str, Confirmation]]
) -> Iterator[NotServed | Unanswered]:
    """Why a plan has failed, each with its environment."""
    for step in _routes(plan):
        answer = said[step.environment][step.registered_model]
        if isinstance(answer, (NotServed, Unanswered)):
            yield replace(answer, reason=f"{step.environment}: {answer.reason}")


def _told(plan: ModelPlan, said: Mapping[EnvironmentName, Mapping[str, Confirmation]]) -> bool:
    """Whether what serves has confirmed all that was routed, and something was."""
    answers = [said[step.environment][step.registered_model] for step in _routes(plan)]
    return bool(answers) and all(isinstance(answer, Confirmed) for answer in answers)


def _failed(
    plan: ModelPlan, answer: NotServed | Unanswered, registries: Registries, announced: Announced | None
) -> Failed:
    why, unavailable = answer.reason, isinstance(answer, Unanswered)
    if plan.urgent:
        # What reduces risk is never undone; the next run goes on with it.
        return Failed(plan, len(plan.actions), why, "have what serves looked at", unavailable)
    place = Place(registries.open(plan.registry), registries.traffic)
    try:
        for step in undone(plan):
            if announced is not None:
                announced.require_ours(plan, place.registry)
            step.do(place)
    except ModelwardError as error:
        said = f"{why}; and it could not be undone: {error.message}"
        return Failed(plan, len(plan.actions), said, "the next run goes on from there", unavailable=True)
    # Where nothing was routed before there is nothing to go back to.
    undone_all = all(step.found is not None for step in _routes(plan))
    said = "it was undone" if undone_all else "it was undone, but for the traffic that nobody had routed before"
    return Failed(plan, 0, f"{why}; {said}", "have what serves looked at, and run again", unavailable)


def _routes(plan: ModelPlan) -> Iterator[Route]:
    return (step for step in plan.actions if isinstance(step, Route))
