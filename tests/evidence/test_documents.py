"""The bytes of evidence documents, read back by the strict reader."""

import math
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from modelward.evidence.contents import BiasContent, MetricsContent, Resampling, RowIds
from modelward.evidence.documents import document_bytes, produced
from modelward.specs.evidence import Content, Envelope, Interval, Measurement, Subject
from modelward.specs.scalars import Digest, ModelName, ReleaseName
from modelward.tree.json_reader import read_json

DIGEST = Digest("sha256:" + "a" * 64)
SUBJECT = Subject(model=ModelName("credit-risk"), release=ReleaseName("1.0.0"), artifact=DIGEST, datasets=(DIGEST,))
PRODUCED = produced(datetime(2026, 11, 21, 3, 35, 7, 999_999, tzinfo=UTC), "engineer-1", "modelward 0.1.0")
MEASUREMENT = Measurement(
    metric="auc_roc",
    value=0.1 + 0.2,
    samples=8948,
    unit="ratio",
    interval=Interval(low=0.3, high=1 / 3, confidence=0.95, method="Wilson score"),
)


def envelope(content: Content) -> Envelope:
    return Envelope(kind="metrics", subject=SUBJECT, produced=PRODUCED, content=content)


METRICS = envelope(
    MetricsContent(
        measurements=(MEASUREMENT,),
        output="score",
        threshold=0.5,
        rows=RowIds(count=8948, ids=DIGEST),
        resampling=Resampling(draws=1000, seed=7),
    )
)


def test_a_document_reads_back_as_the_envelope_that_was_written() -> None:
    read = Envelope.model_validate(read_json(document_bytes(METRICS)))
    assert (read.kind, read.subject, read.produced) == (METRICS.kind, METRICS.subject, METRICS.produced)
    assert read.content.measurements == METRICS.content.measurements
    assert MetricsContent.model_validate(read_json(document_bytes(METRICS))["content"]) == METRICS.content


def test_an_envelope_that_was_read_is_written_as_the_same_bytes() -> None:
    data = document_bytes(METRICS)
    assert document_bytes(Envelope.model_validate(read_json(data))) == data


def test_keys_stand_in_the_order_of_the_envelope() -> None:
    read = read_json(document_bytes(METRICS))
    assert list(read) == ["kind", "subject", "produced", "content"]
    assert list(read["content"]) == ["measurements", "output", "threshold", "rows", "resampling"]


def test_what_was_not_set_is_left_out() -> None:
    text = document_bytes(METRICS).decode()
    assert "null" not in text
    assert "slice" not in text
    assert "column" not in text


def test_the_text_is_indented_and_ends_with_one_line_feed() -> None:
    text = document_bytes(METRICS).decode()
    assert text.startswith('{\n  "kind": "metrics",\n')
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")


def test_numbers_read_back_bit_by_bit() -> None:
    measurement = read_json(document_bytes(METRICS))["content"]["measurements"][0]
    assert measurement["value"] == 0.1 + 0.2
    assert measurement["interval"]["high"] == 1 / 3


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_no_number_that_is_not_finite_is_ever_written(bad: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        document_bytes(envelope(Content.model_validate({"anything": {"deep": [bad]}})))


def test_other_tools_words_are_kept_as_they_came() -> None:
    said = {"zeta": [1, {"b": None, "a": True}], "alpha": "Zürich"}
    content = read_json(document_bytes(envelope(Content.model_validate(said))))["content"]
    assert content == said
    assert list(content) == ["zeta", "alpha"]


def test_times_are_written_in_utc_to_the_second() -> None:
    at = datetime(2026, 11, 21, 4, 35, 7, 500_000, tzinfo=timezone(timedelta(hours=1)))
    document = document_bytes(METRICS.model_copy(update={"produced": produced(at, "engineer-1", "modelward 0.1.0")}))
    assert read_json(document)["produced"]["at"] == "2026-11-21T03:35:07Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        produced(datetime(2026, 11, 21, 4, 35, 7), "engineer-1", "modelward 0.1.0")  # noqa: DTZ001 - what is refused


def test_a_value_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON for set"):
        document_bytes(envelope(Content.model_validate({"anything": {1, 2}})))


def test_a_content_of_a_known_kind_holds_nothing_else() -> None:
    with pytest.raises(ValueError, match="note"):
        BiasContent.model_validate({"output": "score", "threshold": 0.5, "groups": (), "note": "fine"})


def test_importing_evidence_loads_nothing_heavy() -> None:
    heavy = {"mlflow", "pandas", "numpy", "sklearn", "fairlearn", "scipy"}
    code = f"import sys, modelward.evidence; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
