"""`rules`: the rules of a repository."""

import json
from pathlib import Path

import click

from modelward.cli.options import Output, emit, formats, here
from modelward.policy.enforcement import level_of
from modelward.report.terminal import safe, table
from modelward.rules.loading import ENGINE_RULES, Rule, load_rules
from modelward.specs.policy import Level
from modelward.tree.directory import DirectorySource
from modelward.tree.git import find_git
from modelward.tree.snapshot import Snapshot, require_policies


@click.command("rules")
@formats
@here
def command(outputs: tuple[Output, ...], folder: Path) -> None:
    """List the rules: what each checks, on what, and how strictly it binds where no tier or regime says otherwise."""
    snapshot = Snapshot(DirectorySource(find_git(folder).root))
    require_policies(snapshot)
    rules = (*load_rules(snapshot), *ENGINE_RULES)
    emit(
        outputs,
        {
            "text": lambda: table(
                [(rule.name, rule.area, rule.mark.on, _level(snapshot, rule), safe(rule.summary)) for rule in rules],
                ("RULE", "AREA", "ON", "LEVEL", "CHECKS"),
            ),
            "json": lambda: json.dumps(
                {"schema": "rules/v1", "rules": [_document(snapshot, rule) for rule in rules]}, indent=2
            ),
        },
    )


def _level(snapshot: Snapshot, rule: Rule) -> Level:
    return "mandatory" if rule.mark.always_mandatory else level_of(rule.name, snapshot.enforcement.spec, None)


def _document(snapshot: Snapshot, rule: Rule) -> dict[str, object]:
    return {
        "rule": rule.name,
        "area": rule.area,
        "on": rule.mark.on,
        "over": rule.mark.over,
        "level": _level(snapshot, rule),
        "summary": rule.summary,
    }
