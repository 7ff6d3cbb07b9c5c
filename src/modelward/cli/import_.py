"""`import`: specs for what a live registry already serves."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from modelward.authoring.registry_import import Outcome, Progress, Request, import_models
from modelward.authoring.serving import Pointer
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import Output, emit, formats, here, now, quietly
from modelward.errors import ExitCode, WrongUse
from modelward.reconcile.desired import Topology, topology
from modelward.registry.connecting import chosen, connect
from modelward.registry.interface import STAGES
from modelward.report.imports import as_json, as_text
from modelward.report.terminal import bold
from modelward.specs.scalars import EnvironmentName


@click.command("import")
@click.option("--registry", "registry_name", metavar="NAME", help="What to read.  [default: the only registry]")
@click.option("--name", "globs", multiple=True, metavar="GLOB", help="Only these registered models.")
@click.option("--model-map", multiple=True, metavar="REGISTERED=NAME", help="What a registered model is called here.")
@click.option(
    "--environment-map",
    multiple=True,
    metavar="POINTER=ENVIRONMENT",
    help="The alias, or `stage:STAGE`, that alone shows what an environment serves.",
)
@click.option("--all-versions", is_flag=True, help="Make every version a release, not only those that serve.")
@edits
@formats
@quietly
@here
def command(
    registry_name: str | None,
    globs: tuple[str, ...],
    model_map: tuple[str, ...],
    environment_map: tuple[str, ...],
    all_versions: bool,
    dry_run: bool,
    branch: str | None,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
) -> None:
    """Write specs for the models that a live registry already serves; nothing in the registry is changed.

    Each registered model becomes a folder with five specs, and a release for every version that an alias or a stage of
    an environment names. What nobody has written down stays empty, and `modelward validate` lists it; such findings
    only warn until the model's first promotion.

    Exit 1 when something is left for a person to decide; the rest is written.
    """
    workspace = Workspace(folder)
    registries = workspace.snapshot.registries.spec
    name = chosen(registries, registry_name)
    every = topology({each: file.spec for each, file in workspace.snapshot.environments.items()})
    environments = tuple((each, spec) for each, spec in every if spec.registry.name == name)
    names = dict(_pair(text, "--model-map") for text in model_map)
    request = Request(name, environments, globs, names, _pointers(environment_map, environments), all_versions)
    outcome = import_models(workspace.snapshot, connect(registries, name), request, now(), _bar(quiet=quiet))
    then = None
    if outcome.imported and not dry_run:
        then = workspace.put(outcome.files, f"Import {len(outcome.imported)} models from {name}", branch=branch)
    texts = {
        "text": lambda: as_text(outcome, written=then is not None),
        "json": lambda: as_json(outcome, written=then is not None),
    }
    silent = quiet and outcome.complete
    emit([each for each in outputs if not (silent and each == Output("text", None))], texts)
    _close(outcome, then, dry_run=dry_run)


def _close(outcome: Outcome, then: str | None, *, dry_run: bool) -> None:
    if outcome.imported and dry_run:
        click.echo("dry run: nothing was written", err=True)
    elif then is not None:
        click.echo(f"next: {then}; {bold('modelward plan')} shows that nothing is to be moved", err=True)
    if not outcome.complete:
        raise click.exceptions.Exit(ExitCode.DENIED)


def _bar(*, quiet: bool) -> Progress:
    @contextmanager
    def shown(total: int) -> Iterator[Callable[[], None]]:
        hidden = quiet or not sys.stderr.isatty()
        with click.progressbar(length=total, label="reading versions", file=sys.stderr, hidden=hidden) as bar:
            yield lambda: bar.update(1)

    return shown


def _pointers(given: Sequence[str], environments: Topology) -> Mapping[EnvironmentName, Pointer]:
    known = {str(name): name for name, _ in environments}
    pointers: dict[EnvironmentName, Pointer] = {}
    for text in given:
        written, environment = _pair(text, "--environment-map")
        if environment not in known or known[environment] in pointers:
            raise WrongUse(
                f"`{environment}` is no environment of this registry, or is given twice",
                f"its environments are {', '.join(known) or 'none'}",
            )
        pointers[known[environment]] = _pointer(written)
    return pointers


def _pointer(written: str) -> Pointer:
    if not written.startswith("stage:"):
        return Pointer(alias=written)
    stage = next((each for each in STAGES if each == written.removeprefix("stage:") and each != "None"), None)
    if stage is None:
        raise WrongUse(f"`{written}` names no stage", "give stage:Staging, stage:Production or stage:Archived")
    return Pointer(stage=stage)


def _pair(text: str, option: str) -> tuple[str, str]:
    before, equals, after = text.rpartition("=")
    if not equals or not before or not after:
        raise WrongUse(f"`{text}` is no pair", f"give {option} WHAT=NAME")
    return before, after
