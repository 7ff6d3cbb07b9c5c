"""All documents of a release that count, computed again from the data whose digests they name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from modelward.errors import WrongUse
from modelward.evidence.contents import (
    BacktestContent,
    BaselineContent,
    BiasContent,
    MetricsContent,
    TrainingContent,
    ValidationContent,
)
from modelward.evidence.recomputing import NotComputable, Sources, compute_again, typed_content
from modelward.evidence.rows import Rows, columns_as_text, digest_of_file, read_rows
from modelward.evidence.trial import Answers, Contender, Rules
from modelward.evidence.validation import vectors
from modelward.evidence.verifying import Fault
from modelward.specs.evidence import Content, Envelope
from modelward.specs.manifest import Manifest
from modelward.specs.scalars import Digest, ReleaseName
from modelward.specs.thresholds import Thresholds
from modelward.tree.model import Evidence


@dataclass(frozen=True)
class Given:
    """What a reproduction starts from: specs, data files, where artifacts come from, and what the run recorded."""

    manifest: Manifest
    thresholds: Thresholds
    release: ReleaseName
    files: Sequence[Path]
    fetched: Callable[[ReleaseName], Contender]
    training: Callable[[], TrainingContent]
    seconds: float
    progress: Callable[[str], None]


class Reproduction:
    """Computes documents again; each release answers each data file once, whatever documents speak of it."""

    def __init__(self, given: Given, documents: Iterable[Evidence]) -> None:
        self._given = given
        self._contents: dict[str, Content] = {}
        self._faults: dict[str, tuple[Fault, ...]] = {}
        self._envelopes: dict[str, tuple[Evidence, Envelope]] = {}
        self._answers: dict[tuple[ReleaseName, Digest], Answers] = {}
        self._contenders: dict[ReleaseName, Contender] = {}
        for evidence in documents:
            self._add(evidence)
        self._check_data()

    def _add(self, evidence: Evidence) -> None:
        if not isinstance(evidence.envelope, Envelope) or not isinstance(evidence.document, Mapping):
            return
        try:
            content = typed_content(evidence.pin.kind, evidence.document)
        except NotComputable as error:
            self._faults[evidence.path] = (Fault(evidence.place("content"), error.message),)
            return
        if content is not None:
            self._contents[evidence.path] = content
            self._envelopes[evidence.path] = (evidence, evidence.envelope)

    def faults(self) -> Mapping[str, tuple[Fault, ...]]:
        """What is not the same, for each document by its path; a document that is computed by nobody is not there."""
        sources = Sources(self._given.manifest, self._given.thresholds, self._answer, self._given.training)
        found = dict(self._faults)
        for path, content in self._contents.items():
            evidence, envelope = self._envelopes[path]
            self._given.progress(f"computing {evidence.pin.path} again")
            found[path] = tuple(
                Fault(evidence.place(*difference.pointer), difference.message)
                for difference in compute_again(content, envelope, sources)
            )
        return found

    @cached_property
    def _data(self) -> Mapping[Digest, Path]:
        return {digest_of_file(path): path for path in self._given.files}

    def _check_data(self) -> None:
        """Refuse to compute from other data than a document names (both digests are said)."""
        for path, content in self._contents.items():
            evidence, envelope = self._envelopes[path]
            if isinstance(content, TrainingContent):
                continue
            wanted = envelope.subject.datasets
            if len(wanted) != 1 or wanted[0] not in self._data:
                given = ", ".join(f"{file} is {digest}" for digest, file in self._data.items()) or "none is given"
                named = ", ".join(wanted) or "none"
                raise WrongUse(
                    f"{evidence.place('subject', 'datasets')}: the document was measured on the data {named}; {given}",
                    "give the file that it names with --data, once for each file",
                )

    def _answer(self, release: ReleaseName | None, data: Digest) -> Answers:
        name = release or self._given.release
        if (name, data) not in self._answers:
            if name not in self._contenders:
                self._contenders[name] = self._given.fetched(name)
            picked = self._picked(data) if release is None else ()
            rules = Rules(picked, self._given.seconds, self._given.progress)
            rows = self._rows(data)
            self._answers[name, data] = Answers(self._given.manifest, self._contenders[name], rows, rules)
        return self._answers[name, data]

    def _rows(self, data: Digest) -> Rows:
        known = [answers.rows for (_, digest), answers in self._answers.items() if digest == data]
        return known[0] if known else read_rows(self._data[data], columns_as_text(self._given.manifest, self._names))

    def _picked(self, data: Digest) -> Sequence[int]:
        """The rows that a validation on this data scored one a call."""
        for path, content in self._contents.items():
            if isinstance(content, ValidationContent) and self._envelopes[path][1].subject.datasets == (data,):
                return vectors(len(self._rows(data)), content.seed)
        return ()

    @cached_property
    def _names(self) -> list[str]:
        """The columns of groups and ids that documents speak of."""
        found: list[str] = []
        for content in self._contents.values():
            if isinstance(content, MetricsContent | BiasContent | BacktestContent | BaselineContent):
                found += [content.rows.column] if content.rows.column is not None else []
            if isinstance(content, BiasContent):
                found += [group.slice for group in content.groups]
            found += [each.slice for each in content.comparisons if each.slice is not None]
        return found
