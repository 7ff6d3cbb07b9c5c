"""One model's folder, read lazily: its five specs, its releases, and the evidence beside them."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Final

from pydantic import ValidationError

from modelward.specs.approvers import Approvers
from modelward.specs.canary import Canary
from modelward.specs.evidence import Envelope
from modelward.specs.kinds import MODEL_SPECS
from modelward.specs.manifest import Manifest
from modelward.specs.release import EvidencePin, Release
from modelward.specs.retention import Retention
from modelward.specs.scalars import ModelName, ReleaseName
from modelward.specs.thresholds import Thresholds
from modelward.tree import layout
from modelward.tree.digest import digest_of
from modelward.tree.file import File, S, content, read_spec, refusal
from modelward.tree.invalid import problems_of
from modelward.tree.json_reader import place_in_json, read_json
from modelward.tree.place import Place, Problem, Unreadable
from modelward.tree.source import Entry, Source
from modelward.tree.text import EVIDENCE_BYTES, Refused

SIGNATURE: Final = ".sig"
"""How the name of a signature ends that stands beside a document."""


class Evidence:
    """A pinned evidence document of a release."""

    def __init__(self, source: Source, entries: Mapping[str, Entry], path: str, pin: EvidencePin) -> None:
        self._source = source
        self._entry = entries.get(path)
        self._signature = entries.get(path + SIGNATURE)
        self.path = path
        self.pin = pin

    @cached_property
    def data(self) -> bytes | None:
        """The bytes of the document, or None when the file is not there or too large to be one."""
        return self._content(self._entry)

    @cached_property
    def signature(self) -> bytes | None:
        """The signature beside the document, whosever it is, or None when there is none."""
        return self._content(self._signature)

    @property
    def digest(self) -> str | None:
        """The digest of the bytes."""
        return None if self.data is None else digest_of(self.data)

    @cached_property
    def document(self) -> Mapping[str, object] | Problem:
        """The JSON object in the document, or why there is none."""
        if self.data is None:
            return Problem("the evidence document is missing or too large", Place(self.path), "commit the document")
        try:
            return read_json(self.data)
        except Refused as refused:
            return refusal(self.path, refused)

    @cached_property
    def envelope(self) -> Envelope | tuple[Problem, ...]:
        """The typed envelope, or why there is none."""
        if isinstance(self.document, Problem):
            return (self.document,)
        try:
            return Envelope.model_validate(self.document)
        except ValidationError as error:
            return tuple(
                problems_of(error, Envelope, lambda pointer, key: self.place(*pointer, key=key), self.document)
            )

    def place(self, *pointer: str | int, key: bool = False) -> Place:
        """Where the value at `pointer` stands in the document."""
        if self.data is None:
            return Place(self.path)
        return Place(self.path, place_in_json(self.data.decode(), pointer, key=key))

    def _content(self, entry: Entry | None) -> bytes | None:
        if entry is None or entry.size > EVIDENCE_BYTES:
            return None
        return content(self._source, entry)


class ReleaseFolder:
    """One release of a model: its record, and the evidence beside it."""

    def __init__(self, source: Source, folder: str, entries: Mapping[str, Entry], record: File[Release]) -> None:
        self.folder = folder
        self.record = record
        self.evidence = tuple(Evidence(source, entries, f"{folder}/{pin.path}", pin) for pin in record.spec.evidence)

    @property
    def spec(self) -> Release:
        """The typed record."""
        return self.record.spec

    def newest_evidence(self) -> Mapping[str, Evidence]:
        """The document that counts of each kind: the last one that the record lists."""
        return {evidence.pin.kind: evidence for evidence in self.evidence}


class Model:
    """One folder under `models/`. Specs are read when asked for; `problems` reads them all."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self.name = ModelName(name)
        self.folder = f"models/{name}"
        self._entries = {entry.path: entry for entry in source.entries(self.folder)}
        self._releases: dict[str, ReleaseFolder | Unreadable] = {}

    @cached_property
    def manifest(self) -> File[Manifest]:
        """The manifest; raises `Unreadable`, as all specs do."""
        return self._read(f"{self.folder}/manifest.yaml", Manifest)

    @cached_property
    def thresholds(self) -> File[Thresholds]:
        """The thresholds."""
        return self._read(f"{self.folder}/thresholds.yaml", Thresholds)

    @cached_property
    def approvers(self) -> File[Approvers]:
        """The approvers."""
        return self._read(f"{self.folder}/approvers.yaml", Approvers)

    @cached_property
    def canary(self) -> File[Canary]:
        """The canary plans."""
        return self._read(f"{self.folder}/canary.yaml", Canary)

    @cached_property
    def retention(self) -> File[Retention]:
        """The retention."""
        return self._read(f"{self.folder}/retention.yaml", Retention)

    @property
    def paths(self) -> Collection[str]:
        """The files in the folder, by their paths from the repository's root."""
        return self._entries.keys()

    def files(self, *names: str) -> list[Entry]:
        """Those of the files that are there, by their paths from the folder."""
        return [self._entries[path] for name in names if (path := f"{self.folder}/{name}") in self._entries]

    @cached_property
    def release_folders(self) -> tuple[str, ...]:
        """Names of the folders under `releases/`, readable or not."""
        start = f"{self.folder}/releases/"
        return tuple(sorted({path[len(start) :].partition("/")[0] for path in self._entries if path.startswith(start)}))

    @property
    def releases(self) -> Mapping[ReleaseName, ReleaseFolder]:
        """The releases by the name of their folder; raises `Unreadable` when any cannot be read."""
        return {ReleaseName(name): self.release(name) for name in self.release_folders}

    @property
    def imported(self) -> bool:
        """Whether the model was found in a registry, and has no release yet that was made for this repository."""
        releases = self.releases.values()
        return bool(releases) and all(release.spec.imported for release in releases)

    @property
    def any_imported(self) -> bool:
        """Whether any release was found in a registry rather than made for this repository."""
        return any(release.spec.imported for release in self.releases.values())

    def release(self, name: str) -> ReleaseFolder:
        """One release by the name of its folder; raises `Unreadable`."""
        found = self._releases.get(name)
        if found is None:
            path = f"{self.folder}/releases/{name}/release.yaml"
            found = self._releases[name] = self._read_release(path)
        if isinstance(found, Unreadable):
            raise found
        return found

    def file_digest(self, path: str) -> str | None:
        """The digest of a file in the folder; None when there is none at `path`, or it is larger than a document."""
        entry = self._entries.get(f"{self.folder}/{path}")
        if entry is None or entry.size > EVIDENCE_BYTES:
            return None
        return digest_of(content(self._source, entry))

    def problems(self) -> tuple[Problem, ...]:
        """Everything in the folder that cannot be used; empty when rules can judge the model."""
        found = list(layout.problems(self.name, self._entries.values()))
        if len(self._entries) > layout.MAX_FILES:
            return tuple(found)
        for name, _ in MODEL_SPECS:
            try:
                getattr(self, name)
            except Unreadable as unreadable:
                found.extend(unreadable.problems)
        for name in self.release_folders:
            try:
                self.release(name)
            except Unreadable as unreadable:
                found.extend(unreadable.problems)
        return tuple(dict.fromkeys(found))

    def _read_release(self, path: str) -> "ReleaseFolder | Unreadable":
        try:
            record = self._read(path, Release)
        except Unreadable as unreadable:
            return unreadable
        return ReleaseFolder(self._source, path.rpartition("/")[0], self._entries, record)

    def _read(self, path: str, spec: type[S]) -> File[S]:
        return read_spec(self._source, self._entries.get(path), path, spec)
