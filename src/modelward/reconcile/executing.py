"""Carry out a plan, each model by itself: hash, look again, act, read back."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, TypeVar

from modelward.errors import CannotEvaluate, ModelwardError, as_defect
from modelward.reconcile.accompanying import suspensions_on
from modelward.reconcile.actions import LEDGER_TAG, Action, Place, Suspend
from modelward.reconcile.hashing import true_digest
from modelward.reconcile.pin import Pin
from modelward.reconcile.registries import Registries
from modelward.reconcile.states import ModelPlan
from modelward.registry.interface import RegisteredModel, Registry, RegistryUnavailable
from modelward.registry.patience import Patience
from modelward.specs.scalars import Digest, RegistryName
from modelward.traffic.registry_tags import TAG

Came = TypeVar("Came")
MARGIN: Final = timedelta(seconds=Patience().whole)
"""How long a request may take at most: within so much of the end of a claim none is begun."""


@dataclass(frozen=True)
class Applied:
    """All steps of a model were done and read back; `confirmed` by what serves, where that answers for itself.

    `unmarked` are tags of suspensions that are on record, which the registry did not take: nothing waits for them.
    """

    plan: ModelPlan
    confirmed: bool = False
    unmarked: "Failed | None" = None


@dataclass(frozen=True)
class Failed:
    """A model that was left where it stood; `done` steps had been carried out."""

    plan: ModelPlan
    done: int
    reason: str
    remedy: str
    unavailable: bool
    moved: bool = False
    """Whether nothing was done because others had moved what was looked at: whoever plans again knows more."""
    refused: Pin | None = None
    """The release whose bytes are not its own: to try again changes nothing."""
    untried: bool = False
    """Whether it was left out, as another had shown that its registry is away, or the run was told to end."""


Outcome = Applied | Failed


class NotApplied(ModelwardError):
    """A model's steps were refused or did not take."""


class WrongBytes(NotApplied):
    """A release is not let in, because its bytes are not those that were pinned and signed."""

    def __init__(self, pin: Pin, found: Digest | None) -> None:
        self.pin = pin
        super().__init__(
            f"the bytes of version {pin.version} are not those of release {pin.release}: "
            f"{found or 'no file is there'}, pinned is {pin.digest}",
            "find out who changed the artifact; nothing of this model was moved",
        )


class Moved(NotApplied):
    """Others have moved what was looked at, before anything was done."""


@dataclass(frozen=True)
class Announced:
    """The ledger commit that announces a run's steps, and until when they may be taken; `clock` tells the time."""

    commit: str
    until: datetime
    clock: Callable[[], datetime]

    def require_time(self) -> None:
        """Refuse a step that might still be under way when another reconciler takes over."""
        if not self.clock() < self.until - MARGIN:
            raise NotApplied("the time for it has run out", "the next run reads back what was done, and goes on")

    def require_ours(self, plan: ModelPlan, registry: Registry) -> None:
        """Refuse a step once another run has taken over, or has put a version out of service; and without time."""
        actual = registry.model(plan.registered_model)
        if actual is None or actual.tags.get(LEDGER_TAG) != self.commit:
            raise NotApplied("another run has taken the model over", "the next run looks at it anew")
        before = {} if plan.observed is None else suspensions_on(plan.observed)
        planned = {
            step.version: frozenset((step.after or "").split()) for step in plan.actions if isinstance(step, Suspend)
        }
        for version, words in suspensions_on(actual).items():
            if not words <= before.get(version, frozenset()) | planned.get(version, frozenset()):
                raise NotApplied(f"version {version} was suspended meanwhile", "the next run looks at it anew")
        self.require_time()


class Hashed:
    """The releases whose bytes one run has hashed and found to be their own; none of them is hashed twice."""

    def __init__(self) -> None:
        self._sound: set[tuple[RegistryName, str, Pin]] = set()

    def require(self, plan: ModelPlan, registry: Registry) -> None:
        """Hash every artifact that moves in before the first write (THREATS T71); raises `WrongBytes`."""
        for pin in plan.verify:
            known = (plan.registry, plan.registered_model, pin)
            if known in self._sound:
                continue
            found = true_digest(registry, plan.registered_model, pin)
            if found != pin.digest:
                raise WrongBytes(pin, found)
            self._sound.add(known)


def refused(
    plans: tuple[ModelPlan, ...],
    registries: Registries,
    progress: Callable[[ModelPlan], None],
    hashed: Hashed,
    parallel: int = 1,
) -> list[Failed]:
    """Hash what moves in with the plans, before anything is claimed for them; those that may not go on.

    However long that takes, what is announced then is as short as its writes.
    """
    executing = _Executing(registries, progress, None, hashed)
    entering = [plan for plan in plans if plan.verify]
    return [failed for failed in _each(executing.refusal, entering, parallel) if failed is not None]


def execute(
    plans: tuple[ModelPlan, ...],
    registries: Registries,
    progress: Callable[[ModelPlan], None],
    announced: Announced | None = None,
    parallel: int = 1,
    hashed: Hashed | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Carry out the steps of each model, of up to `parallel` at once; the outcomes come in the order of the plans.

    A model that fails leaves the others alone; one whose suspension could not be marked has an outcome more. A registry
    that is away, as it shows when one model cannot be written, is asked no more. Once the run was `stopped`, no further
    model is begun.
    """
    acting = [plan for plan in plans if plan.actions]
    executing = _Executing(registries, progress, announced, hashed or Hashed(), stopped)
    for outcome in _each(executing.outcome, acting, parallel):
        yield outcome
        if isinstance(outcome, Applied) and outcome.unmarked is not None:
            yield outcome.unmarked


def _each(do: Callable[[ModelPlan], Came], plans: list[ModelPlan], parallel: int) -> Iterator[Came]:
    """What came of each plan, in their order, with up to `parallel` at once."""
    workers = min(parallel, len(plans))
    if workers < 2:
        yield from map(do, plans)
        return
    pool = ThreadPoolExecutor(workers, "modelward")
    try:
        yield from pool.map(do, plans)
    finally:
        # Whoever stops this run stops what has not begun; what has begun is brought to its end.
        pool.shutdown(cancel_futures=True)


class _Executing:
    """Carries out plans, several at once if need be."""

    def __init__(
        self,
        registries: Registries,
        progress: Callable[[ModelPlan], None],
        announced: Announced | None,
        hashed: Hashed,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._registries = registries
        self._progress = progress
        self._announced = announced
        self._hashed = hashed
        self._stopped = stopped
        self._away: dict[RegistryName, RegistryUnavailable] = {}
        self._asking = Lock()

    def outcome(self, plan: ModelPlan) -> Outcome:
        """What came of one plan."""
        if self._stopped():
            why = "the run was told to end before this"
            return Failed(plan, 0, why, "the next run goes on with it", unavailable=True, untried=True)
        unmarked: dict[Suspend, ModelwardError] = {}
        failed = self._failed(plan, lambda one: self._steps(one, unmarked))
        if failed is not None:
            return failed
        if plan.unrouted:
            why = f"what splits the traffic of {', '.join(sorted(plan.unrouted))} cannot be asked to relieve it"
            return Failed(plan, len(plan.actions), why, "the next run goes on with it", unavailable=True)
        return _but_for(plan, unmarked)

    def refusal(self, plan: ModelPlan) -> Failed | None:
        """Why the releases of a plan may not move in; None when their bytes are their own."""
        return self._failed(plan, self._hashing)

    def _failed(self, plan: ModelPlan, steps: Callable[[ModelPlan], Iterator[int]]) -> Failed | None:
        """Why not all of the steps were done; None when they were."""
        away = self._away.get(plan.registry)
        if away is not None:
            return Failed(plan, 0, away.message, away.remedy, unavailable=True, untried=True)
        self._progress(plan)
        done = 0
        try:
            for done in steps(plan):  # noqa: B007 - how far it came is what a failure tells
                pass
        except RegistryUnavailable as error:
            self._note_away(plan.registry, error)
            return Failed(plan, done, error.message, error.remedy, unavailable=True)
        except ModelwardError as error:
            unavailable = isinstance(error, CannotEvaluate)
            moved = isinstance(error, Moved) or (not done and self._overtaken(plan))
            wrong = error.pin if isinstance(error, WrongBytes) else None
            return Failed(plan, done, error.message, error.remedy, unavailable, moved, wrong)
        except Exception as error:  # noqa: BLE001 - no model falls with another
            return Failed(plan, done, as_defect(error), "the next run goes on from there", unavailable=True)
        return None

    def _note_away(self, name: RegistryName, error: RegistryUnavailable) -> None:
        """Ask no more of a registry that answers nothing; one that fails for a model may well do for the next."""
        with self._asking:
            if name in self._away:
                return
            try:
                self._registries.open(name).about()
            except ModelwardError:
                self._away[name] = error

    def _overtaken(self, plan: ModelPlan) -> bool:
        """Whether the first step was refused because another run was taking it at the same time."""
        try:
            _look_again(plan, self._registries.open(plan.registry))
        except Moved:
            return True
        except ModelwardError:
            pass
        return False

    def _hashing(self, plan: ModelPlan) -> Iterator[int]:
        """Hash what moves in, which is no step."""
        self._hashed.require(plan, self._registries.open(plan.registry))
        return iter(())

    def _steps(self, plan: ModelPlan, unmarked: dict[Suspend, ModelwardError]) -> Iterator[int]:
        """Hash, look again, act and read back; gives how many steps are done.

        A suspension that is on record stands without its tag, so that one that is not taken is left `unmarked`.
        """
        registry, announced = self._registries.open(plan.registry), self._announced
        place = Place(registry, self._registries.traffic)
        # To hash takes long enough for others to move what was looked at.
        self._hashed.require(plan, registry)
        _look_again(plan, registry)
        if announced is not None:
            announced.require_time()
            registry.set_tag(plan.registered_model, LEDGER_TAG, announced.commit)
        for done, action in enumerate(plan.actions):
            if announced is not None and done:
                announced.require_ours(plan, registry)
            elif announced is not None:
                announced.require_time()
            try:
                action.do(place)
            except ModelwardError as error:
                _leave(action, error, unmarked)
            yield done + 1
        for action, refusal in _read_back(plan, registry):
            _leave(action, refusal, unmarked)


def _look_again(plan: ModelPlan, registry: Registry) -> None:
    if _own(registry.model(plan.registered_model)) != _own(plan.observed):
        raise Moved("the registry has moved since the plan was made", "plan again")


def _own(model: RegisteredModel | None) -> RegisteredModel | None:
    """The model without the marks of runs that are on record, which every run may set anew."""
    if model is None:
        return None
    tags = {key: value for key, value in model.tags.items() if key != LEDGER_TAG and not key.startswith(TAG)}
    return replace(model, tags=tags)


def _read_back(plan: ModelPlan, registry: Registry) -> Iterator[tuple[Action, NotApplied]]:
    """The steps that did not take."""
    actual = registry.model(plan.registered_model)
    if actual is None:
        raise NotApplied("the registered model is gone", "plan again")
    for action in plan.actions:
        if not action.holds(actual):
            why = f"read back, this did not take: {action.what}"
            yield action, NotApplied(why, "is somebody else moving it? plan again")


def _leave(action: Action, error: ModelwardError, unmarked: dict[Suspend, ModelwardError]) -> None:
    """Go on without the tag of a suspension that is on record; raises the error of any other step."""
    if not (isinstance(action, Suspend) and action.recorded):
        raise error
    unmarked.setdefault(action, error)


def _but_for(plan: ModelPlan, unmarked: Mapping[Suspend, ModelwardError]) -> Outcome:
    """What came of a plan that was carried out but for some tags: these are a failure of their own."""
    if not unmarked:
        return Applied(plan)
    error = next(iter(unmarked.values()))
    targets = tuple(replace(target, direction=None) for target in plan.targets)
    marks = replace(plan, actions=tuple(unmarked), targets=targets, verify=(), urgent=False)
    failed = Failed(marks, 0, error.message, error.remedy, isinstance(error, CannotEvaluate))
    done = tuple(step for step in plan.actions if step not in unmarked)
    return Applied(replace(plan, actions=done), unmarked=failed) if done else replace(failed, plan=plan)
