"""Run rules over a snapshot: every subject once, every outcome counted, no silent gap."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from modelward.errors import ModelwardError
from modelward.policy.enforcement import level_of
from modelward.rules.face import Finding, Over
from modelward.rules.loading import ENGINE_RULE, READABLE, Rule
from modelward.rules.subjects import Change, Fleet, FleetModel, Repository
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Enforcement, Level
from modelward.tree.git import Git, GitSource
from modelward.tree.history import History
from modelward.tree.model import Model
from modelward.tree.place import Place, Problem, Unreadable
from modelward.tree.snapshot import Snapshot


@dataclass(frozen=True)
class Judged:
    """A finding with the rule that made it, the level at which it binds, and the model it is about."""

    rule: str
    level: Level
    finding: Finding
    model: str | None
    remedy: str

    @property
    def denies(self) -> bool:
        """Whether the finding stops what was asked."""
        return self.level != "advisory"


@dataclass
class Counts:
    """How much was judged. A rule counts once for each subject; what was not evaluated is never hidden."""

    rules: int = 0
    models: int = 0
    evaluated: int = 0
    not_evaluated: int = 0
    failed: int = 0


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


class Base:
    """What a change starts from: a merged commit, and the paths that differ since."""

    def __init__(self, git: Git, commit: str, changed: set[str]) -> None:
        self._history = History(git, commit)
        self._changed = frozenset("/".join(path.split("/")[:2]) for path in changed if path.startswith("models/"))
        # Only changed models are ever asked for; in a large fleet the others take longer to list than these to judge.
        self._snapshot = Snapshot(GitSource(git, commit, sorted(self._changed)))

    def touches(self, model: str) -> bool:
        """Whether any file of the model differs."""
        return f"models/{model}" in self._changed

    def change(self, after: Model) -> Change:
        """The change of a model that differs from the base; what the base has of others is not listed."""
        if not self.touches(after.name):
            raise ValueError(f"{after.folder} does not differ from the base")
        known = self._snapshot.source.entries(after.folder)
        before = self._snapshot.model(after.name) if known else None
        return Change(before, after, lambda environment: self._history.releases(after.name, environment))


NO_BASE = "no base to compare with (give --base)"
PARTIAL = "only a part of the repository was asked for"
UNREADABLE = "the model cannot be read"


MAX_FINDINGS = 50
"""How many findings of one rule on one subject are shown: the place of each must be searched for in a file."""


class Judge:
    """Applies the rules of a snapshot to its subjects and gathers what they say."""

    def __init__(self, snapshot: Snapshot, rules: Sequence[Rule], enforcement: Enforcement) -> None:
        self._snapshot = snapshot
        self._repository = Repository(snapshot)
        self._rules: dict[Over, list[Rule]] = {"model": [], "fleet": [], "change": [], "entry": []}
        for rule in rules:
            self._rules[rule.mark.over].append(rule)
        self._enforcement = enforcement
        self.judgement = Judgement()
        self.judgement.counts.rules = len(rules) + 1

    def organisation(self) -> None:
        """Judge that policies and environments can be read."""
        self._problems(self._snapshot.organisation_problems(), None)

    def models(self, names: Iterable[str], *, base: Base | None, whole: bool, progress: Callable[[int], None]) -> None:
        """Judge models one by one, and the fleet they form when they are the `whole` of it."""
        fleet: list[FleetModel] = []
        for done, name in enumerate(names, 1):
            model = self._snapshot.model(name)
            facts = self.model(model, base)
            if facts is not None and self._rules["fleet"]:
                fleet.append(facts)
            progress(done)
        if whole:
            self.fleet(tuple(fleet))
        else:
            self._skip(self._rules["fleet"], PARTIAL)

    def fleet(self, fleet: Fleet) -> None:
        """Judge the models together."""
        for rule in self._rules["fleet"]:
            self._run(rule, fleet, None)

    def model(self, model: Model, base: Base | None) -> FleetModel | None:
        """Judge one model; its facts for the fleet when it can be read."""
        counts = self.judgement.counts
        counts.models += 1
        problems = model.problems()
        self._problems(problems, model.name)
        if problems:
            self._skip([*self._rules["model"], *self._rules["change"], *self._rules["entry"]], UNREADABLE)
            return None
        manifest = model.manifest.spec
        for rule in self._rules["model"]:
            self._run(rule, model, manifest)
        if base is None:
            self._skip([*self._rules["change"], *self._rules["entry"]], NO_BASE)
        elif base.touches(model.name):
            self.change(base.change(model))
        return FleetModel(self._snapshot, model)

    def change(self, change: Change) -> None:
        """Judge what differs in one model, and each release that the change moves in."""
        manifest = change.after.manifest.spec
        for rule in self._rules["change"]:
            self._run(rule, change, manifest)
        for entry in change.entries:
            for rule in self._rules["entry"]:
                self._run(rule, entry, manifest)

    def _run(self, rule: Rule, subject: object, manifest: Manifest | None) -> None:
        level: Level = "mandatory"
        if not rule.mark.always_mandatory:
            level = level_of(rule.name, self._enforcement, manifest)
        findings = list(_first(self._findings(rule, subject)))
        self._tally(rule.name, failed=bool(findings))
        model = None if manifest is None else manifest.model
        self.judgement.findings.extend(
            Judged(rule.name, level, finding, model, finding.remedy or rule.remedy) for finding in findings
        )

    def _findings(self, rule: Rule, subject: object) -> Iterator[Finding]:
        try:
            yield from rule.check(subject, self._repository)
        except Unreadable as unreadable:
            for problem in unreadable.problems:
                yield Finding("error", problem.message, problem.place, problem.notes, problem.remedy)
        except ModelwardError as error:
            yield Finding("error", error.message, Place(rule.path), remedy=error.remedy)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a rule is the organisation's code; its crash is a verdict
            line = f"{type(error).__name__}: {error}"
            yield Finding("error", f"the rule crashed: {line}", Place(rule.path), remedy="mend the rule")

    def _problems(self, problems: Sequence[Problem], model: str | None) -> None:
        self._tally(READABLE, failed=bool(problems))
        for problem in problems:
            finding = Finding("fail", problem.message, problem.place, problem.notes)
            remedy = problem.remedy or ENGINE_RULE.remedy
            self.judgement.findings.append(Judged(READABLE, "mandatory", finding, model, remedy))

    def _tally(self, rule: str, *, failed: bool) -> None:
        tally = self.judgement.by_rule.setdefault(rule, Tally())
        tally.evaluated += 1
        tally.failed += failed
        self.judgement.counts.evaluated += 1
        self.judgement.counts.failed += failed

    def _skip(self, rules: Sequence[Rule], why: str) -> None:
        if rules:
            self.judgement.counts.not_evaluated += len(rules)
            self.judgement.not_evaluated[why] = self.judgement.not_evaluated.get(why, 0) + len(rules)


def _first(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The first findings of a rule, and when there are more, one that says so."""
    yield from islice(findings, MAX_FINDINGS)
    if (more := next(findings, None)) is not None:
        yield replace(more, message=f"{more.message}; more is wrong from here on", remedy="")
