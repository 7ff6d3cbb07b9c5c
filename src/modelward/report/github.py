"""A judgement as workflow commands, which GitHub shows as annotations at the lines of a pull request.

The runner parses every line that a step prints: it ends a command's properties at `::`, parts them at `,`, and undoes
the escapes that are made here. A step shows ten annotations of a kind, so what denies comes first.
"""

from collections.abc import Mapping

from modelward.report.rendering import Report, Weight, headline, judged_line
from modelward.report.terminal import safe
from modelward.rules.judgement import Judged

_KINDS: Mapping[Weight, str] = {
    "error": "error",
    "denies": "error",
    "spared": "notice",
    "advisory": "warning",
    "waived": "notice",
}


def render(report: Report) -> str:
    """One command a finding, one for what ended the run, and a closing line."""
    commands = [_finding(judged, report.weight(judged)) for judged in report.findings]
    if report.stopped is not None:
        said = [report.stopped.message, *([f"Remedy: {report.stopped.remedy}"] if report.stopped.remedy else [])]
        commands.append(_command("error", {"title": "modelward"}, said))
    else:
        commands.append(f"{headline(report)}: {judged_line(report)}")
    return "\n".join(commands)


def _finding(judged: Judged, weight: Weight) -> str:
    finding = judged.finding
    place = finding.place
    properties = {"title": f"{judged.rule} ({judged.level})", "file": place.path}
    if place.span is not None:
        line = str(place.span.line)
        properties |= {"line": line, "endLine": line, "col": str(place.span.column)}
        properties["endColumn"] = str(max(place.span.column, place.span.end))
    said = [finding.message, *(f"See {note.place} {note.text}".rstrip() for note in finding.notes)]
    if weight == "spared":
        said.append("This change does not cause it.")
    if judged.waived_by is not None:
        said.append(f"Waived by {judged.waived_by}")
    return _command(_KINDS[weight], properties, [*said, f"Remedy: {judged.remedy}"])


def _command(kind: str, properties: dict[str, str], lines: list[str]) -> str:
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {written}::{_data(chr(10).join(map(safe, lines)))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe(text)).replace(":", "%3A").replace(",", "%2C")
