"""Reports to render: findings with a message, a place and a level of a test's choosing, and texts that mean harm."""

from collections.abc import Iterator

from hypothesis import strategies as st

from modelward.errors import ModelwardError
from modelward.report.rendering import Report
from modelward.rules.face import Finding, Mark, Verdict
from modelward.rules.judgement import Judged, Judgement
from modelward.rules.loading import ENGINE_RULES, Rule
from modelward.specs.policy import Level
from modelward.tree.place import Note, Place, Span


def _rule(name: str, area: str) -> Rule:
    def check(_subject: object, _repository: object) -> Iterator[Finding]:
        return iter(())

    why, remedy = "Staging finds what `offline` numbers do not show.", "Promote to the earlier environment first."
    path = f"validators/{area}/{name}.py"
    mark = Mark("state", "model", always_mandatory=False, open_only=False)
    return Rule(name, area, f"What {name} checks.", why, remedy, path, mark, check)


RULES = (_rule("folder-name", "identity"), _rule("promotes-from", "deployments"), *ENGINE_RULES)
MANIFEST = "models/credit-score/manifest.yaml"
HERE = Place(MANIFEST, Span(22, 25, 32))
HOSTILE = (
    "::stop-commands::x",
    "a\n::error file=x::y",
    "100% %0A::set-output name=a::b %25",
    "##[stop-commands]x ##vso[task.complete]",
    "\x1b[31mred\x1b]8;;https://evil.example\x07link",
    "@team, @org/team and mail@evil.example",
    "https://evil.example www.evil.example [a](https://evil.example) ![b](c.png)",
    "<script>alert(1)</script> <!-- --> &copy; <b>",
    "a|b \\| c\\",
    "`a | b` `` x ``` `",
    "*bold* _em_ ~~gone~~ # head $x$ :tada:",
    "fixes #12, GH-12, acme/models#3, 0123456789abcdef0123456789abcdef01234567",
    "| --- | --- |",
    "]]> </failure><failure message='x'>",
    "\x00\x08\ufffe\uffff\ud800\u202e\u2028",
    "",
    " ",
)
TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.lists(st.sampled_from("`|\\@#<>[]()!*_~:/.wh1a \n%&$"), max_size=25).map("".join),
)


def judged(
    message: str = "release 1.2.0 enters production, and staging runs 1.1.0",
    *,
    rule: str = "promotes-from",
    level: Level = "mandatory",
    verdict: Verdict = "fail",
    model: str | None = "credit-score",
    place: Place = HERE,
    notes: tuple[Note, ...] = (),
    remedy: str = "Promote the release to the earlier environment first.",
    waived_by: str | None = None,
) -> Judged:
    """A finding."""
    return Judged(rule, level, Finding(verdict, message, place, notes), model, remedy, waived_by)


def report(*findings: Judged, stopped: ModelwardError | None = None, skipped: int = 0) -> Report:
    """A report of a run that found this, and that passed one other rule on one model."""
    judgement = Judgement(findings=list(findings))
    judgement.counts.rules = len(RULES)
    judgement.counts.models = 1
    judgement.tally("folder-name", failed=False)
    for rule in {finding.rule for finding in findings}:
        judgement.tally(rule, failed=any(one.denies for one in findings if one.rule == rule))
    judgement.skip(skipped, "no base to compare with (give --base)")
    return Report("validate", judgement, RULES, lambda _path: [], stopped=stopped)
