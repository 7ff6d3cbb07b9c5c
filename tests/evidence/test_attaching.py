"""What another tool found out, in the words of evidence."""

from typing import Any

import pytest

from modelward.errors import WrongUse
from modelward.evidence.attaching import attachment, check_reported, content_of
from modelward.evidence.contents import AttachedFile
from modelward.specs.evidence import Content
from modelward.specs.thresholds import Thresholds
from modelward.tree.digest import digest_of
from modelward.tree.text import EVIDENCE_BYTES

THRESHOLDS = Thresholds.model_validate(
    {
        "schema": "thresholds/v1",
        "metrics": {
            "ndcg": {"better": "higher", "unit": "ratio", "computed": "reported"},
            "auc_roc": {"better": "higher", "unit": "ratio", "computed": "builtin"},
        },
        "min_samples": 10,
    }
)


def test_json_becomes_what_the_document_says() -> None:
    found = attachment("drift.json", b'{"tool": "other", "checks": []}', set())
    assert found.file is None
    assert (found.content.model_extra, found.content.checks) == ({"tool": "other"}, ())


def test_json_is_told_by_its_first_sign_too() -> None:
    assert attachment("report", b' \n{"a": 1}', set()).file is None


@pytest.mark.parametrize(
    ("name", "kept", "media_type"),
    [
        ("report.pdf", "report.pdf", "application/pdf"),
        ("Validation report (v1).html", "Validation-report-v1.html", "text/html"),
        ("../../etc/passwd", "etc-passwd", "application/octet-stream"),
        (".hidden", "hidden", "application/octet-stream"),
        ("Prüfbericht.pdf", "Pr-fbericht.pdf", "application/pdf"),
        ("…", "attached", "application/octet-stream"),
        ("a" * 200 + ".pdf", "a" * 76 + ".pdf", "application/pdf"),
    ],
)
def test_any_other_file_is_kept_under_a_plain_name_and_named_by_digest(name: str, kept: str, media_type: str) -> None:
    found = attachment(name, b"%PDF", set())
    assert found.file == (kept, b"%PDF")
    file = AttachedFile.model_validate((found.content.model_extra or {})["file"])
    assert (file.name, file.path, file.media_type, file.size, file.digest) == (
        name,
        kept,
        media_type,
        4,
        digest_of(b"%PDF"),
    )


def test_a_kept_file_never_replaces_another() -> None:
    found = attachment("report.pdf", b"%PDF", {"report.pdf"})
    assert found.file is not None
    assert found.file[0] == "report-2.pdf"


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(WrongUse, match="over the limit"):
        attachment("report.pdf", b"x" * (EVIDENCE_BYTES + 1), set())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": 1,\n "a": 2}', r"a.json:2:2: the key `a` stands twice"),
        (b'{"a": NaN}', r"a.json:1:7: `NaN` is no finite number"),
        (b"[1]", r"a.json:1:1: the document is no object"),
        (b'{"measurements": [{"metric": "x"}]}', r"a.json:1:19: `value` is missing"),
        (b'{"checks": [{"check": "c", "verdict": "maybe", "detail": "d"}]}', r"a.json:1:39: `verdict` is `maybe`"),
    ],
)
def test_json_that_is_not_to_be_read_is_refused_with_its_place(data: bytes, said: str) -> None:
    with pytest.raises(WrongUse, match=said):
        content_of("a.json", data)


def reported(**fields: Any) -> Content:
    return Content.model_validate(
        {"measurements": [{"metric": "ndcg", "value": 0.5, "samples": 10, "unit": "ratio", **fields}]}
    )


def test_a_metric_that_is_declared_as_reported_may_be_reported() -> None:
    check_reported(reported(), THRESHOLDS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (reported(metric="auc_roc"), "`auc_roc` is computed here, not reported"),
        (reported(metric="bleu"), "`bleu` is not declared"),
        (reported(unit="ms"), "`ndcg` is reported in ms, and declared in ratio"),
        (Content(), "nothing is reported"),
    ],
)
def test_any_other_metric_is_refused(content: Content, said: str) -> None:
    with pytest.raises(WrongUse, match=said):
        check_reported(content, THRESHOLDS)
