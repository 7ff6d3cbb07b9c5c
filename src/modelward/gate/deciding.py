"""Decide on a change. Nothing is read here but the two snapshots, and nothing of the head is executed.

In this order, and whatever of it fails denies:

1. the base has its policies, they name an engine that this one is, and the repository has a name of its own;
2. nothing but sign-off records is called `signoffs`, and every record of the base is still there, byte for byte;
3. policy does not change together with what it judges, in any step on the way;
4. every change of a field has a kind, no demand is loosened in the step that profits from it, and nothing is promoted
   while somebody else is still to look at what one person did alone;
5. a new key has shown that somebody holds it;
6. the rules of the base pass on the head, for the scopes that the change touches and for what it causes elsewhere;
7. each scope has its proposal where one is demanded, no rejection, and all that its changes require;
8. evidence that must be signed is signed by nobody who proposed or wrote the change, or what brought the evidence.
"""

from collections.abc import Iterator, Sequence

from modelward.errors import Denied, ModelwardError
from modelward.gate.approval import Approvals
from modelward.gate.changes import classify_model, classify_organisation
from modelward.gate.debts import owed
from modelward.gate.fields import Change
from modelward.gate.findings import judged_rules
from modelward.gate.mixing import mixed_changes, mixed_scopes
from modelward.gate.naming import unnamed
from modelward.gate.own_rules import CLASSIFIED, COVERED, MIXED, NAMED, POSSESSED, RECORDS
from modelward.gate.records import Filing, possessed, stray
from modelward.gate.scopes import PEOPLE, POLICIES, RecordPath, Scope, content_digest, speaks_of_signoffs, touched
from modelward.gate.step import Step
from modelward.gate.verdict import Verdict
from modelward.gate.vouching import own_signatures
from modelward.policy.engine import require_engine
from modelward.policy.people import keys_on_record
from modelward.rules.face import Verdict as FindingVerdict
from modelward.rules.judgement import Judged
from modelward.rules.loading import Rule
from modelward.rules.running import as_judged
from modelward.signing.keys import KeyRefused, parse_key
from modelward.tree.place import Place, Problem, Unreadable
from modelward.tree.snapshot import require_policies


def decide(step: Step, rules: Sequence[Rule]) -> Verdict:
    """The verdict on a change, under the `rules` of its base.

    Raises `CannotEvaluate`, or `Unreadable`, when the base itself cannot judge: then nothing is allowed.
    """
    require_policies(step.base)
    require_engine(step.base.policy.spec.engine)
    own = [*_named(step), *_records(step), *_mixed(step)]
    changes: list[Change] = []
    readable: list[Scope] = []
    for scope, paths in step.scopes.items():
        try:
            changes += _classified(step, scope, paths)
            readable.append(scope)
        except ModelwardError as error:
            # What is wrong with the change itself denies; what nobody has given a kind could not be judged.
            told = isinstance(error, (Unreadable, Denied))
            own.append(_judged(CLASSIFIED, _problem(error, scope), "fail" if told else "error"))
    own += [_judged(MIXED, problem) for problem in mixed_changes(changes)]
    own += [_judged(POSSESSED, problem) for problem in _unpossessed(step)]
    own += owed(step, changes)
    judgement, denying = judged_rules(step, rules)
    approvals = Approvals(step)
    # Of a scope whose changes are not known nobody could say what was signed.
    said = [approvals.of(scope, [one for one in changes if one.scope == scope]) for scope in readable]
    for one in said:
        own += [_judged(COVERED, _unasked(change), "error") for change in one.uncovered]
        own += own_signatures(step, one.proposal)
    judgement.findings[:0] = own
    return Verdict(
        policy=content_digest(step.base.source, POLICIES, ()),
        changes=tuple(changes),
        judgement=judgement,
        denying=(*own, *denying),
        proposals=tuple(one.proposal for one in said),
        requirements=tuple(state for one in said for state in one.requirements),
        rejections=tuple(rejection for one in said for rejection in one.rejections),
        dismissed=tuple(dict.fromkeys(dismissed for one in said for dismissed in one.dismissed)),
    )


def _named(step: Step) -> Iterator[Judged]:
    if (problem := unnamed(step)) is not None:
        yield _judged(NAMED, problem)


def _records(step: Step) -> Iterator[Judged]:
    """What is wrong with the records that the change brings, or takes away."""
    paths = sorted(path for path in step.changed if speaks_of_signoffs(path))
    for problem in stray(paths):
        yield _judged(RECORDS, problem)
    known = [record for path in paths if (record := RecordPath.of(path)) is not None]
    for record in known:
        if step.base.source.entry(record.path) is not None:
            gone = "is gone" if step.head.source.entry(record.path) is None else "differs"
            problem = Problem(f"the record {gone}; what was signed stays", Place(record.path), "restore it")
            yield _judged(RECORDS, problem)
    for problem in Filing(step.head.source, {record.folder for record in known}).problems:
        yield _judged(RECORDS, problem)


def _mixed(step: Step) -> Iterator[Judged]:
    for diff in step.diffs:
        for problem in mixed_scopes(touched(diff, step.ungoverned)):
            yield _judged(MIXED, problem)


def _classified(step: Step, scope: Scope, paths: tuple[str, ...]) -> Iterator[Change]:
    if scope.startswith("models/"):
        name = scope.removeprefix("models/")
        yield from classify_model(scope, paths, step.base.model(name), step.head.model(name), step.held)
    else:
        yield from classify_organisation(scope, paths)


def _unpossessed(step: Step) -> Iterator[Problem]:
    """The keys that the change adds and nobody has shown to hold."""
    if PEOPLE not in step.scopes:
        return
    try:
        head = step.head.people
    except Unreadable:
        # A finding of its own, which denies.
        return
    known = {(key.pointer[:2], key.key.key) for key in keys_on_record(step.base.people.spec)}
    repository = step.base.policy.spec.repository
    filing = Filing(step.head.source, {"policies/signoffs"})
    after = content_digest(step.head.source, PEOPLE, ())
    for key in keys_on_record(head.spec):
        holder = key.pointer[1]
        if (key.pointer[:2], key.key.key) in known:
            continue
        try:
            shown = possessed(filing.of(PEOPLE), repository, holder, parse_key(key.key.key), after)
        except KeyRefused as refused:
            yield Problem(refused.message, head.place(*key.pointer, "key"), refused.remedy)
            continue
        if not shown:
            remedy = f"let them run `modelward sign --possession --as {holder} --key FILE`"
            yield Problem(f"nobody has shown to hold this key of `{holder}`", head.place(*key.pointer, "key"), remedy)


def _problem(error: ModelwardError, scope: Scope) -> Problem:
    place = Place(f"{scope}/manifest.yaml" if scope.startswith("models/") else scope)
    return Problem(f"what changes in {scope} cannot be told: {error.message}", place, error.remedy)


def _unasked(change: Change) -> Problem:
    message = f"no requirement covers the change `{change.kind}` ({change.what}), so nobody would be asked"
    return Problem(message, change.place, "add a requirement to policies/signoff.yaml, by a change of its own")


def _judged(rule: Rule, problem: Problem, verdict: FindingVerdict = "fail") -> Judged:
    parts = problem.place.path.split("/")
    return as_judged(rule.name, problem, parts[1] if parts[0] == "models" and len(parts) > 1 else None, verdict=verdict)
