"""`diff`: the registry against git, value by value."""

from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here, quietly, selection, unless_quiet
from modelward.cli.reconciling import Reconciling, Selected, remembering
from modelward.cli.showing import end, narrowed
from modelward.report import plans


@click.command("diff")
@selection
@remembering
@click.option("--exit-code", is_flag=True, help="Exit 5 when there are differences.")
@formats
@quietly
@here
def command(
    ref: str,
    models: tuple[str, ...],
    environments: tuple[str, ...],
    remote: str | None,
    trust_root: str | None,
    ledger_root: str | None,
    exit_code: bool,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
) -> None:
    """Show what the registry holds (-) against what the specs at a commit want (+)."""
    reconciling = Reconciling(folder, Selected(ref, models, environments), remote, trust_root, ledger_root)
    plan = narrowed(reconciling.plan(), reconciling.environments)
    document = plans.as_document(plan, "diff", reconciling.merged.commit, adopt=False)
    emit(
        unless_quiet(outputs, quiet=quiet and not plan.changes and not plan.blocked),
        {"text": lambda: plans.diff_as_text(plan), "json": lambda: plans.to_json(document)},
    )
    end(plan, reconciling.registries, changes_count=exit_code, states_count=exit_code)
