"""What a run puts on record: what it is about to do, what came of it, and what it found to be so already."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from modelward.ledger.folding import State
from modelward.ledger.writing import record
from modelward.reconcile.actions import Adopt, MoveAlias, RemoveAlias
from modelward.reconcile.executing import Applied, Outcome
from modelward.reconcile.pin import Pin
from modelward.reconcile.states import ModelPlan
from modelward.specs.ledger import DeedKind, EnvironmentState, Lease, LedgerRecord, RecordKind
from modelward.specs.scalars import EnvironmentName, ReleaseName


@dataclass(frozen=True)
class Deed:
    """What a plan does to one environment: in one word, with the release that moves in and the one before."""

    environment: EnvironmentName
    kind: DeedKind
    pin: Pin | None
    before: ReleaseName | None


@dataclass(frozen=True)
class Recorder:
    """Writes the records of one run, that follows `commit` at a time; `holder` names the run."""

    state: State
    at: datetime
    commit: str
    holder: str

    def intents(self, plans: Iterable[ModelPlan], until: datetime) -> Iterator[LedgerRecord]:
        """What the plans are about to do, each a claim on the environment until then."""
        for plan in plans:
            for deed in deeds(plan, self.state):
                yield self._record("intent", self.at, plan, deed, lease=self._lease(plan, deed, until))

    def outcome(self, outcome: Outcome, at: datetime) -> Iterator[LedgerRecord]:
        """What came of a plan, for each environment that it was about."""
        success = isinstance(outcome, Applied)
        error = None if isinstance(outcome, Applied) else outcome.reason[:4000]
        for deed in deeds(outcome.plan, self.state):
            # By its key two outcomes of one second are told apart.
            ended = self._lease(outcome.plan, deed, at)
            yield self._record("outcome", at, outcome.plan, deed, success=success, error=error, lease=ended)

    def _lease(self, plan: ModelPlan, deed: Deed, until: datetime) -> Lease:
        key = _key(deed, self.state.of(plan.model, deed.environment))
        return Lease.model_construct(key=key, holder=self.holder, until=until)

    def found(self, plans: Iterable[ModelPlan]) -> Iterator[LedgerRecord]:
        """What serves as git wants it, and no record tells of yet."""
        for plan in plans:
            for state in plan.states:
                target = plan.target(state.environment)
                pin = None if target is None else target.pin
                if state.state == "Synced" and pin is not None:
                    yield from self._found(plan, state.environment, pin)

    def _found(self, plan: ModelPlan, environment: EnvironmentName, pin: Pin) -> Iterator[LedgerRecord]:
        known = self.state.of(plan.model, environment)
        if known.lease is not None:
            if not self.at < known.lease.until:
                # The run that announced it ended before it could say what came of it.
                deed = Deed(environment, _kind(pin, known, self.state.held(plan.model, environment)), pin, _last(known))
                yield self._record("outcome", self.at, plan, deed, success=True, lease=known.lease)
        elif not _serving(known, pin):
            deed = Deed(environment, "adoption", pin, None)
            yield self._record("import" if pin.imported else "adoption", self.at, plan, deed)

    def _record(self, kind: RecordKind, at: datetime, plan: ModelPlan, deed: Deed, **more: object) -> LedgerRecord:
        release = {} if deed.pin is None else {"release": deed.pin.release, "to": deed.pin.release}
        artifact = {} if deed.pin is None else {"artifact": deed.pin.digest, "version": deed.pin.version}
        return record(
            kind,
            at,
            model=plan.model,
            environment=deed.environment,
            action=deed.kind,
            **{"from": deed.before, "previous": deed.before},
            **release,
            **artifact,
            triggered_by=f"commit {self.commit}",
            commit=self.commit,
            **more,
        )


def deeds(plan: ModelPlan, state: State) -> Iterator[Deed]:
    """What a plan does, one for each environment that it touches."""
    touched = dict.fromkeys(action.environment for action in plan.actions if not isinstance(action, Adopt))
    for environment in touched:
        target = plan.target(environment)
        known = state.of(plan.model, environment)
        pin = None if target is None else target.pin
        before = _last(known)
        steps = [step for step in plan.actions if not isinstance(step, Adopt) and step.environment == environment]
        if any(isinstance(step, RemoveAlias) for step in steps):
            yield Deed(environment, "retirement", None, before)
        elif pin is None or not any(isinstance(step, MoveAlias) for step in steps):
            yield Deed(environment, "mend", pin, before)
        else:
            yield Deed(environment, _kind(pin, known, state.held(plan.model, environment)), pin, before)


def leased(plan: ModelPlan, state: State, now: datetime) -> Lease | None:
    """The claim of another run on an environment of the plan, while it lasts."""
    leases = [state.of(plan.model, one.environment).lease for one in plan.states]
    return next((lease for lease in leases if lease is not None and now < lease.until), None)


def _kind(pin: Pin, known: EnvironmentState, held: Collection[ReleaseName]) -> DeedKind:
    """What it is to let an environment show a release: to restore it, to go back to it, or to promote it."""
    return "mend" if _serving(known, pin) else "rollback" if pin.release in held else "promotion"


def _last(known: EnvironmentState) -> ReleaseName | None:
    return known.tenures[-1].release if known.tenures else None


def _serving(known: EnvironmentState, pin: Pin) -> bool:
    """Whether the ledger says that a release holds the environment now."""
    last = known.tenures[-1] if known.tenures else None
    return last is not None and last.until is None and (last.release, last.artifact) == (pin.release, pin.digest)


def _key(deed: Deed, known: EnvironmentState) -> str:
    """The same for the same deed from the same state, and never the same again once it has an outcome."""
    to = "none" if deed.pin is None else f"{deed.pin.release}@{deed.pin.digest}"
    return f"{deed.environment} {deed.before or 'none'} -> {to} after {known.outcomes}"
