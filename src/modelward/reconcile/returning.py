"""What git is asked to say after a release was taken out: the line that goes back, as a branch for people to merge."""

from collections.abc import Iterator

from modelward.reconcile.observing import Plan
from modelward.reconcile.rollback_branch import Return


def returns(plan: Plan) -> Iterator[Return]:
    """Every environment in which git deploys what is suspended while another release holds it.

    Asked of each run, as is all else: a branch that could not be pushed is pushed by the next.
    """
    for model in plan.models:
        for environment, direction in model.directions:
            target = model.target(environment)
            standing, pin = direction.standing, direction.pin
            if target is None or standing is None or standing.state != "Suspended" or pin is None:
                continue
            deployed = target.deployed
            ids = [identity for identity, out in direction.open if out.release == deployed]
            if deployed is not None and deployed != pin.release and ids and not direction.off:
                yield Return(model.model, environment, deployed, pin.release, ids[-1])
