"""The statistics of logged inferences and labels that bear a direction of their own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from modelward.specs.thresholds import Better

STATISTICS: Final[Mapping[str, Better]] = MappingProxyType(
    {
        "psi": "lower",
        "ks": "lower",
        "wasserstein": "lower",
        "missing_ratio": "lower",
        "invalid_ratio": "lower",
        "score_shift": "lower",
        "age": "lower",
        "brier": "lower",
        "mae": "lower",
        "calibration_error": "lower",
        "false_positive_rate": "lower",
        "auc_roc": "higher",
        "f1": "higher",
        "precision": "higher",
        "recall": "higher",
    }
)
"""Which direction of a statistic is the better one. A volume is in no direction better, and stands not here."""

MONITORED: Final = frozenset({*STATISTICS, "volume"})
"""Every statistic that the monitor computes."""
