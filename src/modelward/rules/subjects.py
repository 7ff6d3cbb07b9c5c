"""The subjects that rules judge: a model stands in `tree`; here are the fleet, a change, and an entry."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from modelward.policy.demands import Demand, Demands
from modelward.policy.enforcement import level_of
from modelward.policy.freezes import Window, freezing
from modelward.policy.people import Roles, policy_roles
from modelward.policy.signatures import signer_of
from modelward.rules.evidence_schema import EvidenceSchemas, SchemaError, schema_path
from modelward.rules.loading import ENGINE_RULES
from modelward.specs.environment import Environment
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Level
from modelward.specs.scalars import EnvironmentName, ModelName, PersonName, ReleaseName
from modelward.specs.signoff import ChangeKind
from modelward.tree.file import File
from modelward.tree.model import Evidence, Model, ReleaseFolder
from modelward.tree.organisation import Organisation
from modelward.tree.place import Note, Place, Unreadable
from modelward.tree.snapshot import Snapshot

_ENGINE = frozenset(rule.name for rule in ENGINE_RULES)


class Repository:
    """What all rules may look up beside their subject: the organisation, the time, the levels, schemas of evidence.

    `now` is the time for which everything is judged. `always_mandatory` are the names of all rules, and whether a
    rule's level is fixed.
    """

    def __init__(self, organisation: Organisation, now: datetime, always_mandatory: Mapping[str, bool]) -> None:
        self.organisation = organisation
        self.now = now
        self._always_mandatory = always_mandatory
        self._schemas = EvidenceSchemas(organisation.read_json_file)
        self.shared: dict[Hashable, object] = {}
        """What was found once for all subjects that have something in common, by what that is."""

    @property
    def environments(self) -> Mapping[EnvironmentName, File[Environment]]:
        """The environments by name."""
        return self.organisation.environments

    def level(self, rule: str, manifest: Manifest | None) -> Level | None:
        """How strictly a rule binds for a model, or for what is no model's; None when there is no such rule."""
        fixed = self._always_mandatory.get(rule)
        if fixed is None:
            return None
        return "mandatory" if fixed else level_of(rule, self.organisation.enforcement.spec, manifest)

    def is_rule(self, rule: str, organisation: Organisation) -> bool:
        """Whether a rule is the engine's, or of an organisation; where that has none at all, one of those that run."""
        own = organisation.rule_names
        return rule in _ENGINE or rule in (own or self._always_mandatory)

    def always_mandatory(self, rule: str) -> bool:
        """Whether a rule exists whose level no enforcement lowers."""
        return self._always_mandatory.get(rule, False)

    @cached_property
    def policy_roles(self) -> Roles:
        """Who holds the roles that policy alone assigns."""
        return policy_roles(self.organisation.people.spec)

    def freezing(self, environment: EnvironmentName, kind: ChangeKind) -> Window | None:
        """The window of a freeze that stops a kind of change in an environment now, or None."""
        return freezing(self.organisation.freezes.spec, environment, kind, self.now)

    def demands(self, manifest: Manifest) -> Demands:
        """What the floors demand of a model."""
        return Demands(self.organisation.floors.spec, manifest)

    def demanded(self, demand: Demand[Any]) -> Note:
        """Where the floor stands that demands something, for a finding's second place."""
        return Note(self.organisation.floors.place(*demand.pointer), f"demanded by the floor `{demand.floor}`")

    def signer(self, evidence: Evidence) -> PersonName | None:
        """Who signed a document, None where nobody did; raises `SignatureRefused` for a signature of no valid key."""
        return signer_of(evidence, self.organisation.people.spec, self.now)

    def evidence_errors(self, kind: str, document: Mapping[str, object]) -> list[SchemaError] | None:
        """Where a document breaks the schema of its kind, and how; None when the organisation has no such kind."""
        return self._schemas.errors(kind, document)

    def is_evidence(self, kind: str) -> bool:
        """Whether the organisation has such a kind of evidence: its schema exists."""
        return self.organisation.source.entry(schema_path(kind)) is not None


@dataclass(frozen=True, slots=True)
class FleetRelease:
    """The small facts of one release that the whole fleet is compared by."""

    release: ReleaseName
    artifact: str
    registered: tuple[tuple[str, int], ...]


class FleetModel:
    """The small facts of one model; its files are read again only when a finding needs a place."""

    __slots__ = ("_snapshot", "imported", "name", "registered_model", "releases")

    def __init__(self, snapshot: Snapshot, model: Model) -> None:
        self._snapshot = snapshot
        self.name: ModelName = model.name
        self.registered_model = model.manifest.spec.registered_model
        self.imported = model.imported
        self.releases = tuple(
            FleetRelease(
                name,
                folder.spec.artifact.digest,
                tuple((registry, registered.version) for registry, registered in folder.spec.registered.items()),
            )
            for name, folder in model.releases.items()
        )

    def place(self, *pointer: str | int) -> Place:
        """Where a value of the manifest stands."""
        return self._snapshot.model(self.name).manifest.place(*pointer)

    def release_place(self, release: ReleaseName, *pointer: str | int) -> Place:
        """Where a value of a release record stands."""
        return self._snapshot.model(self.name).release(release).record.place(*pointer)


Fleet = tuple[FleetModel, ...]
"""Every readable model of the repository."""


@dataclass(frozen=True)
class Entry:
    """A release that a change moves into an environment; `previous` is what held it before.

    `returning` tells that the release held this environment at an earlier merged commit, so that its entry was judged
    then: the move is a rollback.
    """

    model: Model
    environment: EnvironmentName
    release: ReleaseFolder
    previous: ReleaseName | None
    before: Model | None
    returning: bool

    @property
    def champion(self) -> ReleaseFolder | None:
        """The release that holds the environment at the base, or None; raises `Unreadable`."""
        if self.before is None or self.previous is None:
            return None
        return self.before.release(self.previous)


class Change:
    """A model before and after; `before` is None for a model that the base does not know.

    `held` gives the releases that merged commits have put into an environment.
    """

    def __init__(
        self, before: Model | None, after: Model, held: Callable[[EnvironmentName], frozenset[ReleaseName]]
    ) -> None:
        self.before = before
        self.after = after
        self._held = held

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The releases that the change moves into an environment; one that does not exist is another rule's finding."""
        return tuple(self._entries())

    def _entries(self) -> Iterator[Entry]:
        previous = {} if self.before is None else deployed(self.before)
        for environment, release in deployed(self.after).items():
            if previous.get(environment) != release and release in self.after.release_folders:
                yield Entry(
                    self.after,
                    environment,
                    self.after.release(release),
                    previous.get(environment),
                    self.before,
                    release in self._held(environment),
                )


def deployed(model: Model) -> dict[EnvironmentName, ReleaseName]:
    """Which release the manifest puts into each environment; nothing when the manifest cannot be read."""
    try:
        return {name: deployment.release for name, deployment in model.manifest.spec.deployments.items()}
    except Unreadable:
        return {}
