"""Documents beside a record, and their pins in it."""

from hypothesis import given
from hypothesis import strategies as st

from modelward.evidence.pinning import Document, free_name, pin
from modelward.specs.release import Dataset, Release
from modelward.specs.scalars import Digest, ReleaseName
from modelward.tree.digest import digest_of
from modelward.tree.file import typed

HEAD = (
    '# by hand\nschema: release/v1\nrelease: "1.0.0"\n'
    f'artifact: {{digest: "sha256:{"a" * 64}", size: 1}}\n'
    f'registered: {{main: {{version: 1, run_id: "{"b" * 32}"}}}}\n'
    "imported: false\n"
)
FOLDER = "models/m/releases/1.0.0"
RECORD = f"{FOLDER}/release.yaml"


def test_a_document_is_written_before_the_record_that_pins_it() -> None:
    edit = pin(FOLDER, f"{HEAD}evidence: []\n".encode(), ["release.yaml"], [Document("metrics", b"{}\n")])
    assert list(edit.files) == [f"{FOLDER}/metrics.json", RECORD]
    assert edit.files[f"{FOLDER}/metrics.json"] == b"{}\n"
    assert edit.pins == [("metrics", "metrics.json", digest_of(b"{}\n"))]
    assert edit.files[RECORD].decode() == (
        f'{HEAD}evidence:\n  - {{kind: metrics, path: metrics.json, digest: "{digest_of(b"{}" + bytes([10]))}"}}\n'
    )


def test_pins_are_added_at_the_end_and_everything_before_stays() -> None:
    first = pin(FOLDER, f"{HEAD}evidence: []  # newest last\n".encode(), [], [Document("metrics", b"1")])
    record = first.files[RECORD]
    second = pin(FOLDER, record, ["metrics.json"], [Document("metrics", b"2"), Document("bias", b"3")])
    assert second.files[RECORD].startswith(record.rstrip(b"\n"))
    assert [(each.kind, each.path) for each in typed(RECORD, second.files[RECORD], Release).evidence] == [
        ("metrics", "metrics.json"),
        ("metrics", "metrics-2.json"),
        ("bias", "bias.json"),
    ]


def test_a_record_that_names_no_evidence_yet_gets_the_list() -> None:
    edit = pin(FOLDER, HEAD.encode(), [], [Document("metrics", b"1")])
    assert edit.files[RECORD].startswith(HEAD.encode())
    assert len(typed(RECORD, edit.files[RECORD], Release).evidence) == 1


def test_a_backtest_names_the_champion() -> None:
    edit = pin(FOLDER, f"{HEAD}evidence: []\n".encode(), [], [Document("backtest", b"1", ReleaseName("0.9.0"))])
    (found,) = typed(RECORD, edit.files[RECORD], Release).evidence
    assert found.versus == "0.9.0"


def test_data_that_the_record_does_not_name_is_added_to_it() -> None:
    datasets = [
        Dataset(role="holdout", digest=Digest("sha256:" + "c" * 64)),
        Dataset(role="training", digest=Digest("sha256:" + "d" * 64), snapshot="clients of 2026-10"),
    ]
    edit = pin(FOLDER, f"{HEAD}evidence: []\n".encode(), [], [Document("metrics", b"1")], datasets)
    assert typed(RECORD, edit.files[RECORD], Release).datasets == tuple(datasets)


def test_a_file_that_a_document_speaks_of_lies_beside_it() -> None:
    edit = pin(FOLDER, f"{HEAD}evidence: []\n".encode(), [], [Document("report", b"1", beside={"a.pdf": b"pdf"})])
    assert list(edit.files) == [f"{FOLDER}/a.pdf", f"{FOLDER}/report.json", RECORD]


def test_two_documents_of_one_kind_at_once_have_two_names() -> None:
    edit = pin(FOLDER, f"{HEAD}evidence: []\n".encode(), [], [Document("report", b"1"), Document("report", b"2")])
    assert [path for _, path, _ in edit.pins] == ["report.json", "report-2.json"]


@given(st.sets(st.sampled_from(["a.json", "a-2.json", "a-3.json", "b.json"])))
def test_a_free_name_is_never_taken(taken: set[str]) -> None:
    name = free_name("a", ".json", taken)
    assert name not in taken
    assert name.startswith("a")
    assert name.endswith(".json")
