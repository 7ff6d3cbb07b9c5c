"""`evidence verify`: what was measured is found again, or the place where it differs is named; and it is signed."""

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from laboratory import FOLDER, MODEL, TRAINING_FILES, TRAINING_TAGS, Laboratory, answering, rows, scoring
from modelward.tree.digest import digest_of
from repository import Ended, Repository

RELEASE = f"{FOLDER}/releases/1.0.0"
PEOPLE = "policies/people.yaml"


@pytest.fixture(scope="module")
def prepared(http_sqlite: str, tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """A release with metrics, bias and a validation, collected once."""
    folder = tmp_path_factory.mktemp("prepared")
    repository = Repository.of_example(folder / "repository")
    repository.commit("Start")
    laboratory = Laboratory(repository, http_sqlite, folder)
    laboratory.add("1.0.0", scoring())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", http_sqlite)
        kinds = ("--kind", "metrics", "--kind", "bias", "--kind", "validation")
        ended = laboratory.collect("1.0.0", *kinds, "--id", "client")
    assert ended.code == 0, ended.err
    return laboratory


@pytest.fixture
def collected(prepared: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    """The prepared release in a repository of its own."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", prepared.uri)
    shutil.copytree(prepared.repository.root, tmp_path / "repository")
    copied = copy.copy(prepared)
    copied.repository, copied.folder = Repository(tmp_path / "repository"), tmp_path
    return copied


def edit(laboratory: Laboratory, kind: str, change: tuple[str, str], *, pin: bool = True) -> None:
    """Replace the first of a text in a document and, like whoever wants to hide it, its digest in the record."""
    path = f"{RELEASE}/{kind}.json"
    before = laboratory.repository.read(path)
    assert change[0] in before
    after = before.replace(*change, 1)
    laboratory.repository.write(path, after)
    if pin:
        laboratory.repository.replace(f"{RELEASE}/release.yaml", digest_of(before.encode()), digest_of(after.encode()))


def line_of(laboratory: Laboratory, kind: str, text: str) -> int:
    """The first line of a document that holds a text."""
    lines = laboratory.repository.read(f"{RELEASE}/{kind}.json").split("\n")
    return next(number for number, line in enumerate(lines, 1) if text in line)


def key_of(laboratory: Laboratory, person: str) -> Path:
    """A new key of a person, who is on record with it."""
    key = laboratory.folder / person
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_text().strip()
    entry = f'{{key: "{public}", valid_from: "2026-01-01T00:00:00Z", valid_until: "2099-01-01T00:00:00Z"}}'
    laboratory.repository.replace(PEOPLE, f"[{person}@example.org]", f"[{person}@example.org], keys: [{entry}]")
    return key


def sign(laboratory: Laboratory, person: str, key: Path, *options: str) -> Ended:
    return laboratory.verify("1.0.0", "--sign", "--as", person, "--key", str(key), *options)


def test_a6_what_was_measured_is_found_again(collected: Laboratory) -> None:
    ended = collected.verify("1.0.0")
    assert ended.code == 0, ended.out + ended.err
    assert ended.out.count("the same again") == 3
    assert "3 documents, 3 computed again: all that counts was found again" in ended.out
    assert ended.out.count("not signed") == 3


def test_t88_a_number_that_was_changed_with_its_digest_is_found_with_its_line(collected: Laboratory) -> None:
    value = collected.evidence("1.0.0", "metrics")["content"]["measurements"][0]["value"]
    edit(collected, "metrics", (f'"value": {value!r}', '"value": 0.99'))
    ended = collected.verify("1.0.0")
    assert ended.code == 1
    line = line_of(collected, "metrics", '"value": 0.99')
    assert f"{RELEASE}/metrics.json:{line}:" in ended.out
    assert f"auc_roc value is 0.99; computed again it is {value:.12g}" in ended.out


def test_whatever_else_was_changed_is_found_too(collected: Laboratory) -> None:
    changes = (
        ("metrics", ('"samples": 600', '"samples": 9000'), "auc_roc samples is 9000; computed again it is 600"),
        ("metrics", ('"count": 600', '"count": 601'), "rows count is 601; computed again it is 600"),
        ("bias", ('"group": "old"', '"group": "new"'), "group is new; computed again it is old"),
        ("validation", ('"verdict": "pass"', '"verdict": "fail"'), "loads verdict is fail; computed again it is pass"),
    )
    for kind, change, _ in changes:
        edit(collected, kind, change)
    ended = collected.verify("1.0.0", "--format", "json")
    assert (ended.code, ended.json["verdict"]) == (1, "fail")
    found = {(each["path"], each["line"]): each["message"] for each in ended.json["differences"]}
    assert len(found) == len(changes)
    for kind, change, said in changes:
        assert said in found[f"{RELEASE}/{kind}.json", line_of(collected, kind, change[1])]


def test_a_document_that_is_not_the_pinned_one_is_found_at_its_pin(collected: Laboratory) -> None:
    edit(collected, "validation", ("  ", "   "), pin=False)
    ended = collected.verify("1.0.0")
    assert ended.code == 1
    line = 1 + collected.repository.read(f"{RELEASE}/release.yaml").split("\n").index(
        next(line for line in collected.repository.read(f"{RELEASE}/release.yaml").split("\n") if "validation" in line)
    )
    assert f"{RELEASE}/release.yaml:{line}:" in ended.out
    assert "not the document that was pinned" in ended.out


def test_t64_a_document_of_another_release_is_found(collected: Laboratory) -> None:
    edit(collected, "bias", ('"release": "1.0.0"', '"release": "1.1.0"'))
    ended = collected.verify("1.0.0")
    assert ended.code == 1
    assert "the document speaks of release 1.1.0, not 1.0.0" in ended.out


def test_other_data_are_refused_with_both_digests(collected: Laboratory, tmp_path: Path) -> None:
    rows(600, seed=6).to_csv(tmp_path / "other.csv", index=False)
    ended = collected.verify("1.0.0", "--data", str(tmp_path / "other.csv"))
    assert ended.code == 2
    assert digest_of(collected.data.read_bytes()) in ended.err
    assert digest_of((tmp_path / "other.csv").read_bytes()) in ended.err
    assert f"{RELEASE}/metrics.json:7:" in ended.err


def test_several_data_files_are_each_taken_for_the_documents_that_name_them(
    collected: Laboratory, tmp_path: Path
) -> None:
    rows(400, seed=6).to_csv(tmp_path / "later.csv", index=False)
    later = ("--data", str(tmp_path / "later.csv"))
    assert collected.collect("1.0.0", "--kind", "metrics", *later).code == 0
    assert collected.verify("1.0.0").code == 2
    ended = collected.verify("1.0.0", "--data", str(collected.data), *later)
    assert ended.code == 0, ended.out + ended.err
    assert "4 documents, 3 computed again" in ended.out
    assert "superseded" in ended.out


def test_a_registry_that_is_away_is_exit_3_and_is_named(collected: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    ended = collected.verify("1.0.0")
    assert ended.code == 3
    assert "registry http://127.0.0.1:9 cannot" in ended.err


def test_a6_a_run_that_did_not_make_the_version_is_found(collected: Laboratory) -> None:
    record = f"{RELEASE}/release.yaml"
    text = collected.repository.read(record)
    collected.repository.write(record, re.sub(r'run_id: "\w+"', f'run_id: "{"0" * 32}"', text))
    ended = collected.verify("1.0.0")
    assert ended.code == 1
    assert re.search(rf"{record}:4:\d+: the registry says that run \w{{32}} made version 1", ended.out)


def test_an_artifact_that_was_changed_is_refused(laboratory: Laboratory) -> None:
    from mlflow import MlflowClient

    laboratory.add("1.0.0", scoring())
    assert laboratory.collect("1.0.0", "--kind", "metrics").code == 0
    client = MlflowClient(tracking_uri=laboratory.uri, registry_uri=laboratory.uri)
    run_id = client.get_model_version(laboratory.registered, "1").run_id
    assert run_id is not None
    client.log_text(run_id, "more", "model/more.txt")
    ended = laboratory.verify("1.0.0")
    assert ended.code == 1
    assert "it was not loaded" in ended.err


def test_a_latency_is_held_against_its_gate_not_against_what_was_measured(collected: Laboratory) -> None:
    latency = collected.evidence("1.0.0", "validation")["content"]["measurements"][0]["value"]
    edit(collected, "validation", (f'"value": {latency!r}', '"value": 0.001'))
    assert collected.verify("1.0.0").code == 0
    thresholds = f"{FOLDER}/thresholds.yaml"
    collected.repository.replace(thresholds, "at_most: 100, min_samples: 100", "at_most: 0.000001, min_samples: 100")
    ended = collected.verify("1.0.0")
    assert ended.code == 1
    line = line_of(collected, "validation", '"value": 0.001')
    assert f"validation.json:{line}:" in ended.out
    assert re.search(r"latency_p95 measured again is \S+ ms, above the gate of 1e-06", ended.out)


def test_a_backtest_and_a_training_record_are_found_again(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring(), TRAINING_TAGS, TRAINING_FILES)
    laboratory.add("0.9.0", answering("return 1 / (1 + np.exp(2.0 - rows['late_payments'] % 3))"))
    kinds = ("--kind", "backtest", "--kind", "training", "--kind", "baseline")
    assert laboratory.collect("1.0.0", *kinds, "--champion", "0.9.0").code == 0
    ended = laboratory.verify("1.0.0")
    assert ended.code == 0, ended.out + ended.err
    assert "3 documents, 3 computed again" in ended.out
    edit(laboratory, "backtest", ('"challenger": 0.', '"challenger": 0.9'))
    edit(laboratory, "training", ('"python": "3.11.7"', '"python": "3.12.1"'))
    ended = laboratory.verify("1.0.0")
    assert ended.code == 1
    assert "auc_roc challenger is 0.9" in ended.out
    assert "python is 3.12.1; computed again it is 3.11.7" in ended.out


def test_a_document_of_a_kind_that_we_make_and_that_we_did_not_make_cannot_be_found_again(
    collected: Laboratory,
) -> None:
    measured = {"metric": "auc_roc", "value": 0.99, "samples": 600, "unit": "ratio"}
    interval = {"low": 0.9, "high": 1.0, "confidence": 0.95, "method": "a guess"}
    given = collected.folder / "guess.json"
    given.write_text(json.dumps({"measurements": [{**measured, "interval": interval}]}))
    attach = ("evidence", "attach", MODEL, "1.0.0", "metrics", str(given), "--by", "engineer-1")
    assert collected.repository.modelward(*attach).code == 0
    ended = collected.verify("1.0.0")
    assert ended.code == 1
    assert "was not made by `modelward evidence collect`, so nobody can compute it again" in ended.out


def test_an_attached_file_that_was_changed_is_found(collected: Laboratory) -> None:
    report = collected.folder / "report.pdf"
    report.write_bytes(b"%PDF")
    attach = ("evidence", "attach", MODEL, "1.0.0", "report", str(report), "--by", "engineer-1")
    assert collected.repository.modelward(*attach).code == 0
    ended = collected.verify("1.0.0")
    assert ended.code == 0, ended.out
    assert re.search(r"report .*not computed", ended.out)
    collected.repository.write(f"{RELEASE}/report.pdf", b"%PDF!")
    ended = collected.verify("1.0.0")
    assert ended.code == 1
    assert "`report.pdf` is sha256:" in ended.out
    collected.repository.remove(f"{RELEASE}/report.pdf")
    assert "`report.pdf` is missing" in collected.verify("1.0.0").out


def test_a_release_without_evidence_is_exit_4(laboratory: Laboratory) -> None:
    laboratory.add("1.0.0", scoring())
    ended = laboratory.verify("1.0.0")
    assert ended.code == 4
    assert "pins no evidence" in ended.err


def test_t88_documents_are_signed_by_somebody_else_and_ssh_keygen_finds_the_signature_good(
    collected: Laboratory,
) -> None:
    key = key_of(collected, "lead-1")
    ended = sign(collected, "lead-1", key)
    assert ended.code == 0, ended.out + ended.err
    root = collected.repository.root / RELEASE
    assert sorted(path.name for path in root.glob("*.sig")) == [
        "bias.json.sig",
        "metrics.json.sig",
        "validation.json.sig",
    ]
    allowed = collected.folder / "allowed"
    allowed.write_text(f"lead-1 {key.with_suffix('.pub').read_text()}")
    check = ("ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "lead-1", "-n", "modelward-evidence")
    for kind in ("bias", "metrics", "validation"):
        with (root / f"{kind}.json").open("rb") as document:
            subprocess.run(
                [*check, "-s", str(root / f"{kind}.json.sig")], stdin=document, check=True, capture_output=True
            )
    again = collected.verify("1.0.0")
    assert again.code == 0
    assert again.out.count("signed by lead-1") == 3
    other = key_of(collected, "engineer-2")
    refused = sign(collected, "engineer-2", other)
    assert refused.code == 1
    assert "is signed by lead-1" in refused.err


def test_what_differs_is_not_signed(collected: Laboratory) -> None:
    key = key_of(collected, "lead-1")
    edit(collected, "metrics", ('"samples": 600', '"samples": 9000'))
    assert sign(collected, "lead-1", key).code == 1
    assert list((collected.repository.root / RELEASE).glob("*.sig")) == []


def test_t88_nobody_signs_what_they_have_produced(collected: Laboratory) -> None:
    key = key_of(collected, "engineer-1")
    ended = sign(collected, "engineer-1", key)
    assert ended.code == 1
    assert "was produced by engineer-1, who cannot sign it" in ended.err
    assert list((collected.repository.root / RELEASE).glob("*.sig")) == []


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--sign",), 2, "a signature needs a person and a key"),
        (("--sign", "--as", "lead-1"), 2, "a signature needs a person and a key"),
        (("--sign", "--as", "nobody", "--key", "/dev/null"), 2, "knows no `nobody`"),
        (("--sign", "--as", "lead-1", "--key", "nowhere"), 2, "there is no key file"),
    ],
)
def test_a_signature_needs_a_person_and_a_key(
    collected: Laboratory, options: tuple[str, ...], code: int, said: str
) -> None:
    ended = collected.verify("1.0.0", *options)
    assert (ended.code, said in ended.err) == (code, True), ended.err


def test_the_key_of_somebody_else_does_not_sign(collected: Laboratory) -> None:
    key = key_of(collected, "engineer-2")
    ended = sign(collected, "lead-1", key)
    assert ended.code == 1
    assert "this key signs for engineer-2, not for lead-1" in ended.err
    assert list((collected.repository.root / RELEASE).glob("*.sig")) == []


def test_d3_a_dry_run_says_what_it_would_sign_and_signs_nothing(collected: Laboratory) -> None:
    key = key_of(collected, "lead-1")
    ended = sign(collected, "lead-1", key, "--dry-run")
    assert ended.code == 0
    assert ended.err.count("would sign") == 3
    assert list((collected.repository.root / RELEASE).glob("*.sig")) == []


def test_a_signature_that_does_not_count_is_found(collected: Laboratory) -> None:
    assert sign(collected, "lead-1", key_of(collected, "lead-1")).code == 0
    root = collected.repository.root / RELEASE
    shutil.copy(root / "bias.json.sig", root / "metrics.json.sig")
    (root / "validation.json.sig").write_text("no signature")
    collected.repository.replace(PEOPLE, 'valid_until: "2099-', 'valid_until: "2026-')
    ended = collected.verify("1.0.0")
    assert ended.code == 1
    for kind, said in (
        ("metrics", "the signature is not of these bytes by this key"),
        ("validation", "the signature is not written as ssh-keygen writes it"),
        ("bias", "the key of the signature is not valid now"),
    ):
        assert f"{RELEASE}/{kind}.json.sig: {said}" in ended.out
