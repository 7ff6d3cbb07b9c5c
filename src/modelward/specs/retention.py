"""`retention.yaml`: how long records of each kind are kept."""

from typing import Final, Literal, get_args

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
RECORD_KINDS: Final[tuple[RecordKind, ...]] = get_args(RecordKind)
"""Every kind of record that there is."""


class Retention(Spec):
    """How long records of each kind are kept."""

    schema_: Literal["retention/v1"] = Field(alias="schema")
    keep: Map[RecordKind, CalendarDuration]
