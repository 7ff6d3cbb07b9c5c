"""`sign`: say yes or no to exactly what a change contains."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from modelward.cli.editing import Workspace
from modelward.cli.gate import emit_verdict
from modelward.cli.gating import Gating
from modelward.cli.options import SPAN, Output, here
from modelward.cli.prompting import require_somebody
from modelward.cli.signing import Signing, attached, signed, write_out
from modelward.errors import Denied, WrongUse
from modelward.gate.naming import unnamed
from modelward.gate.numbers import numbers
from modelward.gate.records import LONGEST
from modelward.gate.scopes import Scope
from modelward.gate.signing import Speaker
from modelward.report.terminal import bold, green, safe
from modelward.report.verdicts import answer_as_text, content_as_text, numbers_as_text
from modelward.specs.record import POSSESSION_NAMESPACE, SIGNOFF_NAMESPACE, Decision
from modelward.tree.git import Git

F = TypeVar("F", bound=Callable[..., Any])
_DECISIONS: tuple[Decision, ...] = ("propose", "approve", "reject")
_CHOICE: click.Choice[Decision] = click.Choice(_DECISIONS)


def _what_is_said(function: F) -> F:
    """The options that say who speaks, and what."""
    person = click.option("--as", "person", required=True, metavar="PERSON", help="Who signs.")
    role = click.option("--role", help="The role in which they speak.  [default: the only one that they hold here]")
    decision = click.option("--decision", type=_CHOICE, help="[default: asked]")
    comment = click.option("--comment", metavar="TEXT", help="Why.  [default: asked]")
    valid = click.option("--valid-for", type=SPAN, default="14d", show_default=True, help=f"At most {LONGEST.days}d.")
    return person(role(decision(comment(valid(function)))))


def _how_it_is_signed(function: F) -> F:
    """The options that say with which key, and where."""
    path = click.Path(path_type=Path)
    key = click.option("--key", type=path, metavar="FILE", help="The key, or the `.pub` of a key in the agent.")
    statement = click.option("--statement", type=path, metavar="DIR", help="Write there what is signed elsewhere.")
    attach = click.option("--attach", type=path, metavar="DIR", help="File statements and their `.sig` from there.")
    possession = click.option("--possession", is_flag=True, help="Show that PERSON holds the key that is added.")
    return key(statement(attach(possession(function))))


@click.command("sign")
@click.option("--base", help="What the change is to be merged into.  [default: the branch's upstream]")
@click.option("--review", metavar="COMMIT", help="Look at what somebody did alone: sign the merged COMMIT.")
@click.option("--scope", "scopes", multiple=True, help="Only these parts of the change.  [default: all]")
@_what_is_said
@_how_it_is_signed
@click.option("--commit", is_flag=True, help="Commit the records.")
@click.option("--dry-run", is_flag=True, help="Only show what would be signed.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@here
def command(
    base: str | None,
    review: str | None,
    scopes: tuple[str, ...],
    person: str,
    role: str | None,
    decision: Decision | None,
    comment: str | None,
    valid_for: timedelta,
    key: Path | None,
    statement: Path | None,
    attach: Path | None,
    possession: bool,
    commit: bool,
    dry_run: bool,
    yes: bool,
    folder: Path,
) -> None:
    """Sign the change that HEAD makes to BASE, as it stands: any change to it afterwards makes the signature stale.

    What is signed is shown first: each change, what rules find, and who else is to sign. The private key is read by
    ssh-keygen alone.
    """
    if not (yes or possession or attach is not None):
        open_questions = {"--decision": decision, "--comment": comment, "--yes": None}
        lacking = [option for option, given in open_questions.items() if given is None]
        require_somebody("a signature is given by a person", " and ".join(lacking))
    workspace = Workspace(folder)
    gating = Gating.opened(folder, base, "HEAD", None) if review is None else Gating.reviewing(folder, review)
    if workspace.git.text("status", "--porcelain", "--untracked-files=no"):
        raise WrongUse("the working tree differs from HEAD, and HEAD is what is signed", "commit your changes first")
    if (problem := unnamed(gating.step)) is not None:
        raise Denied(problem.message, problem.remedy)
    verdict = gating.verdict()
    emit_verdict(gating, verdict, [Output("text", None)], content_as_text)
    if asked := numbers_as_text(list(numbers(gating.step))):
        click.echo(asked)
    signing = Signing(gating, verdict, person)
    if possession:
        statements = list(signing.possession(key))
    elif attach is not None:
        statements = []
    else:
        decided = _decision(decision, ask=not yes)
        wanted = signing.wanted(scopes, role, decided)
        statements = list(
            signing.statements(wanted, _speaker(person, wanted, decided, comment, valid_for, ask=not yes))
        )
    namespace = POSSESSION_NAMESPACE if possession else SIGNOFF_NAMESPACE
    if dry_run:
        for one in statements:
            click.echo(f"would sign {bold(safe(one.path))}\n{one.data.decode()}", nl=False)
        click.echo("dry run: nothing was written")
        return
    if statement is not None:
        write_out(statement, statements, namespace)
        return
    files = attached(attach) if attach is not None else signed(statements, key, namespace)
    signing.require_counting(files)
    workspace.put(files, "", branch=None)
    for path in files:
        click.echo(f"{green('+')} {safe(path)}")
    if commit:
        workspace.commit(list(files), f"Sign off as {person}")
        if review is None:
            click.echo(answer_as_text(Gating.opened(folder, base, "HEAD", None).verdict()))
        click.echo(f"next: {bold(_push(workspace.git))}")
    else:
        click.echo(f"next: {bold(f'git add {next(iter(files)).rpartition(chr(47))[0]}')}, then commit and push")


def _push(git: Git) -> str:
    """How what is committed goes out: under the branch's own name, which git must be told where it knows none."""
    branch = git.text("branch", "--show-current")
    tracked = git.text("for-each-ref", "--format=%(upstream:lstrip=3)", f"refs/heads/{branch}") if branch else ""
    return "git push" if branch == tracked else f"git push -u origin {branch}"


def _decision(decision: Decision | None, *, ask: bool) -> Decision:
    if decision is not None:
        return decision
    if not ask:
        raise WrongUse("no decision is named", f"give one: --decision {' | '.join(_DECISIONS)}")
    return click.prompt("decision", type=_CHOICE, err=True)


def _speaker(
    person: str,
    wanted: Mapping[Scope, str],
    decision: Decision,
    comment: str | None,
    valid_for: timedelta,
    *,
    ask: bool,
) -> Speaker:
    if not timedelta() < valid_for <= LONGEST:
        raise WrongUse("a sign-off is valid for some time", f"at most {LONGEST.days}d")
    if comment is None:
        comment = click.prompt("comment", default="", show_default=False, err=True) if ask else ""
    if ask:
        said = ", ".join(f"{safe(scope)} as {safe(role)}" for scope, role in wanted.items())
        click.confirm(f"{decision} {said}?", abort=True, err=True)
    return Speaker(person, decision, comment or "", valid_for)
