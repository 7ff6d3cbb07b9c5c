"""`promote-step`: let a rollout that waits take its next step."""

from pathlib import Path

import click

from modelward.cli.deploying import Deployed
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here
from modelward.errors import WrongUse
from modelward.specs.rollout import Rollout


@click.command("promote-step")
@click.argument("model")
@click.argument("environment")
@click.argument("step", type=click.IntRange(min=1))
@edits
@here
def command(model: str, environment: str, step: int, dry_run: bool, branch: str | None, folder: Path) -> None:
    """Let the rollout of MODEL in ENVIRONMENT go as far as STEP of its canary.yaml, once it passes.

    The first step is 1; one more than the last is all of the traffic.
    """
    found = Deployed.found(Workspace(folder), model, environment)
    plan = found.model.canary.spec.environments.get(found.environment)
    if plan is None or not plan.steps:
        raise WrongUse(f"`{model}` enters `{environment}` at once", "there is no step to wait for")
    most = len(plan.steps) + 1
    if step > most:
        raise WrongUse(
            f"the rollout has no step {step}", f"its steps are 1 to {most - 1}, and {most} is all of the traffic"
        )
    if found.remembered_or_noted(f"a rollout into `{found.environment}`") is not None:
        _require_fresh(found, step, found.running())
    edited = found.with_value("promote_step", found.deployment.promote_step, step)
    found.write(edited, f"Let {model} in {environment} go to step {step}", dry_run=dry_run, branch=branch)


def _require_fresh(found: Deployed, step: int, rollout: Rollout) -> None:
    """Say how to consent anew where the same consent stands already, from before the rollout that waits."""
    if found.deployment.promote_step == rollout.stale == step:
        field = f"manifest.deployments.{found.environment}.promote_step"
        raise WrongUse(
            f"`promote_step: {step}` stood there before the rollout {rollout.id} began, and says nothing of it",
            f"merge that it is gone first: modelward set {found.model.manifest.spec.model} {field} null",
        )
