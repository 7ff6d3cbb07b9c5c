"""A model whose code a test writes, its versions in a real registry, and rows whose truth is known."""

import json
import shutil
import tempfile
import textwrap
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modelward.tree.digest import artifact_digest, digest_of
from repository import PROJECT, Ended, Repository

MODEL = "credit-score"
FOLDER = f"models/{MODEL}"
NOTHING: Mapping[str, Any] = {}

TRAINING_TAGS = {
    "trained_at": "2026-10-05T09:00:00Z",
    "python": "3.11.7",
    "code": "e21fb0cd1d868d4668f3150c52391618753ba5fe",
    "purpose": "first scorecard",
    "dataset.training": "sha256:" + "7" * 64,
    "dataset.training.snapshot": "clients-2026-10",
}
TRAINING_FILES = {
    "features.json": {"features": ["limit", "late_payments"]},
    "classification_report.json": {
        "samples": 600,
        "threshold": 0.5,
        "scores": {"auc_roc": 0.7},
        "classes": {"0": {"recall": 0.8}},
    },
    "comparison_with_rules.json": {"rules": "late_payments > 2", "scores": {"recall": 0.6}, "agreement": 0.9},
}
"""What a run records of its training."""

# What a model directory says when its code is one module; nothing in it is pickled.
_MLMODEL = """\
flavors:
  python_function:
    loader_module: {module}
    code: code
    env: {{}}
utc_time_created: '2026-11-20 09:00:00'
"""

SCORING = """
import numpy as np

class Model:
    def predict(self, rows):
        return 1 / (1 + np.exp(-(rows["late_payments"].to_numpy() - {shift})))

def _load_pyfunc(path):
    return Model()
"""


def scoring(shift: float = 2.0) -> str:
    """A model that scores as the rows were made, only that it is wrong by a shift."""
    return SCORING.format(shift=shift)


def answering(body: str, before: str = "") -> str:
    """A model whose `predict(self, rows)` has this body; `before` runs when its module is loaded."""
    inside = textwrap.indent(textwrap.dedent(body).strip(), "        ")
    return (
        f"import numpy as np\nimport pandas as pd\n{textwrap.dedent(before)}\n"
        f"class Model:\n    def predict(self, rows):\n{inside}\n\n"
        "def _load_pyfunc(path):\n    return Model()\n"
    )


def model_directory(folder: Path, source: str) -> Path:
    """Write a model directory whose code is `source`."""
    module = f"model_{uuid.uuid4().hex[:12]}"
    (folder / "code").mkdir(parents=True)
    (folder / "MLmodel").write_text(_MLMODEL.format(module=module))
    (folder / "code" / f"{module}.py").write_text(source)
    return folder


def rows(count: int = 600, seed: int = 5) -> pd.DataFrame:
    """Clients whose default follows their late payments; one in three is young."""
    generator = np.random.default_rng(seed)
    late = generator.poisson(2, count).astype(np.int64)
    return pd.DataFrame(
        {
            "client": [f"c{number:05}" for number in range(count)],
            "limit": generator.integers(1, 50, count) * 1000,
            "late_payments": late,
            "age_group": np.where(generator.random(count) < 1 / 3, "young", "old"),
            "defaulted": (generator.random(count) < 1 / (1 + np.exp(2.0 - late))).astype(np.int64),
        }
    )


@dataclass
class Laboratory:
    """The example repository with one model, and a registry at `uri` that holds its versions."""

    repository: Repository
    uri: str
    folder: Path
    registered: str = field(default_factory=lambda: f"model-{uuid.uuid4().hex[:12]}")
    data: Path = field(init=False)

    def __post_init__(self) -> None:
        self.data = self.folder / "rows.csv"
        rows().to_csv(self.data, index=False)
        shutil.rmtree(self.repository.root / FOLDER / "releases")
        schemas = self.repository.root / "policies/schemas/evidence"
        shutil.rmtree(schemas)
        shutil.copytree(PROJECT / "policies/schemas/evidence", schemas)
        manifest = f"{FOLDER}/manifest.yaml"
        self.repository.replace(manifest, "registered_model: credit-score", f"registered_model: {self.registered}")
        deployed = '\n  staging: {release: "1.1.0"}\n  production: {release: "1.0.0"}'
        self.repository.replace(manifest, f"deployments:{deployed}", "deployments: {}")

    def add(
        self,
        release: str,
        source: str,
        tags: Mapping[str, str] = NOTHING,
        files: Mapping[str, Any] = NOTHING,
        params: Mapping[str, str] = NOTHING,
    ) -> Path:
        """Register a model as the next version, with what its run logged, and write its record; its directory."""
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        directory = model_directory(Path(tempfile.mkdtemp(dir=self.folder)), source)
        client = MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
        try:
            client.create_registered_model(self.registered)
        except MlflowException as error:
            assert error.error_code == "RESOURCE_ALREADY_EXISTS"  # noqa: PT017 - any other error is a failure
        run = client.create_run("0", tags=dict(tags))
        client.log_artifacts(run.info.run_id, str(directory), "model")
        for name, document in files.items():
            client.log_dict(run.info.run_id, document, name)
        for name, value in params.items():
            client.log_param(run.info.run_id, name, value)
        version = client.create_model_version(self.registered, f"{run.info.artifact_uri}/model", run.info.run_id)
        digest, size = artifact_digest(directory)
        self.repository.write(
            f"{FOLDER}/releases/{release}/release.yaml",
            "schema: release/v1\n"
            f'release: "{release}"\n'
            f'artifact: {{digest: "{digest}", size: {size}}}\n'
            f'registered: {{main: {{version: {version.version}, run_id: "{run.info.run_id}"}}}}\n'
            "datasets:\n"
            f'  - {{role: holdout, digest: "{digest_of(self.data.read_bytes())}", snapshot: clients}}\n'
            "ticket: MLGOV-1\n"
            "imported: false\n"
            "evidence: []\n",
        )
        return directory

    def deploy(self, release: str, environment: str = "production") -> None:
        """Let an environment run a release."""
        manifest = f"{FOLDER}/manifest.yaml"
        self.repository.replace(manifest, "deployments: {}", f'deployments:\n  {environment}: {{release: "{release}"}}')

    def collect(self, release: str, *options: str) -> Ended:
        """`evidence collect` over the rows."""
        by = () if "--by" in options else ("--by", "engineer-1")
        return self.repository.modelward(
            "evidence", "collect", MODEL, release, "--data", str(self.data), "--draws", "200", *by, *options
        )

    def verify(self, release: str, *options: str) -> Ended:
        """`evidence verify` over the rows."""
        data = () if "--data" in options else ("--data", str(self.data))
        return self.repository.modelward("evidence", "verify", MODEL, release, *data, *options)

    def evidence(self, release: str, name: str) -> Any:
        """What a document says."""
        return json.loads(self.repository.read(f"{FOLDER}/releases/{release}/{name}.json"))
