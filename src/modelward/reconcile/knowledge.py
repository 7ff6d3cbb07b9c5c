"""What a run with a ledger knows of each environment of a model, gathered for those that ask for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from modelward.ledger.folding import State, suspended
from modelward.policy.freezes import freezing
from modelward.reconcile.actions import REPOSITORY_TAG
from modelward.reconcile.desired import DesiredModel, Target
from modelward.reconcile.directing import Remembered, direct
from modelward.reconcile.direction import UNRECORDED, named_here
from modelward.reconcile.measuring import Watched
from modelward.reconcile.rollout import Samples
from modelward.registry.interface import RegisteredModel
from modelward.signals.connecting import EnvironmentSignals
from modelward.signals.interface import Signals
from modelward.specs.environment import Environment
from modelward.specs.ledger import EnvironmentState, Refusal
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.specs.thresholds import Thresholds
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git
from modelward.tree.model import Model
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot

Assigned = Callable[[EnvironmentName, str], Samples | None]
"""How many requests each variant of a registered model was given in an environment; None where nobody counts them."""


@dataclass(frozen=True)
class Knowledge:
    """The ledger's state, the snapshot that is followed with its commit, the trust root, and when it is.

    Files of signals stand below `folder`.
    """

    state: State
    snapshot: Snapshot
    git: Git
    commit: str
    root: str
    now: datetime
    folder: Path
    assigned: Assigned = field(default=lambda _environment, _model: None)

    def directed(
        self,
        model: Model,
        wanted: DesiredModel,
        actual: RegisteredModel,
        tagged: Mapping[int, frozenset[str]],
        unfit: Mapping[EnvironmentName, frozenset[ReleaseName]],
    ) -> DesiredModel:
        """The same, with each environment where it is to go now."""
        targets = []
        owner = actual.tags.get(REPOSITORY_TAG)
        unowned = owner != self.snapshot.policy.spec.repository and not self.ours(model.name)
        for target in wanted.targets:
            shown = actual.aliases.get(target.pointers.alias)
            elsewhere = self._elsewhere(model.name, wanted, target) if tagged else frozenset()
            known = replace(self._remembered(model, wanted, target, elsewhere), unowned=unowned)
            out = unfit.get(target.environment, frozenset())
            direction = direct(model.name, target, wanted.pins, shown, tagged, known, out)
            targets.append(replace(target, pin=direction.pin, direction=direction))
        return replace(wanted, targets=tuple(targets))

    def ours(self, model: ModelName) -> bool:
        """Whether this repository has moved the model before, as its ledger tells."""
        return model in self._moved

    @cached_property
    def _moved(self) -> frozenset[ModelName]:
        return frozenset(
            model
            for (model, _), state in self.state.environments.items()
            if state.outcomes or any(tenure.entered != "import" for tenure in state.tenures)
        )

    def _elsewhere(self, model: ModelName, wanted: DesiredModel, target: Target) -> frozenset[str]:
        """Suspensions of other environments alone; a tag does not say where it suspends.

        One that nobody decided here is of all environments, also when another has put it on record first. Those that
        would come next count too: a run that ended before its record may have set the tag for it.
        """
        states = [self.state.of(model, other) for other in self.snapshot.environments if other != target.environment]
        known = {name for state in states for name, one in state.suspensions.items() if one.why != UNRECORDED}
        decided = {name for state in states for pin in wanted.pins.values() for name in named_here(model, state, pin)}
        return frozenset(known | decided)

    def _remembered(self, model: Model, wanted: DesiredModel, target: Target, elsewhere: frozenset[str]) -> Remembered:
        name = target.environment
        state = self.state.of(model.name, name)
        environment = self.snapshot.environments[name].spec
        before = environment.promotes_from
        return Remembered(
            ledger=state,
            now=self.now,
            commit=self.commit,
            fallback=model.manifest.spec.fallback,
            freezing=lambda kind: freezing(self.snapshot.freezes.spec, name, kind, self.now),
            rooted=partial(self._rooted, model.name, name),
            before=None if before is None else self.state.of(model.name, before),
            soak=None if environment.min_soak is None else environment.min_soak.fixed,
            # Most environments run what git deploys, so that nobody asks how a release would come in.
            plan=None if _settled(state, target) else model.canary.spec.environments.get(name),
            watched=self._watched(model, environment) if environment.signals else None,
            assigned=partial(self.assigned, name, wanted.registered_model),
            elsewhere=elsewhere,
            splits=environment.traffic.kind != "none",
            warns=environment.drift == "warn",
            refused=self._refused(model.name, state),
        )

    def _refused(self, model: ModelName, state: EnvironmentState) -> Refusal | None:
        """The release that was not let in, unless a change of the model was merged since."""
        refused = state.refused
        if refused is None or self.git.touched(refused.commit, self.commit, f"models/{model}"):
            return None
        return refused

    def _watched(self, model: Model, environment: Environment) -> Watched:
        thresholds: Thresholds = model.thresholds.spec
        return Watched(model.name, environment, thresholds, self._signals[environment.environment])

    @cached_property
    def _signals(self) -> Mapping[EnvironmentName, Signals]:
        """The signals of each environment: one reader for all models, so that a file is read once a run."""
        return {name: EnvironmentSignals(file.spec, self.folder) for name, file in self.snapshot.environments.items()}

    @cached_property
    def _trusted(self) -> Snapshot:
        return Snapshot(GitSource(self.git, self.root))

    def _rooted(self, model: ModelName, environment: EnvironmentName) -> ReleaseName | None:
        """The release that the trust root deploys: whoever vouched for it vouched for what it had serve."""
        try:
            manifest = self._trusted.model(model).manifest.spec
        except Unreadable:
            return None
        deployment = manifest.deployments.get(environment)
        return None if deployment is None else deployment.release


def _settled(state: EnvironmentState, target: Target) -> bool:
    """Whether the release that git deploys holds the environment, and nothing is under way or held against it."""
    holder, pin = state.holder, target.pin
    if holder is None or pin is None or (holder.release, holder.artifact) != (pin.release, pin.digest):
        return False
    running = state.rollout is not None and not state.rollout.finished
    return not running and not suspended(state)
