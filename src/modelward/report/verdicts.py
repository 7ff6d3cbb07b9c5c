"""The gate's verdict: what changes, whether it may be merged, and who is still to sign."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from modelward.gate.fields import Change
from modelward.gate.numbers import Number
from modelward.gate.records import Stale
from modelward.gate.slots import RequirementState, SlotState
from modelward.gate.staleness import Changed
from modelward.gate.verdict import Verdict
from modelward.report.document import finding_document, to_json
from modelward.report.prose import code, prose
from modelward.report.rendering import Lines, Report
from modelward.report.terminal import bold, counted, dim, green, red, safe, table, yellow
from modelward.report.text import block
from modelward.rules.face import Finding
from modelward.rules.judgement import Judged, Judgement
from modelward.rules.loading import Rule
from modelward.tree.place import Place

SIGNED_OFF = "signed-off"
"""The name under which missing signatures stand among findings, for the formats that know findings alone."""
_WORDS = {"allow": "allowed", "deny": "denied", "error": "could not be judged"}


def as_report(verdict: Verdict, rules: Sequence[Rule], lines: Lines, changed: Changed) -> Report:
    """The verdict for formats that know only findings: what is missing stands among them, at the place of a change."""
    judgement = verdict.judgement
    missing = list(_missing(verdict, changed))
    whole = Judgement([*judgement.findings, *missing], judgement.counts, judgement.not_evaluated, judgement.by_rule)
    counted = {id(judged) for judged in (*verdict.denying, *missing)}
    spared = [judged for judged in whole.findings if judged.denies and id(judged) not in counted]
    return Report("gate", whole, rules, lines, spared=spared, refused=verdict.answer != "allow")


def verdict_as_text(verdict: Verdict, lines: Lines, changed: Changed) -> str:
    """The verdict as people read it in a terminal: changes, findings, slots, and the answer last."""
    return f"{content_as_text(verdict, lines, changed)}\n{answer_as_text(verdict)}"


def content_as_text(verdict: Verdict, lines: Lines, changed: Changed) -> str:
    """What somebody is about to sign: changes, findings and slots; the answer may be another once they have."""
    parts = [_change_line(change) for change in verdict.changes]
    parts += ["", *(block(one, "denies", lines) for one in verdict.denying)]
    parts += _signatures(verdict, changed)
    return "\n".join(parts)


def answer_as_text(verdict: Verdict) -> str:
    """The answer on one line, with what it rests on."""
    paint = green if verdict.answer == "allow" else red
    return paint(_WORDS[verdict.answer]) + f": {_count(verdict)}"


def _change_line(change: Change) -> str:
    return f"{yellow('~')} {bold(change.kind)}  {safe(change.scope)}  {safe(change.what)}"


def numbers_as_text(numbers: Sequence[Number]) -> str:
    """What evidence says of each release that moves in, gate by gate, beside what is asked for."""
    parts = []
    for title, group in groupby(numbers, lambda one: f"{one.model} {one.release} into {one.environment}"):
        rows = [
            (
                f"  {safe(one.metric)}",
                safe(one.bound),
                safe(one.value) if one.place is not None else red(safe(one.value)),
                "" if one.samples is None else str(one.samples),
                "" if one.place is None else dim(safe(str(one.place).rpartition("/")[2])),
            )
            for one in group
        ]
        parts += [bold(safe(title)), table(rows, ("  METRIC", "ASKED FOR", "EVIDENCE SAYS", "ROWS", "WHERE")), ""]
    return "\n".join(parts)


def signatures_as_text(verdict: Verdict, changed: Changed) -> str:
    """Each slot: who has signed, who can, and who cannot, and why."""
    return "\n".join(_signatures(verdict, changed)).rstrip()


def _signatures(verdict: Verdict, changed: Changed) -> Iterator[str]:
    for proposal in verdict.proposals:
        if proposal.missing:
            yield f"{red('missing')} a proposal of {safe(proposal.scope)}  {dim('modelward sign --decision propose')}"
    for rejection in verdict.rejections:
        yield f"{red('rejected')} {safe(rejection.scope)} by {safe(rejection.person)}: {safe(rejection.comment)}"
    for state in verdict.requirements:
        mark = green("signed ") if state.satisfied else red("missing")
        how = "any of" if state.requirement.any is not None and len(state.slots) > 1 else ""
        yield f"{mark} {bold(safe(state.requirement.name))}  {safe(state.scope)}  {how}".rstrip()
        for slot in state.slots:
            yield from _slot(slot, changed)
    for dismissed in verdict.dismissed:
        yield f"{yellow('ignored')} {safe(dismissed.path)}: {safe(dismissed.why)}"
    yield ""


def _slot(slot: SlotState, changed: Changed) -> Iterator[str]:
    mark = green("+") if slot.filled else red("-")
    signed = ", ".join(f"{said.person} ({said.by})" for said in slot.signed)
    yield f"  {mark} {safe(slot.role)} {len(slot.signed)} of {slot.need}" + (f": {safe(signed)}" if signed else "")
    for stale in slot.stale:
        yield f"      stale: {safe(stale.record.predicate.person)} signed {_what_was_signed(stale, changed)}"
    if not slot.filled:
        yield f"      can sign: {safe(', '.join(slot.possible)) or red('nobody')}"
    for person, why in slot.excluded.items():
        yield f"      {dim(f'cannot: {safe(person)}, who {safe(why)}')}"


def _what_was_signed(stale: Stale, changed: Changed) -> str:
    if stale.base_moved:
        return "before the base moved"
    places = changed(stale)
    return f"before {safe(', '.join(places[:3]))} changed" if places else "other content"


def _count(verdict: Verdict) -> str:
    unmet = sum(not state.satisfied for state in verdict.requirements)
    unmet += sum(proposal.missing for proposal in verdict.proposals)
    asked = len(verdict.requirements) + sum(proposal.demanded for proposal in verdict.proposals)
    findings = counted(len(verdict.denying), "denying finding")
    return f"{counted(len(verdict.changes), 'change')}, {findings}, {unmet} of {asked} sign-offs missing"


def verdict_as_json(verdict: Verdict, report: Report, base: str, head: str, changed: Changed) -> str:
    """The verdict as `gate/v1`."""
    document = {
        "schema": "gate/v1",
        "verdict": verdict.answer,
        "base": base,
        "head": head,
        "policy": f"sha256:{verdict.policy}",
        "changes": [_change_document(change) for change in verdict.changes],
        "findings": [finding_document(one, report.weight(one)) for one in verdict.judgement.findings],
        "proposals": [{"scope": one.scope, "demanded": one.demanded, "by": list(one.by)} for one in verdict.proposals],
        "signoffs": [_requirement_document(state, changed) for state in verdict.requirements],
        "rejections": [
            {"scope": one.scope, "person": one.person, "comment": one.comment} for one in verdict.rejections
        ],
        "dismissed": [{"path": one.path, "person": one.person, "why": one.why} for one in verdict.dismissed],
        "counts": {
            "rules": verdict.judgement.counts.rules,
            "evaluated": verdict.judgement.counts.evaluated,
            "not_evaluated": verdict.judgement.counts.not_evaluated,
            "failed": verdict.judgement.counts.failed,
            "waived": verdict.judgement.counts.waived,
            "disabled": 0,
        },
    }
    return to_json(document)


def _change_document(change: Change) -> dict[str, object]:
    return {
        "scope": change.scope,
        "kind": change.kind,
        "model": change.model,
        "environment": change.environment,
        "from": change.before,
        "to": change.after,
        "what": change.what,
        "path": change.place.path,
        "line": None if change.place.span is None else change.place.span.line,
    }


def _requirement_document(state: RequirementState, changed: Changed) -> dict[str, object]:
    return {
        "requirement": state.requirement.name,
        "scope": state.scope,
        "satisfied": state.satisfied,
        "any": state.requirement.any is not None,
        "slots": [_slot_document(slot, changed) for slot in state.slots],
    }


def _slot_document(slot: SlotState, changed: Changed) -> dict[str, object]:
    return {
        "role": slot.role,
        "need": slot.need,
        "signed": [{"person": said.person, "by": said.by} for said in slot.signed],
        "stale": [{"person": one.record.predicate.person, "changed": list(changed(one))} for one in slot.stale],
        "possible": list(slot.possible),
        "excluded": [{"person": person, "why": why} for person, why in slot.excluded.items()],
    }


def verdict_as_markdown(verdict: Verdict, report: Report, findings: str, changed: Changed) -> str:
    """The verdict as a comment that a busy lead reads in ten seconds; `findings` is the report on the findings."""
    lines = [f"### modelward gate: {_WORDS[verdict.answer]}", "", "| What changes | | |", "|---|---|---|"]
    lines += [f"| {code(one.kind)} | {code(one.scope)} | {prose(one.what, 400)} |" for one in verdict.changes[:50]]
    if len(verdict.changes) > 50:
        lines.append(f"| {len(verdict.changes) - 50} more | | |")
    waiting = list(_waiting(verdict, changed))
    head = ["| Who is to sign | As | State |", "|---|---|---|"]
    lines += ["", *head, *waiting] if waiting else ["", "Everybody has signed."]
    denied = bool(verdict.denying)
    lines += ["", findings if denied else f"No finding denies ({report.judgement.counts.rules} rules)."]
    return "\n".join(lines)


def _waiting(verdict: Verdict, changed: Changed) -> Iterator[str]:
    for proposal in verdict.proposals:
        if proposal.missing:
            yield f"| whoever made it | proposer | {code(proposal.scope)} has no signed proposal |"
    for rejection in verdict.rejections:
        yield f"| {code(rejection.person)} | | rejects: {prose(rejection.comment, 400)} |"
    for state in verdict.requirements:
        if not state.satisfied:
            for slot in state.slots:
                if not slot.filled:
                    who = " or ".join(code(person) for person in slot.possible[:8]) or "nobody can"
                    stale = "; ".join(
                        f"{code(one.record.predicate.person)} signed {prose(_what_was_signed(one, changed), 200)}"
                        for one in slot.stale
                    )
                    named = prose(state.requirement.name, 100)
                    yield f"| {who} | {code(slot.role)} | {named}: {len(slot.signed)} of {slot.need} {stale} |"


def _missing(verdict: Verdict, changed: Changed) -> Iterator[Judged]:
    """What is missing, as findings at the place of a change that needs it."""
    for proposal in verdict.proposals:
        if proposal.missing:
            place = next((one.place for one in verdict.changes if one.scope == proposal.scope), Place(proposal.scope))
            said = "nobody has signed a proposal of this change"
            yield _judged(said, place, "run `modelward sign --decision propose`")
    for rejection in verdict.rejections:
        place = next((one.place for one in verdict.changes if one.scope == rejection.scope), Place(rejection.scope))
        yield _judged(f"{rejection.person} rejects it: {rejection.comment}", place, "talk to them")
    for state in verdict.requirements:
        if not state.satisfied:
            needed = ", ".join(
                f"{slot.need - len(slot.signed)} x {slot.role} ({' or '.join(slot.possible) or 'nobody can'})"
                for slot in state.slots
                if not slot.filled
            )
            stale = [_what_was_signed(one, changed) for slot in state.slots for one in slot.stale]
            said = f"; {len(stale)} signed {stale[0]}" if stale else ""
            message = f"`{state.requirement.name}` lacks {needed}{said}"
            yield _judged(message, state.changes[0].place, "let them run `modelward sign`")


def _judged(message: str, place: Place, remedy: str) -> Judged:
    parts = place.path.split("/")
    model = parts[1] if parts[0] == "models" and len(parts) > 1 else None
    return Judged(SIGNED_OFF, "mandatory", Finding("fail", message, place), model, remedy)
