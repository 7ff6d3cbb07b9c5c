"""`model new`: five specs that the organisation's floors allow, as far as somebody says what the model is."""

from pathlib import Path
from typing import get_args

import click

from modelward.authoring.measures import NUMERIC
from modelward.authoring.model import NewModel, specs
from modelward.authoring.new_name import check_new_name
from modelward.authoring.roles import assignable, holders
from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here
from modelward.cli.words import words
from modelward.errors import WrongUse
from modelward.reconcile.desired import topology
from modelward.report.terminal import safe
from modelward.specs.manifest import Fallback, Feature, Inputs, Task, Tier
from modelward.tree.place import Unreadable

_KINDS = get_args(Feature.model_fields["kind"].annotation)


@click.command("new")
@click.argument("name")
@click.option("--summary", metavar="TEXT", callback=words, help="What it predicts, in one line.")
@click.option("--team", callback=words, help="The team that answers for it; with --contact.")
@click.option("--contact", callback=words, help="Where that team is reached.")
@click.option("--sponsor", callback=words, help="Who answers for it to the business.")
@click.option("--on-call", callback=words, help="Who is called when it is down.")
@click.option("--tier", type=click.Choice(get_args(Tier)), help="How much harm a wrong answer does.")
@click.option("--compliance", multiple=True, metavar="REGIME", help="A regime that applies; several times, or `none`.")
@click.option("--limitations", callback=words, help="What it must not be used for, and what it has never seen.")
@click.option("--task", type=click.Choice(get_args(Task)), help="What kind of answer it gives.")
@click.option("--inputs", type=click.Choice(get_args(Inputs)), help="What it reads.  [default: tabular with --feature]")
@click.option("--range", "range_", nargs=2, type=float, metavar="LOW HIGH", help="Where a number that it answers lies.")
@click.option("--label", metavar="COLUMN", callback=words, help="The column that holds the truth.")
@click.option("--label-delay", default="30d", show_default=True, help="How long after a prediction the truth arrives.")
@click.option("--feature", "features", multiple=True, metavar="NAME[:KIND]", help="An input column; several times.")
@click.option("--entity", default="entity", show_default=True, help="What a row of features describes.")
@click.option("--view", default="inputs", show_default=True, help="The feature view that features come from.")
@click.option("--slice", "group", metavar="COLUMN", help="The column of protected groups to compare between.")
@click.option("--fallback", type=click.Choice(get_args(Fallback)), help="What serves when the model is off.")
@click.option(
    "--role", "roles", multiple=True, metavar="ROLE=PERSON|team:TEAM", help="Who holds a role; several times."
)
@click.option("--registered-model", callback=words, help="Its name in the registry.  [default: NAME]")
@edits
@here
def command(
    name: str,
    summary: str | None,
    team: str | None,
    contact: str | None,
    sponsor: str | None,
    on_call: str | None,
    tier: Tier | None,
    compliance: tuple[str, ...],
    limitations: str | None,
    task: Task | None,
    inputs: Inputs | None,
    range_: tuple[float, float] | None,
    label: str | None,
    label_delay: str,
    features: tuple[str, ...],
    entity: str,
    view: str,
    group: str | None,
    fallback: Fallback | None,
    roles: tuple[str, ...],
    registered_model: str | None,
    dry_run: bool,
    branch: str | None,
    folder: Path,
) -> None:
    """Write the five specs of a new model NAME, with gates, triggers and canary that the floors of its tier allow.

    What is not said is left out, and stands in the specs as a comment; `modelward validate` says what is still missing.
    """
    workspace = Workspace(folder)
    organisation = workspace.snapshot
    check_new_name(organisation, workspace.git, name, registered_model or name)
    people = organisation.people.spec
    known = assignable(organisation.signoff.spec, people)
    held = holders([_role(given) for given in roles], known, people)
    new = NewModel(
        name=name,
        registered_model=registered_model or name,
        summary=summary,
        owner=_owner(team, contact),
        sponsor=sponsor,
        on_call=on_call,
        tier=tier,
        compliance=_compliance(compliance),
        limitations=limitations,
        task=task,
        inputs=inputs or ("tabular" if features else None),
        range=_range(range_, task),
        label=None if label is None else (label, label_delay),
        fallback=fallback,
        features=tuple(_feature(given) for given in features),
        entity=entity,
        view=view,
        group=group,
        roles=held,
        unheld=tuple(role for role in known if role not in held),
    )
    environments = topology({each: file.spec for each, file in organisation.environments.items()})
    try:
        files = specs(new, organisation.floors.spec, environments)
    except Unreadable as unreadable:
        problem = unreadable.problems[0]
        raise WrongUse(f"{problem.place.path} would be no spec: {problem.message}", problem.remedy) from unreadable
    workspace.publish(files, f"Add the model {name}", dry_run=dry_run, branch=branch)


def _owner(team: str | None, contact: str | None) -> tuple[str, str] | None:
    if (team is None) != (contact is None):
        raise WrongUse("--team and --contact belong together", "give both, or neither")
    return None if team is None or contact is None else (team, contact)


def _compliance(regimes: tuple[str, ...]) -> tuple[str, ...] | None:
    if "none" in regimes and len(regimes) > 1:
        raise WrongUse("`--compliance none` leaves no place for a regime", "give the regimes alone")
    return None if not regimes else () if regimes == ("none",) else tuple(dict.fromkeys(regimes))


def _range(given: tuple[float, float] | None, task: Task | None) -> tuple[float, float] | None:
    if given is None:
        return None
    if task not in NUMERIC:
        raise WrongUse("only a number has a --range", f"give it with --task {' or '.join(NUMERIC)}")
    low, high = (int(bound) if bound.is_integer() else bound for bound in given)
    if not low < high:
        raise WrongUse(f"the range is empty: {low:g} is not below {high:g}", "give the lowest answer, then the highest")
    return low, high


def _feature(given: str) -> tuple[str, str]:
    name, _, kind = given.partition(":")
    if kind and kind not in _KINDS:
        raise WrongUse(f"`{safe(kind)}` is no kind of feature", f"the kinds are {', '.join(_KINDS)}")
    return name, kind or "numeric"


def _role(given: str) -> tuple[str, str]:
    role, equals, holder = given.partition("=")
    if not equals or not holder:
        raise WrongUse(
            f"`--role {given}` names no holder", "write it like --role team-lead=lead-1, or =team:risk-leads"
        )
    return role, holder
