"""`apply`: make the registry match git."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from modelward.cli.options import Output, emit, formats, here, quietly, selection, unless_quiet
from modelward.cli.reconciling import Reconciling
from modelward.errors import CannotEvaluate, Denied, ExitCode, WrongUse
from modelward.reconcile.executing import Failed, Outcome, execute
from modelward.reconcile.observing import Plan
from modelward.reconcile.states import ModelPlan
from modelward.report import plans
from modelward.report.terminal import safe
from modelward.tree.json_reader import read_json
from modelward.tree.text import Refused


@click.command("apply")
@click.argument("saved", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@selection
@click.option("--adopt", is_flag=True, help="Take over registered models that others have set.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@formats
@quietly
@here
def command(
    saved: Path | None,
    ref: str,
    models: tuple[str, ...],
    environments: tuple[str, ...],
    adopt: bool,
    yes: bool,
    dry_run: bool,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
) -> None:
    """Make the registry match the specs at a commit, or carry out the plan in FILE if nothing has moved since.

    Each model's artifacts are hashed before anything of it moves, and every step is read back. A model that cannot
    follow leaves the others alone.
    """
    wanted = _read_saved(saved) if saved is not None else None
    if wanted is not None:
        if models or environments or adopt or ref != "HEAD":
            raise WrongUse("a saved plan has its own selection", "give FILE alone, or the options alone")
        select = wanted["select"]
        ref, models, environments = wanted["ref"], tuple(select["models"]), tuple(select["environments"])
        adopt = wanted["adopt"]
    reconciling = Reconciling(folder, ref, models, environments, adopt=adopt)
    plan = reconciling.plan()
    if wanted is not None:
        _check_unmoved(wanted, plan, reconciling)
    # What a person follows gives way to a document on standard output.
    aside = any(output.format == "json" and output.path is None for output in outputs)
    said = [plans.plan_as_text(plan, reconciling.where)]
    if not quiet or plan.changes or plan.blocked:
        click.echo(said[0], err=aside)
    outcomes: list[Outcome] = []
    if plan.changes and not dry_run:
        _confirm(yes=yes)
        for outcome in execute(plan.models, reconciling.registries, lambda each: _progress(each, quiet=quiet)):
            outcomes.append(outcome)
            said.append(plans.outcome_as_text(outcome))
            if not quiet or isinstance(outcome, Failed):
                click.echo(said[-1], err=aside)
        said.append(plans.outcomes_as_text(outcomes, reconciling.where))
        if not quiet:
            click.echo(said[-1], err=aside)
    document = plans.outcomes_as_document(outcomes, reconciling.merged.commit)
    emit(
        unless_quiet(outputs, quiet=True),  # The text has been said as it happened.
        {"text": lambda: "\n".join(said), "json": lambda: plans.to_json(document)},
    )
    _end(plan, reconciling, outcomes)


def _progress(plan: ModelPlan, *, quiet: bool) -> None:
    """Say on a terminal which model is being hashed and moved, which may take long."""
    if not quiet and sys.stderr.isatty():
        click.echo(f"        {safe(plan.model)} ...", err=True)


def _end(plan: Plan, reconciling: Reconciling, outcomes: list[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    for error in reconciling.registries.unavailable:
        raise CannotEvaluate(error.message, error.remedy)
    unknown = any(state.state == "Unknown" for model in plan.models for state in model.states)
    if unknown or any(outcome.unavailable for outcome in failed):
        raise click.exceptions.Exit(ExitCode.NOT_EVALUATED)
    if failed or plan.blocked:
        raise click.exceptions.Exit(ExitCode.DENIED)


def _confirm(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUse("apply changes a registry, and nobody is here to ask", "give --yes")
    if not click.confirm("Apply these steps?", default=False):
        raise Denied("nothing was changed")


def _read_saved(path: Path) -> dict[str, Any]:
    try:
        document = read_json(path.read_bytes())
    except OSError as error:
        raise WrongUse(f"cannot read {path}: {error.strerror}", "save one with `modelward plan --out FILE`") from error
    except Refused as refused:
        raise WrongUse(
            f"{path} is no saved plan: {refused.message}", "save one with `modelward plan --out FILE`"
        ) from refused
    select = document.get("select")
    sound = (
        document.get("schema") == "plan/v1"
        and isinstance(document.get("ref"), str)
        and isinstance(document.get("adopt"), bool)
        and isinstance(select, dict)
        and all(
            isinstance(select.get(name), list) and all(isinstance(item, str) for item in select[name])
            for name in ("models", "environments")
        )
    )
    if not sound:
        raise WrongUse(f"{path} is no saved plan", "save one with `modelward plan --out FILE`")
    return document


def _check_unmoved(wanted: dict[str, Any], plan: Plan, reconciling: Reconciling) -> None:
    """Refuse a saved plan unless the plan made now is the same to the letter: the steps in the file are never used."""
    fresh = plans.as_document(plan, "plan", reconciling.merged.commit, adopt=reconciling.adopt)
    fresh = json.loads(plans.to_json(fresh))
    if wanted.get("commit") != fresh["commit"]:
        made_at = str(wanted.get("commit"))[:12]
        raise Denied(
            f"`{wanted['ref']}` is at {fresh['commit'][:12]} now, the plan was made at {made_at}", "plan again"
        )
    if {name: wanted.get(name) for name in fresh} != fresh:
        raise Denied("the registry or the specs have moved since the plan was made", "plan again")
