"""Whose signature over evidence says nothing: that of whoever proposed or wrote the change that it serves."""

import pytest

from governed import MANIFEST
from inmemory import ENGINEER, LEAD, PROPOSED, SCOPE, Files, Record, base, judged, replaced
from keyring import signature
from modelward.gate.authorship import Authorship, Commit
from modelward.gate.step import Bringers
from modelward.gate.verdict import Verdict
from modelward.specs.scalars import PersonName
from modelward.tree.digest import digest_of
from modelward.tree.model import Evidence, ReleaseFolder

OLD, NEW = (f"{SCOPE}/releases/{release}" for release in ("1.1.0", "1.3.0"))
DEMAND = b"""schema: floors/v1
floors:
  - {name: signed, when: {}, signed_evidence: [metrics]}
"""
OF_NEW = "`metrics` evidence of release 1.3.0 is signed by engineer-1, who "
OF_OLD = "`metrics` evidence of release 1.1.0 is signed by engineer-1, who "
AUTHOR = Commit("a" * 40, "engineer-1@example.org", (), (MANIFEST,))


def start(floors: bytes = DEMAND) -> Files:
    """What is merged, where floors demand signatures."""
    return {**base(), "policies/floors.yaml": floors}


def signed(files: Files, by: str, path: str = f"{OLD}/metrics.json") -> Files:
    """The files, and a signature beside a document."""
    return {**files, f"{path}.sig": signature(files[path], by, namespace="modelward-evidence")}


def promoted(files: Files) -> Files:
    """The files, and release 1.1.0 in production."""
    return replaced(files, MANIFEST, 'production: {release: "1.0.0"}', 'production: {release: "1.1.0"}')


def added(files: Files) -> Files:
    """The files, and release 1.3.0, which is 1.1.0 again."""
    new = {path.replace(OLD, NEW): data for path, data in files.items() if path.startswith(f"{OLD}/")}
    new[f"{NEW}/release.yaml"] = new[f"{NEW}/release.yaml"].replace(b'release: "1.1.0"', b'release: "1.3.0"')
    return {**files, **new}


def vouched(verdict: Verdict) -> list[str]:
    """What denies for whose signature it is."""
    return [one.finding.message for one in verdict.denying if one.rule == "evidence-vouched"]


def test_the_signature_of_an_author_over_what_enters_says_nothing() -> None:
    before = signed(start(), "engineer-1")
    verdict = judged(before, promoted(before))
    assert vouched(verdict) == [f"{OF_OLD}wrote commit {'a' * 12}"]
    assert (verdict.answer, str(verdict.denying[0].finding.place)) == ("deny", f"{OLD}/metrics.json.sig")


def test_the_signature_of_a_proposer_who_wrote_nothing_says_nothing() -> None:
    before = signed(start(), "engineer-2")
    proposed = Record("engineer-2", "ml-engineer", "propose", nonce="1" * 32)
    verdict = judged(before, promoted(before), proposed)
    assert vouched(verdict) == [
        "`metrics` evidence of release 1.1.0 is signed by engineer-2, who proposed this change",
    ]


def test_the_signature_of_whoever_brings_it_with_a_new_release_says_nothing() -> None:
    assert vouched(judged(start(), signed(added(start()), "engineer-1", f"{NEW}/metrics.json"))) == [
        f"{OF_NEW}wrote commit {'a' * 12}"
    ]


def test_the_signature_of_whoever_brings_it_later_says_nothing() -> None:
    assert vouched(judged(start(), signed(start(), "engineer-1"), PROPOSED)) == [f"{OF_OLD}proposed this change"]
    later = f"{OLD}/later.json"
    before = signed({**start(), later: start()[f"{OLD}/metrics.json"]}, "engineer-1", later)
    pin = f"  - {{kind: metrics, path: later.json, digest: {digest_of(before[later])!r}}}\n  - {{kind: bias,"
    pinned = replaced(before, f"{OLD}/release.yaml", "  - {kind: bias,", pin)
    assert vouched(judged(before, pinned)) == [f"{OF_OLD}wrote commit {'a' * 12}"]


def test_t88_the_signature_of_whoever_brought_it_before_says_nothing() -> None:
    wrote = Commit("d" * 40, "engineer-2@example.org", (), (f"{OLD}/metrics.json",))
    signers: list[str] = []

    def brought(release: ReleaseFolder, evidence: Evidence) -> Bringers:
        signers.append(f"{release.spec.release} {evidence.pin.kind}")
        return Bringers((wrote,), frozenset({PersonName("lead-2")}))

    for by, why in (
        ("engineer-2", f"wrote commit {'d' * 12}"),
        ("lead-2", "proposed the change that brought it"),
        ("lead-1", None),
    ):
        before = signed(start(), by)
        said = [] if why is None else [f"`metrics` evidence of release 1.1.0 is signed by {by}, who {why}"]
        assert vouched(judged(before, promoted(before), brought=brought)) == said
    assert signers == ["1.1.0 metrics"] * 3, "only what a floor demands is looked for"


def test_who_commits_signatures_alone_has_no_part_in_what_is_signed() -> None:
    before = start()
    commits = [AUTHOR, Commit("b" * 40, "lead-2@example.org", (), (f"{OLD}/metrics.json.sig",))]
    verdict = judged(before, signed(promoted(before), "lead-2"), authorship=Authorship(commits, (), "every hand"))
    assert vouched(verdict) == []
    more = [*commits, Commit("c" * 40, "lead-2@example.org", (), (f"{OLD}/bias.json.sig.txt",))]
    verdict = judged(before, signed(promoted(before), "lead-2"), authorship=Authorship(more, (), "every hand"))
    assert vouched(verdict) == [f"`metrics` evidence of release 1.1.0 is signed by lead-2, who wrote commit {'c' * 12}"]


@pytest.mark.parametrize(
    ("floors", "by"),
    [
        (DEMAND.replace(b"[metrics]", b"[bias]"), "engineer-1"),
        (DEMAND.replace(b", signed_evidence: [metrics]", b""), "engineer-1"),
        (DEMAND.replace(b"when: {}", b"when: {tier: [high]}"), "engineer-1"),
        (DEMAND, "lead-1"),
        (DEMAND, "nobody-known"),
    ],
    ids=["another kind", "no demand", "another tier", "somebody else", "nobody known, of whom a rule speaks"],
)
def test_nothing_is_said_where_no_floor_asks_or_somebody_else_has_signed(floors: bytes, by: str) -> None:
    before = signed(start(floors), by)
    assert vouched(judged(before, promoted(before), PROPOSED, ENGINEER, LEAD)) == []


def test_what_neither_enters_nor_is_new_and_what_returns_is_left_alone() -> None:
    before = signed(start(), "engineer-1")
    after = replaced(before, MANIFEST, "summary: ", "summary: Still ")
    assert vouched(judged(before, after, PROPOSED)) == []
    returned = judged(before, promoted(before), held=lambda _model, _environment: frozenset({"1.1.0"}))
    assert vouched(returned) == []
    assert vouched(judged(before, promoted(before), PROPOSED)) == [f"{OF_OLD}proposed this change"]


def test_only_what_the_base_demands_is_looked_at() -> None:
    before = signed(start(DEMAND.replace(b", signed_evidence: [metrics]", b"")), "engineer-1")
    assert vouched(judged(before, {**promoted(before), "policies/floors.yaml": DEMAND}, PROPOSED)) == []
