"""What stands outside `models/`: policies and environments. Each file is read when it is asked for, and kept."""

from collections.abc import Mapping
from functools import cached_property

from modelward.specs.environment import Environment, Registries
from modelward.specs.kinds import kind_of
from modelward.specs.policy import Enforcement, Floors, Freezes, People, Policy, Signoff, Waiver
from modelward.specs.scalars import EnvironmentName
from modelward.tree import layout
from modelward.tree.file import File, S, content, read_spec, refusal
from modelward.tree.json_reader import read_json
from modelward.tree.place import Place, Problem, Unreadable
from modelward.tree.source import Source
from modelward.tree.text import Refused


class Organisation:
    """The organisation's own files in one source; each raises `Unreadable` when it cannot be used."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def policy(self) -> File[Policy]:
        """Which repository this is."""
        return self._single("policies/policy.yaml", Policy)

    @cached_property
    def people(self) -> File[People]:
        """Who can sign, and the roles that only policy assigns."""
        return self._single("policies/people.yaml", People)

    @cached_property
    def signoff(self) -> File[Signoff]:
        """Which signatures each kind of change needs."""
        return self._single("policies/signoff.yaml", Signoff)

    @cached_property
    def floors(self) -> File[Floors]:
        """What a model may exceed, and never undercut."""
        return self._single("policies/floors.yaml", Floors)

    @cached_property
    def freezes(self) -> File[Freezes]:
        """When environments take no changes."""
        return self._single("policies/freezes.yaml", Freezes)

    @cached_property
    def waivers(self) -> tuple[File[Waiver], ...]:
        """The exceptions, by path; raises `Unreadable` when any cannot be read."""
        entries = self.source.entries("policies/waivers")
        return tuple(
            read_spec(self.source, entry, entry.path, Waiver)
            for entry in entries
            if (kind := kind_of(entry.path)) is not None and kind.spec is Waiver
        )

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
                file = read_spec(self.source, entry, entry.path, Environment)
                if entry.path != f"environments/{file.spec.environment}.yaml":
                    place = file.place("environment")
                    raise Unreadable(
                        (Problem(f"the file is not named after `{file.spec.environment}`", place, "rename it"),)
                    )
                found[file.spec.environment] = file
        return found

    @cached_property
    def evidence_kinds(self) -> frozenset[str]:
        """The kinds of evidence that have a schema."""
        start, end = "policies/schemas/evidence/", ".schema.json"
        paths = (entry.path for entry in self.source.entries(start.rstrip("/")))
        return frozenset(path[len(start) : -len(end)] for path in paths if path.endswith(end))

    @cached_property
    def rule_names(self) -> frozenset[str]:
        """The rules that have a file, read or not."""
        paths = (entry.path for entry in self.source.entries("validators"))
        return frozenset(path.rpartition("/")[2].removesuffix(".py") for path in paths if path.endswith(".py"))

    @cached_property
    def model_folders(self) -> frozenset[str]:
        """The names of all models, readable or not."""
        return frozenset(self.source.folders("models"))

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
                    read_spec(self.source, entry, entry.path, kind.spec)
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
            return read_json(content(self.source, entry))
        except Refused as refused:
            raise Unreadable((refusal(path, refused),)) from refused

    def _single(self, path: str, spec: type[S]) -> File[S]:
        return read_spec(self.source, self.source.entry(path), path, spec)
