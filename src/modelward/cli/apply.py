"""`apply`: make the registry match git."""

import json
import os
import socket
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from modelward.cli.options import Output, emit, formats, here, now, quietly, selection, unless_quiet
from modelward.cli.reconciling import Reconciling, Selected, remembering
from modelward.errors import CannotEvaluate, Denied, ExitCode, WrongUse
from modelward.ledger.branch import LedgerAway, LedgerRaced
from modelward.reconcile.executing import Announced, Failed, Outcome, execute
from modelward.reconcile.observing import Plan
from modelward.reconcile.remembering import Run
from modelward.reconcile.serving import confirmed
from modelward.reconcile.states import ModelPlan
from modelward.reconcile.vouching import vouching
from modelward.report import plans
from modelward.report.terminal import safe
from modelward.tree.json_reader import read_json
from modelward.tree.text import Refused

_ROUNDS = 5


@click.command("apply")
@click.argument("saved", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@selection
@remembering
@click.option("--ledger-key", type=click.Path(path_type=Path), metavar="FILE", help="The key that signs the ledger.")
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
    remote: str | None,
    trust_root: str | None,
    ledger_root: str | None,
    ledger_key: Path | None,
    adopt: bool,
    yes: bool,
    dry_run: bool,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
) -> None:
    """Make the registry match the specs at a commit, or carry out the plan in FILE if nothing has moved since.

    Each model's artifacts are hashed before anything of it moves, and every step is read back. A model that cannot
    follow leaves the others alone. Where a ledger is kept, every merged step is judged first, and what is done is
    announced and recorded there; it begins with --trust-root and --ledger-key.
    """
    wanted = _read_saved(saved) if saved is not None else None
    selected = Selected(ref, models, environments, adopt)
    if wanted is not None:
        if models or environments or adopt or ref != "HEAD":
            raise WrongUse("a saved plan has its own selection", "give FILE alone, or the options alone")
        select = wanted["select"]
        selected = Selected(wanted["ref"], tuple(select["models"]), tuple(select["environments"]), wanted["adopt"])
    outcomes: list[Outcome] = []
    for rounds_left in reversed(range(_ROUNDS)):
        reconciling = Reconciling(folder, selected, remote, trust_root, ledger_root)
        plan = reconciling.plan()
        if wanted is not None:
            _check_unmoved(wanted, plan, reconciling)
        applying = _Applying(reconciling, plan, ledger_key, outputs, outcomes, quiet=quiet)
        try:
            applying.apply(yes=yes, dry_run=dry_run)
        except LedgerRaced:
            if not rounds_left:
                raise
        else:
            break
    applying.end()


class _Applying:
    """One plan, shown and carried out; `outcomes` are those of the run so far."""

    def __init__(
        self,
        reconciling: Reconciling,
        plan: Plan,
        key: Path | None,
        outputs: tuple[Output, ...],
        outcomes: list[Outcome],
        *,
        quiet: bool,
    ) -> None:
        self._reconciling = reconciling
        self._plan = plan
        self._key = key
        self._outputs = outputs
        self._outcomes = outcomes
        self._quiet = quiet
        # What a person follows gives way to a document on standard output.
        self._aside = any(output.format == "json" and output.path is None for output in outputs)
        self._said: list[str] = []
        self._away: LedgerAway | None = None

    def apply(self, *, yes: bool, dry_run: bool) -> None:
        """Show the plan, and carry it out when that is wanted: what reduces risk first, then all else."""
        plan, where = self._plan, self._reconciling.where
        news = plan.changes or plan.blocked or plan.untrusted
        self._say(plans.plan_as_text(plan, where), always=bool(news))
        if dry_run:
            return
        run = self._run()
        if plan.changes:
            _confirm(yes=yes)
        with_steps = [model for model in plan.models if model.actions]
        self._relieve(run, [model for model in with_steps if model.urgent])
        others = [model for model in with_steps if not model.urgent]
        if run is None:
            self._execute(others, None)
        elif self._away is None:
            self._announced(run, others)
        if self._outcomes:
            self._say(plans.outcomes_as_text(self._outcomes, where))

    def _relieve(self, run: Run | None, urgent: list[ModelPlan]) -> None:
        """Take out of service what must go; nothing is asked and nobody waited for, and then it is put on record."""
        memory = self._reconciling.memory
        done = self._execute(urgent, None)
        if run is not None and memory is not None:
            try:
                if done:
                    run.keep(done)
                elif memory.away is not None:
                    raise memory.away
            except LedgerAway as error:
                self._away = error

    def _announced(self, run: Run, others: list[ModelPlan]) -> None:
        """Let the ledger know first, then act, and say there what came of it."""
        claimed = run.claimed(others)
        if claimed:
            self._say(plans.claimed_as_text(claimed), always=True)
        acting = [model for model in others if model.model not in claimed]
        announced = run.announce(self._plan.models, acting)
        if self._reconciling.roots.vouched:
            run.anchor_again(self._plan, self._reconciling.registries, self._reconciling.repository)
        done = self._execute(acting, announced)
        if done:
            run.record(done)

    def _execute(self, acting: list[ModelPlan], announced: Announced | None) -> list[Outcome]:
        registries, progress = self._reconciling.registries, partial(_progress, quiet=self._quiet)
        done = list(confirmed(list(execute(tuple(acting), registries, progress, announced)), registries))
        self._outcomes += done
        for outcome in done:
            self._say(plans.outcome_as_text(outcome), always=isinstance(outcome, Failed))
        return done

    def end(self) -> None:
        """Write what was asked for, and leave with the exit code that it deserves."""
        commit = self._reconciling.merged.commit
        emit(
            unless_quiet(self._outputs, quiet=True),  # The text has been said as it happened.
            {
                "text": lambda: "\n".join(self._said),
                "json": lambda: plans.to_json(plans.outcomes_as_document(self._outcomes, commit)),
            },
        )
        failed = [outcome for outcome in self._outcomes if isinstance(outcome, Failed)]
        for error in self._reconciling.registries.unavailable:
            raise CannotEvaluate(error.message, error.remedy)
        if self._away is not None:
            raise CannotEvaluate(
                self._away.message, "nothing but what reduces risk was done; it is kept here until the ledger takes it"
            )
        unknown = any(state.state == "Unknown" for model in self._plan.models for state in model.states)
        if unknown or any(outcome.unavailable for outcome in failed):
            raise click.exceptions.Exit(ExitCode.NOT_EVALUATED)
        if failed or self._plan.blocked or self._plan.untrusted:
            raise click.exceptions.Exit(ExitCode.DENIED)

    def _run(self) -> Run | None:
        memory = self._reconciling.memory
        if memory is None:
            if self._key is not None:
                raise WrongUse("no ledger is kept yet", "name the commit from which it begins: --trust-root COMMIT")
            return None
        if self._key is None:
            raise WrongUse("this repository keeps a ledger, and a run signs it", "give the key: --ledger-key FILE")
        memory.require_kept_here()
        holder = f"{socket.gethostname()} {os.getpid()}"
        return Run(memory, self._key.resolve(), holder, now, vouching(self._reconciling.merged.snapshot))

    def _say(self, text: str, *, always: bool = False) -> None:
        self._said.append(text)
        if always or not self._quiet:
            click.echo(text, err=self._aside)


def _progress(plan: ModelPlan, *, quiet: bool) -> None:
    """Say on a terminal which model is being hashed and moved, which may take long."""
    if not quiet and sys.stderr.isatty():
        click.echo(f"        {safe(plan.model)} ...", err=True)


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
