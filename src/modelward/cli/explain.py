"""`explain`: one rule in full."""

import json
from difflib import get_close_matches
from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here
from modelward.errors import WrongUse
from modelward.report.terminal import bold, safe
from modelward.rules.loading import ENGINE_RULES, Rule, load_rules
from modelward.tree.directory import DirectorySource
from modelward.tree.git import find_git
from modelward.tree.snapshot import Snapshot, require_policies


@click.command("explain")
@click.argument("name", metavar="RULE")
@formats
@here
def command(name: str, outputs: tuple[Output, ...], folder: Path) -> None:
    """Say what RULE checks, why, how to mend what it finds, and show an example that it refuses."""
    snapshot = Snapshot(DirectorySource(find_git(folder).root))
    require_policies(snapshot)
    rules = {rule.name: rule for rule in (*load_rules(snapshot), *ENGINE_RULES)}
    if name not in rules:
        close = get_close_matches(name, rules, n=1)
        raise WrongUse(
            f"there is no rule `{name}`", f"did you mean `{close[0]}`?" if close else "see `modelward rules`"
        )
    rule = rules[name]
    example = _example(snapshot, rule)
    emit(outputs, {"text": lambda: _text(rule, example), "json": lambda: _json(rule, example)})


def _text(rule: Rule, example: str | None) -> str:
    parts = [
        f"{bold(rule.name)} ({rule.area}, on {rule.mark.on} of a {rule.mark.over})",
        safe(rule.summary),
        f"{bold('Why:')} {safe(rule.why)}",
        f"{bold('Remedy:')} {safe(rule.remedy)}",
    ]
    if example is not None:
        shown = "\n".join(f"    {safe(line)}" for line in example.strip().split("\n"))
        parts.append(f"{bold('Refused, for example:')}\n{shown}")
    if rule.path:
        parts.append(f"{bold('Code:')} {rule.path}")
    return "\n\n".join(parts)


def _json(rule: Rule, example: str | None) -> str:
    document = {
        "schema": "explain/v1",
        "rule": rule.name,
        "area": rule.area,
        "on": rule.mark.on,
        "over": rule.mark.over,
        "summary": rule.summary,
        "why": rule.why,
        "remedy": rule.remedy,
        "example": example,
        "path": rule.path or None,
    }
    return json.dumps(document, indent=2)


def _example(snapshot: Snapshot, rule: Rule) -> str | None:
    """The first of the rule's failing examples, which its tests run."""
    source = snapshot.source
    for _, data in source.read(source.entries(f"tests/validators/{rule.area}/{rule.name}/fails")[:1]):
        return data.decode("utf-8", "replace")
    return None
