"""Numbers that somebody would like to be better, where a floor demands that another person has signed them."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from attacks.judging import measure
from governed import BORN, ENDS, ENOUGH, MANIFEST, MODEL, Governed, key, public
from modelward.tree.digest import digest_of
from repository import Ended

RELEASE = f"models/{MODEL}/releases/1.1.0"
KINDS = ("metrics", "bias")
VERIFY = f"modelward evidence verify {MODEL} 1.1.0 --data FILE --sign --as PERSON --key FILE"
VALID = f'{{key: "{public("lead-2")}", valid_from: "{BORN}", valid_until: "{ENDS}"'


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    """A repository whose floors demand that metrics and bias are signed, and a branch that promotes."""
    world = Governed.started(tmp_path)
    merged(
        world, "policies/floors.yaml", "    evidence:\n", f"    signed_evidence: [{', '.join(KINDS)}]\n    evidence:\n"
    )
    world.promote()
    return world


def merged(world: Governed, path: str, old: str, new: str) -> None:
    """Change a policy on main, and go on from there."""
    branch = world.git("branch", "--show-current")
    world.git("switch", "--quiet", "main")
    world.replace(path, old, new)
    world.commit("Change a policy", "owner-1")
    world.git("push", "--quiet", "origin", "main")
    world.git("switch", "--quiet", branch)
    world.git("rebase", "--quiet", "main")


def sign_evidence(
    world: Governed, name: str, kinds: Sequence[str] = KINDS, namespace: str = "modelward-evidence"
) -> None:
    """Sign documents by the key of a name, in place of what stands beside them, and commit that in the same name."""
    for kind in kinds:
        path = world.root / RELEASE / f"{kind}.json"
        path.with_suffix(".json.sig").unlink(missing_ok=True)
        command = ("ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", str(key(name)), str(path))
        subprocess.run(command, check=True, capture_output=True)
    world.commit("Sign evidence", name)


def said(ended: Ended, rule: str) -> list[str]:
    """What a rule says that denies, each with its place."""
    found = [one for one in ended.json["findings"] if one["rule"] == rule and one["denies"]]
    assert ended.code == (1 if found else ended.code), ended
    assert all(VERIFY in one["remedy"] for one in found), found
    return [f"{one['path']}: {one['message']}" for one in found]


def not_counting(why: str, kind: str = "metrics") -> str:
    """What is said of a signature that is none."""
    evidence = f"`{kind}` evidence of release 1.1.0"
    return f"{RELEASE}/{kind}.json.sig: {evidence} bears a signature that does not count: {why}"


def test_t88_numbers_enter_only_as_somebody_else_has_computed_them(world: Governed) -> None:
    unsigned = [f"{RELEASE}/{kind}.json: `{kind}` evidence of release 1.1.0 is signed by nobody" for kind in KINDS]
    assert said(world.gate(), "evidence-signed") == unsigned
    validate = ("validate", "--base", "main", "--format", "json")
    assert said(world.modelward(*validate), "evidence-signed") == unsigned
    sign_evidence(world, "lead-2")
    assert said(world.modelward(*validate), "evidence-signed") == []
    world.signed(*ENOUGH)
    assert world.gate().json["verdict"] == "allow"
    measure(world, "auc_roc", 0.99)
    world.commit("Measure again")
    edited = not_counting("the signature is not of these bytes by this key")
    assert said(world.gate(), "evidence-signed") == [edited]


def test_t88_t20_t21_a_signature_that_proves_nothing_is_none(world: Governed) -> None:
    sign_evidence(world, "engineer-1")
    assert said(world.gate(), "evidence-signed") == [
        f"{RELEASE}/{kind}.json.sig: `{kind}` evidence of release 1.1.0 is signed by engineer-1, who produced it"
        for kind in KINDS
    ]
    sign_evidence(world, "lead-2", namespace="modelward-signoff")
    misused = "the signature was made for another use than `modelward-evidence`"
    assert said(world.gate(), "evidence-signed") == [not_counting(misused, kind) for kind in KINDS]
    sign_evidence(world, "nobody-known", ("metrics",))
    sign_evidence(world, "reconciler", ("bias",))
    assert said(world.gate(), "evidence-signed") == [
        not_counting("policies/people.yaml knows nobody by the key of the signature"),
        not_counting("the key of the signature is that of machine `reconciler`, and no person's", "bias"),
    ]
    sign_evidence(world, "lead-2")
    assert said(world.gate(), "evidence-signed") == []
    ended = [not_counting("the key of the signature is not valid now", kind) for kind in KINDS]
    assert said(world.gate("--at", "2048-06-01T00:00:00Z"), "evidence-signed") == ended
    merged(world, "policies/people.yaml", VALID, f'{VALID}, revoked: "2026-11-01T00:00:00Z"')
    revoked = [not_counting("the key of the signature is revoked", kind) for kind in KINDS]
    assert said(world.gate(), "evidence-signed") == revoked


def test_t88_t14_whoever_wants_a_release_in_does_not_vouch_for_its_numbers(world: Governed) -> None:
    sign_evidence(world, "engineer-2")
    assert said(world.gate(), "evidence-vouched") == []
    world.write(f"models/{MODEL}/README.md", "It is good.\n")
    wrote = world.commit("Praise it", "engineer-2")[:12]
    vouched = [
        f"{RELEASE}/{kind}.json.sig: `{kind}` evidence of release 1.1.0 is signed by engineer-2" for kind in KINDS
    ]
    assert said(world.gate(), "evidence-vouched") == [f"{one}, who wrote commit {wrote}" for one in vouched]
    world.signed(("engineer-2", "ml-engineer", "propose"))
    ended = world.gate()
    assert said(ended, "evidence-vouched") == [f"{one}, who proposed this change" for one in vouched]
    assert said(ended, "evidence-signed") == []


def test_t88_whoever_brought_numbers_by_an_earlier_change_does_not_vouch_for_them_in_a_later_one(
    tmp_path: Path,
) -> None:
    world = Governed.started(tmp_path)
    merged(world, "policies/floors.yaml", "    evidence:\n", "    signed_evidence: [metrics]\n    evidence:\n")
    document = world.read(f"{RELEASE}/metrics.json") + "\n"
    world.write(f"{RELEASE}/later.json", document)
    pin = f"  - {{kind: metrics, path: later.json, digest: {digest_of(document.encode())!r}}}\n"
    world.write(f"{RELEASE}/release.yaml", world.read(f"{RELEASE}/release.yaml") + pin)
    brought = world.commit("Measure again", "engineer-2")[:12]
    world.signed(("lead-2", "team-lead", "propose"), ("engineer-1", "ml-engineer", "approve"))
    assert world.gate().json["verdict"] == "allow", "it enters nowhere yet"
    world.git("push", "--quiet", "origin", "HEAD:main")
    world.git("fetch", "--quiet", "origin")
    world.branch("later").promote()
    for name, why in (
        ("engineer-2", f", who wrote commit {brought}"),
        ("lead-2", ", who proposed the change that brought it"),
        ("board-1", None),
    ):
        sign_evidence(world, name, ("later",))
        own = f"{RELEASE}/later.json.sig: `metrics` evidence of release 1.1.0 is signed by {name}"
        assert said(world.gate(), "evidence-vouched") == ([] if why is None else [own + why])
    assert said(world.gate(), "evidence-signed") == []


def test_what_has_entered_is_not_judged_again_when_the_key_of_its_signer_has_ended(world: Governed) -> None:
    sign_evidence(world, "lead-2")
    world.signed(*ENOUGH)
    world.git("push", "--quiet", "origin", "HEAD:main")
    world.git("fetch", "--quiet", "origin")
    world.branch("later")
    world.replace(MANIFEST, "summary: ", "summary: Still ")
    world.commit("Say more")
    late = world.gate("--at", "2048-06-01T00:00:00Z")
    assert [change["kind"] for change in late.json["changes"]] == ["documentation"]
    assert said(late, "evidence-signed") == []
