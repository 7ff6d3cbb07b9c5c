"""What a change of policy would mean for what already serves: the live deployments that it puts in breach.

Each deployment of the base is judged as if its release entered its environment now, once under the policies before the
change and once under those after it; what is found only after it is the change's doing. The rules are the base's: code
of the head is never run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelward.rules.judgement import Judged
from modelward.rules.loading import Rule
from modelward.rules.running import Judge
from modelward.rules.subjects import Entry
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.tree.organisation import Organisation
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot


@dataclass(frozen=True)
class Breach:
    """A deployment that serves, and what the policies after the change find in it."""

    model: ModelName
    environment: EnvironmentName
    release: ReleaseName
    findings: tuple[Judged, ...]


def breaches(
    live: Snapshot, before: Organisation, after: Organisation, rules: Sequence[Rule], now: datetime
) -> Iterator[Breach]:
    """The deployments of `live` that break the policies `after` a change, and not those `before` it."""
    bound = [rule for rule in rules if not rule.mark.open_only and rule.mark.over in ("model", "entry")]
    for name in live.model_names():
        try:
            deployments = live.model(name).manifest.spec.deployments
        except Unreadable:
            # A model that cannot be read is in breach of itself, whatever the policy.
            continue
        for environment, deployment in deployments.items():
            old = {_essence(one) for one in _judged(live, name, environment, before, bound, now)}
            new = [one for one in _judged(live, name, environment, after, bound, now) if _essence(one) not in old]
            if new:
                yield Breach(ModelName(name), environment, deployment.release, tuple(new))


def _judged(
    live: Snapshot,
    name: str,
    environment: EnvironmentName,
    policies: Organisation,
    rules: Sequence[Rule],
    now: datetime,
) -> list[Judged]:
    model = live.model(name)
    judge = Judge(live, rules, now, policies=policies)
    judge.model(model, None)
    release = model.manifest.spec.deployments[environment].release
    if release in model.release_folders:
        judge.entry(Entry(model, environment, model.release(release), None, None, returning=False))
    return [judged for judged in judge.judgement.findings if judged.denies]


def _essence(judged: Judged) -> tuple[str, str, str, str]:
    return (judged.rule, judged.finding.verdict, judged.finding.message, str(judged.finding.place))
