"""`rules`: the rules of a repository, and their pages."""

from collections.abc import Sequence
from pathlib import Path

import click

from modelward.cli.options import Opened, Output, emit, formats, here, opened, volume
from modelward.errors import WrongUse
from modelward.policy.enforcement import level_of
from modelward.report.document import to_json
from modelward.report.rule_examples import ShownExamples
from modelward.report.rule_pages import FOLDER, MARK, pages
from modelward.report.terminal import bold, safe, table
from modelward.rules.loading import ENGINE_RULES, Rule, load_rules
from modelward.specs.policy import Enforcement, Level
from modelward.tree.edit import write_atomically


@click.command("rules")
@click.option("--write", is_flag=True, help=f"Write a page for every rule into {FOLDER}/, and an index.")
@click.option("--dry-run", is_flag=True, help="With --write: only say which pages would change.")
@click.option("--ref", help="The rules of this commit, not of the working tree.")
@formats
@volume
@here
def command(
    write: bool,
    dry_run: bool,
    ref: str | None,
    outputs: tuple[Output, ...],
    folder: Path,
    quiet: bool,
    verbose: bool,
) -> None:
    """List the rules: what each checks, on what, and how strictly it binds where no tier or regime says otherwise.

    With -q only their names; with -v also why, and how to mend what they find.
    """
    repository = opened(folder, ref)
    rules = (*load_rules(repository.snapshot), *ENGINE_RULES)
    if write:
        if ref is not None:
            raise WrongUse("pages are written from the working tree", "leave out --ref")
        _write(repository, rules, dry_run=dry_run)
        return
    enforcement = repository.snapshot.enforcement.spec
    emit(
        outputs,
        {
            "text": lambda: _text(rules, enforcement, quiet=quiet, verbose=verbose),
            "json": lambda: to_json({"schema": "rules/v1", "rules": [_document(rule, enforcement) for rule in rules]}),
        },
    )


def _text(rules: Sequence[Rule], enforcement: Enforcement, *, quiet: bool, verbose: bool) -> str:
    if quiet:
        return "\n".join(rule.name for rule in rules)
    if not verbose:
        rows = [(rule.name, rule.area, rule.mark.on, _level(rule, enforcement), safe(rule.summary)) for rule in rules]
        return table(rows, ("RULE", "AREA", "ON", "LEVEL", "CHECKS"))
    blocks = []
    for rule in rules:
        first = f"{bold(rule.name)} ({rule.area}, on {rule.mark.on}, {_level(rule, enforcement)}): {safe(rule.summary)}"
        blocks.append(f"{first}\n  Why: {safe(rule.why)}\n  Remedy: {safe(rule.remedy)}")
    return "\n\n".join(blocks)


def _level(rule: Rule, enforcement: Enforcement) -> Level:
    return "mandatory" if rule.mark.always_mandatory else level_of(rule.name, enforcement, None)


def _document(rule: Rule, enforcement: Enforcement) -> dict[str, object]:
    return {
        "rule": rule.name,
        "area": rule.area,
        "on": rule.mark.on,
        "over": rule.mark.over,
        "level": _level(rule, enforcement),
        "summary": rule.summary,
    }


def _write(repository: Opened, rules: Sequence[Rule], *, dry_run: bool) -> None:
    """Make the pages what they should be; a page that was made here for a rule that is gone is removed."""
    root, snapshot = repository.root, repository.snapshot
    wanted = pages(rules, snapshot.enforcement.spec, ShownExamples(snapshot.source, rules))
    for name, text in wanted.items():
        path = root / name
        if path.exists() and path.read_bytes() == text.encode():
            continue
        click.echo(f"{'would write' if dry_run else 'wrote'} {name}")
        if not dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text.encode())
    for path in sorted((root / FOLDER).rglob("*.md")):
        name = path.relative_to(root).as_posix()
        if name not in wanted and path.read_bytes().startswith(MARK.encode()):
            click.echo(f"{'would remove' if dry_run else 'removed'} {name}")
            if not dry_run:
                path.unlink()
