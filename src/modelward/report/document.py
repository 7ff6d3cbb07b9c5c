"""A judgement as JSON, for programs."""

import json
from dataclasses import asdict
from typing import Any

from modelward.report.rendering import Report, Weight
from modelward.rules.judgement import Judged
from modelward.tree.place import Place


def render(report: Report) -> str:
    """The judgement as `<verb>/v1`."""
    stopped = report.stopped
    document = {
        "schema": f"{report.verb}/v1",
        "verdict": report.verdict,
        "findings": [finding_document(judged, report.weight(judged)) for judged in report.judgement.findings],
        "counts": asdict(report.judgement.counts),
        "not_evaluated": report.judgement.not_evaluated,
        "error": None if stopped is None else {"message": stopped.message, "remedy": stopped.remedy},
    }
    return to_json(document)


def to_json(document: Any) -> str:
    """A document as indented JSON of ASCII characters, without the marks that CI systems take for commands in a log."""
    return json.dumps(document, indent=2).replace("##", "#\\u0023")


def finding_document(judged: Judged, weight: Weight) -> dict[str, object]:
    """A finding as it stands in every document."""
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
        "waived_by": judged.waived_by,
        "denies": weight in ("error", "denies"),
    }


def _place(place: Place) -> dict[str, object]:
    span = place.span
    if span is None:
        return {"path": place.path, "line": None, "column": None, "end_column": None}
    return {"path": place.path, "line": span.line, "column": span.column, "end_column": span.end}
