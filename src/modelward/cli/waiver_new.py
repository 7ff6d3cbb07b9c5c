"""`waiver new`: an exception to one rule for one model, with its end."""

from difflib import get_close_matches
from pathlib import Path

import click

from modelward.authoring.waiver import NewWaiver, check_expiry, check_needed, check_waivable, next_name, written
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here, now
from modelward.cli.until import until
from modelward.cli.words import words
from modelward.errors import CannotEvaluate, WrongUse
from modelward.policy.demands import Demands
from modelward.rules.loading import ENGINE_RULES, Rule, load_rules
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Floors
from modelward.specs.scalars import EnvironmentName, ModelName


@click.command("new")
@click.argument("rule")
@click.argument("model")
@click.option("--environment", help="Only for what enters this environment.")
@click.option("--reason", required=True, metavar="TEXT", callback=words, help="Why the rule need not hold for now.")
@click.option("--ticket", required=True, callback=words, help="Where it was agreed on.")
@click.option("--expires", required=True, metavar="DURATION|TIME", help="When it ends, such as 30d.")
@edits
@here
def command(
    rule: str,
    model: str,
    environment: str | None,
    reason: str,
    ticket: str,
    expires: str,
    dry_run: bool,
    branch: str | None,
    folder: Path,
) -> None:
    """Except MODEL from RULE for a time: a file of its own under policies/waivers/.

    Only a rule that policies/enforcement.yaml makes waivable for the model can be waived. The waiver counts once its
    change is merged; when it has expired, or when nothing needs it any more, it is a finding.
    """
    workspace = Workspace(folder)
    organisation = workspace.snapshot
    moment = now()
    found = _rule((*load_rules(organisation), *ENGINE_RULES), rule)
    manifest = workspace.model(model).manifest.spec
    if environment is not None and environment not in organisation.environments:
        known = ", ".join(sorted(organisation.environments)) or "none"
        raise WrongUse(f"there is no environment `{environment}`", f"the environments are {known}")
    check_waivable(found, organisation.enforcement, manifest, enters=environment is not None)
    _check_ticket(ticket, organisation.floors.spec, manifest)
    expires_at = until(expires, moment)
    check_expiry(expires_at, moment, organisation.enforcement)
    where = None if environment is None else EnvironmentName(environment)
    new = NewWaiver(found.name, ModelName(model), where, reason, ticket, expires_at)
    check_needed(new, (file.spec for file in organisation.waivers), moment)
    name = next_name([*_past(workspace), *(entry.path for entry in organisation.source.entries("policies/waivers"))])
    path, data = written(name, new)
    workspace.publish({path: data}, f"Waive {rule} for {model}", dry_run=dry_run, branch=branch)


def _rule(rules: tuple[Rule, ...], name: str) -> Rule:
    for rule in rules:
        if rule.name == name:
            return rule
    close = get_close_matches(name, [rule.name for rule in rules], n=1)
    raise WrongUse(f"there is no rule `{name}`", f"did you mean `{close[0]}`?" if close else "see `modelward rules`")


def _check_ticket(ticket: str, floors: Floors, manifest: Manifest) -> None:
    for demand in Demands(floors, manifest).tickets():
        if not ticket.startswith(demand.value):
            raise WrongUse(
                f"the ticket `{ticket}` does not start with `{demand.value}`",
                f"give one that does: the floor `{demand.floor}` of policies/floors.yaml demands it",
            )


def _past(workspace: Workspace) -> list[str]:
    """The paths of waivers that any commit behind HEAD has touched: a name that records speak of is not given again."""
    try:
        listed = workspace.git.text("log", "--format=", "--name-only", "HEAD", "--", "policies/waivers")
    except CannotEvaluate:
        # There is no commit yet.
        return []
    return listed.splitlines()
