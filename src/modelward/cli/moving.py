"""The edit that promotions and rollbacks share: one `release:` in the manifest."""

from modelward.cli.editing import Workspace
from modelward.errors import WrongUse
from modelward.specs.scalars import EnvironmentName
from modelward.tree.edit import insert_entry, replace_scalar


def move(
    workspace: Workspace, model: str, environment: str, release: str, word: str, *, dry_run: bool, branch: str | None
) -> None:
    """Let the manifest of `model` deploy `release` to `environment`, which both must exist."""
    found = workspace.model(model)
    if release not in found.release_folders:
        known = ", ".join(found.release_folders) or "none"
        raise WrongUse(f"`{model}` has no release {release}", f"its releases are {known}")
    name = EnvironmentName(environment)
    if name not in workspace.snapshot.environments:
        known = ", ".join(sorted(workspace.snapshot.environments)) or "none"
        raise WrongUse(f"there is no environment `{environment}`", f"the environments are {known}")
    deployments = found.manifest.spec.deployments
    if name in deployments and deployments[name].release == release:
        raise WrongUse(f"`{environment}` already runs {release}", "there is nothing to change")
    path = found.manifest.path
    data = workspace.read(path)
    if name in deployments:
        edited = replace_scalar(data, ("deployments", environment, "release"), release)
    else:
        edited = insert_entry(data, ("deployments",), environment, {"release": release})
    message = f"{word} {model} in {environment} to {release}"
    workspace.write(path, edited, message, dry_run=dry_run, branch=branch)
