"""A judgement as JUnit XML, for the test views of CI systems.

Every rule is a test case. A rule that found something is one test case a model instead, named by the rule and the
model: views tell cases apart by class and name alone, and show one message for each.
"""

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from modelward.report.rendering import Report, headline, judged_line
from modelward.report.terminal import safe
from modelward.rules.judgement import Judged

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EVERYTHING = "everything"


def render(report: Report) -> str:
    """One suite; what denies is a failure, what could not be told an error, what was waived or left out is skipped."""
    cases = [*_stopped(report), *_rules(report), *_not_evaluated(report)]
    numbers = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
    }
    totals = {name: str(number) for name, number in numbers.items()}
    suites = ET.Element("testsuites", {"name": "modelward", **totals})
    skipped = str(sum(case.find("skipped") is not None for case in cases))
    suite = ET.SubElement(suites, "testsuite", {"name": f"modelward {report.verb}", **totals, "skipped": skipped})
    suite.extend(cases)
    if report.stopped is None:
        ET.SubElement(suite, "system-out").text = f"{headline(report)}: {judged_line(report)}"
    ET.indent(suites)
    body = ET.tostring(suites, encoding="unicode")
    # No mark that a CI system takes for a command in a log may stand in it.
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + body.replace("##", "#&#35;")


def _rules(report: Report) -> Iterator[ET.Element]:
    areas = {rule.name: rule.area for rule in report.rules}
    found: dict[str, dict[str, list[Judged]]] = {}
    for judged in report.findings:
        found.setdefault(judged.rule, {}).setdefault(judged.model or "organisation", []).append(judged)
    for rule in sorted({*report.judgement.by_rule, *found}):
        area = areas.get(rule, "modelward")
        for model, findings in sorted(found.get(rule, {}).items()):
            yield _found(_case(f"{area}.{rule}", model), findings, report)
        if rule not in found:
            case = _case(f"{area}.{rule}", _EVERYTHING)
            ET.SubElement(case, "system-out").text = f"evaluations: {report.judgement.by_rule[rule].evaluated}"
            yield case


def _found(case: ET.Element, findings: Sequence[Judged], report: Report) -> ET.Element:
    """The case of what one rule says of one model."""
    errors = [judged for judged in findings if report.weight(judged) == "error"]
    binding = [*errors, *(judged for judged in findings if report.weight(judged) == "denies")]
    shown = binding or [judged for judged in findings if report.weight(judged) == "waived"]
    if shown:
        first = shown[0]
        tag = "error" if errors else "failure" if binding else "skipped"
        said = first.finding.message if binding else f"waived by {first.waived_by}: {first.finding.message}"
        more = f" (and {len(shown) - 1} more)" if len(shown) > 1 else ""
        ending = ET.SubElement(case, tag, {"type": first.finding.verdict, "message": _clean(said + more)})
        ending.text = "\n".join(map(_lines, shown))
    if others := [judged for judged in findings if judged not in shown]:
        ET.SubElement(case, "system-out").text = "\n".join(map(_lines, others))
    return case


def _lines(judged: Judged) -> str:
    """A finding as lines of text; none starts with a character of the file's choosing."""
    finding = judged.finding
    word = f"waived by {judged.waived_by}" if judged.waived_by is not None else finding.verdict
    parts = [f"{word} ({judged.level}): {finding.message}", f"  at {finding.place}"]
    parts.extend(f"  see {note.place} {note.text}" for note in finding.notes)
    parts.append(f"  remedy: {judged.remedy}")
    return "\n".join(map(_clean, parts))


def _stopped(report: Report) -> Iterator[ET.Element]:
    if report.stopped is not None:
        case = _case("modelward.run", report.verb)
        error = ET.SubElement(case, "error", {"type": "error", "message": _clean(report.stopped.message)})
        error.text = f"remedy: {_clean(report.stopped.remedy)}"
        yield case


def _not_evaluated(report: Report) -> Iterator[ET.Element]:
    for why, count in report.judgement.not_evaluated.items():
        case = _case("modelward.not-evaluated", why)
        ET.SubElement(case, "skipped", {"message": _clean(f"{count} evaluations: {why}")})
        yield case


def _case(classname: str, name: str) -> ET.Element:
    return ET.Element("testcase", {"classname": _clean(classname), "name": _clean(name), "time": "0"})


def _clean(text: str) -> str:
    """The text without the characters that XML 1.0 forbids, or that a terminal obeys: they are written out."""
    return _FORBIDDEN.sub(lambda match: match.group().encode("unicode_escape").decode(), safe(text))
