"""Run rules over a snapshot: every subject once, every outcome counted, no silent gap."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from copy import copy
from dataclasses import replace
from datetime import datetime
from itertools import islice

from modelward.errors import ModelwardError
from modelward.policy.waivers import covering
from modelward.rules.base import Base
from modelward.rules.face import Finding, Over, Verdict
from modelward.rules.judgement import Judged, Judgement
from modelward.rules.loading import ENGINE_RULES, READABLE, WAIVER_NEEDED, Rule
from modelward.rules.subjects import Change, Entry, Fleet, FleetModel, Repository
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Level, Waiver
from modelward.specs.scalars import EnvironmentName
from modelward.tree.file import File
from modelward.tree.model import Model
from modelward.tree.organisation import Organisation
from modelward.tree.place import Place, Problem, Unreadable
from modelward.tree.snapshot import Snapshot

NO_BASE = "no base to compare with (give --base)"
PARTIAL = "only a part of the repository was asked for"
UNREADABLE = "the model cannot be read"
ORGANISATION_UNREADABLE = "policies or environments cannot be read"

MAX_FINDINGS = 50
"""How many findings of one rule on one subject are shown: the place of each must be searched for in a file."""


class _ReportedError(Exception):
    """A rule needs a file of the organisation that cannot be read, which is a finding already."""


class Judge:
    """Applies rules to the subjects of a snapshot as at `now`, and gathers what they say.

    `only` names the rules that are run; the others are known, as rules may ask for their levels. `policies` are those
    that judge, where they are not the snapshot's own.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        rules: Sequence[Rule],
        now: datetime,
        *,
        only: Collection[str] | None = None,
        policies: Organisation | None = None,
    ) -> None:
        self._snapshot = snapshot
        policies = snapshot if policies is None else policies
        known = {rule.name: rule.mark.always_mandatory for rule in (*rules, *ENGINE_RULES)}
        self._repository = Repository(policies, now, known)
        self._rules: dict[Over, list[Rule]] = {"organisation": [], "model": [], "fleet": [], "change": [], "entry": []}
        run = [rule for rule in rules if only is None or rule.name in only]
        for rule in run:
            self._rules[rule.mark.over].append(rule)
        self._waivers = _readable_waivers(policies)
        self._covered: dict[str, int] = {}
        self._broken: frozenset[Problem] = frozenset()
        self.judgement = Judgement()
        self.judgement.counts.rules = len(run) + len(ENGINE_RULES)

    def afresh(self) -> "Judge":
        """The same judge with nothing judged yet; what has been read and compiled is shared."""
        other = copy(self)
        other._covered, other._broken, other.judgement = {}, frozenset(), Judgement()  # noqa: SLF001 - of this class
        other.judgement.counts.rules = self.judgement.counts.rules
        return other

    def organisation(self) -> None:
        """Judge policies and environments: that they can be read, and what rules say of them."""
        problems = self._snapshot.organisation_problems()
        self._broken = frozenset(problems)
        self._problems(problems, None)
        for rule in self._rules["organisation"]:
            self._run(rule, self._snapshot, None)

    def models(
        self, names: Iterable[str], *, base: Base | None, beside: Fleet | None, progress: Callable[[int], None]
    ) -> None:
        """Judge models one by one, and then together with those `beside` them; None when these are not known."""
        fleet: list[FleetModel] = []
        judged = set()
        for done, name in enumerate(names, 1):
            judged.add(name)
            model = self._snapshot.model(name)
            facts = self.model(model, base)
            if facts is not None and self._rules["fleet"]:
                fleet.append(facts)
            progress(done)
        if beside is not None:
            self.fleet((*fleet, *beside))
        else:
            self.judgement.skip(len(self._rules["fleet"]), PARTIAL)
        self._idle_waivers(judged)

    def fleet(self, fleet: Fleet) -> None:
        """Judge the models together."""
        imported = frozenset(model.name for model in fleet if model.imported)
        for rule in self._rules["fleet"]:
            self._run(rule, fleet, None, imported=imported)

    def model(self, model: Model, base: Base | None) -> FleetModel | None:
        """Judge one model; its facts for the fleet when it can be read."""
        self.judgement.counts.models += 1
        problems = model.problems()
        self._problems(problems, model.name)
        on_change = len(self._rules["change"]) + len(self._rules["entry"])
        if problems:
            self.judgement.skip(len(self._rules["model"]) + on_change, UNREADABLE)
            return None
        manifest = model.manifest.spec
        change = base.change(model) if base is not None and base.touches(model.name) else None
        # Whoever promotes a release takes the model on as it stands.
        promoted = change is not None and change.before is not None and bool(change.entries)
        imported = frozenset({manifest.model} if model.imported and not promoted else ())
        for rule in self._rules["model"]:
            self._run(rule, model, manifest, imported=imported)
        if base is None:
            self.judgement.skip(on_change, NO_BASE)
        elif change is not None:
            self.change(change)
        return FleetModel(self._snapshot, model)

    def change(self, change: Change) -> None:
        """Judge what differs in one model, and each release that the change moves in."""
        manifest = change.after.manifest.spec
        imported = frozenset({manifest.model} if change.before is None and change.after.imported else ())
        for rule in self._rules["change"]:
            self._run(rule, change, manifest, imported=imported)
        for entry in change.entries:
            self.entry(entry, imported=imported)

    def entry(self, entry: Entry, *, imported: AbstractSet[str] = frozenset()) -> None:
        """Judge one release that enters an environment."""
        for rule in self._rules["entry"]:
            self._run(rule, entry, entry.model.manifest.spec, entry.environment, imported=imported)

    def _run(
        self,
        rule: Rule,
        subject: object,
        manifest: Manifest | None,
        environment: EnvironmentName | None = None,
        *,
        imported: AbstractSet[str] = frozenset(),
    ) -> None:
        try:
            findings = list(_first(self._findings(rule, subject)))
        except _ReportedError:
            self.judgement.skip(1, ORGANISATION_UNREADABLE)
            self._unanswered()
            return
        level = self._level(rule.name, manifest)
        model = None if manifest is None else manifest.model
        waiver = covering(
            (file.spec for file in self._waivers), rule.name, level, model, environment, self._repository.now
        )
        judged = [
            Judged(
                rule.name,
                # What serves already is not undone by a finding: it is shown, and binds from the first own release.
                "advisory" if _about(finding, model) & imported and not rule.mark.always_mandatory else level,
                finding,
                model,
                finding.remedy or rule.remedy,
                # What could not be told is no exception that anybody agreed to.
                None if waiver is None or finding.verdict == "error" else waiver.waiver,
            )
            for finding in findings
        ]
        waived = sum(one.waived_by is not None for one in judged)
        self.judgement.tally(rule.name, failed=waived < len(judged))
        self.judgement.counts.waived += waived
        self.judgement.findings.extend(judged)
        if waiver is not None:
            self._covered[waiver.waiver] = self._covered.get(waiver.waiver, 0) + waived

    def _unanswered(self) -> None:
        """A rule could not be run for what is wrong with the organisation: that is no mere fault of a file any more."""
        findings = self.judgement.findings
        for index, one in enumerate(findings):
            if one.rule == READABLE.name and one.model is None and one.finding.verdict == "fail":
                findings[index] = replace(one, finding=replace(one.finding, verdict="error"))

    def _level(self, rule: str, manifest: Manifest | None) -> Level:
        try:
            level = self._repository.level(rule, manifest)
        except Unreadable:
            return "mandatory"
        assert level is not None, rule
        return level

    def _findings(self, rule: Rule, subject: object) -> Iterator[Finding]:
        try:
            for found in rule.check(subject, self._repository):
                if not isinstance(found, Finding):
                    raise TypeError(f"{found!r} is no finding")
                yield found
        except Unreadable as unreadable:
            if self._broken.issuperset(unreadable.problems):
                raise _ReportedError from unreadable
            for problem in unreadable.problems:
                yield Finding("error", problem.message, problem.place, problem.notes, problem.remedy)
        except ModelwardError as error:
            yield Finding("error", error.message, Place(rule.path), remedy=error.remedy)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a rule is the organisation's code; its crash is a verdict
            line = f"{type(error).__name__}: {error}"
            yield Finding("error", f"the rule crashed: {line}", Place(rule.path), remedy="mend the rule")

    def _problems(self, problems: Sequence[Problem], model: str | None) -> None:
        self.judgement.tally(READABLE.name, failed=bool(problems))
        for problem in problems:
            self.judgement.findings.append(as_judged(READABLE.name, problem, model, remedy=READABLE.remedy))

    def _idle_waivers(self, judged: Collection[str]) -> None:
        """Name the waivers for judged models that have expired, or that nothing needed although their rule was run."""
        for file in self._waivers:
            waiver = file.spec
            if waiver.model not in judged:
                continue
            if not self._repository.now < waiver.expires_at:
                said, pointer = f"the waiver `{waiver.waiver}` has expired", "expires_at"
            elif self._covered.get(waiver.waiver) == 0:
                said, pointer = f"the waiver `{waiver.waiver}` covers nothing: `{waiver.rule}` passes", "waiver"
            else:
                self.judgement.tally(WAIVER_NEEDED.name, failed=False)
                continue
            self.judgement.tally(WAIVER_NEEDED.name, failed=True)
            finding = Finding("fail", said, file.place(pointer))
            level = self._level(WAIVER_NEEDED.name, None)
            self.judgement.findings.append(
                Judged(WAIVER_NEEDED.name, level, finding, waiver.model, WAIVER_NEEDED.remedy)
            )


def as_judged(rule: str, problem: Problem, model: str | None, *, verdict: Verdict = "fail", remedy: str = "") -> Judged:
    """A problem that the engine itself has found, as a finding that always binds; `remedy` is for want of its own."""
    finding = Finding(verdict, problem.message, problem.place, problem.notes)
    return Judged(rule, "mandatory", finding, model, problem.remedy or remedy)


def _about(finding: Finding, model: str | None) -> frozenset[str]:
    return finding.models if model is None else frozenset({model})


def _first(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The first findings of a rule, and when there are more, one that says so."""
    yield from islice(findings, MAX_FINDINGS)
    if (more := next(findings, None)) is not None:
        yield replace(more, message=f"{more.message}; more is wrong from here on", remedy="")


def _readable_waivers(policies: Organisation) -> tuple[File[Waiver], ...]:
    """The waivers, or none when one of them cannot be read: which is a finding of its own, and nothing is waived."""
    try:
        return policies.waivers
    except Unreadable:
        return ()
