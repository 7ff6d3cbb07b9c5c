"""What git is asked to say after a release was taken out: the line that goes back, as a branch for people to merge."""

from collections.abc import Iterable, Iterator

from modelward.reconcile.desired import Target
from modelward.reconcile.rollback_branch import Return
from modelward.reconcile.states import ModelPlan
from modelward.specs.manifest import Deployment
from modelward.specs.scalars import EnvironmentName, ModelName


def returns(models: Iterable[ModelPlan]) -> Iterator[Return]:
    """Every environment in which git deploys what is suspended while another release holds it.

    Asked of each run, as is all else: a branch that could not be pushed is pushed by the next.
    """
    for model in models:
        for target in model.targets:
            if not target.stays and (back := return_of(model.model, target)) is not None:
                yield back


def return_of(model: ModelName, target: Target) -> Return | None:
    """The return that lets git say what serves in an environment; None where there is none to propose."""
    direction, deployed = target.direction, target.deployed
    if direction is None or direction.standing is None or direction.standing.state != "Suspended":
        return None
    ids = [identity for identity, out in direction.open if out.release == deployed]
    if deployed is None or direction.pin is None or deployed == direction.pin.release or not ids or direction.off:
        return None
    return Return(model, target.environment, deployed, direction.pin.release, ids[-1])


def lifted_by(model: ModelName, target: Target, lift: str) -> str:
    """What ends how an environment stands, which is `lift`; after what only lets git say what serves, where that does.

    That lets nothing in, and so comes first. What is only about to go out of service nothing lifts yet.
    """
    if not lift:
        return ""
    direction, deployed, back = target.direction, target.deployment, return_of(model, target)
    if back is not None:
        return f"merging the branch {back.branch}, by which git says what serves; or {lift}"
    if direction is not None and direction.off and deployed is not None and deployed.ml_enabled is not False:
        return f"{lift}; until then let git say that it is off: {switched_off_by(model, target.environment, deployed)}"
    return lift


def switched_off_by(model: ModelName, environment: EnvironmentName, deployed: Deployment) -> str:
    """What lets git say that the rules answer."""
    if deployed.ml_enabled is None:
        return f"`ml_enabled: false` for {environment} in models/{model}/manifest.yaml"
    return f"modelward set {model} manifest.deployments.{environment}.ml_enabled false"
