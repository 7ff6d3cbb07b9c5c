"""Where each environment is to go now: what git wants, under suspensions, holds, freezes, soak and rollouts.

Pure but for what it asks of signals. The order of the rules is that of safety: what is suspended never serves; what
holds and fails is taken out; what is stopped is restored; only then may something new come in, by its steps.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from modelward.policy.freezes import Window
from modelward.reconcile.advancing import advance
from modelward.reconcile.desired import Target
from modelward.reconcile.direction import (
    UNRECORDED,
    Direction,
    Standing,
    Suspension,
    SyncState,
    next_suspension,
    suspended_by_others,
)
from modelward.reconcile.measuring import Watched
from modelward.reconcile.pin import Pin
from modelward.reconcile.rollout import Circumstances, Decision, Promote, Return, Samples, begin, rollout_id
from modelward.reconcile.soaking import soaking
from modelward.reconcile.targets import CallSomebody, Restore, UseRules, fallback_target, rollback_target, skips_steps
from modelward.reconcile.triggered import Triggered, triggered
from modelward.specs.canary import CanaryPlan
from modelward.specs.ledger import DeedKind, EnvironmentState, Refusal, Suspended, Tenure
from modelward.specs.manifest import Deployment, Fallback
from modelward.specs.rollout import Phase, Rollout
from modelward.specs.scalars import ModelName, ReleaseName
from modelward.specs.signoff import ChangeKind


@dataclass(frozen=True)
class Remembered:
    """What one run knows of one environment of a model beside git and its registry.

    `before` is what the ledger says of the environment that it promotes from, where a release must have been for the
    time of `soak`. `rooted` is the release that the trust root deploys here. `elsewhere` are the suspensions of the
    model's other environments. `splits`: something can take a share of the traffic, a switch or a tenant. `refused` is
    the release that was not let in for its bytes, while no change of the model was merged since. `unowned`: nobody here
    has moved the model yet, so that what its alias names may be taken over.
    """

    ledger: EnvironmentState
    now: datetime
    commit: str
    fallback: Fallback
    freezing: Callable[[ChangeKind], Window | None]
    rooted: Callable[[], ReleaseName | None] = lambda: None
    before: EnvironmentState | None = None
    soak: timedelta | None = None
    plan: CanaryPlan | None = None
    watched: Watched | None = None
    assigned: Callable[[], Samples | None] = lambda: None
    elsewhere: Collection[str] = ()
    splits: bool = True
    warns: bool = False
    refused: Refusal | None = None
    unowned: bool = False


def direct(
    model: ModelName,
    target: Target,
    pins: Mapping[int, Pin],
    shown: int | None,
    tagged: Mapping[int, Collection[str]],
    known: Remembered,
    unfit: Collection[ReleaseName] = frozenset(),
) -> Direction:
    """Where an environment is to go.

    `pins` are all releases in its registry by version, `shown` the version that its alias names, `tagged` the
    words of the tags that suspend versions; `unfit` are releases to go back to that were tried and could not be
    verified.
    """
    return _Directing(model, target, pins, shown, tagged, known, unfit).direction()


@dataclass(frozen=True)
class _Directing:
    model: ModelName
    target: Target
    pins: Mapping[int, Pin]
    shown: int | None
    tagged: Mapping[int, Collection[str]]
    known: Remembered
    unfit: Collection[ReleaseName]

    def direction(self) -> Direction:
        direction = self._where()
        out = self._out | {one.pin.release for one in direction.suspend}
        if direction.pin is not None and direction.pin.release in out and self.shown != direction.pin.version:
            # Where nothing else is left it keeps what it has; an alias is never moved to what is suspended.
            direction = replace(direction, pin=None, drifted=True)
        told = self._watched
        suspend = (*self._unrecorded, *direction.suspend)
        new = [(one.id, one.pin) for one in suspend if one.id != self._deployment.resume]
        known = [(name, pin) for name, one in self._open.items() if (pin := self._pin(one.release)) is not None]
        return replace(
            direction,
            resumed=self._resumed,
            lifted=frozenset({*self._resumed, *self._lifted}),
            suspend=suspend,
            open=(*known, *new),
            firing=told.firing if told.firing != frozenset(self.known.ledger.firing) else None,
            observations=told.observations,
            told=told.told,
            silent=told.silent,
            quiet=told.quiet,
            shut=self._stopped("tenant") if self._deployment.tenants else None,
        )

    def _where(self) -> Direction:
        wanted, holder = self.target.pin, self._holder
        if wanted is None:
            return self._ended(Direction(None), "git deploys nothing here")
        if holder is not None and self._failing is not None:
            return self._taken_out(holder, self._failing)
        if holder is not None and holder.release in self._out:
            back = self._taken_out(holder, None)
            # Where nothing is left to go back to, something new may come in, if it needs no steps beside a champion;
            # until it does, nothing serves.
            stepped = self.known.plan is not None and bool(self.known.plan.steps)
            enters = not back.restores and wanted.release not in self._out and not stepped
            moved = self._moving(wanted) if enters else back
            return moved if moved.pin == wanted else back
        if wanted.release in self._out:
            return self._taken_out(wanted, None)
        if holder == wanted:
            return self._ended(self._kept(wanted), f"git deploys {wanted.release} again")
        return self._moving(wanted)

    # What holds the environment, and what it says of itself.

    @cached_property
    def _holder(self) -> Pin | None:
        """The release that holds the environment: by the ledger, or where that knows none by the alias.

        An alias makes a holder only of what the trust root deploys, and of what git deploys where nobody here has moved
        the model yet: whatever else it names was set by hand, and is never adopted (THREATS T72).
        """
        tenure = self.known.ledger.holder
        if tenure is not None:
            return self._pin(tenure.release, tenure)
        shown = None if self.shown is None else self.pins.get(self.shown)
        if shown is None or (self.known.unowned and shown == self.target.pin):
            return shown
        return shown if shown.release == self.known.rooted() else None

    def _pin(self, release: ReleaseName, tenure: Tenure | None = None) -> Pin | None:
        digest = None if tenure is None else tenure.artifact
        found = (pin for pin in self._pins() if pin.release == release and digest in (None, pin.digest))
        return next(found, None)

    def _pins(self) -> Iterator[Pin]:
        """All releases; first what is deployed, for which the others need not be read."""
        if self.target.pin is not None:
            yield self.target.pin
        yield from self.pins.values()

    @cached_property
    def _watched(self) -> Triggered:
        """What the triggers say of the holder, once for each run."""
        tenure, watched = self.known.ledger.holder, self.known.watched
        if tenure is None or watched is None or self._deployment.ml_enabled is False or self._holder is None:
            return Triggered(frozenset(self.known.ledger.firing))
        name = watched.environment.environment
        acted = frozenset(self.known.ledger.triggered)
        said = [
            (trigger, watched.trigger(trigger, tenure.release, tenure.since, self.known.now, acted))
            for trigger in watched.thresholds.triggers
            if name in trigger.environments
        ]
        return triggered(said, frozenset(self.known.ledger.firing))

    @cached_property
    def _failing(self) -> Suspension | None:
        """The suspension that a trigger brings upon the holder now; None when none does, or it is out already."""
        holder, due = self._holder, self._watched.due
        if holder is None or not due or holder.release in self._out:
            return None
        trigger, verdict = min(due, key=lambda one: (one[0].action != "rollback", one[0].name))
        why = f"trigger {trigger.name}: {verdict.reason}"
        seen = tuple(sorted({each for _, said in due for each in said.observations}))
        return self._suspension(holder, why, seen, rules=trigger.action == "fallback")

    def _suspension(self, pin: Pin, why: str, observations: Sequence[str] = (), *, rules: bool = False) -> Suspension:
        first, second = next_suspension(self.model, self.known.ledger, pin)
        identity = second if first == self._deployment.resume else first
        return Suspension(identity, pin, why, tuple(observations), prefers_rules=rules)

    @property
    def _lifted(self) -> list[str]:
        return [name for name, one in self.known.ledger.suspensions.items() if one.resumed is not None]

    @property
    def _shown_release(self) -> ReleaseName | None:
        pin = None if self.shown is None else self.pins.get(self.shown)
        return None if pin is None else pin.release

    # What may not serve.

    @cached_property
    def _open(self) -> Mapping[str, Suspended]:
        """The suspensions on record that nothing has lifted."""
        known = self.known.ledger.suspensions
        return {name: one for name, one in known.items() if one.resumed is None and name != self._deployment.resume}

    @cached_property
    def _unrecorded(self) -> tuple[Suspension, ...]:
        """Suspensions that stand as tags on versions, and that no ledger knows: a machine was lost (THREATS T85)."""
        if not self.tagged:
            return ()
        return tuple(
            Suspension(identity, pin, UNRECORDED)
            for pin in self.pins.values()
            for identity in sorted(self._untold(pin))
        )

    def _untold(self, pin: Pin) -> set[str]:
        """The suspensions that a version's tag tells of and no record: our own, and one for all that others wrote."""
        on_record = self.known.ledger.suspensions
        words = {*self.tagged.get(pin.version, ())} - {*on_record, *self.known.elsewhere}
        # No run of ours suspends what is out already.
        out = any(one.release == pin.release for one in self._open.values())
        ours = set() if out else words & {*next_suspension(self.model, self.known.ledger, pin)}
        if words == ours:
            return ours
        return ours | ({suspended_by_others(self.model, self.known.ledger, pin)} - {*on_record})

    @cached_property
    def _out(self) -> frozenset[ReleaseName]:
        lifted = self._deployment.resume
        tagged = {one.pin.release for one in self._unrecorded if one.id != lifted}
        return frozenset({one.release for one in self._open.values()} | tagged)

    @cached_property
    def _resumed(self) -> tuple[str, ...]:
        """The suspension that git lifts now, where it is not lifted on record."""
        lifted = self._deployment.resume
        record = None if lifted is None else self.known.ledger.suspensions.get(lifted)
        tagged = any(one.id == lifted for one in self._unrecorded)
        return (lifted,) if lifted is not None and (tagged or (record is not None and not record.resumed)) else ()

    @property
    def _deployment(self) -> Deployment:
        deployed = self.target.deployment
        return deployed if deployed is not None else _NOTHING

    # Out of service.

    def _taken_out(self, failing: Pin, new: Suspension | None) -> Direction:
        """The way from a release that may not serve: back, to the rules, or to a person."""
        suspend = () if new is None else (new,)
        standing = self._suspended(failing, new)
        holder = self._holder
        if holder is not None and holder != failing and holder.release not in self._out and new is None:
            # What may not serve does not: the release that holds the environment stays, and at once where it does not.
            return self._ended(Direction(holder, standing, urgent=True), standing.reason)
        state = self.known.ledger
        entered = state.holder.entered if state.holder is not None else "promotion"
        out = {one.pin.release for one in suspend} | self._out
        unusable = {tenure.release for tenure in state.tenures if self._pin(tenure.release, tenure) is None}
        way = rollback_target(
            failing.release,
            "rollback" if entered == "rollback" else "promotion",
            state.tenures,
            state.suspensions,
            self.known.fallback,
            {*self.unfit, *out, *unusable},
        )
        if new is not None and new.prefers_rules:
            way = fallback_target(self.known.fallback, way)
        return self._ended(self._back(way, failing, standing, suspend), standing.reason)

    def _back(
        self, way: Restore | UseRules | CallSomebody, failing: Pin, standing: Standing, suspend: tuple[Suspension, ...]
    ) -> Direction:
        match way:
            case Restore(release=release, artifact=artifact):
                pin = next(pin for pin in self.pins.values() if (pin.release, pin.digest) == (release, artifact))
                return Direction(pin, standing, "rollback", urgent=True, restores=True, suspend=suspend)
            case UseRules() if self.known.splits:
                # The rules answer; whatever the alias names takes no request meanwhile.
                said = replace(standing, reason=f"the rules answer: {standing.reason}")
                return Direction(self._holder, said, "fallback", urgent=True, off=True, suspend=suspend)
            case UseRules(why=why) | CallSomebody(why=why):
                said = replace(standing, state="Degraded", reason=f"{standing.reason}; {why}")
                page = f"{failing.release} fails and nothing can take its place: {why}" if suspend else None
                return Direction(self._holder or failing, said, urgent=True, suspend=suspend, page=page)

    def _suspended(self, pin: Pin, new: Suspension | None) -> Standing:
        if new is not None:
            return Standing("Suspended", f"{pin.release} goes out of service ({new.id}): {new.why}")
        known = [(one.at, name, one.why) for name, one in self._open.items() if one.release == pin.release]
        tags = [(self.known.now, one.id, one.why) for one in self._unrecorded if one.pin.release == pin.release]
        since, identity, why = max([*known, *tags], key=lambda one: (one[0], one[1]))
        lift = f"modelward resume {self.model} {self.target.environment} {identity}"
        return Standing("Suspended", f"{pin.release} is suspended ({identity}): {why}", since=since, lift=lift)

    # Staying, and coming in.

    def _kept(self, pin: Pin) -> Direction:
        if self.known.warns and self.shown not in (None, pin.version) and self._shown_release not in self._out:
            why = "the alias was moved by hand, and `drift: warn` leaves it so"
            return Direction(None, Standing("OutOfSync", why, lift="modelward diff"), drifted=True)
        return Direction(pin)

    def _moving(self, wanted: Pin) -> Direction:
        state = self.known.ledger
        returns = skips_steps(wanted.release, wanted.digest, state.tenures, state.suspensions)
        stopped = self._stopped("rollback" if returns else "promotion")
        plan, holder, current = self.known.plan, self._holder, state.rollout
        serves = holder is not None and holder.release not in self._out
        steps = plan is not None and bool(plan.steps) and serves and not returns
        refused = self._refused(wanted)
        if refused is not None and current is not None and self._runs(current, wanted):
            ended = replace(current, phase="returned", why=refused.reason, weight=0, held_by=None)
            return Direction(holder, refused, "return", urgent=True, rollout=ended)
        if steps and current is not None and self._runs(current, wanted):
            assert plan is not None
            return self._advanced(current, wanted, plan, stopped)
        if current is not None and not current.finished:
            return self._superseded(current, wanted)
        stopped = stopped or refused
        if stopped is not None:
            return Direction(holder, stopped)
        if returns:
            taken: tuple[Suspension, ...] = ()
            if holder is not None and serves:
                taken = (self._suspension(holder, f"git went back to {wanted.release}"),)
            return Direction(wanted, None, "rollback", urgent=True, suspend=taken)
        waits = self._soaking(wanted)
        if waits is not None:
            return Direction(holder, waits)
        aborted = current is not None and current.challenger == wanted.release
        if current is not None and aborted and self._deployment.abort == current.id:
            lift = f"take `abort: {current.id}` out of the manifest, or deploy another release"
            return Direction(holder, Standing("Held", f"the rollout of {wanted.release} was aborted", lift=lift))
        if not steps:
            return Direction(wanted, None, "promotion")
        assert plan is not None
        assert holder is not None
        if not self.known.splits:
            why = "canary.yaml gives it steps, and nothing here takes a share of the traffic"
            return Direction(holder, Standing("Blocked", why, lift="give the environment a `traffic:` that splits"))
        identity = rollout_id(self.model, self.target.environment, wanted.release, self.known.commit)
        releases = (wanted.release, holder.release)
        promote_step = self._deployment.promote_step
        where = (self.model, self.target.environment)
        return self._decided(begin(identity, *where, releases, plan, promote_step, self.known.now))

    def _superseded(self, rollout: Rollout, wanted: Pin) -> Direction:
        """The end of a rollout that is not wanted any more; what is wanted instead begins when that is done."""
        other = wanted.release != rollout.challenger
        why = f"git deploys {wanted.release} instead" if other else "its champion or its plan has changed"
        ended = replace(rollout, phase="superseded", why=why, weight=0, held_by=None)
        ended = replace(ended, superseded_by=wanted.release if other else None)
        standing = Standing("Progressing", f"rollout {rollout.id} of {rollout.challenger} is superseded: {why}")
        return Direction(self._holder, standing, "return", urgent=True, rollout=ended)

    def _runs(self, rollout: Rollout, wanted: Pin) -> bool:
        holder = self._holder
        pair = None if holder is None else (wanted.release, holder.release)
        return not rollout.finished and (rollout.challenger, rollout.champion) == pair

    def _advanced(self, rollout: Rollout, wanted: Pin, plan: CanaryPlan, stopped: Standing | None) -> Direction:
        watched = self.known.watched
        measured, samples = (
            ((), None) if watched is None else watched.rollout(rollout, plan, self.known.now, self.known.assigned())
        )
        deployed = self._deployment
        seen = Circumstances(
            measured,
            samples,
            wanted=wanted.release,
            promote_step=deployed.promote_step,
            abort=deployed.abort,
            stopped=None if stopped is None else stopped.reason,
        )
        decision = advance(rollout, plan, seen, self.known.now)
        observations = tuple(sorted({each for one in measured for each in one.observations}))
        return self._decided(decision, observations)

    def _decided(self, decision: Decision, observations: tuple[str, ...] = ()) -> Direction:
        """What a decision about a rollout means for the pointers and the traffic."""
        rollout, champion = decision.rollout, self._holder
        challenger = self._pin(rollout.challenger)
        state: SyncState = "Held" if rollout.phase == "held" else "Progressing"
        standing = Standing(state, f"rollout {rollout.id} of {rollout.challenger}: {rollout.why}", since=rollout.since)
        match decision.todo:
            case Promote():
                return Direction(challenger, standing, "promotion", rollout=rollout, page=decision.page)
            case Return(suspend=suspend):
                taken: tuple[Suspension, ...] = ()
                if suspend and challenger is not None:
                    taken = (self._suspension(challenger, f"rollout {rollout.id}: {rollout.why}", observations),)
                    standing = self._suspended(challenger, taken[0])
                page = decision.page
                return Direction(champion, standing, "return", urgent=True, rollout=rollout, suspend=taken, page=page)
            case _:
                weight, kind = decision.rollout.weight, self._stepped(rollout)
                return Direction(
                    champion, standing, kind, challenger=challenger, weight=weight, rollout=rollout, page=decision.page
                )

    def _stepped(self, rollout: Rollout) -> DeedKind | None:
        before = self.known.ledger.rollout
        same = before is not None and (before.id, before.step) == (rollout.id, rollout.step)
        return None if same else "step"

    def _ended(self, direction: Direction, why: str) -> Direction:
        """The same, and a rollout that runs ends with it: its challenger takes no share any more."""
        rollout = self.known.ledger.rollout
        if rollout is None or rollout.finished:
            return direction
        phase: Phase = "returned" if rollout.challenger in self._out else "aborted"
        ended = replace(rollout, phase=phase, why=why, weight=0, held_by=None)
        return replace(direction, rollout=ended, urgent=True, kind=direction.kind or "return")

    def _stopped(self, kind: ChangeKind) -> Standing | None:
        """Why nothing new may begin: a hold, or a freeze that does not allow it."""
        hold = self._deployment.hold
        if hold is not None and self.known.now < hold.until:
            lift = f"modelward unhold {self.model} {self.target.environment}"
            return Standing("Held", f"on hold: {hold.reason}", until=hold.until, lift=lift)
        window = self.known.freezing(kind)
        if window is None:
            return None
        why = f"frozen ({window.freeze.name}): {window.freeze.reason}"
        return Standing("Frozen", why, since=window.start, until=window.end, lift="a change of policies/freezes.yaml")

    def _refused(self, pin: Pin) -> Standing | None:
        """Why a release is not tried again: its bytes were not its own, and the model is as it was then."""
        refused = self.known.refused
        if refused is None or (refused.release, refused.artifact) != (pin.release, pin.digest):
            return None
        lift = f"put back what was pinned and merge a change of models/{self.model}, such as a hold for a minute"
        return Standing("Blocked", refused.why, since=refused.at, lift=lift)

    def _soaking(self, wanted: Pin) -> Standing | None:
        """Why the release has not been long enough in the environment before; None when it has, or need not."""
        soak, before = self.known.soak, self.known.before
        if soak is None or before is None or self.known.rooted() == wanted.release:
            return None
        return soaking(self.model, wanted, before, soak, self.known.now)


_NOTHING: Final = Deployment.model_construct(release=ReleaseName("0.0.0"))
