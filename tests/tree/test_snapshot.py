"""A repository at one moment: typed specs with places, and everything that cannot be used named at once."""

import pytest

from modelward.errors import CannotEvaluate
from modelward.specs.evidence import Envelope
from modelward.specs.scalars import EnvironmentName
from modelward.tree.digest import digest_of
from modelward.tree.invalid import MAX_PROBLEMS
from modelward.tree.layout import DEMANDED, MAX_FILES, MAX_PATH
from modelward.tree.place import Place, Problem, Span, Unreadable
from modelward.tree.snapshot import require_policies
from modelward.tree.text import EVIDENCE_BYTES, SPEC_BYTES
from repository import Repository

MODEL = "models/credit-score"
MANIFEST = f"{MODEL}/manifest.yaml"
RELEASE = f"{MODEL}/releases/1.1.0/release.yaml"
METRICS = f"{MODEL}/releases/1.1.0/metrics.json"


def problems(example: Repository) -> tuple[Problem, ...]:
    return example.snapshot().model("credit-score").problems()


def only(example: Repository) -> Problem:
    (problem,) = problems(example)
    return problem


def test_the_example_is_without_problems(example: Repository) -> None:
    snapshot = example.snapshot()
    require_policies(snapshot)
    assert snapshot.organisation_problems() == ()
    assert snapshot.model_names() == ["credit-score"]
    assert problems(example) == ()
    assert set(snapshot.environments) == {"staging", "production"}
    assert snapshot.policy.spec.repository == "acme/example"
    assert list(snapshot.registries.spec.registries) == ["main"]


def test_the_same_is_read_from_a_commit_and_from_the_working_tree(merged: Repository) -> None:
    there, here = (merged.snapshot(commit).model("credit-score") for commit in ("HEAD", None))
    assert there.manifest.spec == here.manifest.spec
    assert there.thresholds.spec == here.thresholds.spec
    assert list(there.releases) == list(here.releases) == ["1.0.0", "1.1.0", "1.2.0"]
    for name, release in there.releases.items():
        assert release.spec == here.release(name).spec
        assert [each.digest for each in release.evidence] == [each.pin.digest for each in here.release(name).evidence]


@pytest.mark.parametrize(
    ("old", "new", "message", "line", "column", "remedy"),
    [
        ("sponsor: ", "sponser: ", "unknown key `sponser`", 6, 1, "did you mean `sponsor`?"),
        ("sponsor: ", "weather: ", "unknown key `weather`", 6, 1, "remove it"),
        ("sponsor: ", "release: ", "unknown key `release`", 6, 1, "remove it"),
        ("fallback: previous\n", "", "`fallback` is missing", 1, 1, "add `fallback:`"),
        ("task: binary", "task: binery", "`task` is `binery`, which is none of", 10, 7, "use one of these"),
        ('{release: "1.1.0"}', "{release: 1.5}", "`release` must be a string", 22, 22, 'quote it: "1.5"'),
        ('{release: "1.1.0"}', '{release: "1.1"}', "`release` must be a semantic version", 22, 22, "1.2.0"),
        ('{release: "1.1.0"}', "{}", "`release` is missing", 22, 3, "add `release:`"),
        ("compliance: []", "compliance: {}", "`compliance` must be a sequence", 9, 13, "correct its form"),
        ("compliance: []", "compliance: [Bsa]", "`compliance` must be lower-case letters", 9, 14, "write it like"),
        ("ttl: 36h", "ttl: 36 hours", "`ttl` must be a number and one of s, m, h, d, w", 19, 64, "24h"),
        ("threshold: 0.5", 'threshold: "0.5"', "`threshold` must be a number", 13, 78, "without quotes"),
        ("model: credit-score\nr", "model: Credit-Score\nr", "`model` must be lower-case letters", 2, 8, "credit-risk"),
        (
            "model: credit-score\nr",
            "model: cr\u0435dit-score\nr",
            "`model` must be lower-case letters",
            2,
            8,
            "credit-risk",
        ),
        ("schema: manifest/v1", "schema: manifest/v2", "`schema` is `manifest/v2`, which is none of", 1, 9, "use one"),
        ("staging: {", "Staging: {", "`Staging` must be lower-case letters", 22, 3, "write it like"),
    ],
)
def test_what_the_types_refuse_is_named_with_its_place_and_what_to_write(
    example: Repository, old: str, new: str, message: str, line: int, column: int, remedy: str
) -> None:
    example.replace(MANIFEST, old, new)
    problem = only(example)
    assert problem.message.startswith(message)
    assert problem.place.span is not None
    assert (problem.place.path, problem.place.span.line, problem.place.span.column) == (MANIFEST, line, column)
    assert remedy in problem.remedy


def test_every_file_that_cannot_be_used_is_named_in_one_run(example: Repository) -> None:
    example.replace(MANIFEST, "tier: medium", "tier: middle")
    example.write(f"{MODEL}/thresholds.yaml", "a: 1\na: 2\n")
    example.remove(f"{MODEL}/canary.yaml")
    example.write(f"{MODEL}/retention.yaml", b"\xff")
    example.replace(RELEASE, "size: ", "size: -")
    example.remove(f"{MODEL}/releases/1.0.0/release.yaml")
    example.write(f"{MODEL}/notes.txt", "")
    assert {str(problem.place) for problem in problems(example)} == {
        f"{MANIFEST}:8:7",
        f"{MODEL}/thresholds.yaml:2:1",
        f"{MODEL}/canary.yaml",
        f"{MODEL}/retention.yaml:1:1",
        f"{RELEASE}:3:101",
        f"{MODEL}/releases/1.0.0/release.yaml",
        f"{MODEL}/notes.txt",
    }


def test_a_file_with_many_mistakes_shows_the_first_and_says_that_there_are_more(example: Repository) -> None:
    example.write(MANIFEST, "".join(f"k{number}: 1\n" for number in range(20_000)))
    found = problems(example)
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1].message == "more is wrong from here on"


def test_a_problem_of_a_union_is_told_once(example: Repository) -> None:
    example.replace(f"{MODEL}/approvers.yaml", "[engineer-1, engineer-2]", "[engineer-1, {teem: leads}]")
    assert {problem.message for problem in problems(example)} >= {"unknown key `teem`"}
    assert all(problem.place.path == f"{MODEL}/approvers.yaml" for problem in problems(example))


def test_a_rule_set_stands_in_the_models_folder_and_has_a_digest(example: Repository) -> None:
    example.write(f"{MODEL}/rules/limits.json", "{}")
    assert problems(example) == ()
    model = example.snapshot().model("credit-score")
    assert model.file_digest("rules/limits.json") == digest_of(b"{}")
    assert model.file_digest("rules/other.json") is None


@pytest.mark.parametrize(("size", "known"), [(EVIDENCE_BYTES, True), (EVIDENCE_BYTES + 1, False)])
def test_a_file_larger_than_a_document_has_no_digest(example: Repository, size: int, known: bool) -> None:
    example.write(f"{MODEL}/rules/limits.json", b" " * size)
    assert (example.snapshot().model("credit-score").file_digest("rules/limits.json") is not None) == known


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"{MODEL}/manifest.yml", "no file of a model stands under this name"),
        (f"{MODEL}/Manifest.yaml", "no file of a model stands under this name"),
        (f"{MODEL}/release/1.0.0/release.yaml", "no file of a model stands under this name"),
        (f"{MODEL}/.hidden.yaml", "no file of a model stands under this name"),
        (f"{MODEL}/releases/1.0.0/a b.json", "the path has characters other than"),
        (f"{MODEL}/releases/1.0.0/größe.json", "the path has characters other than"),
        (f"{MODEL}/releases/1.0.0/a\\b.json", "the path has characters other than"),
        (f"{MODEL}/releases/1.0.0/a\n.json", "the path has characters other than"),
        (f"{MODEL}/releases/1.0.0/{'/'.join(['a' * 99] * 4)}", "the path has characters other than"),
    ],
)
def test_a_file_that_has_no_place_in_a_model_is_named(example: Repository, path: str, said: str) -> None:
    example.write(path, "{}")
    assert len(path) < MAX_PATH or "a" * 99 in path
    assert [problem.place.path for problem in problems(example) if problem.message.startswith(said)] == [path]


@pytest.mark.parametrize(
    "name", ["Credit", "credit_score", "-credit", "c" * 64, "credit.score", "crеdit", "credit\n", "a b"]
)
def test_a_folder_that_is_no_models_name_is_named(example: Repository, name: str) -> None:
    example.copy(MODEL, f"models/{name}")
    messages = [problem.message for problem in example.snapshot().model(name).problems()]
    assert messages[0] == "a model's name has lower-case letters, digits and `-` only, at most 63"


def test_more_files_than_a_model_may_have_are_counted_and_not_read(example: Repository) -> None:
    known = sum(path.is_file() for path in (example.root / MODEL).rglob("*"))
    folder = example.root / MODEL / "releases/1.0.0/many"
    folder.mkdir()
    for number in range(MAX_FILES - known):
        (folder / str(number)).touch()
    assert problems(example) == ()
    (folder / "no name").touch()
    problem = only(example)
    assert problem.message == f"the folder has {MAX_FILES + 1} files, over the limit of {MAX_FILES}"
    assert problem.place == Place(MODEL)


def test_a_path_may_be_as_long_as_the_limit_and_no_longer(example: Repository) -> None:
    deep = "/".join([f"{MODEL}/releases/1.0.0", *["a" * 99] * 3])
    longest = f"{deep}/{'b' * (MAX_PATH - len(deep) - 1)}"
    example.write(longest, "")
    assert [problem.place.path for problem in problems(example)] == []
    example.write(f"{longest}b", "")
    assert [problem.place.path for problem in problems(example)] == [f"{longest}b"]


def test_a_spec_that_is_too_large_is_refused_before_it_is_read(example: Repository) -> None:
    with (example.root / MANIFEST).open("wb") as file:
        file.truncate(8 * 1024**3)
    assert only(example).message == f"the file has {8 * 1024**3} bytes, over the limit of {SPEC_BYTES}"


def test_evidence_that_is_too_large_is_never_read(example: Repository) -> None:
    with (example.root / METRICS).open("wb") as file:
        file.truncate(8 * 1024**3)
    evidence = example.snapshot().model("credit-score").release("1.1.0").evidence[0]
    assert evidence.data is None
    assert evidence.digest is None
    assert evidence.envelope == (
        Problem("the evidence document is missing or too large", Place(METRICS), "commit the document"),
    )
    (example.root / METRICS).write_bytes(b" " * EVIDENCE_BYTES)
    assert example.snapshot().model("credit-score").release("1.1.0").evidence[0].data == b" " * EVIDENCE_BYTES


def test_the_newest_document_of_a_kind_counts(example: Repository) -> None:
    digest = "sha256:" + "0" * 64
    example.copy(METRICS, f"{MODEL}/releases/1.1.0/later.json")
    example.replace(
        RELEASE, "  - {kind: bias", f'  - {{kind: metrics, path: later.json, digest: "{digest}"}}\n  - {{kind: bias'
    )
    newest = example.snapshot().model("credit-score").release("1.1.0").newest_evidence()
    assert {kind: evidence.pin.path for kind, evidence in newest.items()} == {
        "metrics": "later.json",
        "bias": "bias.json",
        "backtest": "backtest.json",
    }


def test_an_evidence_document_is_typed_with_places_or_says_why_not(example: Repository) -> None:
    evidence = example.snapshot().model("credit-score").release("1.1.0").evidence[0]
    assert isinstance(evidence.envelope, Envelope)
    assert evidence.envelope.content.measurements[0].value == 0.794
    assert evidence.place("content", "measurements", 0, "value") == Place(METRICS, Span(7, 38, 43))
    example.replace(METRICS, '"value": 0.794', '"value": "0.794"')
    (problem,) = example.snapshot().model("credit-score").release("1.1.0").evidence[0].envelope
    assert problem == Problem("`value` must be a number", Place(METRICS, Span(7, 38, 45)), "write it without quotes")


@pytest.mark.parametrize("path", ["../1.0.0/metrics.json", "/etc/passwd", "a/../b.json", "./b.json", "a\\b", ""])
def test_evidence_is_only_named_by_a_plain_path_below_its_release(example: Repository, path: str) -> None:
    example.replace(RELEASE, "path: metrics.json", f"path: '{path}'")
    problem = only(example)
    assert problem.message.startswith("`path` must be a relative path of plain names")
    assert problem.place == Place(RELEASE, Span(12, 27, 29 + len(path)))


def test_a_spec_that_is_asked_for_and_cannot_be_used_raises_all_its_problems(example: Repository) -> None:
    example.replace(MANIFEST, "tier: medium\ncompliance: []", "tier: middle\ncompliance: 1")
    with pytest.raises(Unreadable, match=r"manifest\.yaml:8:7: `tier` is `middle`") as caught:
        _ = example.snapshot().model("credit-score").manifest
    assert len(caught.value.problems) == 2


def test_an_environment_is_named_after_its_file(example: Repository) -> None:
    example.copy("environments/staging.yaml", "environments/testing.yaml")
    with pytest.raises(Unreadable, match="the file is not named after `staging`"):
        _ = example.snapshot().environments
    (problem,) = example.snapshot().organisation_problems()
    assert problem.place == Place("environments/testing.yaml", Span(2, 14, 21))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("policies/approvals.yaml", "no spec stands under this name"),
        ("policies/floors.yml", "no spec stands under this name"),
        ("policies/deep/floors.yaml", "no spec stands under this name"),
        ("environments/deep/production.yaml", "no spec stands under this name"),
        ("policies/waivers/w-1.yaml", "`waiver` is missing"),
        ("environments/testing.yaml", "`environment` is missing"),
        ("policies/ö.json", "the path has characters other than"),
    ],
)
def test_a_file_without_a_place_in_policies_or_environments_is_named(example: Repository, path: str, said: str) -> None:
    example.write(path, "schema: words\n")
    found = [problem.message for problem in example.snapshot().organisation_problems() if problem.place.path == path]
    assert [message for message in found if message.startswith(said)]


@pytest.mark.parametrize("path", DEMANDED)
def test_t09_no_policy_can_be_left_out(example: Repository, path: str) -> None:
    example.remove(path)
    with pytest.raises(CannotEvaluate, match=f"the working tree has no {path}"):
        require_policies(example.snapshot())


def test_a_schema_of_evidence_is_read_as_strictly_as_a_spec(example: Repository) -> None:
    path = "policies/schemas/evidence/metrics.schema.json"
    assert example.snapshot().read_json_file("policies/schemas/evidence/none.schema.json") is None
    example.replace(path, '"kind": {"const": "metrics"}', '"kind": {"const": "metrics", "const": "bias"}')
    with pytest.raises(Unreadable, match="the key `const` stands twice"):
        example.snapshot().read_json_file(path)


def test_an_environment_without_a_file_is_none(example: Repository) -> None:
    example.remove("environments/staging.yaml")
    assert EnvironmentName("staging") not in example.snapshot().environments
