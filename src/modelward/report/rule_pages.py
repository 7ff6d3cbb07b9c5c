"""A page of Markdown for each rule, and their index."""

import re
from collections.abc import Iterator, Mapping, Sequence

import click

from modelward.policy.enforcement import level_of
from modelward.report.prose import code, prose
from modelward.report.rendering import weigh
from modelward.report.rule_examples import Shown, ShownExamples
from modelward.report.terminal import safe
from modelward.report.text import block
from modelward.rules.face import Over
from modelward.rules.loading import Rule
from modelward.specs.policy import Enforcement, FloorCondition

FOLDER = "docs/rules"
MARK = "<!-- Made by `modelward rules --write`: edit the rule or its examples, not this page. -->"
"""The first line of every page."""
SUBJECTS: Mapping[Over, str] = {
    "organisation": "policies and environments",
    "model": "each model",
    "fleet": "all models together",
    "change": "each model that a change touches",
    "entry": "each release that a change moves into an environment",
}
"""What a rule is run over, in words."""


def pages(rules: Sequence[Rule], enforcement: Enforcement, examples: ShownExamples) -> dict[str, str]:
    """The text of each page by its path from the repository's root."""
    made = {f"{FOLDER}/{rule.area}/{rule.name}.md": _page(rule, enforcement, examples) for rule in rules}
    return {f"{FOLDER}/README.md": _index(rules, enforcement), **made}


def level_in_words(rule: Rule, enforcement: Enforcement) -> str:
    """How strictly a rule binds, and for whom it binds otherwise."""
    if rule.mark.always_mandatory:
        return "mandatory, always"
    said = [level_of(rule.name, enforcement, None)]
    conditional = [entry for entry in enforcement.levels if entry.rule == rule.name and entry.when is not None]
    return "; ".join([*said, *(f"{entry.level} where {_condition(entry.when)}" for entry in conditional)])


def _condition(when: FloorCondition | None) -> str:
    assert when is not None
    parts = []
    if when.tier is not None:
        parts.append(f"the tier is {' or '.join(when.tier)}")
    if when.compliance is not None:
        parts.append(f"{' or '.join(when.compliance)} applies")
    return " and ".join(parts) or "anything"


def _index(rules: Sequence[Rule], enforcement: Enforcement) -> str:
    lines = [MARK, "", "# Rules", ""]
    for area in sorted({rule.area for rule in rules}):
        lines += [f"## {area}", "", "| rule | checks that | over | level |", "|---|---|---|---|"]
        for rule in sorted((rule for rule in rules if rule.area == area), key=lambda rule: rule.name):
            link = f"[{code(rule.name)}]({rule.area}/{rule.name}.md)"
            cells = (link, prose(rule.summary), SUBJECTS[rule.mark.over], level_in_words(rule, enforcement))
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _page(rule: Rule, enforcement: Enforcement, examples: ShownExamples) -> str:
    lines = [MARK, "", f"# {rule.name}", "", prose(rule.summary), ""]
    lines += ["| area | over | level |", "|---|---|---|"]
    lines += [f"| {rule.area} | {SUBJECTS[rule.mark.over]} | {level_in_words(rule, enforcement)} |", ""]
    lines += [f"**Why:** {prose(rule.why)}", "", f"**Remedy:** {prose(rule.remedy)}", ""]
    pair = examples.of(rule)
    for title, shown in (("Refused", pair.refused), ("Allowed", pair.allowed)):
        if shown is not None:
            lines += [f"## {title}, for example", "", *_example(shown)]
    return "\n".join([*lines, *_where(rule, with_examples=pair.refused is not None)])


def _example(shown: Shown) -> Iterator[str]:
    yield from (prose(shown.title), "")
    if shown.merged:
        yield from ("Merged before:", "", *_fenced("diff", shown.merged))
    if shown.change:
        yield from _fenced("diff", shown.change)
    for judged in shown.findings:
        yield from _fenced("text", click.unstyle(block(judged, weigh(judged), shown.lines)).rstrip().split("\n"))


def _where(rule: Rule, *, with_examples: bool) -> Iterator[str]:
    if not rule.path:
        yield from ("The engine itself checks this.", "")
        return
    said = f"Code: [{code(rule.path)}](../../../{rule.path})."
    if with_examples:
        folder = f"tests/validators/{rule.area}/{rule.name}"
        said += f" Examples: [{code(folder)}](../../../{folder})."
    yield from (said, "")


def _fenced(language: str, lines: Sequence[str]) -> list[str]:
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *map(safe, lines), fence, ""]
