"""What plan, apply, status and diff share: the options, and the plan at a commit."""

from collections.abc import Sequence
from pathlib import Path

from modelward.cli.options import Merged, at_commit, matching, now
from modelward.errors import NothingToCheck
from modelward.reconcile.judging import SpecsJudge
from modelward.reconcile.observing import Plan, Registries, make_plan
from modelward.reconcile.planning import Circumstances
from modelward.registry.connecting import connect
from modelward.specs.scalars import EnvironmentName
from modelward.tree.history import History


class Reconciling:
    """One look at the repository and its registries."""

    def __init__(
        self, folder: Path, ref: str, models: Sequence[str], environments: Sequence[str], *, adopt: bool
    ) -> None:
        self.merged: Merged = at_commit(folder, ref, models)
        snapshot = self.merged.snapshot
        known = sorted(snapshot.environments)
        selected = matching(known, environments)
        if not selected:
            raise NothingToCheck("no environment matches", f"the environments are {', '.join(known) or 'none'}")
        self.adopt = adopt
        self.registries = Registries(lambda name: connect(snapshot.registries.spec, name))
        self._run = Circumstances(
            snapshot.policy.spec.repository,
            now(),
            adopt,
            frozenset(EnvironmentName(name) for name in selected) if environments else None,
        )

    @property
    def where(self) -> str:
        """What the registry is compared with, for people."""
        return f"{self.merged.ref} ({self.merged.commit[:12]})"

    def plan(self) -> Plan:
        """What separates the registries from git now."""
        snapshot = self.merged.snapshot
        return make_plan(
            snapshot,
            self.merged.models,
            self.registries,
            self._run,
            whole=self.merged.whole,
            judge=SpecsJudge(snapshot, self._run.now),
            promoted=History(self.merged.git, self.merged.commit).promoted,
        )
