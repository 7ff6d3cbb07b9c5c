"""A trial: rows, and the releases that answer them, each scored once when its answer is first asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from modelward.errors import CannotEvaluate
from modelward.evidence.outputs import Labels, find_output, labels_of, sample_of, values_of
from modelward.evidence.rows import Rows
from modelward.evidence.scoring import SECONDS, Column, Request, Scored, score
from modelward.evidence.tasks.interface import Sample
from modelward.evidence.validation import ROUNDS, WARM_UP
from modelward.specs.manifest import Manifest, Output
from modelward.specs.scalars import Digest, ReleaseName

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Contender:
    """One release whose artifact was compared with its record, and the directory that it lies in."""

    release: ReleaseName
    artifact: Digest
    directory: Path


@dataclass(frozen=True)
class Rules:
    """How a trial is run: the rows that are scored one a call, the time that a release has, who is told of progress."""

    vectors: Sequence[int] = ()
    seconds: float = SECONDS
    progress: Callable[[str], None] = field(default=lambda _step: None)


class Answers:
    """What one release answers for some rows."""

    def __init__(self, manifest: Manifest, contender: Contender, rows: Rows, rules: Rules) -> None:
        self.manifest = manifest
        self.contender = contender
        self.rows = rows
        self._rules = rules

    @cached_property
    def scored(self) -> Scored:
        """The answer of the child process."""
        self._rules.progress(f"scoring {len(self.rows):,} rows with {self.contender.release}")
        request = Request({"rows": self._features()}, self._rules.vectors, WARM_UP, ROUNDS, self._rules.seconds)
        return score(self.contender.directory, request, f"release {self.contender.release}")

    @cached_property
    def labels(self) -> Labels:
        """The truth of the rows."""
        return labels_of(self.manifest, self.rows)

    def sample(self, output: str | None) -> Sample:
        """An output, by default the first, beside the labels."""
        found = self.output(output)
        return sample_of(self.manifest, found, self._columns("rows"), self.labels)

    def values(self, output: Output, frame: str = "rows") -> list[Column]:
        """The columns of an output; those of single rows with the frame `vectors`."""
        classes = self.labels.classes if self.manifest.label is not None else ()
        return values_of(self.manifest, output, self._columns(frame), classes)

    def output(self, name: str | None) -> Output:
        """The output of that name, by default the first."""
        return find_output(self.manifest, name)

    def _columns(self, frame: str) -> tuple[Column, ...]:
        failure = self.scored.failure
        if failure is not None:
            doing = "loading" if failure.step == "loads" else "scoring with"
            raise CannotEvaluate(
                f"{doing} {self.contender.release} raised {failure.words}", "mend the model or its data"
            )
        return self.scored.predictions[frame]

    def _features(self) -> "pd.DataFrame":
        if self.manifest.inputs == "tabular":
            names = [feature.name for feature in self.manifest.features]
            self.rows.require(names, "a feature that the manifest declares")
            return self.rows.frame[names]
        label = None if self.manifest.label is None else self.manifest.label.column
        return self.rows.frame[[name for name in self.rows.frame.columns if name != label]]
