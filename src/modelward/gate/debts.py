"""Changes that one person made alone, as a requirement lets them: who owes a second look, and when it was had."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from modelward.gate.approval import Approvals
from modelward.gate.fields import Change
from modelward.gate.own_rules import UNREVIEWED
from modelward.gate.records import Counted, Filed, Filing
from modelward.gate.scopes import Scope, records_folder
from modelward.gate.step import Step
from modelward.gate.verdict import Verdict
from modelward.rules.judgement import Judged
from modelward.rules.running import as_judged
from modelward.specs.ledger import Debt
from modelward.specs.record import SignoffRecord
from modelward.specs.scalars import ModelName
from modelward.tree.place import Problem


def incurred(step: Step, verdict: Verdict, since: str, commit: str, at: datetime) -> Iterator[Debt]:
    """What a change that was merged leaves to be looked at by somebody else."""
    for state in verdict.requirements:
        if state.alone and state.scope.startswith("models/"):
            before, after = step.digests(state.scope)
            within = state.requirement.review_within
            yield Debt.model_construct(
                model=ModelName(state.scope.removeprefix("models/")),
                since=since,
                commit=commit,
                before=before,
                after=after,
                requirement=state.requirement.name,
                roles=tuple(slot.role for slot in state.slots),
                by=state.alone,
                signed=max(said.at for slot in state.slots for said in slot.signed),
                at=at,
                due=None if within is None else at + within.fixed,
            )


def unpaid(step: Step, debts: Sequence[Debt]) -> list[Debt]:
    """The debts for which the head holds no sign-off by somebody else of what was done then."""
    if not debts:
        return []
    approvals = Approvals(step)
    filing = Filing(step.head.source, {records_folder(_scope(debt)) for debt in debts})
    return [debt for debt in debts if not any(_pays(approvals, one, debt) for one in filing.of(_scope(debt)))]


def owed(step: Step, changes: Collection[Change]) -> Iterator[Judged]:
    """What stands against the promotions of a change: earlier ones of the model that nobody else has looked at."""
    for change in changes:
        if change.kind == "promotion" and change.model is not None:
            for debt in unpaid(step, step.debts(change.model)):
                message = (
                    f"{', '.join(debt.by)} alone signed commit {debt.commit[:12]} (`{debt.requirement}`), "
                    "and nobody else has signed it since"
                )
                roles = " or ".join(debt.roles)
                remedy = f"let another {roles} run `modelward sign --review {debt.commit[:12]}`"
                yield as_judged(UNREVIEWED.name, Problem(message, change.place, remedy), change.model)


def _pays(approvals: Approvals, filed: Filed, debt: Debt) -> bool:
    record = filed.record
    if not isinstance(record, SignoffRecord) or filed.after != debt.after:
        return False
    said = record.predicate
    if said.decision != "approve" or said.person in debt.by or said.role not in debt.roles:
        return False
    if not said.signed_at >= debt.signed:
        return False
    return isinstance(approvals.outcome_of(_scope(debt), filed, record, debt.before, debt.after), Counted)


def _scope(debt: Debt) -> Scope:
    return Scope(f"models/{debt.model}")
