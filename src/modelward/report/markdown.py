"""A judgement as Markdown, for a comment on a pull request or the summary of a CI job."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from modelward.report.prose import code, prose
from modelward.report.rendering import Report, Weight, headline, judged_line
from modelward.rules.judgement import Judged
from modelward.tree.place import Place

LIMIT = 65_000
"""Bytes of a whole comment; GitHub takes 65,536 characters."""
_ROWS = 50
_CELL = 400
_WORDS: Mapping[Weight, str] = {
    "error": "**error**",
    "denies": "**denies**",
    "spared": "not of this change",
    "advisory": "advisory",
}
_VERDICTS = {"pass": "passed", "fail": "denied", "error": "could not be judged"}


def render(report: Report) -> str:
    """The verdict, the counts, a row for each finding, and folded what belongs to them."""
    findings = report.findings
    head = [f"### modelward {report.verb}: {_VERDICTS[report.verdict]}", "", *_opening(report), ""]
    judged = _folded("What was judged", _judged(report))
    room = LIMIT - _size(head) - _size(judged) - 200
    rows = _fitting(
        (_row(one, report.weight(one)) for one in findings),
        room // 2 if any(one.finding.notes for one in findings) else room,
    )
    body = [*head]
    if rows:
        body += ["| | Rule | Where | What is wrong | Remedy |", "|---|---|---|---|---|", *rows, ""]
    if len(rows) < len(findings):
        body += [f"{len(findings) - len(rows)} more are not shown here.", ""]
    notes = _fitting(_notes(findings[: len(rows)]), LIMIT - _size(body) - _size(judged) - 200)
    if notes:
        body += _folded("Where else to look", ["| Rule | Where | What stands there |", "|---|---|---|", *notes])
    return "\n".join([*body, *judged])


def _opening(report: Report) -> list[str]:
    if report.stopped is None:
        return [f"**{headline(report)}**: {judged_line(report)}."]
    said = [f"**The run ended early:** {prose(report.stopped.message)}"]
    if report.stopped.remedy:
        said += ["", f"Remedy: {prose(report.stopped.remedy)}"]
    return said


def _row(judged: Judged, weight: Weight) -> str:
    finding = judged.finding
    cells = (
        _WORDS.get(weight) or f"waived by {code(judged.waived_by or '')}",
        code(judged.rule),
        _where(finding.place),
        prose(finding.message, _CELL),
        prose(judged.remedy, _CELL),
    )
    return f"| {' | '.join(cells)} |"


def _where(place: Place) -> str:
    return code(str(place), _CELL)


def _notes(findings: Sequence[Judged]) -> Iterator[str]:
    for judged in findings:
        for note in judged.finding.notes:
            yield f"| {code(judged.rule)} | {_where(note.place)} | {prose(note.text, _CELL)} |"


def _judged(report: Report) -> list[str]:
    judgement = report.judgement
    lines = [f"- not evaluated: {count}, {prose(why)}" for why, count in judgement.not_evaluated.items()]
    rows = [f"| {code(name)} | {of.evaluated} | {of.failed} |" for name, of in sorted(judgement.by_rule.items())]
    table = (
        ["| Rule | Evaluated | Not passed |", "|---|---|---|", *_fitting(rows, LIMIT // 4, len(rows))] if rows else []
    )
    return [*lines, "", *table] if lines else table


def _folded(title: str, lines: Sequence[str]) -> list[str]:
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", ""] if lines else []


def _fitting(rows: Iterable[str], room: int, most: int = _ROWS) -> list[str]:
    """The first rows, as many as the room in bytes and the number allow."""
    fitting: list[str] = []
    for row in rows:
        room -= len(row.encode()) + 1
        if room < 0 or len(fitting) == most:
            break
        fitting.append(row)
    return fitting


def _size(lines: Iterable[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
