"""`people add-key`: one more public key for somebody who can sign."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import click

from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here, now
from modelward.cli.until import until, written
from modelward.errors import Denied, WrongUse
from modelward.report.terminal import safe
from modelward.signing.keys import MAX_FILE, KeyRefused, PublicKey, parse_key, read_key_file
from modelward.specs.policy import Key, People
from modelward.specs.scalars import PersonName
from modelward.tree.edit import append_item, insert_entry

_PATH = "policies/people.yaml"


@click.command("add-key")
@click.argument("person")
@click.option(
    "--key",
    "key_file",
    required=True,
    metavar="FILE.pub",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file with the public key.",
)
@click.option("--valid-until", default="1y", show_default=True, help="How long it counts: a duration, or an instant.")
@edits
@here
def command(person: str, key_file: Path, valid_until: str, dry_run: bool, branch: str | None, folder: Path) -> None:
    """Give PERSON, or a machine of policies/people.yaml, the public key in FILE.pub.

    It counts from now on, once the change is merged. A key belongs to one person for ever.
    """
    workspace = Workspace(folder)
    people = workspace.snapshot.people.spec
    section = _section(people, person)
    start = now()
    end = until(valid_until, start)
    key = _read(key_file)
    for owner, known in _keys(people):
        if known == key:
            raise Denied(
                f"the key {key.fingerprint} is {owner}'s already, and a key belongs to one person for ever",
                "make another one with `ssh-keygen -t ed25519`",
            )
    entry = {"key": key.line, "valid_from": written(start), "valid_until": written(end), "revoked": None}
    data = workspace.read(_PATH)
    holder = getattr(people, section)[PersonName(person)]
    if "keys" in holder.model_fields_set:
        edited = append_item(data, (section, person, "keys"), entry)
    else:
        edited = insert_entry(data, (section, person), "keys", [entry])
    click.echo(f"{key.algorithm} {key.fingerprint}, for {person} until {written(end)}")
    workspace.write(_PATH, edited, f"Give {person} the key {key.fingerprint}", dry_run=dry_run, branch=branch)


def _section(people: People, name: str) -> str:
    if name in people.people:
        return "people"
    if name in people.machines:
        return "machines"
    known = [*people.people, *people.machines]
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean `{close[0]}`?" if close else "add the person to policies/people.yaml first"
    raise WrongUse(f"policies/people.yaml knows nobody called `{name}`", hint)


def _read(path: Path) -> PublicKey:
    # A pipe or a device would be waited for without end.
    if not path.is_file():
        raise WrongUse(f"{safe(path)} is no file", "give the `.pub` file that ssh-keygen wrote")
    try:
        with path.open("rb") as file:
            return read_key_file(file.read(MAX_FILE + 1))
    except OSError as error:
        raise WrongUse(f"cannot read {safe(path)}: {error.strerror}", "check its permissions") from error
    except KeyRefused as refused:
        raise WrongUse(f"{safe(path)}: {refused.message}", refused.remedy) from refused


def _keys(people: People) -> Iterator[tuple[str, PublicKey]]:
    """Every key that is sound, with whose it is, also when it has expired or is revoked."""
    holders: list[tuple[str, tuple[Key, ...]]] = [(name, each.keys) for name, each in people.people.items()]
    holders += [(name, each.keys) for name, each in people.machines.items()]
    for name, keys in holders:
        for key in keys:
            try:
                yield name, parse_key(key.key)
            except KeyRefused:
                continue
