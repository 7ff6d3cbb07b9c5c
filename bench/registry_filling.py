"""Fill a registry with what a generated repository deploys, so that a plan finds nothing to do.

With a folder for their files, releases are registered there and nothing is deployed yet.
Run as `python -m bench.registry_filling DATABASE_URI COUNT [FOLDER]`, as a process of its own: the store of MLflow
needs more memory than what is measured.
"""

import sys
import warnings
from pathlib import Path
from typing import Any

from bench.generating import REPOSITORY, GeneratedModel, Template, fleet
from modelward.reconcile.actions import REPOSITORY_TAG
from modelward.reconcile.desired import Topology, topology
from modelward.tree.directory import DirectorySource
from modelward.tree.snapshot import Snapshot


def fill(database: str, count: int, files: Path | None = None) -> None:
    """Register every release of every model: with this repository's tag, aliases and stages, or with files alone."""
    from mlflow.entities import model_registry as entities
    from mlflow.store.model_registry import sqlalchemy_store

    # Neither has types.
    tagged: Any = entities.RegisteredModelTag
    opened: Any = sqlalchemy_store.SqlAlchemyStore
    snapshot = Snapshot(DirectorySource(REPOSITORY))
    environments = topology({name: file.spec for name, file in snapshot.environments.items()})
    tag = tagged(REPOSITORY_TAG, snapshot.policy.spec.repository)
    template = Template()
    versions = {release.number: release.version for release in template.releases}
    store = opened(database)
    with warnings.catch_warnings():
        # Stages are deprecated, and they are what older consumers read.
        warnings.simplefilter("ignore", FutureWarning)
        for model in fleet(count):
            store.create_registered_model(model.registered_model, [tag] if files is None else [])
            for number, run_id in template.registered(model):
                source = f"runs:/{run_id}/model" if files is None else _kept(files, model, versions[number])
                store.create_model_version(model.registered_model, source, run_id)
            if files is None:
                _point(store, model, template, environments)


def _kept(files: Path, model: GeneratedModel, version: str) -> str:
    """Where the files of a release stand."""
    folder = files / model.name / version
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in model.artifact(version).items():
        (folder / path).write_bytes(data)
    return folder.as_uri()


def _point(store: Any, model: GeneratedModel, template: Template, environments: Topology) -> None:
    name = model.registered_model
    deployed = template.deployed(model)
    stages: dict[int, str] = {}
    for environment, spec in environments:
        number = deployed[environment]
        store.set_registered_model_alias(name, spec.registry.alias, number)
        if spec.registry.stage is not None:
            # Environments come in the order of promotion: the one furthest along decides.
            stages[number] = spec.registry.stage
    for number, stage in stages.items():
        store.transition_model_version_stage(name, str(number), stage, archive_existing_versions=False)


if __name__ == "__main__":
    fill(sys.argv[1], int(sys.argv[2]), *map(Path, sys.argv[3:]))
