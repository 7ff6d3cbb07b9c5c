"""`evidence verify`: compute the evidence of a release again, and sign it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from modelward.cli.options import Output, emit, formats, here, now, quietly, unless_quiet
from modelward.cli.releasing import Released, progress
from modelward.errors import Denied, ExitCode, NothingToCheck, WrongUse
from modelward.evidence.reproducing import Given, Reproduction
from modelward.evidence.scoring import SECONDS
from modelward.evidence.verifying import Against, Checked, Fault, check
from modelward.policy.signatures import NAMESPACE, signer
from modelward.report.terminal import bold, dim, green, red, safe
from modelward.signing.keygen import sign
from modelward.signing.sshsig import SignatureRefused
from modelward.specs.evidence import COMPUTED, Envelope
from modelward.specs.policy import People
from modelward.specs.scalars import PersonName
from modelward.tree.edit import write_atomically
from modelward.tree.model import SIGNATURE

Again = Mapping[str, tuple[Fault, ...]]


@click.command("verify")
@click.argument("model")
@click.argument("release")
@click.option(
    "--data",
    "files",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="The data whose digest the evidence names; several times.",
)
@click.option("--sign", "signing", is_flag=True, help="Sign each document that was computed again.")
@click.option("--as", "person", metavar="PERSON", help="Who signs.")
@click.option("--key", type=click.Path(path_type=Path), help="The key to sign with, or its public half in the agent.")
@click.option("--timeout", type=click.FloatRange(1), default=SECONDS, show_default=True, help="Seconds for scoring.")
@click.option("--registry", metavar="NAME", help="The registry that holds it.  [default: the one that it names]")
@click.option("--dry-run", is_flag=True, help="Sign nothing.")
@formats
@quietly
@here
def command(
    model: str,
    release: str,
    files: tuple[Path, ...],
    signing: bool,
    person: str | None,
    key: Path | None,
    timeout: float,
    registry: str | None,
    dry_run: bool,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
) -> None:
    """Check all evidence of RELEASE of MODEL, and compute what counts again.

    The artifact is compared with the registry, each document with its pin, its schema and its release, and each number
    with what the same rows give today, to 1e-9; a latency is measured again and held against its gates. Signatures
    beside documents are verified. Whatever differs is named with its place, and the exit code is 1.
    """
    at = now()
    released = Released(folder, model, release)
    if not released.folder.evidence:
        raise NothingToCheck(f"release {release} pins no evidence", f"modelward evidence collect {model} {release}")
    people = released.workspace.snapshot.people.spec
    signatory = _signatory(people, person, key, at) if signing else None
    checked = check(released.model, released.folder, Against(released.schemas, people, at, released.content))
    newest = released.folder.newest_evidence().values()
    if signatory is not None:
        ours = [each for each in checked if each.evidence in newest and each.evidence.pin.kind in COMPUTED]
        _check_free_to_sign(ours, signatory.person)
    with released.artifacts(registry) as fetched:
        fetched(released.spec.release)
        origin = released.origin(registry)
        given = Given(
            released.manifest,
            released.model.thresholds.spec,
            released.spec.release,
            [folder / file for file in files],
            fetched,
            lambda: released.training(registry),
            timeout,
            progress,
        )
        again = Reproduction(given, newest).faults()
    faults = [*origin, *(fault for each in checked for fault in each.faults)]
    faults += [fault for of_document in again.values() for fault in of_document]
    emit(
        unless_quiet(outputs, quiet=quiet and not faults),
        {
            "text": lambda: "\n".join(_lines(origin, checked, again, len(faults))),
            "json": lambda: json.dumps(_document(released, checked, again, faults), indent=2),
        },
    )
    if faults:
        raise click.exceptions.Exit(ExitCode.DENIED)
    if signatory is not None:
        _sign(
            released,
            [each for each in checked if each.evidence.path in again],
            people,
            signatory,
            dry_run=dry_run,
        )


class Signatory(NamedTuple):
    """Who signs, with which key, and when."""

    person: PersonName
    key: Path
    at: datetime


def _signatory(people: People, person: str | None, key: Path | None, at: datetime) -> Signatory:
    """Who signs; a person and a key must be given, and the person known."""
    if person is None or key is None:
        raise WrongUse("a signature needs a person and a key", "give --as PERSON and --key FILE")
    name = PersonName(person)
    if name not in people.people:
        raise WrongUse(f"policies/people.yaml knows no `{person}`", "add the person first, or correct the name")
    return Signatory(name, key, at)


def _check_free_to_sign(checked: Sequence[Checked], by: PersonName) -> None:
    """Raise `Denied` where somebody has produced a document themselves, or another has signed it already."""
    for each in checked:
        envelope = each.evidence.envelope
        if isinstance(envelope, Envelope) and envelope.produced.by == by:
            raise Denied(
                f"{each.evidence.path} was produced by {by}, who cannot sign it", "let somebody else verify it"
            )
        if each.signed_by not in (None, by):
            raise Denied(
                f"{each.evidence.path} is signed by {each.signed_by}", "one signature stands beside a document"
            )


def _sign(
    released: Released, documents: Sequence[Checked], people: People, signatory: Signatory, *, dry_run: bool
) -> None:
    """Sign documents that were computed again and are not signed yet, all or none."""
    written: dict[str, bytes] = {}
    for each in documents:
        if each.signed_by is None:
            assert each.evidence.data is not None
            path = f"{each.evidence.path}{SIGNATURE}"
            written[path] = b""
            if not dry_run:
                written[path] = sign(each.evidence.data, signatory.key, NAMESPACE)
                _check_signer(people, signatory, each.evidence.data, written[path])
    for path, signature in written.items():
        if not dry_run:
            write_atomically(released.workspace.root / path, signature)
        click.echo(f"{green('would sign' if dry_run else 'signed')} {safe(path)}", err=True)
    if written and not dry_run:
        click.echo("next: commit the signatures beside the documents", err=True)


def _check_signer(people: People, signatory: Signatory, document: bytes, signature: bytes) -> None:
    try:
        found = signer(people, document, signature, signatory.at)
    except SignatureRefused as refused:
        raise Denied(
            f"this key does not sign for {signatory.person}: {refused.message}", "use a key of policies/people.yaml"
        ) from refused
    if found != signatory.person:
        raise Denied(f"this key signs for {found}, not for {signatory.person}", "use your own key")


def _lines(origin: Sequence[Fault], checked: Sequence[Checked], again: Again, differences: int) -> Iterator[str]:
    newest = {each.evidence.pin.kind: each.evidence.path for each in checked}
    yield from map(_fault, origin)
    for each in checked:
        path = each.evidence.path
        of_document = (*each.faults, *again.get(path, ()))
        counts = newest[each.evidence.pin.kind] == path
        state = red("differs") if of_document else green("the same again") if path in again else dim("not computed")
        signed = f"signed by {each.signed_by}" if each.signed_by is not None else "not signed"
        yield f"{safe(each.evidence.pin.kind)}  {safe(path)}  {state if counts else dim('superseded')}  {safe(signed)}"
        yield from map(_fault, of_document)
    verdict = green("all that counts was found again")
    if differences:
        verdict = red(f"{differences} difference{'s' if differences > 1 else ''}")
    yield f"{len(checked)} documents, {len(again)} computed again: {verdict}"


def _fault(fault: Fault) -> str:
    return f"  {red('fail')} {bold(safe(fault.place))}: {safe(fault.message)}"


def _document(released: Released, checked: Sequence[Checked], again: Again, faults: Sequence[Fault]) -> dict[str, Any]:
    return {
        "schema": "evidence-verify/v1",
        "model": released.model.name,
        "release": released.spec.release,
        "verdict": "fail" if faults else "pass",
        "documents": [
            {
                "kind": each.evidence.pin.kind,
                "path": each.evidence.path,
                "digest": each.evidence.digest,
                "computed_again": each.evidence.path in again,
                "signed_by": each.signed_by,
            }
            for each in checked
        ],
        "differences": [
            {
                "path": fault.place.path,
                "line": None if fault.place.span is None else fault.place.span.line,
                "column": None if fault.place.span is None else fault.place.span.column,
                "message": fault.message,
            }
            for fault in faults
        ],
    }
