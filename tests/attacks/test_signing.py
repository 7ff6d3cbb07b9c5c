"""Attacks on sign-off: each row is built with real keys and real git, and refused with its reason."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from governed import BORN, ENDS, ENOUGH, MANIFEST, MODEL, Governed, key, public
from modelward.gate.scopes import Scope, content_digest, record_path
from modelward.signing.keygen import sign
from repository import Ended

SCOPE = Scope(f"models/{MODEL}")
_NOW = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)


def on(**after: float) -> str:
    """A time that is so much later than the gate's, which is an hour later than all that is really signed here."""
    return (_NOW + timedelta(**after)).strftime("%Y-%m-%dT%H:%M:%SZ")


AT = ("--at", on())


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    return Governed.started(tmp_path)


def reasons(ended: Ended) -> str:
    """Everything that the verdict says against the change, in one text."""
    document = ended.json
    said = [finding["message"] for finding in document["findings"]]
    said += [one["why"] for one in document["dismissed"]]
    for state in document["signoffs"]:
        for slot in state["slots"]:
            said += [one["why"] for one in slot["excluded"]]
            said += ["stale" for _ in slot["stale"]]
    return "\n".join(said)


def denied(ended: Ended, because: str) -> None:
    assert ended.code == 1, ended
    assert ended.json["verdict"] == "deny"
    assert because in reasons(ended), reasons(ended)


Alter = Callable[[dict[str, Any]], None]


def forged(
    world: Governed, alter: Alter = lambda _record: None, *, person: str = "lead-1", by: str | None = None, **how: str
) -> None:
    """File a record that nobody's `modelward sign` would write: the right one, altered, signed by some key."""
    before = content_digest(world.snapshot("origin/main").source, SCOPE, ())
    after = content_digest(world.snapshot("HEAD").source, SCOPE, ())
    record: dict[str, Any] = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": SCOPE, "digest": {"sha256": after}}],
        "predicateType": "https://modelward.example/signoff/v1",
        "predicate": {
            "repository": "acme/example",
            "before": {"sha256": before},
            "changes": [],
            "decision": "approve",
            "person": person,
            "role": "team-lead",
            "comment": "",
            "signedAt": on(hours=-12),
            "expiresAt": on(days=10),
            "policy": {"sha256": "0" * 64},
            "nonce": "0123456789abcdef0123456789abcdef",
        },
    }
    alter(record)
    data = json.dumps(record, indent=2).encode() + b"\n"
    said = record["predicate"]
    scope = Scope(record["subject"][0]["name"])
    path = record_path(scope, record["subject"][0]["digest"]["sha256"], said["person"], said["nonce"])
    world.write(path, data)
    signature = sign(data, key(by or person, how.get("kind", "ed25519")), how.get("namespace", "modelward-signoff"))
    world.write(f"{path}.sig", signature)
    world.commit("A record", said["person"])


def set_in(*way: str, to: Any) -> Alter:
    def alter(record: dict[str, Any]) -> None:
        for name in way[:-1]:
            record = record[name]
        record[way[-1]] = to

    return alter


def nearly(world: Governed) -> Governed:
    """A promotion that only the team lead has not signed."""
    world.promote()
    return world.signed(*ENOUGH[:2])


def test_the_forged_record_counts_when_nothing_is_altered(world: Governed) -> None:
    nearly(world)
    forged(world)
    assert world.gate(*AT).json["verdict"] == "allow"


ALTERED = {
    "t11 of another repository": (set_in("predicate", "repository", to="acme/other"), "it names the repository"),
    "t12 of another state before": (set_in("predicate", "before", to={"sha256": "1" * 64}), "stale"),
    "t18 in a role that the person does not hold": (set_in("predicate", "role", to="ml-engineer"), "does not hold"),
    "t25 signed in the future": (set_in("predicate", "signedAt", to=on(minutes=5, seconds=1)), "in the future"),
    "t25 expired": (set_in("predicate", "expiresAt", to=on()), "has expired"),
    "t25 with an absurd expiry": (
        set_in("predicate", "expiresAt", to="9999-01-01T00:00:00Z"),
        "for longer than 90 days",
    ),
    "t25 that ends before it begins": (set_in("predicate", "signedAt", to=on(days=11)), "in the future"),
    "t19 dated into a key's validity": (set_in("predicate", "signedAt", to=on(days=-600)), "for longer than"),
}


@pytest.mark.parametrize("case", ALTERED)
def test_a_record_that_says_something_else_counts_for_nothing(world: Governed, case: str) -> None:
    alter, because = ALTERED[case]
    nearly(world)
    forged(world, alter)
    denied(world.gate(*AT), because)


def test_a_record_that_is_too_old_for_the_requirement_fills_no_slot(world: Governed) -> None:
    nearly(world)
    forged(world, set_in("predicate", "signedAt", to=on(days=-14, seconds=-1)))
    denied(world.gate(*AT), "signed longer than 14d ago")


SIGNED = {
    "t16 by the key of somebody else": ({"by": "lead-2"}, "signed by the key of `lead-2`"),
    "t15 by a key that nobody has": ({"by": "stranger"}, "a key that nobody has"),
    "t15 by a machine's key": ({"by": "reconciler"}, "signed by the key of machine `reconciler`"),
    "t21 for another use": ({"namespace": "git"}, "made for another use"),
    "t21 for a file": ({"namespace": "file"}, "made for another use"),
}


@pytest.mark.parametrize("case", SIGNED)
def test_a_signature_of_another_kind_counts_for_nothing(world: Governed, case: str) -> None:
    how, because = SIGNED[case]
    nearly(world)
    forged(world, **how)  # type: ignore[arg-type]
    denied(world.gate(*AT), because)


def test_t13_a_byte_of_the_record_that_changes_voids_the_signature(world: Governed) -> None:
    nearly(world)
    forged(world)
    (path,) = list(world.root.glob(f"{SCOPE}/signoffs/*/lead-1-*.json"))
    path.write_bytes(path.read_bytes().replace(b'"comment": ""', b'"comment": "."'))
    world.commit("A word more")
    denied(world.gate(*AT), "not of these bytes")


def test_a_record_without_its_signature_counts_for_nothing(world: Governed) -> None:
    nearly(world)
    forged(world)
    (path,) = list(world.root.glob(f"{SCOPE}/signoffs/*/lead-1-*.sig"))
    path.unlink()
    world.commit("Less")
    denied(world.gate(*AT), "bears no signature")


def keys_of(world: Governed, old: str, new: str) -> Governed:
    """Merge another state of the people first: on main, before anybody branches off."""
    world.git("switch", "--quiet", "main")
    world.replace("policies/people.yaml", old, new)
    world.commit("People")
    world.git("push", "--quiet", "origin", "main")
    world.git("fetch", "--quiet", "origin")
    return world.branch("later")


@pytest.mark.parametrize(
    ("validity", "because"),
    [
        (f'valid_from: "{BORN}", valid_until: "{on()}"', "not valid now"),
        (f'valid_from: "{on(seconds=1)}", valid_until: "{ENDS}"', "not valid now"),
        (f'valid_from: "{BORN}", valid_until: "{ENDS}", revoked: "{on(days=30)}"', "key is revoked"),
    ],
    ids=["t19 expired", "t19 not yet valid", "t20 revoked, whenever"],
)
def test_a_key_counts_only_while_it_is_valid(world: Governed, validity: str, because: str) -> None:
    lead = public("lead-1")
    old = f'{lead}", valid_from: "{BORN}", valid_until: "{ENDS}"'
    keys_of(world, old, f'{lead}", {validity}')
    nearly(world)
    forged(world)
    denied(world.gate(*AT), because)


def test_t16_one_key_of_two_people_counts_for_neither(world: Governed) -> None:
    keys_of(world, public("lead-2"), public("lead-1"))
    nearly(world)
    forged(world)
    denied(world.gate(*AT), "belongs to two")


def test_t12_a_record_is_not_used_twice(world: Governed) -> None:
    """The same content comes again after a rollback: what was signed then does not count now."""
    world.approved()
    for there in ('production: {release: "1.0.0"}',):
        world.git("switch", "--quiet", "main")
        world.git("merge", "--quiet", "--no-ff", "--no-edit", "change")
        world.replace(MANIFEST, 'production: {release: "1.1.0"}', there)
        world.commit("Back again")
        world.git("push", "--quiet", "origin", "main")
        world.git("fetch", "--quiet", "origin")
    world.branch("again")
    world.promote()
    ended = world.gate()
    assert ended.code == 1
    assert not any(slot["signed"] for state in ended.json["signoffs"] for slot in state["slots"])


def test_t14_nobody_approves_what_they_wrote(world: Governed) -> None:
    world.promote(by="engineer-2")
    world.signed(("engineer-1", "ml-engineer", "propose"), ("engineer-2", "ml-engineer", "approve"), ENOUGH[2])
    denied(world.gate(), "wrote commit")


@pytest.mark.parametrize(
    "hand", ["Co-authored-by: x <lead-1@example.org>", "co-authored-by: LEAD-1 <LEAD-1@EXAMPLE.ORG>"]
)
def test_t14_nobody_approves_what_they_had_a_hand_in(world: Governed, hand: str) -> None:
    world.promote()
    world.git("commit", "--quiet", "--amend", "--message", f"Promote\n\n{hand}")
    world.signed(*ENOUGH)
    denied(world.gate(), "had a hand in commit")


def test_t14_a_committer_is_a_hand_too(world: Governed) -> None:
    world.promote()
    world.git(
        "commit", "--quiet", "--amend", "--no-edit", "--author", "engineer-1 <engineer-1@example.org>", by="lead-1"
    )
    world.signed(*ENOUGH)
    denied(world.gate(), "had a hand in commit")


def test_t14_what_was_taken_back_again_still_has_its_author(world: Governed) -> None:
    """A part in the change is a part in any of its commits, also where a later one undoes it."""
    text = world.read(f"models/{MODEL}/canary.yaml")
    world.write(f"models/{MODEL}/canary.yaml", text + "# a word\n")
    world.commit("A word", "lead-1")
    world.write(f"models/{MODEL}/canary.yaml", text)
    world.commit("No word", "engineer-1")
    world.promote()
    world.signed(*ENOUGH)
    denied(world.gate(), "wrote commit")


def test_t87_the_proposer_fills_no_slot_even_under_a_made_up_author(world: Governed) -> None:
    world.promote(by="nobody")
    world.signed(("engineer-1", "ml-engineer", "propose"), ENOUGH[2])
    ended = world.sign("engineer-1", "ml-engineer", "approve")
    assert ended.code == 0
    denied(world.gate(), "proposed this change")


def test_t87_a_change_without_a_signed_proposal_is_denied(world: Governed) -> None:
    world.promote(by="nobody")
    world.signed(*ENOUGH[1:])
    ended = world.gate()
    assert ended.code == 1
    assert ended.json["proposals"] == [{"scope": SCOPE, "demanded": True, "by": []}]


def test_t27_words_in_a_commit_approve_nothing(world: Governed) -> None:
    nearly(world)
    world.git("commit", "--quiet", "--allow-empty", "--message", "LGTM :+1:\n\nApproved-by: lead-1", by="lead-1")
    assert world.gate().code == 1


def test_a_rejection_denies_however_many_approve(world: Governed) -> None:
    world.approved()
    world.sign("lead-2", "team-lead", "reject")
    ended = world.gate()
    assert ended.code == 1
    assert [one["person"] for one in ended.json["rejections"]] == ["lead-2"]


def test_the_newest_word_of_a_person_counts(world: Governed) -> None:
    nearly(world)
    forged(world, set_in("predicate", "signedAt", to=on(hours=-11)))

    def no(record: dict[str, Any]) -> None:
        record["predicate"] |= {"decision": "reject", "signedAt": on(hours=-10), "nonce": "f" * 32}

    forged(world, no)
    assert world.gate(*AT).code == 1


def test_t26_a_record_of_the_base_is_never_taken_away(world: Governed) -> None:
    world.approved()
    world.git("switch", "--quiet", "main")
    world.git("merge", "--quiet", "--no-ff", "--no-edit", "change")
    world.git("push", "--quiet", "origin", "main")
    world.git("fetch", "--quiet", "origin")
    world.branch("tidy")
    (path,) = list(world.root.glob(f"{SCOPE}/signoffs/*/lead-1-*.json"))
    path.unlink()
    world.commit("Tidy up")
    denied(world.gate(), "the record is gone; what was signed stays")


HIDDEN = {
    "code in the folder of records": f"{SCOPE}/signoffs/run.py",
    "a spec in a folder named so": f"{SCOPE}/releases/1.1.0/signoffs/release.yaml",
    "a file named so": "environments/signoffs",
    "in another case": f"{SCOPE}/Signoffs/x.json",
    "at the top": "signoffs/x.json",
    "under a record's name": f"{SCOPE}/signoffs/{'0' * 12}/lead-1-{'0' * 8}.json",
    "a signature of nothing": f"{SCOPE}/signoffs/{'0' * 12}/lead-1-{'0' * 8}.json.sig",
}


@pytest.mark.parametrize("case", HIDDEN)
def test_t81_nothing_but_records_is_called_signoffs(world: Governed, case: str) -> None:
    world.approved()
    world.write(HIDDEN[case], "{}\n")
    world.commit("Hidden")
    denied(world.gate(), "sign-off record" if "signature" not in case else "is the signature of no record")


def test_t81_a_record_of_another_scope_does_not_stand_here(world: Governed) -> None:
    world.approved()
    forged(world)
    (path,) = list(world.root.glob(f"{SCOPE}/signoffs/*/lead-1-01234567.json"))
    world.write(f"models/other/signoffs/{path.parent.name}/{path.name}", path.read_bytes())
    world.commit("Elsewhere")
    denied(world.gate(*AT), "is no sign-off record of the name that it has")


def mixed() -> Iterator[tuple[str, str, str, str]]:
    yield "t01 a floor", "policies/floors.yaml", "schema: floors/v1", "schema: floors/v1 # lower"
    yield "t02 the people", "policies/people.yaml", "teams:", "teams: # more"
    yield "t05 a level", "policies/enforcement.yaml", "schema: enforcement/v1", "schema: enforcement/v1 # milder"
    yield "t03 a rule", "validators/identity/folder-name.py", "Why:", "Why: nothing."
    yield "an environment", "environments/production.yaml", "schema: environment/v1", "schema: environment/v1 # x"
    yield "t49 the attributes", ".gitattributes", "* -text", "* text"


@pytest.mark.parametrize("case", list(mixed()), ids=lambda case: case[0])
def test_policy_never_changes_with_what_it_judges(world: Governed, case: tuple[str, str, str, str]) -> None:
    _, path, old, new = case
    world.replace(path, old, new)
    world.promote()
    denied(world.gate(), "change in one step")


def test_t04_a_workflow_never_changes_with_a_model(world: Governed) -> None:
    world.write(".github/workflows/gate.yml", "on: push\n")
    world.promote()
    denied(world.gate(), "change in one step")


@pytest.mark.parametrize(
    ("path", "old", "new", "kind"),
    [
        ("manifest.yaml", "tier: medium", "tier: low", "tier"),
        ("thresholds.yaml", "at_least: 0.75", "at_least: 0.1", "threshold-loosened"),
        ("canary.yaml", "weight: 10", "weight: 49", "canary"),
        ("approvers.yaml", "[engineer-1, engineer-2]", "[engineer-1, engineer-2, lead-2]", "approvers"),
        ("retention.yaml", "ci_logs: 5y", "ci_logs: 4y", "retention-shortened"),
    ],
)
def test_t82_no_demand_is_loosened_in_the_step_that_profits(
    world: Governed, path: str, old: str, new: str, kind: str
) -> None:
    world.replace(f"{SCOPE}/{path}", old, new)
    world.approved()
    denied(world.gate(), f"`{kind}`")


def test_t02_a_key_that_is_added_must_show_that_somebody_holds_it(world: Governed) -> None:
    lead = public("lead-2")
    world.replace("policies/people.yaml", lead, public("lead-2", "ecdsa"))
    world.commit("A new key", "owner-1")
    world.signed(
        ("owner-2", "policy-owner", "propose"),
        ("board-1", "governance-board", "approve"),
    )
    denied(world.gate(), "nobody has shown to hold this key of `lead-2`")


def test_t02_own_keys_added_in_the_same_change_sign_nothing(world: Governed) -> None:
    world.replace("policies/people.yaml", public("owner-2"), public("intruder"))
    world.commit("A new key", "engineer-1")
    ended = world.sign("owner-2", "policy-owner", "approve", using="intruder")
    assert ended.code == 1
    assert "a key that nobody has" in ended.err


def test_t28_a_sign_off_is_of_the_merge_result(world: Governed) -> None:
    """Main has moved in the same model meanwhile: what would be merged is not what was signed."""
    world.approved()
    world.git("switch", "--quiet", "main")
    world.write(f"{SCOPE}/README.md", "Words.\n")
    world.commit("Words", "engineer-2")
    world.git("push", "--quiet", "origin", "main")
    world.git("switch", "--quiet", "change")
    denied(world.gate("--base", "origin/main"), "stale")


def test_t09_no_policies_at_the_base_judge_nothing(world: Governed) -> None:
    world.git("switch", "--quiet", "main")
    world.remove("policies/signoff.yaml")
    world.commit("Gone")
    world.git("push", "--quiet", "origin", "main")
    world.git("fetch", "--quiet", "origin")
    world.branch("later")
    world.promote()
    ended = world.gate()
    assert ended.code == 3
    assert "policies/signoff.yaml" in ended.err


def test_an_engine_that_the_policy_does_not_allow_judges_nothing(world: Governed) -> None:
    world.git("switch", "--quiet", "main")
    world.replace("policies/policy.yaml", '">=0.1,<1"', '">=7"')
    world.commit("Engine")
    world.git("push", "--quiet", "origin", "main")
    world.git("fetch", "--quiet", "origin")
    world.branch("later")
    world.promote()
    ended = world.gate()
    assert ended.code == 3
    assert "allows the engine >=7" in ended.err


def test_a_change_that_no_requirement_covers_is_an_error(world: Governed) -> None:
    world.git("switch", "--quiet", "main")
    world.replace("policies/signoff.yaml", "change: [documentation]", "change: [hold]")
    world.commit("Nobody is asked about words")
    world.git("push", "--quiet", "origin", "main")
    world.git("fetch", "--quiet", "origin")
    world.branch("later")
    world.write(f"{SCOPE}/README.md", "Words.\n")
    world.commit("Words")
    ended = world.gate()
    assert ended.code == 3
    assert "no requirement covers the change `documentation`" in reasons(ended)


def test_t51_a_model_folder_is_never_deleted_or_renamed(world: Governed) -> None:
    world.git("mv", f"models/{MODEL}", "models/renamed")
    world.commit("Rename")
    denied(world.gate(), f"models/{MODEL} is gone")


def test_people_of_the_head_hold_no_roles(world: Governed) -> None:
    world.replace(f"{SCOPE}/approvers.yaml", "team-lead: [{team: leads}]", "team-lead: [engineer-2]")
    world.commit("Engineers are leads")
    ended = world.sign("engineer-2", "team-lead", "approve")
    assert ended.code == 2
    assert "does not hold the role `team-lead`" in ended.err


@pytest.mark.parametrize(
    ("old", "new"),
    [("tier: medium", "tier: [medium"), ("tier: medium", "tier: huge"), ("tier: medium", "tier: medium\ntier: low")],
    ids=["no YAML", "no spec", "t31 a key twice"],
)
def test_a_spec_that_cannot_be_read_in_one_way_is_denied(world: Governed, old: str, new: str) -> None:
    world.approved()
    world.replace(MANIFEST, old, new)
    world.commit("Broken")
    denied(world.gate(), "cannot be told")


def test_a_machine_proposes_nothing_but_a_rollback(world: Governed) -> None:
    world.promote(by="nobody")
    world.signed(*ENOUGH[1:])

    def propose(record: dict[str, Any]) -> None:
        record["predicate"] |= {"decision": "propose", "person": "reconciler", "role": "reconciler"}

    forged(world, propose, person="reconciler")
    ended = world.gate(*AT)
    assert ended.code == 1
    assert ended.json["proposals"][0]["by"] == []
