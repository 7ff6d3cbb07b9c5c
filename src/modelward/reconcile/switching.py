"""What git has switched off: it goes off at once, whatever else of the model is amiss (mission row E14).

Nothing comes in by that, so that neither wrong bytes nor a version that is not ready nor a ledger in doubt holds it up.
"""

from dataclasses import replace

from modelward.errors import CannotEvaluate
from modelward.reconcile.accompanying import Routed, Stale, switches_off, switching_off
from modelward.reconcile.actions import Route
from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import EnvironmentState, ModelPlan, shown_in
from modelward.registry.interface import RegisteredModel
from modelward.specs.scalars import EnvironmentName
from modelward.traffic.interface import Routing, TrafficRefused
from modelward.traffic.interface import Unreadable as TrafficUnreadable
from modelward.tree.place import Unreadable


def switched_off(wanted: DesiredModel, actual: RegisteredModel, registries: Registries) -> ModelPlan | None:
    """The plan that takes out what git has switched off and is still on, and does nothing else; None where all is."""
    steps = {
        target.environment: step
        for target in wanted.targets
        if not target.stays and (step := _off(target, wanted, actual, registries)) is not None
    }
    if not steps:
        return None
    targets = tuple(replace(target, stays=target.environment not in steps) for target in wanted.targets)
    states = tuple(
        EnvironmentState(
            target.environment, "OutOfSync", target.deployed, shown_in(target, wanted, actual), "git switches it off"
        )
        for target in targets
        if not target.stays
    )
    names = (wanted.model, wanted.registry, wanted.registered_model)
    actions = tuple(steps.values())
    return ModelPlan(*names, states, actions, observed=actual, targets=targets, pins=wanted.pins, urgent=True)


def _off(target: Target, wanted: DesiredModel, actual: RegisteredModel, registries: Registries) -> Route | None:
    """The step that switches off what is routed, or what serves in spite of that."""
    if target.traffic == "none" or not (wanted.retired or switches_off(target)):
        return None
    try:
        routed = registries.routed(target.environment).get(wanted.registered_model)
        found = (routed, found_in(registries, target.environment, wanted.registered_model))
        return next(filter(None, (switching_off(target, wanted, actual, one) for one in found)), None)
    except (CannotEvaluate, TrafficRefused, Unreadable):
        # Whoever plans the whole of the model says so.
        return None


def found_in(registries: Registries, environment: EnvironmentName, registered_model: str) -> Routed:
    """What is routed, held against what really serves where that can be told."""
    routed = registries.routed(environment).get(registered_model)
    if not isinstance(routed, Routing):
        return routed
    try:
        serving = registries.serving(environment)
    except (CannotEvaluate, TrafficRefused):
        return routed
    serves = None if serving is None else serving.get(registered_model)
    if serving is None or isinstance(serves, TrafficUnreadable):
        return routed
    if serves is None:
        return None
    return routed if serves.routing.shows(routed) else Stale(serves.routing)
