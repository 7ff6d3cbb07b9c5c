"""Whether a model's specs hold the rules of the state that they stand in, asked before its pointers move."""

from functools import cached_property

from modelward.rules.loading import Rule, load_rules
from modelward.rules.running import Judge
from modelward.tree.snapshot import Snapshot


class SpecsJudge:
    """Judges single models of a snapshot; the rules are loaded when the first is asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        return load_rules(self._snapshot)

    def __call__(self, model: str) -> str | None:
        """Why the model's specs may not be applied, or None when they may."""
        judge = Judge(self._snapshot, self._rules, self._snapshot.enforcement.spec)
        judge.model(self._snapshot.model(model), None)
        denying = [judged for judged in judge.judgement.findings if judged.denies or judged.finding.verdict == "error"]
        if not denying:
            return None
        first = denying[0]
        more = f" (and {len(denying) - 1} more; see `modelward validate models/{model}`)" if len(denying) > 1 else ""
        return f"its specs fail {first.rule}: {first.finding.message} at {first.finding.place}{more}"
