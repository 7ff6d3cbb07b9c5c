"""`evidence collect`, on a real MLflow server, with models whose code the tests write."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from laboratory import FOLDER, MODEL, TRAINING_FILES, TRAINING_TAGS, Laboratory, answering, rows, scoring
from modelward.evidence.rows import read_rows
from modelward.statistics.histograms import NumericBins
from modelward.tree.digest import digest_of
from repository import PROJECT

RELEASE = f"{FOLDER}/releases/1.0.0"
RECORD = f"{RELEASE}/release.yaml"
TWICE = {"features": ["limit", "limit"]}


def pins(laboratory: Laboratory, release: str = "1.0.0") -> list[tuple[str, str]]:
    """The pinned documents, whose digests are compared with their bytes."""
    record = laboratory.repository.read(f"{FOLDER}/releases/{release}/release.yaml")
    found = re.findall(r"kind: (\w+), path: ([\w.-]+), digest: \"(sha256:\w+)\"", record)
    for _, path, digest in found:
        assert digest_of((laboratory.repository.root / FOLDER / "releases" / release / path).read_bytes()) == digest
    return [(kind, path) for kind, path, _ in found]


def without_time(document: Any) -> Any:
    """A document but for when it was made and how fast the machine was."""
    copied = json.loads(json.dumps(document))
    copied["produced"].pop("at")
    for measured in copied["content"].get("measurements", ()):
        if measured["metric"] == "latency_p95":
            measured.pop("value")
    return copied


def untouched(laboratory: Laboratory) -> bool:
    """Whether the release has nothing but its record, which pins nothing."""
    folder = laboratory.repository.root / RELEASE
    return [path.name for path in folder.iterdir()] == ["release.yaml"] and pins(laboratory) == []


def test_a7_a_release_is_measured_pinned_and_passes_the_rules_of_evidence(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    ended = laboratory.collect("1.0.0", "--id", "client")
    assert ended.code == 0, ended.err
    assert pins(laboratory) == [(kind, f"{kind}.json") for kind in ("metrics", "bias", "validation", "baseline")]
    assert "no backtest: there is no champion to compare with" in ended.out
    assert "no training: " in ended.out
    judged = laboratory.repository.modelward("validate", "--format", "json").json
    assert [found for found in judged["findings"] if found["rule"].startswith("evidence-")] == []


def test_a_document_speaks_of_the_release_its_artifact_and_the_data(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    assert laboratory.collect("1.0.0", "--kind", "metrics", "--id", "client").code == 0
    document = laboratory.evidence("1.0.0", "metrics")
    record = laboratory.repository.read(RECORD)
    assert document["subject"]["artifact"] in record
    assert document["subject"]["datasets"] == [digest_of(laboratory.data.read_bytes())]
    assert (document["subject"]["model"], document["subject"]["release"]) == (MODEL, "1.0.0")
    assert document["produced"]["by"] == "engineer-1"
    content = document["content"]
    (measured,) = content["measurements"]
    clients = rows()
    assert measured["value"] == pytest.approx(roc_auc_score(clients["defaulted"], clients["late_payments"]))
    assert (measured["metric"], measured["samples"], content["rows"]["count"]) == ("auc_roc", 600, 600)
    assert content["rows"] == read_rows(laboratory.data).ids("client").model_dump()
    assert content["resampling"]["draws"] == 200


def test_a5_groups_are_compared_with_their_sizes_and_intervals(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    assert laboratory.collect("1.0.0", "--kind", "bias").code == 0
    content = laboratory.evidence("1.0.0", "bias")["content"]
    clients = rows()
    (measured,) = content["measurements"]
    young = clients["age_group"] == "young"
    called = clients["late_payments"] >= 2
    assert measured["value"] == pytest.approx(abs(called[young].mean() - called[~young].mean()))
    assert (measured["slice"], measured["samples"]) == ("age_group", int(young.sum()))
    assert [(group["group"], group["samples"]) for group in content["groups"]] == [
        ("old", int((~young).sum())),
        ("young", int(young.sum())),
    ]
    (rate,) = content["groups"][1]["measurements"]
    assert rate["value"] == pytest.approx(called[young].mean())
    assert rate["interval"]["method"] == "Wilson score"


def test_c6_e4_the_champion_is_scored_on_the_same_rows(laboratory: Laboratory) -> None:
    noise = "late = rows['late_payments'].to_numpy()\nreturn 1 / (1 + np.exp(2.0 - late * (rows['limit'] % 3000 > 0)))"
    laboratory.add("1.0.0", answering(noise))
    laboratory.add("1.1.0", scoring())
    laboratory.deploy("1.0.0")
    assert laboratory.collect("1.1.0", "--kind", "backtest", "--id", "client").code == 0
    assert pins(laboratory, "1.1.0") == [("backtest", "backtest.json")]
    assert 'versus: "1.0.0"' in laboratory.repository.read(f"{FOLDER}/releases/1.1.0/release.yaml")
    content = laboratory.evidence("1.1.0", "backtest")["content"]
    assert content["champion"]["release"] == "1.0.0"
    assert content["champion"]["artifact"] in laboratory.repository.read(RECORD)
    assert content["rows"]["count"] == 600
    auc, parity = content["comparisons"]
    clients = rows()
    weaker = clients["late_payments"] * (clients["limit"] % 3000 > 0)
    assert auc["challenger"] == pytest.approx(roc_auc_score(clients["defaulted"], clients["late_payments"]))
    assert auc["champion"] == pytest.approx(roc_auc_score(clients["defaulted"], weaker))
    assert auc["difference"] == pytest.approx(auc["challenger"] - auc["champion"])
    assert auc["interval"]["low"] > 0
    assert (auc["interval"]["confidence"], auc["interval"]["draws"]) == (0.9, 200)
    assert "one-sided 5 % bound" in auc["interval"]["method"]
    assert (parity["metric"], parity["slice"]) == ("demographic_parity_difference", "age_group")


def test_the_champion_is_named_or_none_and_never_the_release_itself(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    laboratory.add("1.1.0", scoring(3.0))
    laboratory.deploy("1.1.0")
    named = laboratory.collect("1.1.0", "--kind", "backtest", "--champion", "1.0.0", "--dry-run")
    assert named.code == 0, named.err
    assert "dry run" in named.out
    assert "1.1.0/backtest.json" in named.out
    for options, said in (
        (("--champion", "1.1.0"), "no champion of itself"),
        (("--champion", "9.0.0"), "no release 9.0.0"),
        ((), "there is no champion to compare with"),
        (("--champion", "none"), "there is no champion to compare with"),
    ):
        refused = laboratory.collect("1.1.0", "--kind", "backtest", *options)
        assert refused.code in (2, 3)
        assert said in refused.err


def test_c4_the_baseline_is_taken_from_the_reference(laboratory: Laboratory, tmp_path: Path) -> None:
    laboratory.add("1.0.0", scoring())
    before = rows(400, seed=9)
    before.loc[:9, "limit"] = np.nan
    before.to_csv(tmp_path / "before.csv", index=False)
    laboratory.add("1.0.0", answering("return 1 / (1 + np.exp(2.0 - rows['late_payments']))"))
    ended = laboratory.collect("1.0.0", "--kind", "baseline", "--reference", str(tmp_path / "before.csv"))
    assert ended.code == 0, ended.err
    document = laboratory.evidence("1.0.0", "baseline")
    digest = digest_of((tmp_path / "before.csv").read_bytes())
    assert document["subject"]["datasets"] == [digest]
    assert f'role: validation, digest: "{digest}"' in laboratory.repository.read(RECORD)
    limit, late = document["content"]["features"]
    bins = NumericBins.quantiles(before["limit"].to_numpy(np.float64))
    assert limit["edges"] == list(bins.edges)
    assert limit["bins"] == list(bins.count(before["limit"].to_numpy(np.float64)).bins)
    assert (limit["missing"], late["missing"]) == (10, 0)
    (score,) = document["content"]["outputs"]
    assert (score["name"], sum(score["bins"])) == ("default_probability", 400)
    (reference,) = document["content"]["reference"]
    assert reference["value"] == pytest.approx(roc_auc_score(before["defaulted"], before["late_payments"]))


def test_the_same_seed_data_and_artifact_give_the_same_documents(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    assert laboratory.collect("1.0.0").code == 0
    assert laboratory.collect("1.0.0").code == 0
    kinds = ("metrics", "bias", "validation", "baseline")
    assert pins(laboratory)[4:] == [(kind, f"{kind}-2.json") for kind in kinds]
    for kind in kinds:
        first, second = laboratory.evidence("1.0.0", kind), laboratory.evidence("1.0.0", f"{kind}-2")
        assert json.dumps(without_time(first)) == json.dumps(without_time(second))
    assert laboratory.collect("1.0.0", "--kind", "metrics", "--seed", "1").code == 0
    third = laboratory.evidence("1.0.0", "metrics-3")
    assert third["content"]["resampling"]["seed"] == 1
    assert third["content"]["measurements"][0]["interval"] != first["content"].get("interval")
    first = laboratory.evidence("1.0.0", "metrics")
    assert third["content"]["measurements"][0]["value"] == first["content"]["measurements"][0]["value"]
    assert third["content"]["measurements"][0]["interval"] != first["content"]["measurements"][0]["interval"]


def test_t71_an_artifact_that_is_not_the_pinned_one_is_not_loaded(laboratory: Laboratory, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    laboratory.add("1.0.0", scoring())
    client = MlflowClient(tracking_uri=laboratory.uri, registry_uri=laboratory.uri)
    run_id = client.get_model_version(laboratory.registered, "1").run_id
    assert run_id is not None
    poisoned = tmp_path / "poisoned.py"
    poisoned.write_text(answering("return rows['limit'] * 0.0", before="import os\nos._exit(77)"))
    client.log_artifact(run_id, str(poisoned), "model/code")
    (module,) = (
        path
        for path in client.list_artifacts(run_id, "model/code")
        if path.path.endswith(".py") and "poisoned" not in path.path
    )
    poisoned.rename(tmp_path / Path(module.path).name)
    client.log_artifact(run_id, str(tmp_path / Path(module.path).name), "model/code")
    ended = laboratory.collect("1.0.0")
    assert ended.code == 1
    assert re.search(r"version 1 of .* is sha256:\w{64}, and release 1.0.0 pins sha256:\w{64}", ended.err)
    assert "it was not loaded" in ended.err
    assert "ended with 77" not in ended.err
    assert untouched(laboratory)


def test_e3_a_release_that_answers_no_numbers_is_validated_and_not_measured(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", answering("return np.where(rows['late_payments'] > 1, np.nan, 0.5)"))
    ended = laboratory.collect("1.0.0")
    assert ended.code == 1
    assert "release 1.0.0 does not work" in ended.err
    assert "scores are not finite" in ended.err
    assert pins(laboratory) == [("validation", "validation.json")]
    checks = {
        check["check"]: check["verdict"] for check in laboratory.evidence("1.0.0", "validation")["content"]["checks"]
    }
    assert checks == {"loads": "pass", "finite": "fail", "in-range": "fail"}


def test_e3_a_release_that_cannot_be_loaded_is_validated_as_that(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", answering("return rows", before="import no_such_library"))
    ended = laboratory.collect("1.0.0")
    assert ended.code == 1
    assert pins(laboratory) == [("validation", "validation.json")]
    loads = laboratory.evidence("1.0.0", "validation")["content"]["checks"][0]
    assert (loads["check"], loads["verdict"]) == ("loads", "fail")
    assert "ModuleNotFoundError: No module named 'no_such_library'" in loads["detail"]


@pytest.mark.parametrize(
    ("source", "seconds", "said"),
    [
        (
            answering("import os\nprint('last words', flush=True)\nos._exit(9)"),
            "300",
            r"release 1.0.0 ended with 9 .*last words",
        ),
        (answering("import time\ntime.sleep(600)"), "5", r"release 1.0.0 was stopped after 5 s"),
    ],
    ids=["crash", "hang"],
)
def test_a_model_that_takes_its_process_down_is_exit_3_and_leaves_nothing(
    laboratory: Laboratory, source: str, seconds: str, said: str
) -> None:
    laboratory.add("1.0.0", source)
    ended = laboratory.collect("1.0.0", "--timeout", seconds)
    assert ended.code == 3
    assert re.search(said, ended.err)
    assert untouched(laboratory)


def test_a_model_that_answers_too_few_rows_is_told_so(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", answering("return np.zeros(len(rows) - 1)"))
    ended = laboratory.collect("1.0.0", "--kind", "metrics")
    assert ended.code == 3
    assert "answers 600 rows with the shape (599,)" in ended.err
    assert untouched(laboratory)


def test_too_few_rows_are_refused_before_anything_is_fetched(
    laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laboratory.add("1.0.0", scoring())
    rows(99).to_csv(tmp_path / "few.csv", index=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    ended = laboratory.collect("1.0.0", "--data", str(tmp_path / "few.csv"))
    assert ended.code == 3
    assert "99 rows to validate with" in ended.err


def test_a_registry_that_is_away_is_exit_3_and_is_named(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    laboratory.add("1.0.0", scoring())
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    ended = laboratory.collect("1.0.0")
    assert ended.code == 3
    assert "registry http://127.0.0.1:9 cannot" in ended.err
    assert untouched(laboratory)


def test_c12_only_declared_metrics_are_measured_and_an_unknown_one_is_refused_with_the_list(
    laboratory: Laboratory,
) -> None:
    laboratory.add("1.0.0", scoring())
    thresholds = f"{FOLDER}/thresholds.yaml"
    laboratory.repository.replace(
        thresholds, "metrics:\n", "metrics:\n  f2: {better: higher, unit: ratio, computed: builtin}\n"
    )
    ended = laboratory.collect("1.0.0")
    assert ended.code == 2
    assert "`f2` is no built-in metric of the task binary" in ended.err
    assert "accuracy, auc_roc, average_precision, brier" in ended.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--slice", "region"), "no column `region`"),
        (("--id", "number"), "no column `number`"),
        (("--id", "age_group"), "does not name each row once"),
        (("--kind", "training"), "does not record all of its training: `trained_at` is missing"),
        (("--kind", "backtest"), "no backtest can be made: there is no champion to compare with"),
        (("--data", "nothing.csv"), "cannot read"),
        (("--reported", "nothing.json"), "cannot read"),
        (("--registry", "other"), "`other` is no registry"),
        (("--draws", "5"), "Invalid value for '--draws'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    laboratory: Laboratory, options: tuple[str, ...], said: str
) -> None:
    laboratory.add("1.0.0", scoring())
    ended = laboratory.collect("1.0.0", *options)
    assert ended.code in (2, 3)
    assert said in ended.err
    assert untouched(laboratory)


def test_d3_a_dry_run_shows_everything_and_writes_nothing(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    ended = laboratory.collect("1.0.0", "--kind", "metrics", "--dry-run")
    assert ended.code == 0
    assert "auc_roc" in ended.out
    assert "+  - {kind: metrics, path: metrics.json" in ended.out
    assert "dry run: nothing was written" in ended.out
    assert untouched(laboratory)


def test_nothing_is_written_when_one_document_cannot_be(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    laboratory.repository.write(f"{RELEASE}/validation.json/in-the-way", "")
    ended = laboratory.collect("1.0.0", "--kind", "metrics", "--kind", "validation")
    assert ended.code == 1
    assert not (laboratory.repository.root / RELEASE / "metrics.json").exists()
    assert pins(laboratory) == []


def test_data_that_the_record_does_not_name_is_added_to_a_release_that_is_not_merged(
    laboratory: Laboratory, tmp_path: Path
) -> None:
    laboratory.add("1.0.0", scoring())
    rows(300, seed=8).to_csv(tmp_path / "later.csv", index=False)
    assert laboratory.collect("1.0.0", "--kind", "metrics", "--data", str(tmp_path / "later.csv")).code == 0
    digest = digest_of((tmp_path / "later.csv").read_bytes())
    assert f'- {{role: holdout, digest: "{digest}"}}' in laboratory.repository.read(RECORD)


def test_data_that_the_record_of_a_merged_release_does_not_name_is_refused(
    laboratory: Laboratory, tmp_path: Path
) -> None:
    laboratory.add("1.0.0", scoring())
    commit = laboratory.repository.commit("Add a release")
    laboratory.repository.git("update-ref", "refs/remotes/origin/main", commit)
    rows(300, seed=8).to_csv(tmp_path / "later.csv", index=False)
    ended = laboratory.collect("1.0.0", "--kind", "metrics", "--data", str(tmp_path / "later.csv"))
    assert ended.code == 1
    digest = digest_of((tmp_path / "later.csv").read_bytes())
    assert f'is merged, and its record does not name the data: {{role: holdout, digest: "{digest}"}}' in ended.err
    assert untouched(laboratory)
    assert laboratory.collect("1.0.0", "--kind", "metrics").code == 0


def test_e2_what_the_training_run_recorded_becomes_evidence(laboratory: Laboratory) -> None:
    params = {"C": "0.1", "max_iter": "2000", "model": "logistic_regression", "balanced": "True", "seed": "007"}
    laboratory.add("1.0.0", scoring(), TRAINING_TAGS, TRAINING_FILES, params)
    ended = laboratory.collect("1.0.0", "--kind", "training")
    assert ended.code == 0, ended.err
    document = laboratory.evidence("1.0.0", "training")
    content = document["content"]
    assert content["hyperparameters"] == {
        "C": 0.1,
        "max_iter": 2000,
        "model": "logistic_regression",
        "balanced": True,
        "seed": "007",
    }
    assert content["features"] == ["limit", "late_payments"]
    assert (content["trained_at"], content["python"]) == ("2026-10-05T09:00:00Z", "3.11.7")
    assert content["datasets"] == [
        {"role": "training", "digest": TRAINING_TAGS["dataset.training"], "snapshot": "clients-2026-10"}
    ]
    assert content["report"] == TRAINING_FILES["classification_report.json"]
    assert content["comparison_with_rules"] == TRAINING_FILES["comparison_with_rules.json"]
    assert document["subject"]["datasets"] == [TRAINING_TAGS["dataset.training"]]
    assert "role: training" in laboratory.repository.read(RECORD)


def test_a_training_record_that_nobody_asked_for_is_left_out_where_it_does_not_fit_its_schema(
    laboratory: Laboratory,
) -> None:
    laboratory.add("1.0.0", scoring(), {**TRAINING_TAGS, "code": "main"}, {**TRAINING_FILES, "features.json": TWICE})
    ended = laboratory.collect("1.0.0")
    assert ended.code == 0, ended.err
    assert "no training: training does not fit its schema: content.code: 'main' does not match" in ended.out
    assert "; content.features: ['limit', 'limit'] has non-unique elements" in ended.out
    assert "= help: correct what is said, or policies/schemas/evidence/training.schema.json" in ended.out
    assert "training" not in dict(pins(laboratory))


@pytest.mark.parametrize(
    ("lacking", "field"),
    [
        ("features.json", "features"),
        ("classification_report.json", "report"),
        ("comparison_with_rules.json", "comparison_with_rules"),
        ("dataset.training", "datasets"),
        ("trained_at", "trained_at"),
        ("code", "code"),
        ("python", "python"),
    ],
)
def test_e2_what_a_run_does_not_record_is_named(laboratory: Laboratory, lacking: str, field: str) -> None:
    tags = {name: value for name, value in TRAINING_TAGS.items() if name != lacking}
    files = {name: document for name, document in TRAINING_FILES.items() if name != lacking}
    laboratory.add("1.0.0", scoring(), tags, files)
    ended = laboratory.collect("1.0.0", "--kind", "training")
    assert ended.code == 3
    assert f"does not record all of its training: `{field}` is missing\n" in ended.err
    assert re.search(f"= help: have the run log .*{re.escape(lacking)}", ended.err)
    assert untouched(laboratory)


def test_e2_all_that_a_run_does_not_record_is_named_at_once_with_what_it_has_to_log(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    ended = laboratory.collect("1.0.0")
    assert ended.code == 0, ended.err
    fields = ("trained_at", "code", "python", "datasets", "features", "report", "comparison_with_rules")
    assert f"its training: {'; '.join(f'`{field}` is missing' for field in fields)}\n" in ended.out
    assert (
        "= help: have the run log the tag `trained_at`, the tag `code`, the tag `python`, the tag `dataset.training`,"
        " features.json, classification_report.json or regression_report.json, comparison_with_rules.json, which"
    ) in ended.out


def test_e2_what_is_wrong_in_a_file_of_the_run_is_named_with_the_file(laboratory: Laboratory) -> None:
    files = {**TRAINING_FILES, "classification_report.json": {"0": {"recall": 0.8}, "samples": 600}}
    laboratory.add("1.0.0", scoring(), TRAINING_TAGS, files)
    ended = laboratory.collect("1.0.0", "--kind", "training")
    assert ended.code == 3
    report = "classification_report.json or regression_report.json"
    assert f"its training: {report}: `scores` is missing; {report}: unknown key `0`\n" in ended.err
    assert "= help: correct what the run logged" in ended.err


def test_e2_a_run_that_logs_what_the_page_has_it_log_becomes_evidence(laboratory: Laboratory, tmp_path: Path) -> None:
    import mlflow

    page = (PROJECT / "docs/ml-engineer.md").read_text()
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "training.csv").write_text("TENURE,COMPLAINTS,LEFT\n1,2,0\n")
    names = {"data": tmp_path / "training.csv", "commit": TRAINING_TAGS["code"]}
    exec(example, names)  # noqa: S102 - the page is ours
    run = mlflow.last_active_run()
    assert run is not None
    files = {name: mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/{name}") for name in TRAINING_FILES}
    laboratory.add("1.0.0", scoring(), run.data.tags, files, run.data.params)
    ended = laboratory.collect("1.0.0", "--kind", "training")
    assert ended.code == 0, ended.err
    content = laboratory.evidence("1.0.0", "training")["content"]
    assert content["features"] == ["TENURE", "COMPLAINTS"]
    assert content["datasets"][0]["digest"] == digest_of((tmp_path / "training.csv").read_bytes())


def test_reported_metrics_are_taken_as_another_tool_gives_them(laboratory: Laboratory, tmp_path: Path) -> None:
    laboratory.add("1.0.0", scoring())
    thresholds = f"{FOLDER}/thresholds.yaml"
    declared = "metrics:\n  gini: {better: higher, unit: ratio, computed: reported}\n"
    laboratory.repository.replace(thresholds, "metrics:\n", declared)
    measured = {"metric": "gini", "value": 0.5, "samples": 600, "unit": "ratio"}
    (tmp_path / "gini.json").write_text(json.dumps({"measurements": [measured]}))
    ended = laboratory.collect("1.0.0", "--kind", "metrics", "--reported", str(tmp_path / "gini.json"))
    assert ended.code == 0, ended.err
    assert pins(laboratory) == [("metrics", "metrics.json"), ("reported", "reported.json")]
    assert laboratory.evidence("1.0.0", "reported")["content"] == {"measurements": [measured]}
    (tmp_path / "auc.json").write_text(json.dumps({"measurements": [{**measured, "metric": "auc_roc"}]}))
    refused = laboratory.collect("1.0.0", "--reported", str(tmp_path / "auc.json"))
    assert refused.code == 2
    assert "`auc_roc` is computed here, not reported" in refused.err


def test_json_says_what_was_pinned_and_what_was_left_out(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    said = laboratory.collect("1.0.0", "--format", "json").json
    assert said["schema"] == "evidence-collect/v1"
    assert [each["kind"] for each in said["evidence"]] == ["metrics", "bias", "validation", "baseline"]
    assert set(said["left_out"]) == {"backtest", "training"}
    assert said["written"]


def test_who_collects_is_found_by_the_mail_address_of_git(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    laboratory.repository.git("config", "user.email", "engineer-2@example.org")
    collect = ("evidence", "collect", MODEL, "1.0.0", "--data", str(laboratory.data), "--kind", "metrics")
    assert laboratory.repository.modelward(*collect).code == 0
    assert laboratory.evidence("1.0.0", "metrics")["produced"]["by"] == "engineer-2"
    laboratory.repository.git("config", "user.email", "stranger@example.org")
    refused = laboratory.repository.modelward(*collect)
    assert refused.code == 2
    assert "knows nobody by git's `user.email` stranger@example.org" in refused.err


def of_task(laboratory: Laboratory, task: str, output: str, metrics: str, data: pd.DataFrame) -> None:
    """Let the model be of another task, measured by other metrics, on other rows."""
    manifest, thresholds = f"{FOLDER}/manifest.yaml", f"{FOLDER}/thresholds.yaml"
    laboratory.repository.replace(manifest, "task: binary", f"task: {task}")
    text = laboratory.repository.read(manifest)
    laboratory.repository.write(manifest, re.sub(r"outputs:\n.*\n", f"outputs: [{output}]\n", text))
    text = laboratory.repository.read(thresholds)
    head = f"schema: thresholds/v1\nmetrics: {{{metrics}}}\nmin_samples: 300\ngates: []\n"
    laboratory.repository.write(thresholds, head + text[text.index("triggers:") :])
    data.to_csv(laboratory.data, index=False)


def test_a_regression_is_measured(laboratory: Laboratory) -> None:
    declared = ", ".join(
        f"{name}: {{better: lower, unit: min, computed: builtin}}"
        for name in ("mae", "r2", "within_1", "mae_difference")
    )
    of_task(laboratory, "regression", "{name: minutes, kind: number, range: [0, 60]}", declared, rows())
    laboratory.add("1.0.0", answering("return rows['late_payments'] * 0.3"))
    ended = laboratory.collect("1.0.0", "--slice", "age_group")
    assert ended.code == 0, ended.err
    clients = rows()
    miss = (clients["late_payments"] * 0.3 - clients["defaulted"]).abs()
    measured = {each["metric"]: each for each in laboratory.evidence("1.0.0", "metrics")["content"]["measurements"]}
    assert measured["mae"]["value"] == pytest.approx(miss.mean())
    assert measured["within_1"]["value"] == pytest.approx((miss <= 1).mean())
    assert measured["mae"]["unit"] == "min"
    (between,) = laboratory.evidence("1.0.0", "bias")["content"]["measurements"]
    by_group = miss.groupby(clients["age_group"]).mean()
    assert between["value"] == pytest.approx(by_group.max() - by_group.min())
    assert laboratory.verify("1.0.0").code == 0


def test_several_classes_are_measured(laboratory: Laboratory) -> None:
    declared = ", ".join(
        f"{name}: {{better: higher, unit: ratio, computed: builtin}}" for name in ("accuracy", "macro_auc", "log_loss")
    )
    clients = rows()
    clients["defaulted"] = np.where(
        clients["late_payments"] > 2, "often", np.where(clients["limit"] > 9000, "no", "once")
    )
    of_task(laboratory, "multiclass", "{name: behaviour, kind: probability}", declared, clients)
    body = """
    often = np.where(rows["late_payments"] > 2, 0.7, 0.1)
    no = np.where(rows["limit"] > 20000, 0.8, 0.3) * (1 - often)
    return pd.DataFrame({"often": often, "once": 1 - often - no, "no": no})
    """
    laboratory.add("1.0.0", answering(body))
    ended = laboratory.collect("1.0.0")
    assert ended.code == 0, ended.err
    measured = {each["metric"]: each for each in laboratory.evidence("1.0.0", "metrics")["content"]["measurements"]}
    assert set(measured) == {"accuracy", "macro_auc", "log_loss"}
    assert 0.5 < measured["accuracy"]["value"] < 1
    histograms = laboratory.evidence("1.0.0", "baseline")["content"]["outputs"]
    assert [each["name"] for each in histograms] == ["behaviour of no", "behaviour of often", "behaviour of once"]
    assert laboratory.verify("1.0.0").code == 0


def test_a_task_without_measures_is_still_validated_and_takes_reported_metrics(
    laboratory: Laboratory, tmp_path: Path
) -> None:
    declared = (
        "bleu: {better: higher, unit: ratio, computed: reported}, "
        "latency_p95: {better: lower, unit: ms, computed: builtin}"
    )
    of_task(laboratory, "generation", "{name: answer, kind: text}", declared, rows())
    laboratory.add("1.0.0", answering("return ['a kind word'] * len(rows)"))
    (tmp_path / "bleu.json").write_text(
        '{"measurements": [{"metric": "bleu", "value": 0.4, "samples": 600, "unit": "ratio"}]}'
    )
    ended = laboratory.collect("1.0.0", "--reported", str(tmp_path / "bleu.json"), "--kind", "validation")
    assert ended.code == 0, ended.err
    assert pins(laboratory) == [("validation", "validation.json"), ("reported", "reported.json")]
    checks = laboratory.evidence("1.0.0", "validation")["content"]["checks"]
    assert {check["verdict"] for check in checks} == {"pass"}
