"""Evidence that a release enters with is signed where the floors demand it, by somebody who computed it again.

Why: Whoever edits numbers can edit the digests that pin them; another person's signature over them they cannot make.

Remedy: Let somebody else run `modelward evidence verify MODEL RELEASE --data FILE --sign --as PERSON --key FILE`.
"""

from collections.abc import Iterator

from modelward.rules import (
    SIGNATURE,
    Entry,
    Envelope,
    Evidence,
    Finding,
    Place,
    Repository,
    SignatureRefused,
    fail,
    rule,
)


@rule(on="change", over="entry")
def evidence_signed(entry: Entry, repository: Repository) -> Iterator[Finding]:
    """The newest document of each demanded kind is signed with a valid key, by a person who did not produce it."""
    if entry.returning:
        return
    release, newest = entry.release.spec.release, entry.release.newest_evidence()
    verify = f"`modelward evidence verify {entry.model.name} {release} --data FILE --sign --as PERSON --key FILE`"
    remedy = f"let somebody who did not produce it run {verify}, and commit the signature"
    for kind, demand in repository.demands(entry.model.manifest.spec).signed_evidence().items():
        if kind not in newest:
            continue
        evidence = newest[kind]
        if wrong := _wrong(evidence, repository):
            beside = (Place(evidence.path + SIGNATURE), "remove the signature; then ")
            at, first = (evidence.place(), "") if evidence.signature is None else beside
            said = f"`{kind}` evidence of release {release} {wrong}"
            yield fail(said, at=at, notes=(repository.demanded(demand),), remedy=first + remedy)


def _wrong(evidence: Evidence, repository: Repository) -> str:
    """Why a document is not signed as it must be; empty when it is."""
    try:
        person = repository.signer(evidence)
    except SignatureRefused as refused:
        return f"bears a signature that does not count: {refused.message}"
    if person is None:
        return "is signed by nobody"
    if isinstance(evidence.envelope, Envelope) and evidence.envelope.produced.by == person:
        return f"is signed by {person}, who produced it"
    return ""
