"""What training runs wrote down, on its way from a tracking server to a file beside the artifacts and back.

`runs.json` holds, for each release of a model, the number of its version and all that its run recorded. Only what the
training script wrote is kept: what MLflow notes of the machine is left behind.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

FILE: Final = "runs.json"
OF_THE_MACHINE: Final = "mlflow."


@dataclass(frozen=True)
class Run:
    """One training run: times in milliseconds since 1970, and its JSON documents by name."""

    version: int
    run_id: str
    started: int
    ended: int
    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    documents: Mapping[str, Any]


def fetch(client: MlflowClient, run_id: str, version: int, scratch: Path) -> Run:
    """Read a finished run from its server; its documents pass through the folder `scratch`."""
    run = client.get_run(run_id)
    documents = {}
    for file in client.list_artifacts(run_id):
        if file.path.endswith(".json"):
            documents[file.path] = json.loads(
                Path(client.download_artifacts(run_id, file.path, str(scratch))).read_bytes()
            )
    return Run(
        version=version,
        run_id=run_id,
        started=run.info.start_time,
        ended=run.info.end_time,
        params=dict(sorted(run.data.params.items())),
        tags={tag: text for tag, text in sorted(run.data.tags.items()) if not tag.startswith(OF_THE_MACHINE)},
        metrics=dict(sorted(run.data.metrics.items())),
        documents=documents,
    )


def restore(client: MlflowClient, run: Run, experiment: str, name: str) -> str:
    """Write a run down again; the id that the tracking store gave it, which is another one."""
    run_id: str = client.create_run(experiment, start_time=run.started, run_name=name).info.run_id
    client.log_batch(
        run_id,
        metrics=[Metric(key, value, run.ended, 0) for key, value in run.metrics.items()],
        params=[Param(key, value) for key, value in run.params.items()],
        tags=[RunTag(key, value) for key, value in run.tags.items()],
    )
    for file, document in run.documents.items():
        client.log_dict(run_id, document, file)
    client.set_terminated(run_id, end_time=run.ended)
    return run_id


def write(folder: Path, runs: Mapping[str, Run]) -> None:
    """Write the runs of a model, by release, beside its artifacts."""
    listing = {release: asdict(run) for release, run in runs.items()}
    (folder / FILE).write_text(json.dumps(listing, indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Run]:
    """The runs of a model by release, in the order of their versions.

    Raises:
        OSError: `folder` has no such file.
    """
    listing = json.loads((folder / FILE).read_bytes())
    runs = {release: Run(**run) for release, run in listing.items()}
    return dict(sorted(runs.items(), key=lambda each: each[1].version))
