"""What fixes the numbers of a document beside artifact and rows: which measures, and every resample."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modelward.evidence.contents import Resampling
from modelward.evidence.tasks.catalogue import LATENCY, measures_groups, measures_rows
from modelward.specs.manifest import Manifest
from modelward.specs.thresholds import Thresholds
from modelward.statistics.bootstrap import CONFIDENCE, Bootstrap


@dataclass(frozen=True)
class Wanted:
    """A measure that is wanted: what thresholds and gates say of it."""

    metric: str
    unit: str
    better: str
    slice: str | None = None
    output: str | None = None

    @property
    def slug(self) -> str:
        """The start of the names of checks about it."""
        return "-".join(filter(None, (self.metric, self.slice, self.output))).replace("_", "-").lower()[:50]


@dataclass(frozen=True)
class Terms:
    """The measures, the resamples, and the column that names the rows."""

    wanted: tuple[Wanted, ...]
    resampling: Resampling
    ids: str | None

    def bootstrap(self, confidence: float = CONFIDENCE) -> Bootstrap:
        """The resamples that these terms fix."""
        return Bootstrap(self.resampling.seed, self.resampling.draws, confidence)

    def parts(self) -> Iterator[tuple[str | None, str | None, tuple[Wanted, ...]]]:
        """What is wanted together: by column of groups, None for all rows, and by output, None for the first."""
        found: dict[tuple[str | None, str | None], list[Wanted]] = {}
        for one in self.wanted:
            found.setdefault((one.slice, one.output), []).append(one)
        yield from ((slice_, output, tuple(wanted)) for (slice_, output), wanted in found.items())

    def over_rows(self) -> "Terms":
        """These terms for what is wanted of all rows."""
        return Terms(tuple(one for one in self.wanted if one.slice is None), self.resampling, self.ids)

    def between_groups(self) -> "Terms":
        """These terms for what is wanted of groups."""
        return Terms(tuple(one for one in self.wanted if one.slice is not None), self.resampling, self.ids)


def wanted_measures(manifest: Manifest, thresholds: Thresholds, slices: Iterable[str]) -> tuple[Wanted, ...]:
    """What thresholds declare as built in, for the columns of groups that gates or `slices` name.

    A measure between groups is wanted of every such column; a measure of rows is wanted of a column, and any measure
    of an output other than the first, only where a gate says so.
    """
    task = manifest.task
    builtin = {name: metric for name, metric in thresholds.metrics.items() if metric.computed == "builtin"}
    builtin.pop(LATENCY, None)
    columns = dict.fromkeys([*(gate.slice for gate in thresholds.gates if gate.slice), *slices])
    asked = {(gate.metric, gate.slice, gate.output) for gate in thresholds.gates if gate.metric in builtin}
    asked |= {(name, None, None) for name in builtin if measures_rows(task, name)}
    asked |= {(name, column, None) for name in builtin if measures_groups(task, name) for column in columns}
    order = {name: number for number, name in enumerate(builtin)}
    return tuple(
        Wanted(name, builtin[name].unit, builtin[name].better, slice_, output)
        for name, slice_, output in sorted(asked, key=lambda one: (order[one[0]], one[1] or "", one[2] or ""))
        if slice_ is not None or measures_rows(task, name)
    )
