"""Evidence whose signer has a part in it: who brings numbers, or wants their release in, does not vouch for them."""

from collections.abc import Iterator, Mapping

from modelward.gate.authorship import Authorship
from modelward.gate.own_rules import VOUCHED
from modelward.gate.scopes import Scope
from modelward.gate.step import Step
from modelward.gate.verdict import Proposal
from modelward.policy.demands import Demands
from modelward.policy.signatures import signer_of
from modelward.rules.base import Base
from modelward.rules.judgement import Judged
from modelward.rules.running import as_judged
from modelward.signing.sshsig import SignatureRefused
from modelward.specs.scalars import PersonName
from modelward.tree.model import SIGNATURE, Evidence, Model, ReleaseFolder
from modelward.tree.place import Place, Problem


def own_signatures(step: Step, proposal: Proposal) -> Iterator[Judged]:
    """The signatures over what a change brings or rests on that are of people who have a part in that.

    That is who proposed or wrote the change, and who proposed or wrote what brought the document before.

    Only those that floors demand are looked at. That they are there, and count, a rule sees to.
    """
    if not proposal.scope.startswith("models/"):
        return
    model = step.head.model(proposal.scope.removeprefix("models/"))
    demanded = Demands(step.base.floors.spec, model.manifest.spec).signed_evidence()
    if not demanded:
        return
    parts = _parts(step, proposal, model)
    for release, evidence in _concerned(step, model):
        person = _signer(step, evidence) if evidence.pin.kind in demanded else None
        if person is None:
            continue
        part = parts.get(person) or _brought(step, proposal.scope, release, evidence).get(person)
        if part is not None:
            said = f"`{evidence.pin.kind}` evidence of release {release.spec.release} is signed by {person}"
            verify = f"modelward evidence verify {model.name} {release.spec.release} --data FILE --sign"
            remedy = f"remove the signature; then let somebody else run `{verify} --as PERSON --key FILE`"
            problem = Problem(f"{said}, who {part}", Place(evidence.path + SIGNATURE), remedy)
            yield as_judged(VOUCHED.name, problem, model.name)


def _parts(step: Step, proposal: Proposal, model: Model) -> Mapping[PersonName, str]:
    """Who proposed the change, and who wrote anything of it but signatures, each with what it was."""
    signatures = {one.path + SIGNATURE for release in model.releases.values() for one in release.evidence}
    wrote = step.authorship.but_for(signatures).of(proposal.scope, step.base.people.spec)
    return {name: part.why for name, part in wrote.items()} | dict.fromkeys(proposal.by, "proposed this change")


def _brought(step: Step, scope: Scope, release: ReleaseFolder, evidence: Evidence) -> Mapping[PersonName, str]:
    """Who wrote a document or its pin before this change, or proposed the change that brought it."""
    found = step.brought(release, evidence)
    # Merged commits bear what a forge wrote of them: whoever signed in a change that was squashed is named in it too.
    wrote = Authorship(found.commits, (), "authors").of(scope, step.base.people.spec)
    return dict.fromkeys(found.proposers, "proposed the change that brought it") | {
        name: part.why for name, part in wrote.items()
    }


def _concerned(step: Step, model: Model) -> Iterator[tuple[ReleaseFolder, Evidence]]:
    """The documents that count of releases that enter, and those that the base has not, or not with this signature."""
    before = step.base.model(model.name)
    entries = Base(step.base, step.changed, step.held).change(model).entries
    entering = {entry.release.folder for entry in entries if not entry.returning}
    for name, release in model.releases.items():
        old = before.release(name).evidence if name in before.release_folders else ()
        known = [(evidence.pin, evidence.signature) for evidence in old]
        for evidence in release.newest_evidence().values():
            if release.folder in entering or (evidence.pin, evidence.signature) not in known:
                yield release, evidence


def _signer(step: Step, evidence: Evidence) -> PersonName | None:
    try:
        return signer_of(evidence, step.base.people.spec, step.now)
    except SignatureRefused:
        return None
