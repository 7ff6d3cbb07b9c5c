"""The changes of what is demanded of a model: thresholds, canary, retention."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from modelward.gate.fields import Change, change, field_change, uncovered
from modelward.gate.scopes import Scope
from modelward.gate.wording import difference, differing, shown
from modelward.policy.spans import never_shorter
from modelward.policy.strictness import gates_kept, metrics_kept, slo_kept, trigger_kept
from modelward.specs.canary import Canary
from modelward.specs.retention import Retention
from modelward.specs.signoff import ChangeKind
from modelward.specs.thresholds import Thresholds
from modelward.tree.file import File
from modelward.tree.place import Place, Pointer


def _as_many_samples(before: Thresholds, after: Thresholds) -> bool:
    return after.min_samples >= before.min_samples


THRESHOLDS: Final[Mapping[str, Callable[[Thresholds, Thresholds], bool]]] = {
    "schema_": lambda _before, _after: False,
    "metrics": metrics_kept,
    "min_samples": _as_many_samples,
    "slo": slo_kept,
    "gates": gates_kept,
}
"""By field, whether thresholds demand in it whatever they demanded before: only then is a change of it tighter."""


def threshold_changes(scope: Scope, before: File[Thresholds], after: File[Thresholds]) -> Iterator[Change]:
    """What is demanded otherwise of a release: tighter where every field proves it, looser otherwise."""
    for name, old, new in differing(before.spec, after.spec):
        if name == "triggers":
            yield from _triggers(scope, before, after)
        elif name in THRESHOLDS:
            kept = THRESHOLDS[name](before.spec, after.spec)
            yield field_change(scope, _tighter_or_looser(kept=kept), after, name, old, new)
        else:
            raise uncovered(after.path, name)


def _tighter_or_looser(*, kept: bool) -> ChangeKind:
    return "threshold-tightened" if kept else "threshold-loosened"


def _triggers(scope: Scope, before: File[Thresholds], after: File[Thresholds]) -> Iterator[Change]:
    old = {trigger.name: trigger for trigger in before.spec.triggers}
    new = {trigger.name: (index, trigger) for index, trigger in enumerate(after.spec.triggers)}
    for name, trigger in old.items():
        if name not in new:
            what = f"trigger `{name}`: removed ({shown(trigger)})"
            yield change(scope, "trigger-removed", after.place("triggers", key=True), what)
        elif new[name][1] != trigger:
            index, now = new[name]
            kind: ChangeKind = "threshold-tightened" if trigger_kept(trigger, now) else "threshold-loosened"
            yield change(scope, kind, after.place("triggers", index), f"trigger `{name}`: {difference(trigger, now)}")
    for name, (index, trigger) in new.items():
        if name not in old:
            what = f"trigger `{name}`: new ({shown(trigger)})"
            yield change(scope, "threshold-tightened", after.place("triggers", index), what)
    if len(old) < len(before.spec.triggers) or len(new) < len(after.spec.triggers):
        # Of two triggers by one name nobody could say which of them is gone.
        yield change(scope, "trigger-removed", after.place("triggers", key=True), "two triggers have one name")


def canary_changes(scope: Scope, before: File[Canary], after: File[Canary]) -> Iterator[Change]:
    """The ways into environments that differ."""
    for environment in sorted(before.spec.environments.keys() | after.spec.environments.keys()):
        old, new = before.spec.environments.get(environment), after.spec.environments.get(environment)
        if old != new:
            pointer: Pointer = ("environments", environment) if new is not None else ("environments",)
            what = f"canary of {environment}: {difference(old, new)}"
            yield change(scope, "canary", after.place(*pointer), what, environment)
    if before.spec.model_copy(update={"environments": {}}) != after.spec.model_copy(update={"environments": {}}):
        yield change(scope, "canary", Place(after.path), "canary differs")


def retention_changes(scope: Scope, before: File[Retention], after: File[Retention]) -> Iterator[Change]:
    """The records that are kept for longer or less long."""
    for record in sorted(before.spec.keep.keys() | after.spec.keep.keys()):
        old, new = before.spec.keep.get(record), after.spec.keep.get(record)
        if old == new:
            continue
        longer = new is not None and (old is None or never_shorter(new, old))
        kind: ChangeKind = "retention-lengthened" if longer else "retention-shortened"
        place = after.place("keep", record) if new is not None else after.place("keep", key=True)
        yield change(scope, kind, place, f"{record}: {old or 'nothing'} -> {new or 'nothing'}")
    if before.spec.model_copy(update={"keep": {}}) != after.spec.model_copy(update={"keep": {}}):
        yield change(scope, "retention-shortened", Place(after.path), "retention differs")
