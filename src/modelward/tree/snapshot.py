"""A repository at one moment, read lazily: models one by one, each dropped when its judge is done with it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Generic, TypeVar

from pydantic import ValidationError

from modelward.errors import CannotEvaluate
from modelward.specs.approvers import Approvers
from modelward.specs.canary import Canary
from modelward.specs.environment import Environment, Registries
from modelward.specs.evidence import Envelope
from modelward.specs.kinds import MODEL_SPECS, kind_of
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Enforcement, Policy
from modelward.specs.release import EvidencePin, Release
from modelward.specs.retention import Retention
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName, Spec
from modelward.specs.thresholds import Thresholds
from modelward.tree import layout
from modelward.tree.digest import digest_of
from modelward.tree.invalid import problems_of
from modelward.tree.json_reader import place_in_json, read_json
from modelward.tree.place import Note, Place, Pointer, Problem, Unreadable
from modelward.tree.source import Entry, Source
from modelward.tree.text import EVIDENCE_BYTES, SPEC_BYTES, Refused
from modelward.tree.yaml_reader import place_of, read_yaml

S = TypeVar("S", bound=Spec)


class File(Generic[S]):
    """A spec file: its path and the typed spec in it. Places are found again in its bytes when a message needs one."""

    def __init__(self, source: Source, entry: Entry, spec: S) -> None:
        self.source = source
        self.entry = entry
        self.spec = spec

    @property
    def path(self) -> str:
        """The path from the repository's root."""
        return self.entry.path

    def place(self, *pointer: str | int, key: bool = False) -> Place:
        """Where the value at `pointer` stands, or with `key` the key that names it."""
        return Place(self.path, place_of(_content(self.source, self.entry).decode(), pointer, key=key))


class Evidence:
    """A pinned evidence document of a release."""

    def __init__(self, source: Source, entry: Entry | None, path: str, pin: EvidencePin) -> None:
        self._source = source
        self._entry = entry
        self.path = path
        self.pin = pin

    @cached_property
    def data(self) -> bytes | None:
        """The bytes of the document, or None when the file is not there or too large to be one."""
        if self._entry is None or self._entry.size > EVIDENCE_BYTES:
            return None
        return _content(self._source, self._entry)

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
            return _refused(self.path, refused)

    @cached_property
    def envelope(self) -> Envelope | tuple[Problem, ...]:
        """The typed envelope, or why there is none."""
        if isinstance(self.document, Problem):
            return (self.document,)
        try:
            return Envelope.model_validate(self.document)
        except ValidationError as error:
            return tuple(problems_of(error, lambda pointer, key: self.place(*pointer, key=key), self.document))

    def place(self, *pointer: str | int, key: bool = False) -> Place:
        """Where the value at `pointer` stands in the document."""
        if self.data is None:
            return Place(self.path)
        return Place(self.path, place_in_json(self.data.decode(), pointer, key=key))


class ReleaseFolder:
    """One release of a model: its record, and the evidence beside it."""

    def __init__(self, source: Source, folder: str, entries: Mapping[str, Entry], record: File[Release]) -> None:
        self.folder = folder
        self.record = record
        self.evidence = tuple(
            Evidence(source, entries.get(f"{folder}/{pin.path}"), f"{folder}/{pin.path}", pin)
            for pin in record.spec.evidence
        )

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

    @cached_property
    def release_folders(self) -> tuple[str, ...]:
        """Names of the folders under `releases/`, readable or not."""
        start = f"{self.folder}/releases/"
        return tuple(sorted({path[len(start) :].partition("/")[0] for path in self._entries if path.startswith(start)}))

    @property
    def releases(self) -> Mapping[ReleaseName, ReleaseFolder]:
        """The releases by the name of their folder; raises `Unreadable` when any cannot be read."""
        return {ReleaseName(name): self.release(name) for name in self.release_folders}

    def release(self, name: str) -> ReleaseFolder:
        """One release by the name of its folder; raises `Unreadable`."""
        found = self._releases.get(name)
        if found is None:
            path = f"{self.folder}/releases/{name}/release.yaml"
            found = self._releases[name] = self._read_release(path)
        if isinstance(found, Unreadable):
            raise found
        return found

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
        return _read_spec(self._source, self._entries.get(path), path, spec)


class Snapshot:
    """The repository in one source. Policies and environments are kept once read; models are not."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def model_names(self) -> list[str]:
        """The folders under `models/`, sorted."""
        return self.source.folders("models")

    def model(self, name: str) -> Model:
        """One model, not yet read."""
        return Model(self.source, name)

    @cached_property
    def policy(self) -> File[Policy]:
        """Which repository this is."""
        return self._single("policies/policy.yaml", Policy)

    @cached_property
    def enforcement(self) -> File[Enforcement]:
        """How strictly rules bind."""
        return self._single("policies/enforcement.yaml", Enforcement)

    @cached_property
    def registries(self) -> File[Registries]:
        """The registries by name."""
        return self._single("environments/registries.yaml", Registries)

    @cached_property
    def environments(self) -> Mapping[EnvironmentName, File[Environment]]:
        """The environments by name; raises `Unreadable` when any cannot be read."""
        found: dict[EnvironmentName, File[Environment]] = {}
        for entry in self.source.entries("environments"):
            kind = kind_of(entry.path)
            if kind is not None and kind.spec is Environment:
                file = _read_spec(self.source, entry, entry.path, Environment)
                if entry.path != f"environments/{file.spec.environment}.yaml":
                    place = file.place("environment")
                    raise Unreadable(
                        (Problem(f"the file is not named after `{file.spec.environment}`", place, "rename it"),)
                    )
                found[file.spec.environment] = file
        return found

    def organisation_problems(self) -> tuple[Problem, ...]:
        """Everything under `policies/` and `environments/` that cannot be used."""
        found: list[Problem] = []
        entries = [entry for folder in ("policies", "environments") for entry in self.source.entries(folder)]
        found.extend(layout.unsafe(entries))
        if self.source.entry("models") is not None:
            found.append(
                Problem("`models` is no folder, which hides every model", Place("models"), "restore the folder")
            )
        for entry in entries:
            kind = kind_of(entry.path)
            try:
                if kind is not None:
                    _read_spec(self.source, entry, entry.path, kind.spec)
                elif entry.path.endswith((".yaml", ".yml")):
                    found.append(
                        Problem("no spec stands under this name", Place(entry.path), "rename or remove the file")
                    )
            except Unreadable as unreadable:
                found.extend(unreadable.problems)
        try:
            _ = self.environments
        except Unreadable as unreadable:
            found.extend(unreadable.problems)
        return tuple(dict.fromkeys(found))

    def read_json_file(self, path: str) -> Mapping[str, object] | None:
        """The object in a JSON file of the organisation, or None when there is no such file; raises `Unreadable`."""
        entry = self.source.entry(path)
        if entry is None:
            return None
        try:
            return read_json(_content(self.source, entry))
        except Refused as refused:
            raise Unreadable((_refused(path, refused),)) from refused

    def _single(self, path: str, spec: type[S]) -> File[S]:
        return _read_spec(self.source, self.source.entry(path), path, spec)


def _content(source: Source, entry: Entry) -> bytes:
    return next(iter(source.read([entry])))[1]


def _read_spec(source: Source, entry: Entry | None, path: str, spec: type[S]) -> File[S]:
    if entry is None:
        raise Unreadable((Problem("the file is missing", Place(path), "add it; every spec is demanded"),))
    if unsafe := tuple(layout.unsafe([entry])):
        raise Unreadable(unsafe)
    if entry.size > SPEC_BYTES:
        message = f"the file has {entry.size} bytes, over the limit of {SPEC_BYTES}"
        raise Unreadable((Problem(message, Place(path), "split it, or move large content out"),))
    return File(source, entry, typed(path, _content(source, entry), spec))


def typed(path: str, data: bytes, spec: type[S]) -> S:
    """The spec in the bytes of a file; raises `Unreadable` with every place that is wrong."""
    try:
        value = read_yaml(data)
    except Refused as refused:
        raise Unreadable((_refused(path, refused),)) from refused
    try:
        return spec.model_validate(value)
    except ValidationError as error:
        text = data.decode()

        def place(pointer: Pointer, key: bool) -> Place:
            return Place(path, place_of(text, pointer, key=key))

        raise Unreadable(tuple(problems_of(error, place, value))) from error


def _refused(path: str, refused: Refused) -> Problem:
    notes = () if refused.also is None else (Note(Place(path, refused.also[0]), refused.also[1]),)
    return Problem(refused.message, Place(path, refused.span), refused.remedy, notes)


def require_policies(snapshot: Snapshot) -> None:
    """Refuse a repository that leaves out what it must say of itself: no policy is never a pass (THREATS T09)."""
    if not snapshot.source.entries("policies"):
        raise CannotEvaluate(
            f"the {snapshot.source.label} has no policies/", "run this in a modelward repository, or give it with -C"
        )
    for path in layout.DEMANDED:
        if snapshot.source.entry(path) is None:
            raise CannotEvaluate(f"the {snapshot.source.label} has no {path}", "restore it; every policy is demanded")
