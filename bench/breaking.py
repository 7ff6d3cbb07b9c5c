"""Ten models of a fleet that are broken, each in a way of its own, and the benchmark `isolate` of what that does.

All other models must follow git in one run against a real registry server, and each broken one must be named with the
reason. A fleet of fewer than a hundred models has no room for all ten.
"""

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from bench.generating import GeneratedModel, Template, fleet
from bench.measuring import Workshop, progress
from bench.outcome import Row, Verdict
from bench.planning import filling
from bench.reconciling import applying, new_key, prepare, remove
from modelward.reconcile.actions import REPOSITORY_TAG
from tracking_server import tracking_server

LARGEST: Final = 1_000
SMALLEST: Final = 100
BROKEN: Final = {
    3: "stands twice",
    11: "is version 2, which is not in the registry",
    12: "is not ready",
    23: "are not those of release",
    37: "it belongs to repository `acme/other`",
    41: "is not in registry `main`",
    58: "evidence-digest",
    64: "it bears aliases or stages that others set",
    77: "no file is there",
    99: "9.9.9",
}
"""The place in the fleet of each broken model, and what is said of it."""


def broken_in_git(template: Template) -> dict[str, bytes]:
    """Specs that cannot be followed."""
    files = {path: data for at in (3, 58, 99) for path, data in template.files(GeneratedModel(at))}
    names = {at: f"models/{GeneratedModel(at).name}" for at in (3, 58, 99)}
    metrics = next(path for path in files if path.startswith(names[58]) and path.endswith("1.1.0/metrics.json"))
    manifest = f"{names[99]}/manifest.yaml"
    return {
        f"{names[3]}/manifest.yaml": files[f"{names[3]}/manifest.yaml"] + b"tier: low\n",
        metrics: files[metrics] + b"\n",
        manifest: re.sub(rb'staging: \{release: "[^"]+"', b'staging: {release: "9.9.9"', files[manifest]),
    }


def benchmark(workshop: Workshop, sizes: Sequence[int]) -> Iterator[Row]:
    """How many models follow git of those that are not broken, and how many of the broken ones are named."""
    size = max(SMALLEST, min(LARGEST, max(sizes)))
    template, key = Template(), new_key(workshop.folder / "isolating")
    root, served = workshop.folder / "isolate", workshop.folder / "isolate-served"
    prepare(root, size, key, broken_in_git(template))
    served.mkdir()
    progress(f"registering {size:,} models, of which {len(BROKEN)} are broken")
    workshop.run(filling(f"sqlite:///{served}/mlflow.db", size, served / "files"))
    _break_in_database(served / "mlflow.db")
    with tracking_server(served) as uri:
        _break_in_registry(uri, served / "files")
        progress(f"apply of {size:,} models, of which {len(BROKEN)} are broken")
        command = applying(root, key, uri, "--trust-root", "main")
        environment = os.environ | command.environment
        done = subprocess.run(command.arguments, cwd=root, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 1:
            raise ValueError(f"a run that leaves models behind ended with {done.returncode}:\n{done.stderr[-2_000:]}")
        following = _following(uri, template, size)
    named = sum(
        re.search(rf"{GeneratedModel(at).name}\b(?:(?!\n\S).)*{re.escape(why)}", done.stdout, re.DOTALL) is not None
        for at, why in BROKEN.items()
    )
    remove(root, served)
    broken = len(BROKEN)
    yield _all_of(f"{broken} broken, others that follow", size, following, size - broken)
    yield _all_of(f"{broken} broken, named", size, named, broken)


def _all_of(what: str, size: int, ours: int, demanded: int) -> Row:
    verdict: Verdict = "holds" if ours == demanded else "BROKEN"
    return Row(what, size, f"{ours:,} models", f"{demanded:,} models", ours / demanded, "1", verdict)


def _break_in_database(database: Path) -> None:
    """A version whose files never came: no client can leave one so."""
    with closing(sqlite3.connect(database)) as store, store:
        name = GeneratedModel(12).registered_model
        store.execute("UPDATE model_versions SET status = 'PENDING_REGISTRATION' WHERE name = ?", [name])


def _break_in_registry(uri: str, files: Path) -> None:
    """What can be amiss in a registry."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    names = {at: GeneratedModel(at).registered_model for at in BROKEN}
    client.delete_model_version(names[11], "2")
    client.set_registered_model_tag(names[37], REPOSITORY_TAG, "acme/other")
    client.delete_registered_model(names[41])
    client.set_registered_model_alias(names[64], "champion", "1")
    other, nothing = (next((files / GeneratedModel(at).name).glob("1.1.0")) for at in (23, 77))
    (other / "MLmodel").write_bytes(b"another\n")
    (nothing / "MLmodel").unlink()


def _following(uri: str, template: Template, size: int) -> int:
    """How many models that are not broken show in each environment what git deploys there."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    page = client.search_registered_models(max_results=LARGEST)
    shown = {model.name: {alias: int(version) for alias, version in model.aliases.items()} for model in page}
    wanted = {model.registered_model: template.deployed(model) for model in fleet(size) if model.index not in BROKEN}
    return sum(
        shown.get(name) == {"staging": deployed["staging"], "champion": deployed["production"]}
        for name, deployed in wanted.items()
    )
