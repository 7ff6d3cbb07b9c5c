"""Whether a model's specs hold the rules of the state that they stand in, asked before its pointers move."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from modelward.rules.judgement import Judged
from modelward.rules.loading import load_rules
from modelward.rules.running import Judge
from modelward.rules.subjects import FleetModel
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot


class SpecsJudge:
    """Judges single models of a snapshot; rules and fleet are read when the first model is asked for."""

    def __init__(self, snapshot: Snapshot, now: datetime) -> None:
        self._snapshot = snapshot
        self._now = now

    def __call__(self, model: str) -> str | None:
        """Why the model's specs may not be applied, or None when they may."""
        judge = self._judge.afresh()
        judge.model(self._snapshot.model(model), None)
        return _refusal(model, [*self._organisation, *judge.judgement.findings, *self._fleet.get(model, ())])

    @cached_property
    def _judge(self) -> Judge:
        """Reads and compiles what all models are judged by, once."""
        return Judge(self._snapshot, load_rules(self._snapshot), self._now)

    @cached_property
    def _organisation(self) -> list[Judged]:
        """What is wrong with policies and environments, under which no model may move."""
        judge = self._judge.afresh()
        judge.organisation()
        return judge.judgement.findings

    @cached_property
    def _fleet(self) -> dict[str, list[Judged]]:
        """What is wrong between models, by each model that a finding names: neither of two that collide may move."""
        judge = self._judge.afresh()
        fleet = []
        for name in self._snapshot.model_names():
            try:
                fleet.append(FleetModel(self._snapshot, self._snapshot.model(name)))
            except Unreadable:
                # A model that cannot be read claims nothing that anybody could act on.
                continue
        judge.fleet(tuple(fleet))
        found: dict[str, list[Judged]] = {}
        for judged in judge.judgement.findings:
            for model in judged.finding.models:
                found.setdefault(model, []).append(judged)
        return found


def _refusal(model: str, findings: Sequence[Judged]) -> str | None:
    denying = [judged for judged in findings if judged.denies or judged.finding.verdict == "error"]
    if not denying:
        return None
    first = denying[0]
    more = f" (and {len(denying) - 1} more; see `modelward validate models/{model}`)" if len(denying) > 1 else ""
    return f"its specs fail {first.rule}: {first.finding.message} at {first.finding.place}{more}"
