"""What a benchmark says: one row a measurement, with the limit that it holds or breaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["holds", "BROKEN", "shown"]
HEADINGS = ("what", "models", "ours", "peer or limit", "ratio", "limit", "verdict")


@dataclass(frozen=True)
class Row:
    """One measurement against its peer or its limit. A row that is `shown` has no limit of its own."""

    what: str
    models: int
    ours: str
    against: str
    ratio: float
    limit: str
    verdict: Verdict

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        return (self.what, f"{self.models:,}", self.ours, self.against, f"{self.ratio:.2f}", self.limit, self.verdict)


def compared(what: str, models: int, ours: float, peer: str, theirs: float, limit: float | None) -> Row:
    """Seconds of ours against seconds of a peer; the limit is of their ratio, None is none."""
    ratio = ours / theirs
    verdict: Verdict = "shown" if limit is None else "holds" if ratio <= limit else "BROKEN"
    shown = "-" if limit is None else f"<= {limit:g}"
    return Row(what, models, f"{ours:.3g} s", f"{peer} {theirs:.3g} s", ratio, shown, verdict)


def bounded(what: str, models: int, ours: float, limit: float, unit: str) -> Row:
    """A number of ours against a fixed limit in the same unit."""
    ratio = ours / limit
    verdict: Verdict = "holds" if ratio <= 1 else "BROKEN"
    return Row(what, models, f"{ours:.3g} {unit}", f"{limit:.3g} {unit}", ratio, "<= 1", verdict)


def as_table(rows: Sequence[Row]) -> str:
    """The rows under their headings, in columns."""
    lines = [HEADINGS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
