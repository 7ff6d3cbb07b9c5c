"""model new and model retire: the first day and the last of a model."""

from pathlib import Path

import pytest

from modelward.specs.kinds import MODEL_SPECS
from repository import Repository

FOLDER = "models/churn"
FULL = (
    *("--summary", "Probability that a client leaves within a quarter"),
    *("--team", "retention", "--contact", "#retention", "--sponsor", "head-of-retention", "--on-call", "ml-ops-oncall"),
    *("--compliance", "none", "--limitations", "Private clients only", "--label", "LEFT", "--slice", "SEX"),
    *("--feature", "AGE", "--feature", "PLAN:categorical", "--entity", "client", "--view", "contracts"),
    *("--role", "ml-engineer=engineer-1", "--role", "ml-engineer=engineer-2", "--role", "team-lead=team:risk-leads"),
    *("--role", "on-call=engineer-2"),
)


@pytest.mark.parametrize("tier", ["low", "medium", "high"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "ranking", "generation", "forecast"])
def test_a_model_of_which_everything_is_said_passes_every_rule(repository: Repository, tier: str, task: str) -> None:
    range_ = ("--range", "0", "1e6") if task in ("regression", "forecast") else ()
    ended = repository.modelward("model", "new", "churn", "--tier", tier, "--task", task, *range_, *FULL)
    assert ended.code == 0, ended.err
    judged = repository.modelward("validate", FOLDER)
    assert judged.code == 0, judged.out


def test_what_nobody_said_is_a_comment_and_a_finding(repository: Repository) -> None:
    assert repository.modelward("model", "new", "churn").code == 0
    manifest = repository.read(f"{FOLDER}/manifest.yaml")
    for field in ("owner", "sponsor", "on_call", "tier", "limitations", "task", "inputs", "label"):
        assert f"\n# {field}: " in manifest
        assert f"\n{field}: " not in manifest
    judged = repository.modelward("validate", "--format", "json")
    assert judged.code == 1
    findings = judged.json["findings"]
    assert {finding["model"] for finding in findings} == {"churn"}
    assert {finding["verdict"] for finding in findings} == {"fail"}
    said = " ".join(finding["message"] for finding in findings)
    for field in ("owner", "sponsor", "on_call", "tier"):
        assert f"`{field}`" in said


def test_each_spec_starts_with_its_modeline_and_its_schema(repository: Repository) -> None:
    repository.modelward("model", "new", "churn")
    for name, _ in MODEL_SPECS:
        assert repository.read(f"{FOLDER}/{name}.yaml").startswith(
            f"# yaml-language-server: $schema=../../policies/schemas/{name}.schema.json\nschema: {name}/v1\n"
        )


def test_a_high_tier_starts_with_what_its_floors_demand(repository: Repository) -> None:
    repository.modelward("model", "new", "churn", "--tier", "high", "--task", "binary", *FULL)
    canary = repository.read(f"{FOLDER}/canary.yaml")
    assert "- {weight: 5, hold: 24h}\n      - {weight: 20, hold: 3d}" in canary
    thresholds = repository.read(f"{FOLDER}/thresholds.yaml")
    assert "{metric: latency_p95, environments: [staging, production], at_most: 200, min_samples: 100}" in thresholds
    assert "{metric: demographic_parity_difference, slice: SEX," in thresholds
    assert "action: rollback}" in thresholds


def test_a_stricter_floor_gives_stricter_specs(repository: Repository) -> None:
    repository.replace("policies/floors.yaml", "at_most: 500", "at_most: 50")
    floors = repository.read("policies/floors.yaml").replace(
        "first_weight_at_most: 10, hold_at_least: 24h, steps_at_least: 2",
        "first_weight_at_most: 2, hold_at_least: 9d, steps_at_least: 4",
    )
    repository.write("policies/floors.yaml", floors.replace("deployment_records: 5y", "deployment_records: 7y"))
    repository.modelward("model", "new", "churn", "--tier", "high", "--task", "binary", *FULL)
    assert "at_most: 50.0, min_samples: 100" in repository.read(f"{FOLDER}/thresholds.yaml")
    canary = repository.read(f"{FOLDER}/canary.yaml")
    assert [line.strip() for line in canary.split("\n") if "weight" in line] == [
        "- {weight: 2, hold: 9d}",
        "- {weight: 5, hold: 9d}",
        "- {weight: 20, hold: 9d}",
        "- {weight: 50, hold: 9d}",
    ]
    assert "deadline: 18d" in canary
    assert "deployment_records: 7y" in repository.read(f"{FOLDER}/retention.yaml")
    assert repository.modelward("validate", FOLDER).code == 0


def test_a_dry_run_shows_every_line_and_writes_nothing(repository: Repository) -> None:
    shown = repository.modelward("model", "new", "churn", "--dry-run")
    assert shown.code == 0
    assert repository.git("status", "--porcelain") == ""
    repository.modelward("model", "new", "churn")
    for name, _ in MODEL_SPECS:
        for line in repository.read(f"{FOLDER}/{name}.yaml").splitlines():
            assert f"\n+{line}\n" in shown.out


def test_a_branch_holds_one_commit_with_the_five_specs(repository: Repository) -> None:
    assert repository.modelward("model", "new", "churn", "--branch", "add-churn").code == 0
    assert repository.git("log", "--format=%s", "main..") == "Add the model churn"
    changed = repository.git("diff", "--name-only", "main")
    assert changed.splitlines() == sorted(f"{FOLDER}/{name}.yaml" for name, _ in MODEL_SPECS)
    assert repository.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Churn",), "is no name of a model"),
        (("a_b",), "is no name of a model"),
        (("a" * 64,), "is no name of a model"),
        (("signoffs",), "where records stand"),
        (("credit-risk",), "there is a model `credit-risk` already"),
        (("credit-rlsk",), "easily taken for the model `credit-risk`"),
        (("creditrisk",), "easily taken for the model `credit-risk`"),
        (("churn", "--registered-model", "Credit-Risk"), "taken for the model `credit-risk`"),
        (("churn", "--registered-model", "a/b"), "must be a registry's name"),
        (("churn", "--range", "0", "1"), "only a number has a --range"),
        (("churn", "--task", "regression", "--range", "2", "1"), "the range is empty"),
        (("churn", "--task", "regression", "--range", "nan", "1"), "the range is empty"),
        (("churn", "--task", "regression", "--range", "0", "inf"), "would be no spec"),
        (("churn", "--team", "retention"), "--team and --contact belong together"),
        (("churn", "--compliance", "none", "--compliance", "bsa"), "leaves no place for a regime"),
        (("churn", "--compliance", "BSA"), "`compliance` must be lower-case"),
        (("churn", "--feature", "AGE:number"), "the kinds are numeric, categorical"),
        (("churn", "--feature", "AGE OF CLIENT"), "must be letters, digits and `_`"),
        (("churn", "--label", "LEFT", "--label-delay", "soon"), "must be a number and one of s, m, h, d, w"),
        (("churn", "--role", "ml-engineer"), "names no holder"),
        (("churn", "--role", "ml-enginer=engineer-1"), "did you mean `ml-engineer`?"),
        (("churn", "--role", "ml-engineer=enginer-1"), "did you mean `engineer-1`?"),
        (("churn", "--role", "team-lead=team:risk-lead"), "did you mean `risk-leads`?"),
        (("churn", "--role", "bsa-officer=officer-1"), "given by policies/people.yaml alone"),
        (("churn", "--tier", "enormous"), "'low', 'medium', 'high'"),
        (("churn", "--summary", ""), "there is no text in it"),
        (("churn", "--summary", "x" * 4001), "over the limit of 4000"),
        (("churn", "--sponsor", "a\u202eb"), "U+202E"),
    ],
)
def test_wrong_arguments_are_exit_2_with_what_would_be_right(
    repository: Repository, arguments: tuple[str, ...], said: str
) -> None:
    ended = repository.modelward("model", "new", *arguments)
    assert ended.code == 2, ended
    assert said in ended.err
    assert repository.git("status", "--porcelain") == ""


def test_t51_a_name_that_git_remembers_is_never_given_again(repository: Repository) -> None:
    repository.modelward("model", "new", "churn")
    repository.commit("Add churn")
    repository.remove(FOLDER)
    repository.commit("Lose churn")
    ended = repository.modelward("model", "new", "churn")
    assert ended.code == 2
    assert "has been a model before" in ended.err


def test_t52_a_name_like_another_s_name_in_the_registry_is_refused(repository: Repository) -> None:
    for written in ("Card_Default", '"card default"'):
        text = repository.read("models/credit-risk/manifest.yaml")
        line = next(line for line in text.splitlines() if line.startswith("registered_model: "))
        repository.replace("models/credit-risk/manifest.yaml", line, f"registered_model: {written}")
        for arguments in (("card-defau1t",), ("churn", "--registered-model", "CARD.DEFAULT")):
            ended = repository.modelward("model", "new", *arguments)
            assert ended.code == 2
            assert "easily taken for the registered model `" in ended.err


def test_nothing_is_written_through_a_link_that_leads_out(repository: Repository, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repository.root / FOLDER).symlink_to(outside)
    ended = repository.modelward("model", "new", "churn")
    assert ended.code != 0
    assert list(outside.iterdir()) == []


def test_a_folder_that_cannot_be_written_leaves_no_half_of_a_model(repository: Repository) -> None:
    repository.write(f"{FOLDER}/thresholds.yaml/in-the-way", "x")
    ended = repository.modelward("model", "new", "churn")
    assert ended.code != 0
    assert repository.git("status", "--porcelain", "--untracked-files=all") == f"?? {FOLDER}/thresholds.yaml/in-the-way"


def test_options_of_a_group_can_be_given_as_variables(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWARD_MODEL_NEW_ON_CALL", "ml-ops-oncall")
    assert "+on_call: ml-ops-oncall" in repository.modelward("model", "new", "churn", "--dry-run").out


def test_a_mistyped_verb_of_a_group_is_exit_2_with_the_nearest(repository: Repository) -> None:
    ended = repository.modelward("model", "retired", "churn")
    assert ended.code == 2
    assert "there is no verb `model retired`. Did you mean `retire`?" in ended.err


def test_a_retired_model_says_when_and_why_and_deploys_nothing(repository: Repository) -> None:
    before = repository.read("models/credit-risk/manifest.yaml")
    ended = repository.modelward("model", "retire", "credit-risk", "--reason", "Replaced by credit-risk-2: better")
    assert ended.code == 0
    assert "staging will serve nothing of credit-risk" in ended.out
    after = repository.read("models/credit-risk/manifest.yaml")
    kept, _, rest = after.partition("deployments: {}\nretired: {at: ")
    assert before.startswith(kept)
    assert rest.endswith('Z", reason: "Replaced by credit-risk-2: better"}\n')
    assert repository.modelward("validate").code == 0
    assert repository.git("status", "--porcelain") == "M models/credit-risk/manifest.yaml"


def test_a_retired_model_loses_its_pointers_and_keeps_its_versions(repository: Repository, registry: Path) -> None:
    assert registry.is_dir()
    assert repository.modelward("apply", "--yes", "--adopt", "--model", "credit-risk").code == 0
    repository.modelward("model", "retire", "credit-risk", "--reason", "Replaced", "--branch", "retire")
    ended = repository.modelward("apply", "--yes", "--model", "credit-risk")
    assert ended.code == 0, ended
    assert "the model is retired" in ended.out
    planned = repository.modelward("plan", "--model", "credit-risk", "--exit-code")
    assert planned.code == 0, planned


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("credit-rik", "--reason", "x"), "did you mean `credit-risk`?"),
        (("credit-risk",), "Missing option '--reason'"),
        (("credit-risk", "--reason", " "), "there is no text in it"),
    ],
)
def test_a_model_is_retired_by_its_name_and_for_a_reason(
    repository: Repository, arguments: tuple[str, ...], said: str
) -> None:
    ended = repository.modelward("model", "retire", *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_a_model_is_retired_once(repository: Repository) -> None:
    repository.modelward("model", "retire", "credit-risk", "--reason", "Replaced")
    ended = repository.modelward("model", "retire", "credit-risk", "--reason", "Again")
    assert ended.code == 2
    assert "was retired at" in ended.err
