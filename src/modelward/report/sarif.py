"""A judgement as SARIF 2.1.0, for code-scanning views."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from modelward import __version__
from modelward.report.document import to_json
from modelward.report.prose import prose
from modelward.report.rendering import Report
from modelward.report.terminal import safe
from modelward.rules.judgement import Judged
from modelward.rules.loading import Rule
from modelward.tree.place import Note, Place

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"


def render(report: Report) -> str:
    """One run: the rules with why and remedy, a result for each finding, and whether everything could be judged."""
    rules = {rule.name: index for index, rule in enumerate(report.rules)}
    run = {
        "tool": {
            "driver": {
                "name": "modelward",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in report.rules],
            }
        },
        "automationDetails": {"id": f"modelward/{report.verb}/"},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": list(_results(report, rules)),
    }
    return to_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": safe(rule.summary)},
        "fullDescription": {"text": safe(f"{rule.summary} {rule.why}")},
        "help": {
            "text": f"Why: {safe(rule.why)}\n\nRemedy: {safe(rule.remedy)}",
            "markdown": f"**Why:** {prose(rule.why)}\n\n**Remedy:** {prose(rule.remedy)}",
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": [rule.area]},
    }


def _results(report: Report, rules: dict[str, int]) -> Iterable[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for judged in report.findings:
        finding = judged.finding
        weight = report.weight(judged)
        base = _fingerprint(judged)
        seen[base] += 1
        result: dict[str, Any] = {
            "ruleId": judged.rule,
            "ruleIndex": rules.get(judged.rule, -1),
            "level": "warning" if weight in ("spared", "advisory") else "error",
            "message": {"text": _plain(f"{finding.message}\nRemedy: {judged.remedy}")},
            "locations": [{"physicalLocation": _physical(finding.place)}],
            "partialFingerprints": {"modelward/v1": f"{base}:{seen[base]}"},
            "properties": {"verdict": finding.verdict, "level": judged.level, "weight": weight, "model": judged.model},
        }
        if finding.notes:
            result["relatedLocations"] = [_related(number, note) for number, note in enumerate(finding.notes, 1)]
        if judged.waived_by is not None:
            said = f"waived by {judged.waived_by}"
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": safe(said)}]
        yield result


def _fingerprint(judged: Judged) -> str:
    """What stays the same when other lines come and go: the rule, the file, and what is said of it."""
    parts = (judged.rule, judged.model or "", judged.finding.place.path, judged.finding.message)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _physical(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.path), "uriBaseId": _ROOT}}
    if place.span is not None:
        span = place.span
        location["region"] = {"startLine": span.line, "startColumn": span.column, "endColumn": span.end}
    return location


def _uri(path: str) -> str:
    """A relative URI. Names that are not UTF-8 come from git with surrogates, each of which stands for one byte."""
    parts = re.split("([\udc80-\udcff]+)", path)
    encoded = [
        part.encode("utf-8", ("surrogatepass", "surrogateescape")[index % 2]) for index, part in enumerate(parts)
    ]
    return quote(b"".join(encoded), safe="/")


def _related(number: int, note: Note) -> dict[str, Any]:
    return {"id": number, "message": {"text": _plain(note.text)}, "physicalLocation": _physical(note.place)}


def _invocation(report: Report) -> dict[str, Any]:
    judgement = report.judgement
    invocation: dict[str, Any] = {
        "executionSuccessful": report.verdict != "error",
        "exitCode": int(report.code),
    }
    notes = [
        *([_note("error", f"{report.stopped.message}\nRemedy: {report.stopped.remedy}")] if report.stopped else []),
        *(
            _note("error", judged.finding.message) | {"associatedRule": {"id": judged.rule}}
            for judged in report.findings
            if judged.finding.verdict == "error"
        ),
        *(_note("note", f"not evaluated: {count} - {why}") for why, count in judgement.not_evaluated.items()),
    ]
    if notes:
        invocation["toolExecutionNotifications"] = notes
    return invocation


def _note(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _plain(text)}}


def _plain(text: str) -> str:
    """A message in which nothing is a link: SARIF reads `[text](target)` as one, also in plain text."""
    shown = "\n".join(safe(line) for line in text.split("\n"))
    if "](" not in shown:
        return shown
    return shown.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
