"""What the rules of the base say of the head, and which of it denies the change."""

from collections.abc import Iterator, Sequence

from modelward.errors import CannotEvaluate
from modelward.gate.own_rules import RULES, TESTED
from modelward.gate.scopes import POLICIES, VALIDATORS, scope_of
from modelward.gate.step import Step
from modelward.rules.base import Base
from modelward.rules.cases import FOLDER as CASES
from modelward.rules.cases import PolicyCases
from modelward.rules.judgement import Judged, Judgement
from modelward.rules.loading import Rule, rule_problems
from modelward.rules.running import Judge, as_judged
from modelward.tree.place import Place, Problem, Unreadable
from modelward.tree.snapshot import Snapshot


def judged_rules(step: Step, rules: Sequence[Rule]) -> tuple[Judgement, tuple[Judged, ...]]:
    """The judgement of the head by the rules of the base, and the findings of it that deny.

    A finding denies in a scope that the change touches; elsewhere it does only if the change causes it, which is so
    when the base, judged at the same time, does not have it.
    """
    bound = [rule for rule in rules if step.is_open or not rule.mark.open_only]
    judgement = _judge(step, step.head, bound, with_change=True)
    if POLICIES in step.scopes:
        judgement.findings += _policy_tests(step, rules)
    if VALIDATORS in step.scopes:
        # The rules of the head are read, and not run: the next change is judged by them.
        judgement.findings += [as_judged(RULES.name, problem, None) for problem in rule_problems(step.head)]
    denying = [judged for judged in judgement.findings if judged.denies or judged.finding.verdict == "error"]
    elsewhere = [judged for judged in denying if scope_of(judged.finding.place.path) not in step.scopes]
    if not elsewhere:
        return judgement, tuple(denying)
    before = {_essence(judged) for judged in _judge(step, step.base, bound, with_change=False).findings}
    old = {id(judged) for judged in elsewhere if _essence(judged) in before}
    return judgement, tuple(judged for judged in denying if id(judged) not in old)


def _policy_tests(step: Step, rules: Sequence[Rule]) -> Iterator[Judged]:
    """The policy's own cases that do not hold under the policies of the head; gone ones hold nothing."""
    if not any(one.source.entries(CASES) for one in (step.base, step.head)):
        return
    try:
        outcomes = list(PolicyCases(step.head.source, rules).outcomes())
    except (Unreadable, CannotEvaluate) as error:
        yield as_judged(TESTED.name, Problem(error.message, Place(CASES), error.remedy), None, verdict="error")
        return
    for outcome in outcomes:
        for complaint in outcome.complaints:
            problem = Problem(f"{outcome.name}: {complaint}", Place(outcome.path), "run `modelward test`")
            yield as_judged(TESTED.name, problem, None)


def _judge(step: Step, snapshot: Snapshot, rules: Sequence[Rule], *, with_change: bool) -> Judgement:
    models = [scope.removeprefix("models/") for scope in step.scopes if scope.startswith("models/")]
    known = [name for name in models if snapshot.source.entries(f"models/{name}")]
    judge = Judge(snapshot, rules, step.now, policies=step.base)
    judge.organisation()
    base = Base(step.base, step.changed, step.held) if with_change else None
    judge.models(known, base=base, beside=step.colliding(known), progress=lambda _done: None)
    return judge.judgement


def _essence(judged: Judged) -> tuple[str, str, str, str]:
    """What makes two findings the same one, wherever in its file it now stands."""
    return (judged.rule, judged.finding.verdict, judged.finding.message, judged.finding.place.path)
