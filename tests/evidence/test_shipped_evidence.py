"""The evidence of the shipped models: its form and its schemas."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from modelward.evidence.contents import (
    BacktestContent,
    BaselineContent,
    BiasContent,
    MetricsContent,
    TrainingContent,
    ValidationContent,
)
from modelward.evidence.documents import document_bytes
from modelward.rules.evidence_schema import EvidenceSchemas
from modelward.specs.evidence import Content, Envelope
from modelward.tree.directory import DirectorySource
from modelward.tree.json_reader import read_json
from modelward.tree.snapshot import Snapshot
from repository import PROJECT

MODELS = PROJECT / "models"
CONTENTS: dict[str, type[Content]] = {
    "metrics": MetricsContent,
    "bias": BiasContent,
    "validation": ValidationContent,
    "backtest": BacktestContent,
    "baseline": BaselineContent,
    "training": TrainingContent,
}
DOCUMENTS = sorted(MODELS.glob("*/releases/*/*.json"))
SCHEMAS = EvidenceSchemas(Snapshot(DirectorySource(PROJECT)).read_json_file)


def shipped(kind: str) -> Any:
    return read_json((MODELS / "credit-risk" / "releases" / "1.1.0" / f"{kind}.json").read_bytes())


def edited(document: Any, pointer: str, value: Any) -> Any:
    """A copy of the document in which the value at `pointer` is replaced; `...` removes it."""
    copy = json.loads(json.dumps(document))
    *way, last = (int(step) if step.isdigit() else step for step in pointer.split("/"))
    parent = copy
    for step in way:
        parent = parent[step]
    if value is ...:
        del parent[last]
    else:
        parent[last] = value
    return copy


def test_each_release_has_a_document_of_each_kind_and_a_first_one_nothing_to_be_compared_with() -> None:
    assert sorted(path.relative_to(MODELS).as_posix() for path in DOCUMENTS) == sorted(
        f"{model}/releases/{release}/{kind}.json"
        for model in ("credit-risk", "delivery-eta", "fraud-detection")
        for release in ("1.0.0", "1.1.0", "1.2.0")
        for kind in CONTENTS
        if (release, kind) != ("1.0.0", "backtest")
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(MODELS).as_posix())
def test_each_document_is_typed_fits_its_schema_and_is_written_canonically(path: Path) -> None:
    document = read_json(path.read_bytes())
    assert SCHEMAS.errors(path.stem, document) == []
    envelope = Envelope.model_validate(document)
    content = CONTENTS[path.stem].model_validate(document["content"])
    assert document_bytes(envelope.model_copy(update={"content": content})) == path.read_bytes()


@pytest.mark.parametrize(
    ("kind", "pointer", "value"),
    [
        *((kind, "content/invented", 1) for kind in CONTENTS),
        *((kind, "invented", 1) for kind in CONTENTS),
        *((kind, "kind", "other") for kind in CONTENTS),
        *((kind, "produced/by", ...) for kind in CONTENTS),
        *((kind, "subject/artifact", "sha256:abc") for kind in CONTENTS),
        *((kind, "subject/datasets", []) for kind in CONTENTS),
        ("metrics", "content/measurements", []),
        ("metrics", "content/measurements/0/value", "0.9"),
        ("metrics", "content/measurements/0/interval", ...),
        ("metrics", "content/measurements/0/samples", 0),
        ("bias", "content/measurements/0/slice", ...),
        ("bias", "content/groups/0", ...),
        ("bias", "content/groups/0/measurements/0/interval", ...),
        ("validation", "content/checks/0", ...),
        ("validation", "content/checks/1/check", "loads"),
        ("validation", "content/checks/1/verdict", "passed"),
        ("validation", "content/vectors", 99),
        ("training", "content/datasets/0/role", "holdout"),
        ("training", "content/features", []),
        ("training", "content/features/1", "LIMIT_BAL"),
        ("training", "content/hyperparameters/model", None),
        ("training", "content/comparison_with_rules", ...),
        ("training", "content/report/scores", {}),
        ("training", "content/code", "main"),
    ],
    ids=str,
)
def test_a_document_that_lacks_or_adds_something_breaks_its_schema(kind: str, pointer: str, value: Any) -> None:
    assert SCHEMAS.errors(kind, edited(shipped(kind), pointer, value))


def test_the_schema_of_a_kind_refers_to_nothing_outside_itself() -> None:
    for path in (PROJECT / "policies" / "schemas" / "evidence").glob("*.json"):
        references = re.findall(r'"\$ref":\s*"([^"]+)"', path.read_text())
        assert references
        assert all(reference.startswith("#/$defs/") for reference in references), path.name
