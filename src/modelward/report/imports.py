"""An import as people and programs read it."""

import json

from modelward.authoring.importing import Imported
from modelward.authoring.registry_import import Outcome
from modelward.report.terminal import bold, dim, green, red, safe, table, yellow


def as_text(report: Outcome, *, written: bool) -> str:
    """The map of names with what was found, what is left for a person, and a closing count."""
    parts: list[str] = []
    if report.imported:
        header = ("MODEL", "RELEASES", "DEPLOYED", "REGISTERED MODEL")
        parts.append(table([_row(each) for each in report.imported], header))
    for each in report.imported:
        parts.extend(f"{dim('note:')} {safe(each.registered_model)}: {safe(note)}" for note in each.notes)
    parts.extend(f"{dim('note:')} {safe(name)} is a prompt, and no model" for name in report.passed_over)
    for each in report.imported:
        parts.extend(f"{yellow('left for you:')} {safe(each.registered_model)}: {safe(why)}" for why in each.unclear)
    for refused in report.refused:
        parts.append(f"{red('not imported:')} {safe(refused.registered_model)}: {safe(refused.reason)}")
        parts.append(f"  {dim('help:')} {safe(refused.remedy)}")
    return "\n".join([*parts, _closing(report, written=written)])


def as_json(report: Outcome, *, written: bool) -> str:
    """The import as `import/v1`."""
    document = {
        "schema": "import/v1",
        "registry": report.registry,
        "written": written,
        "models": [_document(each) for each in report.imported],
        "not_imported": [
            {"registered_model": each.registered_model, "reason": each.reason, "remedy": each.remedy}
            for each in report.refused
        ],
        "counts": {
            "imported": len(report.imported),
            "not_imported": len(report.refused),
            "left_for_a_person": sum(len(each.unclear) for each in report.imported),
            "governed_before": report.governed,
            "prompts": len(report.passed_over),
            "findings": report.findings,
        },
    }
    return json.dumps(document, indent=2)


def _row(each: Imported) -> tuple[str, ...]:
    deployed = ", ".join(f"{environment} {release}" for environment, release in each.deployments.items())
    return each.model, ", ".join(each.releases.values()), deployed or "-", safe(each.registered_model)


def _document(each: Imported) -> dict[str, object]:
    return {
        "registered_model": each.registered_model,
        "model": each.model,
        "releases": {release: number for number, release in each.releases.items()},
        "deployments": dict(each.deployments),
        "left_for_a_person": list(each.unclear),
        "notes": list(each.notes),
    }


def _closing(report: Outcome, *, written: bool) -> str:
    if not report.imported and not report.refused:
        known = f"{report.governed} registered models have specs" if report.governed else "no registered model is there"
        return green(f"Nothing to do: {known}.")
    left = sum(len(each.unclear) for each in report.imported)
    verb = "imported" if written else "would be imported"
    counted = f"{len(report.imported)} models {verb} from {report.registry}"
    if report.findings:
        counted += f"; {report.findings} findings say what is missing, and only warn until a first promotion"
    counted += f"; {len(report.refused)} not imported, {left} left for you"
    return bold(f"{counted}.")
