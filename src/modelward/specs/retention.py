"""`retention.yaml`: how long records of each kind are kept."""

from typing import Literal

from pydantic import Field

from modelward.specs.scalars import (
    CalendarDuration,
    Map,
    Spec,
)

RecordKind = Literal[
    "training_runs",
    "validation_results",
    "deployment_records",
    "ab_results",
    "signoffs",
    "bias_audits",
    "ci_logs",
    "inference_logs",
]


class Retention(Spec):
    """How long records of each kind are kept."""

    schema_: Literal["retention/v1"] = Field(alias="schema")
    keep: Map[RecordKind, CalendarDuration]
