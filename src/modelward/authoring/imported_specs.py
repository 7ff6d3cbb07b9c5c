"""The five specs of a model that was found in a registry: what is known stands there, what is not is `null`."""

import re
import unicodedata
from collections.abc import Mapping

from modelward.authoring.mlmodel import Column, Described
from modelward.authoring.rendering import Comments, render
from modelward.specs.scalars import EnvironmentName, ModelName, RegistryName, ReleaseName
from modelward.tree.edit import Value
from modelward.tree.place import Pointer
from modelward.tree.text import HIDDEN

_LONGEST_SUMMARY = 300
_MOST_COLUMNS = 200
# Until the team says otherwise no release passes a gate on fewer rows than a rate can be told from.
_MIN_SAMPLES = 1000


def imported_specs(
    model: ModelName,
    registered_model: str,
    registry: RegistryName,
    description: str,
    described: Described,
    deployments: Mapping[EnvironmentName, ReleaseName],
) -> dict[str, bytes]:
    """The specs by path. `described` is what the newest release's files say.

    Raises `Unreadable` when the registry's own words cannot stand in a spec.
    """
    folder = f"models/{model}"
    manifest, comments = _manifest(described), _comments(described)
    manifest = {
        "model": model,
        "registered_model": registered_model,
        "summary": _summary(description) or f"Imported from registry {registry}, where nobody has described it",
        **manifest,
        "deployments": {name: {"release": release} for name, release in deployments.items()},
    }
    specs: dict[str, tuple[dict[str, Value], Comments]] = {
        "manifest": (manifest, comments),
        "thresholds": (
            {"metrics": {}, "min_samples": _MIN_SAMPLES, "gates": [], "triggers": []},
            {("metrics",): "What a release must show, and what happens when it fails in service, is not yet said."},
        ),
        "approvers": ({"roles": {}, "requirements": []}, {("roles",): "Who signs for this model is not yet said."}),
        "canary": ({"environments": {}}, {}),
        "retention": ({"keep": {}}, {("keep",): "How long records are kept is not yet said."}),
    }
    return {(path := f"{folder}/{name}.yaml"): render(path, document, said) for name, (document, said) in specs.items()}


def _manifest(described: Described) -> dict[str, Value]:
    tabular = described.tabular
    outputs = [{"name": column.name, "kind": _output_kind(column)} for column in described.outputs]
    return {
        "owner": None,
        "sponsor": None,
        "on_call": None,
        "escalation": [],
        "tier": None,
        "compliance": None,
        "limitations": None,
        "task": None,
        "inputs": None if tabular is None else "tabular" if tabular else "other",
        "outputs": outputs,
        "label": None,
        "rules": None,
        "fallback": "none",
        "features": [],
        "views": [],
        "retraining": None,
    }


def _comments(described: Described) -> Comments:
    said = "Nobody has said yet what is null or empty below; `modelward validate` lists what is missing."
    comments: dict[Pointer, str] = {("owner",): said}
    if described.inputs or described.unnamed_inputs:
        lines = ["The model's signature names these columns; say of which entity and view each is:"]
        lines += [
            f"  - {{name: {column.name}, kind: {column.kind}, entity: , view: }}"
            for column in described.inputs[:_MOST_COLUMNS]
        ]
        if more := len(described.inputs[_MOST_COLUMNS:]) + described.unnamed_inputs:
            lines.append(f"  and {more} more, or of a name or type that no feature can have")
        comments["features",] = "\n".join(lines)
    return comments


def _output_kind(column: Column) -> str:
    return {"numeric": "number", "boolean": "class"}.get(column.kind, "text")


def _summary(description: str) -> str:
    """The first line of a description, without what a spec refuses."""
    line = next((line.strip() for line in description.splitlines() if line.strip()), "")
    clean = HIDDEN.sub("", unicodedata.normalize("NFC", re.sub(r"\s+", " ", line))).strip()
    return clean[:_LONGEST_SUMMARY]
