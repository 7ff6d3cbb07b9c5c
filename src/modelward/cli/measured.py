"""What `evidence collect` is asked for, and what it measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from modelward.cli.releasing import Released, progress
from modelward.errors import WrongUse
from modelward.evidence.attaching import REPORTED, check_reported, content_of
from modelward.evidence.collection import Collected, Given, champion_of, collect
from modelward.evidence.contents import Resampling
from modelward.evidence.rows import Rows, columns_as_text, read_rows
from modelward.evidence.tasks.catalogue import check_known
from modelward.evidence.terms import Terms, wanted_measures
from modelward.evidence.trial import Answers, Rules
from modelward.evidence.validation import vectors
from modelward.specs.evidence import COMPUTED, Content
from modelward.specs.manifest import Manifest
from modelward.specs.release import Dataset, DatasetRole
from modelward.specs.scalars import ReleaseName


@dataclass(frozen=True)
class Asked:
    """The options of one collection; None and nothing stand for what was left out."""

    data: Path
    reference: Path | None
    reported: Path | None
    champion: str | None
    slices: Sequence[str]
    ids: str | None
    kinds: Sequence[str]
    seed: int | None
    draws: int
    seconds: float
    registry: str | None


class Collection:
    """One collection for a release; files are looked for from `folder`. All that can be refused early is."""

    def __init__(self, released: Released, asked: Asked, folder: Path) -> None:
        self._released = released
        self.asked = asked
        self._manifest: Manifest = released.manifest
        if self._manifest.task is None:
            raise WrongUse(f"the manifest of `{released.model.name}` says no task", "add `task:` to it")
        thresholds = released.model.thresholds.spec
        check_known(self._manifest.task, thresholds.metrics)
        self._reported = None if asked.reported is None else _reported(released, folder / asked.reported)
        wanted = wanted_measures(self._manifest, thresholds, asked.slices)
        names = [one.slice for one in wanted if one.slice is not None]
        texts = columns_as_text(self._manifest, names if asked.ids is None else [*names, asked.ids])
        self.rows: Rows = read_rows(folder / asked.data, texts)
        self.reference: Rows = self.rows if asked.reference is None else read_rows(folder / asked.reference, texts)
        self.rows.ids(asked.ids)
        self._kinds = [kind for kind in COMPUTED if kind in asked.kinds] if asked.kinds else list(COMPUTED)
        self._terms = Terms(wanted, Resampling(draws=asked.draws, seed=self._seed), asked.ids)
        self._picked = vectors(len(self.rows), self._seed) if "validation" in self._kinds else []
        self._champion = self._chosen_champion() if "backtest" in self._kinds else None

    @property
    def data(self) -> list[Dataset]:
        """The data that is measured on, under the role that a record would give it."""
        of_rows: DatasetRole = "backtest" if self._kinds == ["backtest"] else "holdout"
        found = [Dataset(role=of_rows, digest=self.rows.digest)]
        if self.reference is not self.rows and "baseline" in self._kinds:
            found.append(Dataset(role="validation", digest=self.reference.digest))
        return [] if self._kinds == ["training"] else found

    def collect(self) -> Collected:
        """Fetch what is needed, and measure."""
        asked, release = self.asked, self._released.spec.release
        plain = Rules((), asked.seconds, progress)
        with self._released.artifacts(asked.registry) as fetched:
            contender = fetched(release)
            answers = Answers(self._manifest, contender, self.rows, Rules(self._picked, asked.seconds, progress))
            champion = None
            if self._champion is not None:
                champion = Answers(self._manifest, fetched(self._champion), self.rows, plain)
            reference = answers
            if self.reference is not self.rows:
                reference = Answers(self._manifest, contender, self.reference, plain)
            given = Given(answers, champion, reference, self._terms, lambda: self._released.training(asked.registry))
            collected = collect(given, self._kinds, asked=bool(asked.kinds))
        if self._reported is None:
            return collected
        return Collected({**collected.contents, REPORTED: self._reported}, collected.left_out, collected.failure)

    @cached_property
    def _seed(self) -> int:
        """What fixes every draw: the number given, or one that nobody chose."""
        if self.asked.seed is not None:
            return self.asked.seed
        return int(self._released.spec.artifact.digest.removeprefix("sha256:")[:8], 16)

    def _chosen_champion(self) -> ReleaseName | None:
        """The release to compare with: the one named, or what the release would replace."""
        named, release = self.asked.champion, self._released.spec.release
        if named == "none":
            return None
        if named == release:
            raise WrongUse("a release is no champion of itself", "name another with --champion, or `none`")
        if named is not None:
            return self._released.of(named).spec.release
        found = champion_of(self._manifest, self._released.model.thresholds.spec, release)
        if len(found) > 1:
            raise WrongUse(f"several releases would be replaced: {', '.join(found)}", "name one with --champion")
        return found[0] if found else None


def _reported(released: Released, path: Path) -> Content:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongUse(f"cannot read {path}: {error.strerror}", "give the metrics with --reported FILE") from error
    content = content_of(path.name, data)
    check_reported(content, released.model.thresholds.spec)
    return content
