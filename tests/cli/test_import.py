"""A live registry of another tool's becomes a valid repository, and nothing in it is changed. Row G8 of the mission."""

import re
import shlex
import sqlite3
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from mlflow import MlflowClient

from repository import PROJECT, Repository
from tracking_server import tracking_server

# MLflow has deprecated stages, which live registries still have.
pytestmark = pytest.mark.filterwarnings("ignore:.*transition_model_version_stage:FutureWarning")

MLMODEL = """\
flavors:
  python_function:
    loader_module: mlflow.sklearn
    python_version: 3.11.7
mlflow_version: 3.1.0
signature:
  inputs: '[{"type": "long", "name": "age"}, {"type": "string", "name": "city name"}]'
  outputs: '[{"type": "double", "name": "score"}]'
utc_time_created: '2025-03-01 10:00:00.123456'
"""


@dataclass(frozen=True)
class Filled:
    """A registered model as another tool has left it."""

    versions: int = 2
    aliases: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[int, str] = field(default_factory=dict)
    deleted: tuple[int, ...] = ()
    tags: Mapping[int, str] = field(default_factory=dict)
    """The tag `version` of some versions."""
    description: str = ""


DESCRIPTION = "Scores applications\n\n# More"
CHAMPION = {"champion": 2, "staging": 2}
REGISTRY: Mapping[str, Filled] = {
    "Credit Risk (retail)": Filled(
        aliases=CHAMPION, stages={2: "Production"}, description="Scores applications\n\n# More"
    ),
    "CHURN": Filled(aliases={"champion": 1}),
    "fraud.detection.v2": Filled(aliases={"champion": 1, "Champion": 2}),
    "\u043a\u0440\u0435\u0434\u0438\u0442": Filled(aliases=CHAMPION),
    "\u0441redit-lines": Filled(aliases=CHAMPION, description="Starts with a letter that is not Latin"),
    "credit-lines": Filled(aliases=CHAMPION),
    "credit_lines": Filled(stages={1: "Production"}),
    "pricing " + "very " * 20 + "long": Filled(aliases=CHAMPION),
    "pr\u00e9vision": Filled(stages={2: "Production", 1: "Staging"}),
    "stage-only": Filled(versions=3, stages={1: "Archived", 2: "Production", 3: "Staging"}),
    "gaps": Filled(versions=5, deleted=(1, 3), aliases={"champion": 2, "staging": 5}),
    "nothing-points-here": Filled(versions=2),
    "tagged": Filled(aliases={"champion": 1, "staging": 2}, tags={1: "1.4.0", 2: "v1.5.0-rc.1"}),
    "tagged-badly": Filled(aliases={"champion": 1, "staging": 2}, tags={1: "1.4.0", 2: "1.3.0"}),
    "two-environments": Filled(aliases={"champion": 1, "staging": 1}, stages={1: "Production"}),
    "candidates": Filled(versions=3, aliases={"champion": 1, "staging": 2}, stages={1: "Production", 3: "Staging"}),
    "other-aliases": Filled(aliases={"champion": 1, "best": 2, "rollback-target": 1}),
    "dots...and---dashes": Filled(aliases=CHAMPION),
    "-leading": Filled(aliases=CHAMPION),
    **{f"model {number:02d}": Filled(versions=1, aliases={"champion": 1, "staging": 1}) for number in range(16)},
    **{f"staged-{number:02d}": Filled(versions=1, stages={1: "Production"}) for number in range(15)},
}
assert len(REGISTRY) == 50


@dataclass(frozen=True)
class Live:
    """A server, and the file of its database."""

    uri: str
    database: Path

    def content(self) -> list[str]:
        """Everything that stands in the database."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return list(connection.iterdump())


def fill(client: MlflowClient, experiment: str, store: Path, name: str, filled: Filled) -> None:
    """Register a model as any tool does: runs, files, versions, and then its pointers."""
    client.create_registered_model(name, description=filled.description or None)
    for number in range(1, filled.versions + 1):
        run = client.create_run(experiment)
        files = store / run.info.artifact_uri.removeprefix("mlflow-artifacts:/") / "model"
        files.mkdir(parents=True)
        (files / "MLmodel").write_text(MLMODEL)
        (files / "model.bin").write_text(f"{name} {number}")
        tags = {"version": filled.tags[number]} if number in filled.tags else {}
        source = f"{run.info.artifact_uri}/model"
        client.create_model_version(name, source, run.info.run_id, tags=tags, await_creation_for=0)
    for number, stage in filled.stages.items():
        client.transition_model_version_stage(name, str(number), stage)
    for alias, number in filled.aliases.items():
        client.set_registered_model_alias(name, alias, str(number))
    for number in filled.deleted:
        client.delete_model_version(name, str(number))


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server over HTTP with fifty models, and prompts beside them."""
    folder = tmp_path_factory.mktemp("live")
    with tracking_server(folder) as uri:
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        experiment = client.create_experiment("theirs")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda item: fill(client, experiment, folder / "artifacts", *item), REGISTRY.items()))
        client.register_prompt("greeting", "Hello {{ name }}")
        with closing(sqlite3.connect(folder / "mlflow.db")) as connection, connection:
            connection.execute(
                "insert into registered_model_aliases (name, alias, version, workspace)"
                " select name, 'staging', 9, workspace from registered_models where name = 'stage-only'"
            )
        yield Live(uri, folder / "mlflow.db")


@pytest.fixture
def governed(repository: Repository, live: Live, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """This project's organisation without a model, and the address of the live registry."""
    repository.remove("models")
    repository.commit("Start")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", live.uri)
    return repository


def test_g8_fifty_models_of_another_tool_are_imported_validated_and_reconciled_with_zero_writes(
    governed: Repository, live: Live
) -> None:
    before = live.content()
    imported = governed.modelward("import", "--format", "json")
    assert imported.code == 1
    counts = imported.json["counts"]
    assert (counts["imported"], counts["not_imported"], counts["left_for_a_person"]) == (50, 0, 1)
    (left,) = [each for each in imported.json["models"] if each["left_for_a_person"]]
    assert left["registered_model"] == "stage-only"
    assert left["left_for_a_person"] == ["staging: alias `staging` names version 9, which does not exist"]
    assert len(list((governed.root / "models").iterdir())) == 50
    judged = governed.modelward("validate", "--format", "json")
    assert judged.code == 0, judged.out[-3000:]
    governed.commit("Import")
    for verb in (("validate",), ("validate", "--base", "HEAD~1"), ("plan", "--exit-code"), ("apply", "--yes")):
        ended = governed.modelward(*verb)
        assert ended.code == 0, ended.out[-3000:] + ended.err
    assert "Nothing to do now: 1 environment differs from HEAD" in governed.modelward("plan").out
    again = governed.modelward("import")
    assert (again.code, again.out) == (0, "Nothing to do: 50 registered models have specs.\n")
    assert live.content() == before


def test_names_and_releases_are_those_that_a_registry_allows_to_tell(governed: Repository) -> None:
    models = {
        each["registered_model"]: each for each in governed.modelward("import", "--format", "json").json["models"]
    }
    assert models["Credit Risk (retail)"]["model"] == "credit-risk-retail"
    assert models["pr\u00e9vision"]["model"] == "prevision"
    # Names that a person could take for each other bear a mark.
    alike = ["credit-lines", "credit_lines", "\u0441redit-lines"]
    assert [models[name]["model"] for name in alike] == [
        "credit-lines",
        "credit-lines-a74549fa",
        "redit-lines-045edec1",
    ]
    assert models["tagged"]["releases"] == {"1.4.0": 1, "1.5.0-rc.1": 2}
    assert models["tagged-badly"]["releases"] == {"0.0.1": 1, "0.0.2": 2}
    assert models["gaps"]["deployments"] == {"staging": "0.0.5", "production": "0.0.2"}
    assert models["nothing-points-here"]["releases"] == {"0.0.2": 2}
    assert models["nothing-points-here"]["deployments"] == {}
    manifest = governed.read("models/credit-risk-retail/manifest.yaml")
    assert 'registered_model: "Credit Risk (retail)"\nsummary: Scores applications\n' in manifest
    assert "#   - {name: age, kind: numeric, entity: , view: }\n#   and 1 more" in manifest


def test_d11_a_dry_run_of_a_whole_registry_says_the_same_and_writes_nothing(governed: Repository) -> None:
    dry = governed.modelward("import", "--name", "c*", "--dry-run")
    assert dry.code == 0
    assert "models would be imported from main" in dry.out
    assert governed.git("status", "--porcelain") == ""
    real = governed.modelward("import", "--name", "c*")
    assert real.out == dry.out.replace("would be imported", "imported")


def test_a_part_can_be_imported_on_a_branch_under_names_that_a_person_gives(governed: Repository) -> None:
    ended = governed.modelward(
        *("import", "--name", "\u043a*", "--model-map", "\u043a\u0440\u0435\u0434\u0438\u0442=kredit"),
        *("--all-versions", "--branch", "import"),
    )
    assert ended.code == 0
    changed = governed.git("show", "--format=%s", "--name-only").split("\n")
    assert changed[0] == "Import 1 models from main"
    assert "models/kredit/releases/0.0.1/release.yaml" in changed
    assert all(path.startswith("models/kredit/") for path in changed[2:])


def test_a_registry_that_goes_away_leaves_nothing_behind(governed: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert governed.modelward("import").code == 3
    assert governed.git("status", "--porcelain") == ""


WRONG: Mapping[str, tuple[tuple[str, ...], int, str]] = {
    "a registry that is none": (("--registry", "other"), 2, "`other` is no registry"),
    "a name that nothing has": (("--name", "nobody*"), 4, "no registered model matches nobody*"),
    "a name here that is illegal": (("--model-map", "CHURN=Churn"), 2, "`Churn` is no name of a model"),
    "a name here that two get": (
        ("--model-map", "CHURN=same", "--model-map", "gaps=same"),
        2,
        "the name `same` is taken",
    ),
    "a map of nothing": (("--model-map", "nobody=somebody"), 2, "`nobody` is no registered model"),
    "half a map": (("--model-map", "CHURN"), 2, "`CHURN` is no pair"),
    "an environment that is none": (("--environment-map", "Champion=shadow"), 2, "`shadow` is no environment"),
    "a stage that is none": (("--environment-map", "stage:Live=production"), 2, "names no stage"),
    "an environment twice": (
        ("--environment-map", "a=production", "--environment-map", "b=production"),
        2,
        "is given twice",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_told_and_nothing_is_written(governed: Repository, case: str) -> None:
    arguments, code, said = WRONG[case]
    ended = governed.modelward("import", *arguments)
    assert ended.code == code
    assert said in ended.err
    assert governed.git("status", "--porcelain") == ""


def test_an_imported_model_is_moved_only_after_somebody_has_adopted_it(repository: Repository, registry: Path) -> None:
    assert registry.is_dir()
    repository.remove("models")
    repository.commit("Start")
    assert repository.modelward("import", "--all-versions").code == 0
    repository.commit("Import")
    status = repository.modelward("status", "--exit-code")
    assert status.code == 0
    assert "1 (0.0.1) by its stage" in status.out
    manifest = "models/credit-risk/manifest.yaml"
    repository.replace(manifest, 'production: {release: "0.0.1"}', 'production: {release: "0.0.2"}')
    repository.commit("Promote")
    blocked = repository.modelward("apply", "--yes")
    assert blocked.code == 1
    assert "`modelward apply --adopt` moves it" in blocked.out
    model = MlflowClient().get_registered_model("credit-risk")
    assert (model.aliases, model.tags) == ({}, {})
    assert repository.modelward("apply", "--adopt", "--yes").code == 0
    model = MlflowClient().get_registered_model("credit-risk")
    assert {alias: str(version) for alias, version in model.aliases.items()} == {"champion": "2"}
    assert repository.modelward("plan", "--exit-code").code == 0


def test_an_imported_model_whose_alias_has_moved_since_is_not_moved_back_by_adoption(
    repository: Repository, registry: Path
) -> None:
    assert registry.is_dir()
    repository.remove("models")
    repository.commit("Start")
    assert repository.modelward("import", "--all-versions").code == 0
    repository.commit("Import")
    MlflowClient().set_registered_model_alias("credit-risk", "champion", "3")
    for arguments in (("apply", "--yes"), ("apply", "--adopt", "--yes")):
        ended = repository.modelward(*arguments)
        assert ended.code == 1
        assert "let git say what serves" in ended.out
    model = MlflowClient().get_registered_model("credit-risk")
    assert {alias: str(version) for alias, version in model.aliases.items()} == {"champion": "3"}
    assert model.tags == {}


def test_the_promotion_of_an_imported_release_is_held_to_every_rule(repository: Repository, registry: Path) -> None:
    assert registry.is_dir()
    repository.remove("models")
    repository.commit("Start")
    assert repository.modelward("import", "--all-versions").code == 0
    base = repository.commit("Import")
    assert repository.modelward("validate", "--base", "HEAD~1").code == 0
    assert repository.modelward("promote", "credit-risk", "production", "0.0.2").code == 0
    judged = repository.modelward("validate", "--base", base, "--format", "json")
    assert judged.code == 1
    denying = {each["rule"] for each in judged.json["findings"] if each["level"] != "advisory"}
    assert {"ownership-named", "promotes-from"} <= denying


def test_every_command_of_the_page_on_taking_over_a_registry_runs(governed: Repository) -> None:
    page = (PROJECT / "docs/taking-over-a-registry.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line.startswith(("modelward", "git"))]
    assert len(commands) > 6
    for command in commands:
        words = shlex.split(command, comments=True)
        if words[0] == "git":
            governed.git(*words[1:])
        else:
            assert governed.modelward(*words[1:]).code in (0, 1), command
