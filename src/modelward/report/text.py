"""A judgement as people read it in a terminal."""

from collections.abc import Callable

from modelward.report.rendering import Lines, Report, Weight, headline, judged_line
from modelward.report.terminal import blue, bold, complaint, dim, green, red, safe, table, yellow
from modelward.rules.judgement import Judged
from modelward.tree.place import Note

_WIDTH = 160


def render(report: Report) -> str:
    """Each finding with its place, its line, the second place and the remedy; then what was judged and what was not."""
    judgement = report.judgement
    blocks = [block(judged, report.weight(judged), report.lines) for judged in judgement.findings]
    if report.each_rule:
        rows = [(name, str(of.evaluated), str(of.failed)) for name, of in sorted(judgement.by_rule.items())]
        blocks.append(table(rows, ("RULE", "EVALUATED", "NOT PASSED")) + "\n")
    stopped = report.stopped
    blocks.append(_summary(report) if stopped is None else complaint(stopped.message, stopped.remedy))
    return "\n".join(blocks)


def block(judged: Judged, weight: Weight, lines: Lines) -> str:
    """One finding with its lines, ending in a line feed."""
    finding = judged.finding
    word, paint = _word(judged, weight)
    places = [finding.place, *(note.place for note in finding.notes)]
    margin = max(len(str(place.span.line)) if place.span else 1 for place in places)
    parts = [f"{paint(f'{word}[{judged.rule}]')}{bold(f': {safe(finding.message)}')}"]
    parts.extend(_excerpt("-->", Note(finding.place, ""), lines, paint, margin))
    for note in finding.notes:
        parts.extend(_excerpt(":::", note, lines, blue, margin))
    parts.append(f"{' ' * margin} {blue('=')} {bold('help')}: {safe(judged.remedy)}")
    if weight == "spared":
        parts.append(f"{' ' * margin} {blue('=')} {bold('note')}: this change does not cause it")
    if judged.waived_by is not None:
        parts.append(f"{' ' * margin} {blue('=')} {bold('waiver')}: {safe(judged.waived_by)}")
    return "\n".join(parts) + "\n"


def _word(judged: Judged, weight: Weight) -> tuple[str, Callable[[str], str]]:
    if weight == "waived":
        return "waived", dim
    counts = weight in ("error", "denies")
    word = {"fail": "error" if counts else "warning"}.get(judged.finding.verdict, judged.finding.verdict)
    return word, red if counts else yellow


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


def _summary(report: Report) -> str:
    judgement = report.judgement
    number = len(judgement.findings)
    paint = red if report.verdict != "pass" else yellow if number else green
    found, _, where = headline(report).rpartition(" in ")
    lines = [f"{paint(found)} in {where}: {judged_line(report)}"]
    lines.extend(f"  not evaluated: {count} - {why}" for why, count in judgement.not_evaluated.items())
    return "\n".join(lines)
