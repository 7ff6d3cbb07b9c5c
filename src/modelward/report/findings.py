"""A judgement as people and programs read it."""

import json
from collections.abc import Callable

from modelward.report.terminal import blue, bold, green, red, safe, table, yellow
from modelward.rules.judgement import Judged, Judgement
from modelward.tree.place import Note, Place

Lines = Callable[[str], list[str]]
"""Gives the lines of a file, for the excerpt under a message."""

_WIDTH = 160


def as_text(judgement: Judgement, lines: Lines, *, each_rule: bool = False) -> str:
    """Each finding with its place, its line, the second place and the remedy; then what was judged and what was not.

    `each_rule` adds how often every rule was evaluated, and how often it did not pass.
    """
    blocks = [_block(judged, lines) for judged in judgement.findings]
    if each_rule:
        rows = [(name, str(of.evaluated), str(of.failed)) for name, of in sorted(judgement.by_rule.items())]
        blocks.append(table(rows, ("RULE", "EVALUATED", "NOT PASSED")) + "\n")
    return "\n".join([*blocks, _summary(judgement)])


def as_json(judgement: Judgement) -> str:
    """The judgement as `validate/v1`."""
    counts = judgement.counts
    document = {
        "schema": "validate/v1",
        "verdict": "error" if judgement.errors else "fail" if judgement.denied else "pass",
        "findings": [_finding(judged) for judged in judgement.findings],
        "counts": {
            "rules": counts.rules,
            "models": counts.models,
            "evaluated": counts.evaluated,
            "not_evaluated": counts.not_evaluated,
            "failed": counts.failed,
        },
        "not_evaluated": judgement.not_evaluated,
    }
    return json.dumps(document, indent=2)


def _finding(judged: Judged) -> dict[str, object]:
    finding = judged.finding
    return {
        "rule": judged.rule,
        "level": judged.level,
        "verdict": finding.verdict,
        "message": finding.message,
        "model": judged.model,
        **_place(finding.place),
        "remedy": judged.remedy,
        "notes": [{"message": note.text, **_place(note.place)} for note in finding.notes],
    }


def _place(place: Place) -> dict[str, object]:
    span = place.span
    if span is None:
        return {"path": place.path, "line": None, "column": None, "end_column": None}
    return {"path": place.path, "line": span.line, "column": span.column, "end_column": span.end}


def _block(judged: Judged, lines: Lines) -> str:
    finding = judged.finding
    paint = red if judged.denies else yellow
    word = {"fail": "error" if judged.denies else "warning"}.get(finding.verdict, finding.verdict)
    places = [finding.place, *(note.place for note in finding.notes)]
    margin = max(len(str(place.span.line)) if place.span else 1 for place in places)
    parts = [f"{paint(f'{word}[{judged.rule}]')}{bold(f': {safe(finding.message)}')}"]
    parts.extend(_excerpt("-->", Note(finding.place, ""), lines, paint, margin))
    for note in finding.notes:
        parts.extend(_excerpt(":::", note, lines, blue, margin))
    parts.append(f"{' ' * margin} {blue('=')} {bold('help')}: {safe(judged.remedy)}")
    return "\n".join(parts) + "\n"


def _excerpt(arrow: str, note: Note, lines: Lines, paint: Callable[[str], str], margin: int) -> list[str]:
    shown = [f"{' ' * margin}{blue(arrow)} {safe(note.place)}"]
    span = note.place.span
    source = lines(note.place.path) if span is not None else []
    if span is None or span.line > len(source):
        return shown
    # A long line is cut around the marked characters, so that the marker always stands under them.
    start = max(0, span.column - 1 - _WIDTH // 2)
    line = source[span.line - 1]
    text = safe(line[start : start + _WIDTH].replace("\t", " "))
    before = safe(line[start : span.column - 1].replace("\t", " "))
    marked = max(1, min(span.end, start + _WIDTH + 1) - span.column)
    marker = " " * len(before) + paint("^" * marked + (f" {safe(note.text)}" if note.text else ""))
    bar = f"{' ' * margin} {blue('|')}"
    return [*shown, bar, f"{blue(str(span.line).rjust(margin))} {blue('|')} {text}", f"{bar} {marker}"]


def _summary(judgement: Judgement) -> str:
    counts = judgement.counts
    number = len(judgement.findings)
    said = f"{number} finding{'s' if number != 1 else ''}" if number else "no findings"
    paint = red if judgement.denied or judgement.errors else yellow if number else green
    models = f"{counts.models} model{'s' if counts.models != 1 else ''}"
    judged = f"{counts.rules} rules, {counts.evaluated} evaluations, {counts.not_evaluated} not evaluated"
    lines = [f"{paint(said)} in {models}: {judged}"]
    lines.extend(f"  not evaluated: {count} - {why}" for why, count in judgement.not_evaluated.items())
    return "\n".join(lines)
