"""The edit that promotions and rollbacks share: one `release:` in the manifest, and what goes with the one before."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

import click

from modelward.cli.deploying import remembered
from modelward.cli.editing import Workspace
from modelward.cli.until import written
from modelward.errors import ModelwardError, WrongUse
from modelward.gate.manifest_changes import ENDS_WITH
from modelward.report.terminal import safe, yellow
from modelward.specs.scalars import EnvironmentName, ReleaseName
from modelward.specs.signoff import ChangeKind
from modelward.tree.edit import insert_entry, remove_entry, replace_scalar
from modelward.tree.model import Model


def move(
    workspace: Workspace, model: str, environment: str, release: str, word: str, *, dry_run: bool, branch: str | None
) -> None:
    """Let the manifest of `model` deploy `release` to `environment`, which both must exist.

    What was said of the release before goes with it, as far as that needs nobody's further signature.
    """
    found = workspace.model(model)
    if release not in found.release_folders:
        known = ", ".join(found.release_folders) or "none"
        raise WrongUse(f"`{model}` has no release {release}", f"its releases are {known}")
    name = workspace.environment(environment)
    deployments = found.manifest.spec.deployments
    if name in deployments and deployments[name].release == release:
        serves = f"modelward status --model {model} --environment {environment}"
        raise WrongUse(f"git deploys {release} to `{environment}` already", f"for what serves there: {serves}")
    path = found.manifest.path
    data = workspace.read(path)
    if name in deployments:
        edited = replace_scalar(data, ("deployments", environment, "release"), release)
        for key in _ended(workspace, found, name, ReleaseName(release)):
            edited = remove_entry(edited, ("deployments", environment, key))
    else:
        edited = insert_entry(data, ("deployments",), environment, {"release": release})
    _warn(workspace, found, name, release)
    message = f"{word} {model} in {environment} to {release}"
    workspace.write(path, edited, message, dry_run=dry_run, branch=branch)


def _warn(workspace: Workspace, model: Model, environment: EnvironmentName, release: str) -> None:
    """Say of a release that is suspended there that merging this alone does not let it in.

    A ledger that is not known here, or cannot be read, keeps nobody from editing.
    """
    deployed, name = model.manifest.spec.deployments.get(environment), model.manifest.spec.model
    with suppress(ModelwardError):
        known = remembered(workspace).of(name, environment).suspensions
        for identity, one in known.items():
            lifted = one.resumed is not None or (deployed is not None and deployed.resume == identity)
            if one.release == release and not lifted:
                said = f"{release} is suspended in {environment} since {written(one.at)}: {safe(one.why)}"
                lift = f"it stays out until a merged change says: modelward resume {name} {environment} {identity}"
                click.echo(f"{yellow('warning:')} {said}\n  {lift}", err=True)


def _ended(workspace: Workspace, model: Model, environment: EnvironmentName, to: ReleaseName) -> Iterator[str]:
    """The entries that were said of the release before, and that the gate lets go with it.

    A `resume` stays until it is known to be carried out. A ledger that cannot be read stops no rollback.
    """
    before = model.manifest.spec.deployments[environment]
    said = sorted(key for key in ENDS_WITH["promotion"] if getattr(before, key) is not None)
    if not said:
        return
    lifted: datetime | None = None
    kind: ChangeKind = "rollback"
    with suppress(ModelwardError):
        state, name = remembered(workspace), model.manifest.spec.model
        known = state.of(name, environment).suspensions.get(str(before.resume))
        lifted = None if known is None else known.resumed
        kind = "rollback" if to in state.held(name, environment) else "promotion"
    for key in said:
        if key in ENDS_WITH[kind] and (key != "resume" or lifted is not None):
            yield key
