"""What a run puts on record: what it is about to do, what came of it, and what it found to be so already."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from modelward.ledger.folding import State
from modelward.ledger.writing import record
from modelward.reconcile.actions import Adopt, MoveAlias, RemoveAlias, Route, Suspend
from modelward.reconcile.checking_off import checklist
from modelward.reconcile.desired import Target
from modelward.reconcile.direction import Direction
from modelward.reconcile.executing import Applied, Failed, Outcome
from modelward.reconcile.pin import Pin
from modelward.reconcile.states import ModelPlan
from modelward.specs.ledger import DeedKind, EnvironmentState, Lease, LedgerRecord, RecordKind
from modelward.specs.rollout import Rollout
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName


@dataclass(frozen=True)
class Deed:
    """What a plan does to one environment: in one word, with the release that it is about and the one before."""

    environment: EnvironmentName
    kind: DeedKind
    pin: Pin | None
    before: ReleaseName | None
    direction: Direction | None = None


@dataclass(frozen=True)
class Vouched:
    """What a release moves in on: the digest of the policies, the digests of its evidence, and its sign-off records."""

    policy: str | None = None
    evidence: tuple[str, ...] = ()
    signoffs: tuple[str, ...] = ()


Vouching = Callable[[ModelName, ReleaseName], Vouched]


@dataclass(frozen=True)
class Recorder:
    """Writes the records of one run, that follows `commit` at a time; `holder` names the run."""

    state: State
    at: datetime
    commit: str
    holder: str
    vouching: Vouching

    def intents(self, plans: Iterable[ModelPlan], at: datetime, until: datetime) -> Iterator[LedgerRecord]:
        """What the plans are about to do at a time, each a claim on the environment until another."""
        for plan in plans:
            for deed in deeds(plan, self.state):
                yield self._record("intent", at, plan, deed, lease=self._lease(plan, deed, until))

    def outcome(self, outcome: Outcome, at: datetime) -> Iterator[LedgerRecord]:
        """What came of a plan: for each environment that it was about, and each release that it suspends."""
        success = isinstance(outcome, Applied)
        error = None if isinstance(outcome, Applied) else outcome.reason[:4000]
        for environment, direction in outcome.plan.directions:
            yield from self._suspensions(outcome.plan, environment, direction, at)
        for deed in deeds(outcome.plan, self.state):
            # By its key two outcomes of one second are told apart.
            ended = self._lease(outcome.plan, deed, at)
            more = _seen(deed.direction, None) if success else {}
            refused = outcome.refused if isinstance(outcome, Failed) else None
            if refused is not None and deed.direction is not None and refused == deed.direction.challenger:
                deed = replace(deed, pin=refused)  # noqa: PLW2901 - what was refused is what it is about
            if refused is not None and refused == deed.pin:
                more["verdict"] = "deny"
            elif success and _verified(outcome.plan, deed):
                more["verdict"] = "allow"
            if deed.direction is not None and deed.direction.urgent:
                more["checklist"] = tuple(checklist(outcome, deed.environment, deed.direction))
            yield self._record("outcome", at, outcome.plan, deed, success=success, error=error, lease=ended, **more)

    def found(self, plans: Iterable[ModelPlan]) -> Iterator[LedgerRecord]:
        """What is so without a step of this run: what serves as it should and is on no record, and what was seen."""
        for plan in plans:
            if plan.stuck:
                continue
            touched = {deed.environment for deed in deeds(plan, self.state)}
            for target in plan.targets:
                if not target.stays:
                    yield from self._found(plan, target, moves=target.environment in touched)

    def _found(self, plan: ModelPlan, target: Target, *, moves: bool) -> Iterator[LedgerRecord]:
        environment, direction = target.environment, target.direction
        if direction is not None:
            for identity in direction.resumed:
                deed = Deed(environment, "adoption", None, None)
                yield self._record("resume", self.at, plan, deed, action=None, suspension=identity)
        if moves:
            return
        known = self.state.of(plan.model, environment)
        ended = known.lease is not None and not self.at < known.lease.until
        if known.lease is not None and not ended:
            return
        if direction is not None:
            yield from self._suspensions(plan, environment, direction, self.at)
        if environment in plan.unrouted:
            return
        pin, seen = target.pin, _seen(direction, known.rollout)
        if pin is not None and _shows(plan, target, pin) and not _serving(known, pin):
            kind = _kind(pin, known, direction)
            if ended or (direction is not None and direction.kind is not None):
                deed = Deed(environment, kind, pin, _last(known))
                yield self._record("outcome", self.at, plan, deed, success=True, lease=known.lease, **seen)
            else:
                deed = Deed(environment, "adoption", pin, None)
                yield self._record("import" if pin.imported else "adoption", self.at, plan, deed)
        elif ended:
            # The run that announced it ended before it could say what came of it.
            deed = _finished(plan, environment, direction, pin, known)
            yield self._record("outcome", self.at, plan, deed, success=True, lease=known.lease, **seen)
        elif seen:
            deed = Deed(environment, "mend", None, None)
            yield self._record("observation", self.at, plan, deed, action=None, **seen)

    def _suspensions(
        self, plan: ModelPlan, environment: EnvironmentName, direction: Direction, at: datetime
    ) -> Iterator[LedgerRecord]:
        for one in direction.suspend:
            deed = Deed(environment, "rollback", one.pin, None)
            more = {"suspension": one.id, "observations": one.observations, "error": one.why[:4000]}
            yield self._record("suspension", at, plan, deed, action=None, **more)

    def _lease(self, plan: ModelPlan, deed: Deed, until: datetime) -> Lease:
        key = _key(deed, self.state.of(plan.model, deed.environment))
        return Lease.model_construct(key=key, holder=self.holder, until=until)

    def _record(self, kind: RecordKind, at: datetime, plan: ModelPlan, deed: Deed, **more: object) -> LedgerRecord:
        about: dict[str, object] = {"action": deed.kind, "from": deed.before, "previous": deed.before}
        if deed.pin is not None:
            about |= {"release": deed.pin.release, "to": deed.pin.release}
            about |= {"artifact": deed.pin.digest, "version": deed.pin.version}
        if kind == "outcome" and deed.pin is not None:
            vouched = self.vouching(plan.model, deed.pin.release)
            about |= {"policy": vouched.policy, "evidence": vouched.evidence, "signoffs": vouched.signoffs}
        about |= {"triggered_by": _trigger(deed.direction) or f"commit {self.commit}", "commit": self.commit}
        return record(kind, at, model=plan.model, environment=deed.environment, **(about | more))


def deeds(plan: ModelPlan, state: State) -> Iterator[Deed]:
    """What a plan does, one for each environment that it touches.

    A tag of the repository that somebody has taken away is mended, on record, in the last that the model was moved in.
    """
    touched = [step.environment for step in plan.actions if not isinstance(step, Adopt)]
    if any(isinstance(step, Adopt) for step in plan.actions):
        moved = [one.environment for one in plan.targets if state.of(plan.model, one.environment).outcomes]
        touched += moved[-1:]
    for environment in dict.fromkeys(touched):
        target = plan.target(environment)
        assert target is not None, environment
        if target.stays:
            continue
        known = state.of(plan.model, environment)
        before, direction, pin = _last(known), target.direction, target.pin
        steps = [step for step in plan.actions if not isinstance(step, Adopt) and step.environment == environment]
        alias = target.pointers.alias
        if any(isinstance(step, RemoveAlias) and step.alias == alias for step in steps):
            yield Deed(environment, "retirement", None, before)
        elif direction is not None and direction.kind in ("step", "return"):
            yield Deed(environment, direction.kind, _challenging(direction, plan), before, direction)
        elif direction is not None and direction.kind is not None:
            yield Deed(environment, direction.kind, pin, before, direction)
        elif pin is not None and any(isinstance(step, MoveAlias) and step.alias == alias for step in steps):
            yield Deed(environment, _kind(pin, known, direction), pin, before, direction)
        else:
            # Where nothing can take the place of what fails, it is marked and serves on.
            marked = direction is not None and bool(direction.suspend)
            others = [step for step in steps if not isinstance(step, Suspend)] if marked else steps
            switched = bool(steps) and all(isinstance(step, Route) for step in others)
            yield Deed(environment, "switch" if switched else "mend", pin, before, direction)


def leased(plan: ModelPlan, state: State, now: datetime) -> Lease | None:
    """The claim of another run on an environment of the plan, while it lasts."""
    leases = [state.of(plan.model, one.environment).lease for one in plan.states]
    return next((lease for lease in leases if lease is not None and now < lease.until), None)


def _verified(plan: ModelPlan, deed: Deed) -> bool:
    """Whether the bytes of the release that a deed is about were hashed for it."""
    chosen = deed.direction is not None and deed.direction.restores and deed.direction.pin == deed.pin
    return deed.pin is not None and (chosen or deed.pin in plan.verify)


def _challenging(direction: Direction, plan: ModelPlan) -> Pin | None:
    """The release that a step or a return is about."""
    if direction.challenger is not None or direction.rollout is None:
        return direction.challenger
    return next((pin for pin in plan.pins.values() if pin.release == direction.rollout.challenger), None)


def _finished(
    plan: ModelPlan, environment: EnvironmentName, direction: Direction | None, pin: Pin | None, known: EnvironmentState
) -> Deed:
    """What is so now in an environment whose alias did not move: a rollout's step, its end, or nothing new."""
    if direction is not None and direction.kind in ("step", "return"):
        return Deed(environment, direction.kind, _challenging(direction, plan), _last(known), direction)
    return Deed(environment, "mend", pin, _last(known))


def _seen(direction: Direction | None, before: Rollout | None) -> dict[str, object]:
    """What was seen of a rollout and of triggers, where it is news."""
    if direction is None:
        return {}
    seen: dict[str, object] = {}
    if direction.rollout is not None and not _same(direction.rollout, before):
        seen["rollout"] = direction.rollout
    if direction.firing is not None:
        firing = tuple(sorted(direction.firing))
        seen |= {"watched": True, "firing": firing, "observations": direction.observations}
    return seen


def _same(rollout: Rollout, before: Rollout | None) -> bool:
    """Whether a rollout stands as before; in which words it says why is no news."""
    if before is None:
        return False
    return replace(rollout, why="") == replace(before, why="")


def _trigger(direction: Direction | None) -> str | None:
    """What brought a deed about, when it was no merged change."""
    if direction is None:
        return None
    if direction.rollout is not None:
        return f"rollout {direction.rollout.id}"
    if direction.restores or direction.off:
        ids = [one.id for one in direction.suspend] or [name for name, _ in direction.open]
        return f"suspension {', '.join(ids)}"
    return None


def _shows(plan: ModelPlan, target: Target, pin: Pin) -> bool:
    return plan.observed is not None and plan.observed.aliases.get(target.pointers.alias) == pin.version


def _kind(pin: Pin, known: EnvironmentState, direction: Direction | None) -> DeedKind:
    """What it is to let an environment show a release: to restore it, to go back to it, or to promote it."""
    if direction is not None and direction.kind is not None:
        return direction.kind
    if _serving(known, pin):
        return "mend"
    return "rollback" if any(tenure.release == pin.release for tenure in known.tenures) else "promotion"


def _last(known: EnvironmentState) -> ReleaseName | None:
    return known.tenures[-1].release if known.tenures else None


def _serving(known: EnvironmentState, pin: Pin) -> bool:
    """Whether the ledger says that a release holds the environment now."""
    last = known.holder
    return last is not None and (last.release, last.artifact) == (pin.release, pin.digest)


def _key(deed: Deed, known: EnvironmentState) -> str:
    """The same for the same deed from the same state, and never the same again once it has an outcome."""
    to = "none" if deed.pin is None else f"{deed.pin.release}@{deed.pin.digest}"
    return f"{deed.environment} {deed.kind} {deed.before or 'none'} -> {to} after {known.outcomes}"


def outcomes_before(lease: Lease) -> int | None:
    """How many outcomes its environment had when a deed was done; None when its key does not tell."""
    _, _, number = lease.key.rpartition(" after ")
    return int(number) if number.isascii() and number.isdigit() else None
