"""`release add`: a version of the registry becomes a release."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from modelward.authoring.given_data import with_given
from modelward.authoring.release import NewRelease, check_unclaimed, next_release, pinned, record
from modelward.authoring.version_facts import VersionFacts, facts_of
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import Output, emit, formats, here
from modelward.errors import Denied, WrongUse
from modelward.registry.connecting import chosen, connect
from modelward.registry.interface import RegisteredModel, RegisteredVersion, Registry
from modelward.report.terminal import bold, dim, safe
from modelward.specs.scalars import ReleaseName
from modelward.tree.model import Model
from modelward.tree.place import Unreadable


@click.command("add")
@click.argument("model")
@click.argument("version")
@click.option(
    "--registry", "registry_name", metavar="NAME", help="The registry that holds it.  [default: the only one]"
)
@click.option("--registered-version", type=click.IntRange(min=1), help="The number of the version in the registry.")
@click.option("--run-id", help="The run that made the version, instead of its number or to be compared with it.")
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="ROLE=FILE|DIGEST[@SNAPSHOT]",
    help="Data that made or measured the release, beside what its run logged; several times.",
)
@click.option("--image", help="The image that serves it, pinned by digest.")
@click.option("--ticket", help="The ticket under which it was approved.")
@click.option(
    "--imported", is_flag=True, help="It serves already, and was never judged: only for a model not yet merged."
)
@edits
@formats
@here
def command(
    model: str,
    version: str,
    registry_name: str | None,
    registered_version: int | None,
    run_id: str | None,
    datasets: tuple[str, ...],
    image: str | None,
    ticket: str | None,
    imported: bool,
    dry_run: bool,
    branch: str | None,
    outputs: tuple[Output, ...],
    folder: Path,
) -> None:
    """Pin a version of the registry as release VERSION of MODEL.

    Its files are downloaded and hashed; nothing is loaded. When and from which commit it was trained, and the digests
    of its data, are taken from the tags of its run: `mlflow.source.git.commit`, `trained_at`, `dataset.<role>` and
    `dataset.<role>.snapshot`.
    """
    workspace = Workspace(folder)
    found = workspace.model(model)
    _require_not_begun(workspace, found, version)
    release = next_release(found, version)
    name = chosen(workspace.snapshot.registries.spec, registry_name)
    if not dry_run:
        workspace.require_branch(branch)
    registry = connect(workspace.snapshot.registries.spec, name)
    registered_model = found.manifest.spec.registered_model
    registered = _version(registry, registered_model, registered_version, run_id)
    check_unclaimed(found, name, registered.version)
    if sys.stderr.isatty():
        click.echo(f"        reading version {registered.version} of {safe(registered_model)} ...", err=True)
    facts = facts_of(registry, registered_model, registered)
    if (other := pinned(workspace.snapshot.source).get(facts.digest)) is not None:
        raise Denied(f"{other} pins the same bytes, {facts.digest}", "one artifact is one release: deploy that one")
    path = f"{found.folder}/releases/{release}/release.yaml"
    data = with_given(facts.data, datasets, folder)
    written = _record(path, NewRelease(release, name, facts, data, imported, image, ticket))
    # What a person follows gives way to a document on standard output.
    aside = any(output.format == "json" and output.path is None for output in outputs)
    click.echo(workspace.difference({path: written}), err=aside)
    if unknown := " and the ".join(facts.training.unknown):
        click.echo(f"{dim('note:')} nobody wrote down the {unknown}, so the record has no `trained:`", err=aside)
    if dry_run:
        click.echo("dry run: nothing was written", err=aside)
    else:
        then = workspace.put({path: written}, f"Add release {release} to {model}", branch=branch)
        collect = bold(f"modelward evidence collect {model} {release} --data FILE")
        click.echo(f"next: {collect}; then {then}", err=aside)
    document = _document(model, release, path, facts, dry_run=dry_run)
    emit([output for output in outputs if output.format == "json"], {"json": lambda: json.dumps(document, indent=2)})


def _require_not_begun(workspace: Workspace, model: Model, version: str) -> None:
    """Tell a release that is here already, and not merged, from one that never changes any more."""
    if version not in model.release_folders:
        return
    folder, git = f"{model.folder}/releases/{version}", workspace.git
    (fixed,) = git.blobs([f"{git.upstream() or 'HEAD'}:{folder}/release.yaml"])
    if fixed is None:
        raise Denied(
            f"`{model.name}` has a release {version} already, which is not merged yet",
            f"go on with it: modelward evidence collect {model.name} {version} --data FILE;"
            f" or delete {folder} first, and add it anew",
        )


def _record(path: str, new: NewRelease) -> bytes:
    try:
        return record(path, new)
    except Unreadable as unreadable:
        raise WrongUse(f"this would be no release: {unreadable.message}", unreadable.remedy) from unreadable


def _version(registry: Registry, name: str, number: int | None, run_id: str | None) -> RegisteredVersion:
    model = registry.model(name)
    if model is None:
        raise Denied(f"`{name}` is not in the registry {registry.address}", "register it, or correct the manifest")
    if number is None and run_id is None:
        raise WrongUse("no version is named", f"give --registered-version; {_known(model)}")
    fits = [each for each in model.versions.values() if number in (None, each.version)]
    if not fits:
        raise Denied(f"`{name}` has no version {number} in the registry", _known(model))
    fits = [each for each in fits if run_id in (None, each.run_id)]
    if not fits and number is not None:
        made_by = model.versions[number].run_id or "that nobody knows"
        raise Denied(f"version {number} was made by run {made_by}, not {run_id}", "name the version or the run")
    if len(fits) != 1:
        made = _listed(fits) or "none"
        raise Denied(f"run {run_id} made not one version but {made}", f"give --registered-version; {_known(model)}")
    return fits[0]


def _known(model: RegisteredModel) -> str:
    newest = sorted(model.versions.values(), key=lambda each: -each.version)[:5]
    return f"its newest versions are {_listed(newest)}" if newest else "it has no version"


def _listed(versions: Sequence[RegisteredVersion]) -> str:
    return ", ".join(str(each.version) for each in versions)


def _document(model: str, release: ReleaseName, path: str, facts: VersionFacts, *, dry_run: bool) -> dict[str, Any]:
    return {
        "schema": "release-add/v1",
        "model": model,
        "release": release,
        "path": path,
        "artifact": {"digest": facts.digest, "size": facts.size},
        "registered_version": facts.version,
        "run_id": facts.run_id,
        "unknown": list(facts.training.unknown),
        "written": not dry_run,
    }
