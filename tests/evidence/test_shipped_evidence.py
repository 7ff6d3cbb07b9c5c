"""The evidence of the shipped model: its form, its schemas, and what the gates make of it."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from modelward.evidence.contents import BiasContent, MetricsContent, TrainingContent, ValidationContent
from modelward.evidence.documents import document_bytes
from modelward.rules.base import Base
from modelward.rules.evidence_schema import EvidenceSchemas
from modelward.rules.loading import load_rules
from modelward.rules.running import Judge
from modelward.specs.evidence import Content, Envelope
from modelward.tree.directory import DirectorySource
from modelward.tree.git import Git
from modelward.tree.json_reader import read_json
from modelward.tree.snapshot import Snapshot
from repository import NOW

REPOSITORY = Path(__file__).resolve().parents[2]
RELEASES = REPOSITORY / "models" / "credit-risk" / "releases"
CONTENTS: dict[str, type[Content]] = {
    "metrics": MetricsContent,
    "bias": BiasContent,
    "validation": ValidationContent,
    "training": TrainingContent,
}
DOCUMENTS = sorted(RELEASES.glob("*/*.json"))
SCHEMAS = EvidenceSchemas(Snapshot(DirectorySource(REPOSITORY)).read_json_file)


def shipped(kind: str) -> Any:
    return read_json((RELEASES / "1.1.0" / f"{kind}.json").read_bytes())


def edited(document: Any, pointer: str, value: Any) -> Any:
    """A copy of the document in which the value at `pointer` is replaced; `...` removes it."""
    copy = json.loads(json.dumps(document))
    *way, last = (int(step) if step.isdigit() else step for step in pointer.split("/"))
    parent = copy
    for step in way:
        parent = parent[step]
    if value is ...:
        del parent[last]
    else:
        parent[last] = value
    return copy


def test_each_of_the_three_releases_has_the_four_documents() -> None:
    assert [path.relative_to(RELEASES).as_posix() for path in DOCUMENTS] == [
        f"{release}/{kind}.json" for release in ("1.0.0", "1.1.0", "1.2.0") for kind in sorted(CONTENTS)
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(RELEASES).as_posix())
def test_each_document_is_typed_fits_its_schema_and_is_written_canonically(path: Path) -> None:
    document = read_json(path.read_bytes())
    assert SCHEMAS.errors(path.stem, document) == []
    envelope = Envelope.model_validate(document)
    content = CONTENTS[path.stem].model_validate(document["content"])
    assert document_bytes(envelope.model_copy(update={"content": content})) == path.read_bytes()


@pytest.mark.parametrize(
    ("kind", "pointer", "value"),
    [
        *((kind, "content/invented", 1) for kind in CONTENTS),
        *((kind, "invented", 1) for kind in CONTENTS),
        *((kind, "kind", "other") for kind in CONTENTS),
        *((kind, "produced/by", ...) for kind in CONTENTS),
        *((kind, "subject/artifact", "sha256:abc") for kind in CONTENTS),
        *((kind, "subject/datasets", []) for kind in CONTENTS),
        ("metrics", "content/measurements", []),
        ("metrics", "content/measurements/0/value", "0.9"),
        ("metrics", "content/measurements/0/interval", ...),
        ("metrics", "content/measurements/0/samples", 0),
        ("bias", "content/measurements/0/slice", ...),
        ("bias", "content/groups/0", ...),
        ("bias", "content/groups/0/selection_rate", 1.5),
        ("validation", "content/checks/0", ...),
        ("validation", "content/checks/1/check", "loads"),
        ("validation", "content/checks/1/verdict", "passed"),
        ("validation", "content/vectors", 99),
        ("training", "content/datasets/0/role", "holdout"),
        ("training", "content/features", []),
        ("training", "content/features/1", "LIMIT_BAL"),
        ("training", "content/hyperparameters/model", None),
        ("training", "content/comparison_with_rules", ...),
        ("training", "content/report/scores", {}),
        ("training", "content/code", "main"),
    ],
    ids=str,
)
def test_a_document_that_lacks_or_adds_something_breaks_its_schema(kind: str, pointer: str, value: Any) -> None:
    assert SCHEMAS.errors(kind, edited(shipped(kind), pointer, value))


def test_the_schema_of_a_kind_refers_to_nothing_outside_itself() -> None:
    for path in (REPOSITORY / "policies" / "schemas" / "evidence").glob("*.json"):
        references = re.findall(r'"\$ref":\s*"([^"]+)"', path.read_text())
        assert references
        assert all(reference.startswith("#/$defs/") for reference in references), path.name


@pytest.fixture
def repository(tmp_path: Path) -> Git:
    """A git repository of one commit with the shipped policies, rules, environments and the shipped model."""
    for folder in ("policies", "validators", "environments", "models"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    identity = ("-c", "user.name=engineer-1", "-c", "user.email=engineer-1@example.org", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "-m", "Start")):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    return Git(tmp_path)


def judged(git: Git, environment: str, release: str) -> list[tuple[str, str, str]]:
    """What the rules say when the manifest's line of the environment is changed to name the release."""
    manifest = git.root / "models" / "credit-risk" / "manifest.yaml"
    text, changes = re.subn(
        rf'^(  {environment}: {{release: )"[^"]+"', rf'\g<1>"{release}"', manifest.read_text(), flags=re.MULTILINE
    )
    assert changes == 1
    manifest.write_text(text)
    snapshot = Snapshot(DirectorySource(git.root))
    judge = Judge(snapshot, load_rules(snapshot), NOW)
    judge.organisation()
    base = Base.of_commit(git, git.commit("HEAD"), git.changed_from("HEAD", None))
    judge.models(snapshot.model_names(), base=base, beside=(), progress=lambda _: None)
    assert judge.judgement.counts.not_evaluated == 0
    return [(one.rule, one.finding.verdict, one.finding.message.split(" ")[0]) for one in judge.judgement.findings]


def test_the_promotion_of_1_1_0_to_production_passes_every_rule(repository: Git) -> None:
    assert judged(repository, "production", "1.1.0") == []


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_1_2_0_is_refused_for_its_false_alarms(repository: Git, environment: str) -> None:
    gates = [found for found in judged(repository, environment, "1.2.0") if found[0] == "absolute-gates"]
    assert gates == [
        ("absolute-gates", "fail", "precision"),
        ("absolute-gates", "fail", "false_positive_rate"),
        ("absolute-gates", "fail", "brier"),
    ]


def test_evidence_from_too_few_rows_lets_nothing_in(repository: Git) -> None:
    thresholds = repository.root / "models" / "credit-risk" / "thresholds.yaml"
    thresholds.write_text(thresholds.read_text().replace("min_samples: 300", "min_samples: 8949"))
    gates = [found for found in judged(repository, "production", "1.1.0") if found[0] == "absolute-gates"]
    assert {verdict for _, verdict, _ in gates} == {"inconclusive"}
    assert {metric for _, _, metric in gates} == {
        "auc_roc",
        "precision",
        "false_positive_rate",
        "brier",
        "demographic_parity_difference",
    }
