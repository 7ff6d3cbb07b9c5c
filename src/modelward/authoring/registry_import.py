"""A whole import: from a registry to the files of every model that can be imported, and why others cannot be."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from modelward.authoring.import_judging import accepted
from modelward.authoring.import_selection import governed_models, select
from modelward.authoring.importing import Found, Imported, NotImported, read_versions, specs_for
from modelward.authoring.naming import model_names
from modelward.authoring.release import pinned
from modelward.authoring.serving import Pointer, serving
from modelward.errors import NothingToCheck
from modelward.reconcile.desired import Topology
from modelward.registry.interface import Registry
from modelward.specs.scalars import EnvironmentName, RegistryName
from modelward.tree.snapshot import Snapshot

Progress = Callable[[int], AbstractContextManager[Callable[[], None]]]
"""Is told how many versions are to be read, and gives what is to be called after each."""


@dataclass(frozen=True)
class Request:
    """What is to be imported: from which registry, for which environments of it, and what a person has said."""

    registry: RegistryName
    environments: Topology
    globs: tuple[str, ...]
    names: Mapping[str, str]
    """What registered models are to be called here."""
    pointers: Mapping[EnvironmentName, Pointer]
    """What alone shows the release of an environment."""
    all_versions: bool


@dataclass(frozen=True)
class Outcome:
    """What may be written, and what is left for a person."""

    registry: RegistryName
    imported: tuple[Imported, ...]
    refused: tuple[NotImported, ...]
    governed: int
    """How many registered models have had specs before."""
    passed_over: tuple[str, ...]
    """Entries of the registry that are no models."""
    findings: int
    """How many findings say what is missing in the imported specs."""

    @property
    def files(self) -> dict[str, bytes]:
        """All files that are to be written, by path."""
        return {path: data for each in self.imported for path, data in each.files.items()}

    @property
    def complete(self) -> bool:
        """Whether nothing is left for a person to decide."""
        return not self.refused and not any(each.unclear for each in self.imported)


def import_models(
    snapshot: Snapshot, registry: Registry, request: Request, now: datetime, progress: Progress
) -> Outcome:
    """Read a registry and write specs in memory. Nothing in the registry is changed.

    The registry is read whole before anything of it is believed: a `RegistryUnavailable` at any version ends the run.
    What the rules that never bend would refuse is left out, so that the repository with the files is a valid one.
    """
    governed = governed_models(snapshot)
    selection = select(registry.models(), governed, request.globs, snapshot.policy.spec.repository)
    if request.globs and not any((selection.wanted, selection.governed, selection.refused, selection.passed_over)):
        raise NothingToCheck(f"no registered model matches {', '.join(request.globs)}", "correct --name")
    names = model_names((model.name for model in selection.wanted), snapshot.model_names(), request.names)
    found = [
        Found(model, names[model.name], serving(model, request.environments, request.pointers))
        for model in selection.wanted
    ]
    jobs = [
        (each.registered.name, version)
        for each in found
        for version in each.versions(all_versions=request.all_versions)
    ]
    with progress(len(jobs)) as step:
        read = read_versions(registry, jobs, step)
    claimed = dict(pinned(snapshot.source))
    made = [specs_for(each, read.get(each.registered.name, {}), request.registry, claimed) for each in found]
    judged = accepted(snapshot, [each for each in made if isinstance(each, Imported)], now)
    unmade = [each for each in made if isinstance(each, NotImported)]
    refused = sorted((*selection.refused, *unmade, *judged.refused), key=lambda each: each.registered_model)
    return Outcome(
        request.registry,
        judged.imported,
        tuple(refused),
        len(selection.governed),
        selection.passed_over,
        judged.findings,
    )
