"""The state that records come to. Pure: the same records in the same order always give the same state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from modelward.errors import CannotEvaluate
from modelward.specs.ledger import Debt, EnvironmentState, LedgerRecord, Refusal, Suspended, Tenure, Trust
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName

Where = tuple[ModelName, EnvironmentName]
MOVES_IN: Final = frozenset({"promotion", "rollback", "adoption"})
"""The deeds after which a release holds an environment fully."""


@dataclass(frozen=True)
class State:
    """All that a ledger says now; `trust` is None before anything was judged."""

    trust: Trust | None = None
    environments: Mapping[Where, EnvironmentState] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, model: ModelName, environment: EnvironmentName) -> EnvironmentState:
        """One environment of a model; an empty state for one that no record speaks of."""
        known = self.environments.get((model, environment))
        return known or EnvironmentState.model_validate(
            {"schema": "ledger-state/v1", "model": model, "environment": environment}
        )

    def held(self, model: ModelName, environment: EnvironmentName) -> frozenset[ReleaseName]:
        """The releases that have held an environment fully and are not suspended there: what one may go back to."""
        state = self.of(model, environment)
        return frozenset(tenure.release for tenure in state.tenures) - suspended(state)

    def debts(self, model: ModelName) -> tuple[Debt, ...]:
        """The changes of a model that one person made alone and nobody else has signed yet."""
        return () if self.trust is None else tuple(debt for debt in self.trust.debts if debt.model == model)


def suspended(state: EnvironmentState) -> frozenset[ReleaseName]:
    """The releases that are out of service in an environment now."""
    return frozenset(one.release for one in state.suspensions.values() if one.resumed is None)


def newest(state: State) -> datetime | None:
    """The latest time at which something happened that the state tells of; None where it tells of nothing."""
    times = [] if state.trust is None else list(state.trust.seen.values())
    for one in state.environments.values():
        times += [at for tenure in one.tenures for at in (tenure.since, tenure.until) if at is not None]
        times += [at for out in one.suspensions.values() for at in (out.at, out.resumed) if at is not None]
        times += [] if one.refused is None else [one.refused.at]
        times += [] if one.rollout is None else [one.rollout.since, one.rollout.clock]
    return max(times, default=None)


def folded(state: State, records: Iterable[LedgerRecord]) -> State:
    """The state after some more records, in their order."""
    trust, environments = state.trust, dict(state.environments)
    for record in records:
        if record.kind == "judgement":
            trust = _judged(trust, record)
        elif record.model is not None and record.environment is not None:
            where = (record.model, record.environment)
            environments[where] = _environment(State(trust, environments).of(*where), record)
    return State(trust, MappingProxyType(environments))


def _judged(trust: Trust | None, record: LedgerRecord) -> Trust:
    assert record.commit is not None, record
    root = record.root if trust is None else trust.root
    if root is None:
        raise CannotEvaluate(
            f"the ledger's first judgement {record.id} does not name the commit that a person vouched for",
            "move the branch away and begin another ledger: --ledger-root none --trust-root COMMIT",
        )
    return Trust.model_construct(
        schema_="ledger-trust/v1",
        root=root,
        trusted=record.commit,
        held_back=record.held_back,
        seen=record.seen,
        debts=record.debts,
    )


def _environment(state: EnvironmentState, record: LedgerRecord) -> EnvironmentState:
    match record.kind:
        case "intent":
            return state.model_copy(update={"lease": record.lease})
        case "outcome":
            done = state.model_copy(update={"lease": None, "outcomes": state.outcomes + 1})
            return _tenures(_seen(done, record), record) if record.success else _refused(done, record)
        case "adoption" | "import":
            return _tenures(state, record)
        case "suspension":
            return _suspended(_seen(state, record), record)
        case "resume":
            return _resumed(state, record)
        case "observation":
            return _seen(state, record)
        case "judgement":
            return state


def _seen(state: EnvironmentState, record: LedgerRecord) -> EnvironmentState:
    """What was seen of a rollout and of triggers."""
    news: dict[str, object] = {}
    if record.rollout is not None:
        news["rollout"] = record.rollout
    if record.watched:
        news |= {"firing": record.firing, "watched": state.watched + 1}
    if record.observations:
        news["triggered"] = tuple(sorted({*state.triggered, *record.observations}))
    return state.model_copy(update=news) if news else state


def _refused(state: EnvironmentState, record: LedgerRecord) -> EnvironmentState:
    """What failed by a verdict is remembered; what failed by an error is tried again."""
    if record.verdict != "deny" or record.release is None or record.artifact is None or record.commit is None:
        return state
    why = record.error or "no reason is on record"
    refused = Refusal.model_construct(
        release=record.release, artifact=record.artifact, commit=record.commit, at=record.at, why=why
    )
    return state.model_copy(update={"refused": refused})


def _tenures(state: EnvironmentState, record: LedgerRecord) -> EnvironmentState:
    enters = record.kind in ("adoption", "import") or record.action in MOVES_IN
    if not enters and record.action != "retirement":
        return state
    *earlier, last = state.tenures or (None,)
    if last is not None and last.until is None:
        if enters and last.release == record.release:
            return state
        last = last.model_copy(update={"until": record.at})
    tenures = [tenure for tenure in (*earlier, last) if tenure is not None]
    if enters and record.release is not None and record.artifact is not None:
        entered = "import" if record.kind == "import" else record.action or "adoption"
        new = Tenure.model_construct(release=record.release, artifact=record.artifact, since=record.at, entered=entered)
        tenures.append(new)
    # What was seen of the one before says nothing of the one that has come.
    news: dict[str, object] = {"tenures": tuple(tenures), "triggered": (), "firing": ()}
    if state.refused is not None and state.refused.release == record.release:
        news["refused"] = None
    return state.model_copy(update=news)


def _suspended(state: EnvironmentState, record: LedgerRecord) -> EnvironmentState:
    if record.suspension is None or record.release is None:
        raise CannotEvaluate(f"the ledger's record {record.id} suspends nothing", "have its history looked at")
    if record.suspension in state.suspensions:
        return state
    why = record.error or record.triggered_by or "no reason is on record"
    new = Suspended.model_construct(release=record.release, at=record.at, why=why)
    return state.model_copy(update={"suspensions": MappingProxyType({**state.suspensions, record.suspension: new})})


def _resumed(state: EnvironmentState, record: LedgerRecord) -> EnvironmentState:
    known = None if record.suspension is None else state.suspensions.get(record.suspension)
    if known is None:
        return state
    lifted = known.model_copy(update={"resumed": record.at})
    return state.model_copy(update={"suspensions": MappingProxyType({**state.suspensions, record.suspension: lifted})})
