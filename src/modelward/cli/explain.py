"""`explain`: one rule in full."""

from difflib import get_close_matches
from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here, opened, volume
from modelward.errors import WrongUse
from modelward.gate.own_rules import AREA, GATE_RULES
from modelward.report.document import finding_document, to_json
from modelward.report.rendering import weigh
from modelward.report.rule_examples import Pair, Shown, ShownExamples
from modelward.report.rule_pages import SUBJECTS, level_in_words
from modelward.report.terminal import bold, dim, green, red, safe
from modelward.report.text import block
from modelward.rules.loading import ENGINE_RULES, Rule, load_rules
from modelward.specs.policy import Enforcement


@click.command("explain")
@click.argument("name", metavar="RULE")
@click.option("--ref", help="The rule as this commit has it, not the working tree.")
@formats
@volume
@here
def command(name: str, ref: str | None, outputs: tuple[Output, ...], folder: Path, quiet: bool, verbose: bool) -> None:
    """Say what RULE checks, why, how to mend what it finds, and show an example that it refuses.

    With -q no example; with -v also one that it allows.
    """
    snapshot = opened(folder, ref).snapshot
    known = (*load_rules(snapshot), *ENGINE_RULES, *GATE_RULES)
    rules = {rule.name: rule for rule in known}
    if name not in rules:
        close = get_close_matches(name, rules, n=1)
        raise WrongUse(
            f"there is no rule `{name}`", f"did you mean `{close[0]}`?" if close else "see `modelward rules`"
        )
    rule, enforcement = rules[name], snapshot.enforcement.spec
    pair = ShownExamples(snapshot.source, known).of(rule)
    shown = Pair(None if quiet else pair.refused, pair.allowed if verbose else None)
    emit(
        outputs,
        {
            "text": lambda: _text(rule, enforcement, shown),
            "json": lambda: _json(rule, enforcement, pair),
        },
    )


def _text(rule: Rule, enforcement: Enforcement, pair: Pair) -> str:
    parts = [
        f"{bold(rule.name)}: {safe(rule.summary)}",
        f"{bold('Over:')} {_over(rule)}; {bold('level:')} {level_in_words(rule, enforcement)}",
        f"{bold('Why:')} {safe(rule.why)}",
        f"{bold('Remedy:')} {safe(rule.remedy)}",
    ]
    for title, example in (("Refused", pair.refused), ("Allowed", pair.allowed)):
        if example is not None:
            parts.append(_example(f"{title}, for example:", example))
    if rule.path:
        parts.append(f"{bold('Code:')} {rule.path}")
    return "\n\n".join(parts)


def _over(rule: Rule) -> str:
    return "every change, as a whole" if rule.area == AREA else SUBJECTS[rule.mark.over]


def _example(title: str, example: Shown) -> str:
    lines = [f"{bold(title)} {safe(example.title)}"]
    if example.merged:
        lines += ["", "  merged before:", *map(_painted, example.merged)]
    if example.change:
        lines += ["", *map(_painted, example.change)]
    for judged in example.findings:
        lines += ["", *(f"  {line}" for line in block(judged, weigh(judged), example.lines).rstrip().split("\n"))]
    return "\n".join(lines)


def _painted(line: str) -> str:
    """A line of a diff; the bar keeps what a file says from standing first in a line."""
    paint = {"+": green, "-": red}.get(line[:1], dim if line.startswith("@@") else str)
    return f"  {dim('|')} {paint(safe(line))}"


def _json(rule: Rule, enforcement: Enforcement, pair: Pair) -> str:
    document = {
        "schema": "explain/v1",
        "rule": rule.name,
        "area": rule.area,
        "on": rule.mark.on,
        "over": rule.mark.over,
        "level": level_in_words(rule, enforcement),
        "summary": rule.summary,
        "why": rule.why,
        "remedy": rule.remedy,
        "refused": None if pair.refused is None else _shown(pair.refused),
        "allowed": None if pair.allowed is None else _shown(pair.allowed),
        "path": rule.path or None,
    }
    return to_json(document)


def _shown(shown: Shown) -> dict[str, object]:
    return {
        "path": shown.path,
        "shows": shown.shows,
        "at": None if shown.at is None else f"{shown.at:%Y-%m-%dT%H:%M:%SZ}",
        "merged": list(shown.merged),
        "change": list(shown.change),
        "findings": [finding_document(judged, weigh(judged)) for judged in shown.findings],
    }
