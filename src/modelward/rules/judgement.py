"""What a run of rules says: its findings, each with the level at which it binds, and how much was judged."""

from dataclasses import dataclass, field

from modelward.rules.face import Finding
from modelward.specs.policy import Level


@dataclass(frozen=True)
class Judged:
    """A finding with the rule that made it, its level, the model it is about, and the waiver that covers it."""

    rule: str
    level: Level
    finding: Finding
    model: str | None
    remedy: str
    waived_by: str | None = None

    @property
    def denies(self) -> bool:
        """Whether the finding stops what was asked."""
        return self.level != "advisory" and self.waived_by is None


@dataclass
class Counts:
    """How much was judged. A rule counts once for each subject; what was not evaluated is never hidden."""

    rules: int = 0
    models: int = 0
    evaluated: int = 0
    not_evaluated: int = 0
    failed: int = 0
    waived: int = 0


@dataclass
class Tally:
    """How often one rule was evaluated, and how often it did not pass."""

    evaluated: int = 0
    failed: int = 0


@dataclass
class Judgement:
    """The outcome of a run."""

    findings: list[Judged] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    not_evaluated: dict[str, int] = field(default_factory=dict)
    """Why rules were not evaluated, and how often."""
    by_rule: dict[str, Tally] = field(default_factory=dict)

    @property
    def errors(self) -> bool:
        """Whether something could not be evaluated."""
        return any(judged.finding.verdict == "error" for judged in self.findings)

    @property
    def denied(self) -> bool:
        """Whether any finding denies."""
        return any(judged.denies for judged in self.findings)

    def tally(self, rule: str, *, failed: bool) -> None:
        """Count one evaluation of a rule."""
        tally = self.by_rule.setdefault(rule, Tally())
        tally.evaluated += 1
        tally.failed += failed
        self.counts.evaluated += 1
        self.counts.failed += failed

    def skip(self, rules: int, why: str) -> None:
        """Count rules that were not evaluated."""
        if rules:
            self.counts.not_evaluated += rules
            self.not_evaluated[why] = self.not_evaluated.get(why, 0) + rules
