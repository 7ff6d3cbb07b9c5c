"""`status`: every model's state in every environment."""

from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here, quietly, selection
from modelward.cli.reconciling import Reconciling, Selected, remembering
from modelward.cli.showing import end, narrowed
from modelward.report import plans


@click.command("status")
@selection
@remembering
@click.option("--exit-code", is_flag=True, help="Exit 5 when something is not in sync.")
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
    """Show how each environment of each model stands against the specs at a commit."""
    reconciling = Reconciling(folder, Selected(ref, models, environments), remote, trust_root, ledger_root)
    plan = narrowed(reconciling.plan(), reconciling.environments)
    document = plans.as_document(plan, "status", reconciling.merged.commit, adopt=False)
    emit(
        outputs,
        {
            "text": lambda: plans.status_as_text(plan, reconciling.where, only_unhealthy=quiet),
            "json": lambda: plans.to_json(document),
        },
    )
    end(plan, reconciling.registries, changes_count=False, states_count=exit_code)
