"""Statements and records of one change: what a person signs, where it is signed, and whether it would count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from modelward.cli.gating import Gating
from modelward.errors import Denied, NothingToCheck, WrongUse
from modelward.gate.approval import Approvals
from modelward.gate.fields import Change
from modelward.gate.records import Dismissed, Filed, Stale, filed
from modelward.gate.scopes import PEOPLE, Scope
from modelward.gate.signing import Speaker, Statement, possession_statement, signoff_statement
from modelward.gate.verdict import Verdict
from modelward.policy.people import keys_on_record
from modelward.report.terminal import bold, green
from modelward.signing.keygen import sign
from modelward.signing.keys import read_key_file
from modelward.signing.sshsig import parse
from modelward.specs.record import Decision, SignoffRecord
from modelward.tree.edit import create_folder, write_atomically


@dataclass(frozen=True)
class Signing:
    """The change that is signed, and who signs it."""

    gating: Gating
    verdict: Verdict
    person: str

    def wanted(self, names: Sequence[str], role: str | None, decision: Decision) -> dict[Scope, str]:
        """The scopes that are to be signed, each with the role in which the person speaks there.

        Without `names` all scopes in which they hold the role, or any. Raises `WrongUse` for a scope that the change
        does not touch, and where a role must be named or is not held.
        """
        touched = list(self.gating.step.scopes)
        if not touched:
            raise NothingToCheck("the change touches nothing that is signed", "there is nothing to sign")
        if unknown := [name for name in names if name not in touched]:
            raise WrongUse(f"the change does not touch `{unknown[0]}`", f"it touches {', '.join(touched)}")
        approvals = Approvals(self.gating.step)
        self._require_second_look(role)
        roles_of = approvals.proposing_roles if decision == "propose" else approvals.roles
        found = {}
        for scope in touched:
            held = sorted(str(one) for one, people in roles_of(scope).items() if self.person in people)
            fitting = [one for one in held if role in (None, one)]
            if len(fitting) > 1:
                known = " | ".join(held)
                raise WrongUse(f"`{self.person}` holds several roles in {scope}", f"name one: --role {known}")
            if fitting and (not names or scope in names):
                found[scope] = fitting[0]
            elif scope in names:
                said = f"the role `{role}`" if role else "a role"
                raise WrongUse(
                    f"`{self.person}` does not hold {said} in {scope}", f"they hold {', '.join(held) or 'none'}"
                )
        if not found:
            said = f"the role `{role}`" if role else "a role"
            raise WrongUse(
                f"`{self.person}` does not hold {said} here", "roles are those of the base; see approvers.yaml"
            )
        return found

    def _require_second_look(self, role: str | None) -> None:
        """Refuse a second look that would pay nothing: by whoever did it alone, or in a role that nobody asked for."""
        debt = self.gating.debt
        if debt is None:
            return
        if self.person in debt.by:
            raise WrongUse(f"`{self.person}` did this alone", "let somebody else look at it")
        if role not in debt.roles:
            raise WrongUse(
                "a second look is had in a role that was asked for", f"name one: --role {' | '.join(debt.roles)}"
            )

    def statements(self, wanted: Mapping[Scope, str], speaker: Speaker) -> Iterator[Statement]:
        """What is to be signed, one statement a scope."""
        for scope, role in wanted.items():
            yield signoff_statement(self.gating.step, scope, self._changes(scope), role, speaker)

    def possession(self, key: Path | None) -> Iterator[Statement]:
        """What the new key is to sign."""
        if PEOPLE not in self.gating.step.scopes:
            raise WrongUse(
                f"the change adds no key: it does not touch {PEOPLE}", "run `modelward people add-key` first"
            )
        if key is None:
            raise WrongUse("no key is named", "give the new key: --key FILE")
        public = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
        if not public.is_file():
            raise WrongUse(f"there is no {public}", "give the `.pub` file of the new key")
        known = read_key_file(public.read_bytes())
        lines = {one.key.key: one.pointer[1] for one in keys_on_record(self.gating.step.head.people.spec)}
        if lines.get(known.line) != self.person:
            raise WrongUse(f"the change gives this key not to `{self.person}`", "commit the key first")
        yield possession_statement(self.gating.step, self.person, known.fingerprint)

    def require_counting(self, files: Mapping[str, bytes]) -> None:
        """Refuse to file a record that would count for nothing."""
        approvals = Approvals(self.gating.step)
        for record in _records(files):
            if isinstance(record.record, SignoffRecord):
                outcome = approvals.outcome(record.scope, record, record.record)
                if isinstance(outcome, Dismissed):
                    raise Denied(f"the record would count for nothing: {outcome.why}", "nothing was written")
                if isinstance(outcome, Stale):
                    raise Denied("the record is of other content than HEAD's", "make a new statement")

    def _changes(self, scope: Scope) -> list[Change]:
        return [change for change in self.verdict.changes if change.scope == scope]


def write_out(folder: Path, statements: Sequence[Statement], namespace: str) -> None:
    """Write statements below a folder, to be signed elsewhere."""
    for one in statements:
        path = folder / one.path
        create_folder(path.parent)
        write_atomically(path, one.data)
        click.echo(f"{green('+')} {path}")
        click.echo(f"sign it:  ssh-keygen -Y sign -n {namespace} -f KEY {path}")
    click.echo(f"next: {bold(f'modelward sign --as PERSON --attach {folder}')}")


def signed(statements: Sequence[Statement], key: Path | None, namespace: str) -> dict[str, bytes]:
    """The statements with their signatures, by path; ssh-keygen signs them."""
    if key is None:
        raise WrongUse("no key is named", "give the key file: --key FILE")
    files: dict[str, bytes] = {}
    for one in statements:
        signature = sign(one.data, key, namespace)
        parse(signature)
        files |= {one.path: one.data, f"{one.path}.sig": signature}
    return files


def attached(folder: Path) -> dict[str, bytes]:
    """Statements that were signed elsewhere, with their signatures, by the path at which they are to stand."""
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*.json")):
        signature = path.with_name(f"{path.name}.sig")
        if not signature.is_file():
            raise WrongUse(f"{path} has no signature beside it", f"ssh-keygen -Y sign -n NAMESPACE -f KEY {path}")
        inside = path.relative_to(folder).as_posix()
        files |= {inside: path.read_bytes(), f"{inside}.sig": signature.read_bytes()}
    if not files:
        raise WrongUse(f"no statement stands below {folder}", "write some with --statement")
    return files


def _records(files: Mapping[str, bytes]) -> Iterator[Filed]:
    for path, data in files.items():
        if path.endswith(".json"):
            record = filed(path, data, files.get(f"{path}.sig"))
            if record is None:
                raise Denied(f"{path} is no sign-off record of this name", "write statements with --statement")
            yield record
