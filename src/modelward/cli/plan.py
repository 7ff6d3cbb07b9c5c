"""`plan`: what separates the registry from git."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here, selection, unless_quiet, volume
from modelward.cli.reconciling import Reconciling, Selected, remembering
from modelward.cli.showing import end
from modelward.report import plans
from modelward.tree.edit import write_atomically


@click.command("plan")
@selection
@remembering
@click.option("--adopt", is_flag=True, help="Plan to take over registered models that others have set.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan for `apply FILE`.")
@click.option("--exit-code", is_flag=True, help="Exit 5 when there are changes.")
@formats
@volume
@here
def command(
    ref: str,
    models: tuple[str, ...],
    environments: tuple[str, ...],
    remote: str | None,
    trust_root: str | None,
    ledger_root: str | None,
    adopt: bool,
    out: Path | None,
    exit_code: bool,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
    verbose: bool,
) -> None:
    """Show the steps that would make the registry match the specs at a commit. Nothing is written to a registry."""
    reconciling = Reconciling(folder, Selected(ref, models, environments, adopt), remote, trust_root, ledger_root)
    plan = reconciling.plan()
    document = plans.as_document(plan, "plan", reconciling.merged.commit, adopt=adopt)
    emit(
        unless_quiet(outputs, quiet=quiet and not (plan.changes or plan.blocked or plan.untrusted)),
        {
            "text": lambda: plans.plan_as_text(plan, reconciling.where, each_model=verbose, only_news=quiet),
            "json": lambda: plans.to_json(document),
        },
    )
    if out is not None:
        saved = document | {"ref": ref, "select": {"models": list(models), "environments": list(environments)}}
        write_atomically(out, (plans.to_json(saved) + "\n").encode())
        rooted = {"--trust-root": trust_root, "--ledger-root": ledger_root}
        told = _next(out, rooted, remote, kept=reconciling.memory is not None)
        click.echo(f"saved; {told if plan.changes else 'it has no steps, so that there is nothing to apply'}", err=True)
    end(plan, reconciling.registries, changes_count=exit_code, states_count=False)


def _next(saved: Path, rooted: Mapping[str, str | None], remote: str | None, *, kept: bool) -> str:
    """The command that carries a saved plan out; where a ledger is kept, with where that is and who signs it."""
    words = ["modelward", "apply", shlex.quote(str(saved))]
    if kept:
        words += ["--remote", shlex.quote(remote or "origin"), "--ledger-key", "FILE"]
        words += [word for name, root in rooted.items() if root is not None for word in (name, shlex.quote(root))]
    return f"next: {' '.join(words)}"
