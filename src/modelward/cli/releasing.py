"""What the verbs about the evidence of one release share: the release, its registry, and who speaks."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from modelward import __version__
from modelward.cli.editing import Workspace
from modelward.errors import CannotEvaluate, Denied, WrongUse
from modelward.evidence.contents import TrainingContent
from modelward.evidence.documents import document_bytes, produced
from modelward.evidence.fetching import fetch
from modelward.evidence.pinning import Document, Edit, pin
from modelward.evidence.training import training
from modelward.evidence.trial import Contender
from modelward.evidence.verifying import Fault
from modelward.registry.connecting import connect
from modelward.registry.interface import Registry
from modelward.report.terminal import safe
from modelward.rules.evidence_schema import EvidenceSchemas
from modelward.specs.evidence import Content, Envelope, Produced, Subject
from modelward.specs.manifest import Manifest
from modelward.specs.release import Dataset, Release
from modelward.specs.scalars import Digest, RegistryName, ReleaseName
from modelward.tree.json_reader import read_json
from modelward.tree.model import Model, ReleaseFolder
from modelward.tree.scratch import scratch
from modelward.tree.text import EVIDENCE_BYTES

TOOL = f"modelward {__version__}"
_SHOWN = 10
"""How many breaks of a schema are told; the others are counted."""


def progress(step: str) -> None:
    """Say on a terminal what is being done."""
    if sys.stderr.isatty():
        click.echo(f"        {safe(step)} ...", err=True)


class Released:
    """One release of the working tree, and the registries that hold its artifact."""

    def __init__(self, folder: Path, model: str, release: str) -> None:
        self.workspace = Workspace(folder)
        self.model: Model = self.workspace.model(model)
        self.folder: ReleaseFolder = self.of(release)
        self.schemas = EvidenceSchemas(self.workspace.snapshot.read_json_file)
        self._registries: dict[RegistryName, Registry] = {}

    @property
    def manifest(self) -> Manifest:
        """The model's manifest."""
        return self.model.manifest.spec

    @property
    def spec(self) -> Release:
        """The release's record."""
        return self.folder.spec

    def of(self, release: str) -> ReleaseFolder:
        """A release of the same model; `WrongUse` when there is none."""
        if release not in self.model.release_folders:
            known = ", ".join(self.model.release_folders) or "none"
            raise WrongUse(f"`{self.model.name}` has no release {release}", f"its releases are {known}")
        return self.model.release(release)

    def registry_of(self, release: Release, name: str | None) -> tuple[RegistryName, Registry]:
        """The registry that a person names, or the only one that the release names; opened once."""
        if name is None and len(release.registered) != 1:
            known = "|".join(release.registered) or "NAME, and pin the release there"
            raise WrongUse(
                f"release {release.release} names {len(release.registered)} registries", f"give --registry {known}"
            )
        chosen = RegistryName(next(iter(release.registered)) if name is None else name)
        if chosen not in self._registries:
            self._registries[chosen] = connect(self.workspace.snapshot.registries.spec, chosen)
        return chosen, self._registries[chosen]

    @contextmanager
    def artifacts(self, registry: str | None) -> Iterator[Callable[[ReleaseName], Contender]]:
        """Fetches the artifact of a release of this model into a folder that is gone afterwards."""
        with scratch() as folder:
            known: dict[ReleaseName, Contender] = {}

            def fetched(release: ReleaseName) -> Contender:
                if release not in known:
                    spec = self.of(release).spec
                    name, opened = self.registry_of(spec, registry)
                    progress(f"fetching {release} from {opened.address}")
                    into = folder / release
                    into.mkdir()
                    known[release] = fetch(opened, name, self.manifest.registered_model, spec, into)
                return known[release]

            yield fetched

    def content(self, path: str) -> bytes | None:
        """The bytes of a file of the working tree, None when there is none."""
        source = self.workspace.snapshot.source
        entry = source.entry(path)
        return None if entry is None else next(data for _, data in source.read([entry]))

    def origin(self, registry: str | None) -> list[Fault]:
        """What the registry says otherwise of where the version comes from."""
        name, opened = self.registry_of(self.spec, registry)
        pinned = self.spec.registered[name]
        model = opened.model(self.manifest.registered_model)
        found = None if model is None else model.versions.get(pinned.version)
        if found is None or found.run_id == pinned.run_id:
            return []
        said = (
            f"the registry says that {f'run {found.run_id}' if found.run_id else 'no run'} made version {found.version}"
        )
        return [Fault(self.folder.record.place("registered", name), said)]

    def training(self, registry: str | None) -> TrainingContent:
        """What the run that trained the release recorded."""
        name, opened = self.registry_of(self.spec, registry)
        progress(f"reading the training run at {opened.address}")
        return training(opened, self.spec.registered[name], self.spec)

    def merged(self) -> bool:
        """Whether the branch that this one left has the release: its record is then fixed but for evidence."""
        git = self.workspace.git
        base = git.upstream()
        if base is None:
            return False
        (known,) = git.blobs([f"{base}:{self.folder.record.path}"])
        return known is not None

    def document(self, kind: str, content: Content, datasets: tuple[Digest, ...], by: Produced) -> bytes:
        """A document about the release; `Denied` when it does not fit the schema of its kind."""
        subject = Subject(
            model=self.model.name, release=self.spec.release, artifact=self.spec.artifact.digest, datasets=datasets
        )
        data = document_bytes(Envelope(kind=kind, subject=subject, produced=by, content=content))
        if len(data) > EVIDENCE_BYTES:
            raise Denied(f"the document would have {len(data)} bytes, over the limit of {EVIDENCE_BYTES}", "say less")
        self._check_schema(kind, read_json(data))
        return data

    def require_kind(self, kind: str) -> None:
        """Raise `Denied` when the organisation knows no evidence of this kind."""
        folder = "policies/schemas/evidence"
        names = [name.removesuffix(".schema.json") for name in self.workspace.snapshot.source.folders(folder)]
        if kind not in names:
            raise Denied(
                f"`{kind}` is no kind of evidence here: {folder}/{kind}.schema.json does not exist",
                f"add that schema; there are {', '.join(names) or 'none'}",
            )

    def _check_schema(self, kind: str, document: Mapping[str, object]) -> None:
        errors = self.schemas.errors(kind, document)
        if errors is None:
            self.require_kind(kind)
        if errors:
            found = [f"{'.'.join(map(str, each.pointer)) or 'the document'}: {each.message}" for each in errors]
            more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
            wrong = "; ".join([*found[:_SHOWN], *more])
            raise Denied(
                f"{kind} does not fit its schema: {wrong}",
                f"correct what is said, or policies/schemas/evidence/{kind}.schema.json",
            )

    def taken(self) -> list[str]:
        """The names of all files in the release's folder."""
        start = f"{self.folder.folder}/"
        return [entry.path.removeprefix(start) for entry in self.workspace.snapshot.source.entries(start.rstrip("/"))]

    def pin(self, documents: Sequence[Document], datasets: Sequence[Dataset] = ()) -> Edit:
        """The edit that adds documents beside the record, and their pins to it."""
        record = self.workspace.read(self.folder.record.path)
        return pin(self.folder.folder, record, self.taken(), documents, datasets)

    def write(self, edit: Edit, message: str, *, dry_run: bool, branch: str | None) -> str:
        """Write all of an edit or, in a dry run, nothing; what was written, and what is to be done next, as a text."""
        if not dry_run:
            self.workspace.require_branch(branch)
        difference = self.workspace.difference(edit.files)
        if dry_run:
            return f"{difference}\ndry run: nothing was written"
        return f"{difference}\nnext: {self.workspace.put(edit.files, message, branch=branch)}"


def speaker(released: Released, by: str | None, at: datetime, tool: str | None = None) -> Produced:
    """Who makes a document, with what: the person named, or who in policies/people.yaml has git's e-mail address."""
    return produced(at, by or _person(released.workspace), tool or TOOL)


def _person(workspace: Workspace) -> str:
    people = workspace.snapshot.people.spec.people
    try:
        email = workspace.git.text("config", "user.email")
    except CannotEvaluate:
        email = ""
    for name, person in people.items():
        if email and email in person.emails:
            return name
    raise WrongUse(
        f"policies/people.yaml knows nobody by git's `user.email` {email or '(which is not set)'}",
        "say who with --by PERSON",
    )
