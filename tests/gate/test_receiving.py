"""What a push may do to the branches that are trusted, judged on commits that stand in git already."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from inmemory import ENOUGH, NOW, PEOPLE, PROPOSED, Files, Record, entry, replaced, signed
from keyring import signature
from modelward.errors import CannotEvaluate, WrongUse
from modelward.gate.receiving import Refused, Update, git_of_hook, read_updates, refused
from modelward.ledger.branch import BRANCH as LEDGER
from modelward.ledger.branch import written_state
from modelward.ledger.folding import State, folded
from modelward.ledger.writing import record, record_path, written
from modelward.specs.ledger import Debt, LedgerRecord
from modelward.specs.scalars import ModelName, PersonName, RoleName
from modelward.tree.git import Git
from repository import Repository
from trunk import PROMOTED, START, Trunk, commit

SIGNED = signed(START, PROMOTED, *ENOUGH)
MAIN = "refs/heads/main"
ZERO = "0" * 40


def test_what_git_tells_a_hook_is_read() -> None:
    lines = [f"{ZERO} {'a' * 40} refs/heads/new\n", f"{'a' * 40} {ZERO} refs/heads/a b", f"{'a' * 64} {'b' * 64} x\n"]
    assert list(read_updates(lines)) == [
        Update("refs/heads/new", None, "a" * 40),
        Update("refs/heads/a b", "a" * 40, None),
        Update("x", "a" * 64, "b" * 64),
    ]
    assert list(read_updates([])) == []
    every = "0123456789abcdef" * 4
    for ref in ("refs/heads/main\u00a0", "refs/heads/X", "refs/heads/ x"):
        assert list(read_updates([f"{every} {ZERO} {ref}\n"])) == [Update(ref, every, None)]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\n",
        "a b\n",
        f"{ZERO}  x\n",
        f" {ZERO} x\n",
        f"{ZERO}  {ZERO} x\n",
        f"{'X' * 40} {ZERO} x\n",
        f"{ZERO} main x\n",
        f"HEAD {ZERO} x",
    ],
)
def test_what_git_never_tells_a_hook_is_refused(line: str) -> None:
    with pytest.raises(CannotEvaluate) as ended:
        list(read_updates([line]))
    assert ended.value.message == "standard input is not what git tells a pre-receive hook"
    assert ended.value.remedy == "call this from that hook"


def test_a_hook_judges_the_repository_that_it_runs_in_with_the_pushed_objects(tmp_path: Path) -> None:
    assert git_of_hook({}, tmp_path) == Git(tmp_path.resolve(), ())
    assert git_of_hook({"GIT_DIR": "server"}, tmp_path).root == (tmp_path / "server").resolve()
    absolute = str(tmp_path.resolve())
    handed = git_of_hook(
        {
            "GIT_DIR": ".",
            "GIT_OBJECT_DIRECTORY": "objects/incoming",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{absolute}/objects:more",
            "GIT_QUARANTINE_PATH": f"{absolute}/objects/incoming",
            "GIT_WORK_TREE": "/elsewhere",
        },
        tmp_path,
    ).quarantine
    assert dict(handed) == {
        "GIT_OBJECT_DIRECTORY": f"{absolute}/objects/incoming",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{absolute}/objects:{absolute}/more",
        "GIT_QUARANTINE_PATH": f"{absolute}/objects/incoming",
    }


@pytest.mark.parametrize("name", ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"])
@pytest.mark.parametrize("value", ["/elsewhere", "..", "objects:../other/objects"])
def test_t84_a_variable_that_leads_out_of_the_repository_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(WrongUse) as ended:
        git_of_hook({name: value}, tmp_path)
    assert ended.value.message == f"{name} leads out of {tmp_path.resolve()}"
    assert ended.value.remedy == "call this from the pre-receive hook of the repository"


def answers(trunk: Trunk, *updates: Update) -> list[tuple[str, str, str, bool]]:
    return [(one.update.ref, one.why, one.remedy, one.verdict is not None) for one in refused(trunk.git, updates, NOW)]


def test_main_takes_what_the_walk_trusts(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path, SIGNED)
    assert answers(trunk, Update(MAIN, trunk.ids[0], trunk.ids[1])) == []
    assert answers(trunk, Update(MAIN, trunk.ids[0], trunk.ids[0])) == []


@pytest.mark.parametrize("what", ["a model", "a policy"])
def test_main_takes_nothing_that_is_not_signed(tmp_path: Path, what: str) -> None:
    policy = {**START, "policies/floors.yaml": START["policies/floors.yaml"] + b"# words\n"}
    trunk = Trunk(tmp_path, PROMOTED if what == "a model" else policy)
    update = Update(MAIN, *trunk.ids)
    (one,) = refused(trunk.git, [update], NOW)
    assert (one.update, one.why, one.remedy) == (update, f"{MAIN} takes only what may be merged", "see the verdict")
    assert one.verdict is not None
    assert one.verdict.answer == "deny"


def test_other_branches_take_anything(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path, PROMOTED)
    for ref in ("refs/heads/change", "refs/tags/main", "main", "refs/heads/main2", f"{LEDGER}/x"):
        assert answers(trunk, Update(ref, trunk.ids[0], trunk.ids[1]), Update(ref, trunk.ids[1], None)) == []


def test_every_update_of_a_push_is_judged(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path, PROMOTED)
    refs = answers(
        trunk, Update("refs/heads/x", None, trunk.ids[1]), Update(LEDGER, *trunk.ids), Update(MAIN, *trunk.ids)
    )
    assert [ref for ref, _, _, _ in refs] == [LEDGER, MAIN]


@pytest.mark.parametrize("ref", [MAIN, LEDGER])
def test_t57_a_trusted_branch_is_neither_deleted_nor_rewritten(tmp_path: Path, ref: str) -> None:
    trunk = Trunk(tmp_path, SIGNED)
    assert answers(trunk, Update(ref, trunk.ids[0], None)) == [
        (ref, f"{ref} is never deleted", "push no deletion of it", False)
    ]
    assert answers(trunk, Update(ref, trunk.ids[1], trunk.ids[0])) == [
        (ref, f"{ref} only moves forward: its history is never rewritten", "push without --force", False)
    ]


def test_main_has_a_first_commit_before_the_hook_judges(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path)
    remedy = "let an administrator push the first commit before the hook is installed"
    why = f"{MAIN} has no commit yet from which anything could be judged"
    assert answers(trunk, Update(MAIN, None, trunk.ids[0])) == [(MAIN, why, remedy, False)]


def ledger(trunk: Trunk, *signers: str | None) -> list[str]:
    """Commits of the ledger, each with one more record and signed by the key of a name, or by none."""
    records: list[LedgerRecord] = []
    ids: list[str] = []
    for minute, signer in enumerate(signers):
        records.append(
            record(
                "judgement", NOW + timedelta(minutes=minute), commit=trunk.ids[0], root=trunk.ids[0], verdict="allow"
            )
        )
        ids.append(entered(trunk, tree(trunk, files(*records)), signer, *ids[-1:]))
    return ids


def files(*records: LedgerRecord) -> dict[str, bytes]:
    """What a ledger holds that has some records."""
    return {record_path(one): written(one) for one in records} | written_state(folded(State(), records))


def tree(trunk: Trunk, files: Mapping[str, bytes]) -> str:
    """A tree of files in the repository."""
    world = Repository(trunk.git.root)
    world.git(
        "fast-import", "--quiet", "--force", stdin=commit(files).replace(b"refs/heads/main", b"refs/heads/records")
    )
    return world.git("rev-parse", "records^{tree}")


def entered(trunk: Trunk, tree: str, signer: str | None, *parents: str) -> str:
    """A commit of a tree, signed by the key of a name, or by none."""
    person = "reconciler <reconciler@example.org> 1 +0000"
    headers = [f"tree {tree}", *(f"parent {one}" for one in parents), f"author {person}", f"committer {person}"]
    body = "\n\nRecord\n"
    text = "\n".join(headers) + body
    if signer is not None:
        lines = signature(text.encode(), signer, namespace="git").decode().splitlines()
        text = "\n".join([*headers, "gpgsig " + lines[0], *(" " + line for line in lines[1:])]) + body
    return Repository(trunk.git.root).git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())


def recorded(trunk: Trunk, *records: LedgerRecord) -> None:
    """Let the ledger of the repository hold some records."""
    signed_by = entered(trunk, tree(trunk, files(*records)), "reconciler")
    Repository(trunk.git.root).git("update-ref", LEDGER, signed_by)


def test_what_the_ledger_says_is_owed_keeps_a_promotion_out(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path, SIGNED)
    update = Update(MAIN, *trunk.ids)
    assert answers(trunk, update) == []
    owed = Debt.model_construct(
        model=ModelName("credit-score"),
        since=trunk.ids[0],
        commit=trunk.ids[0],
        before="a" * 64,
        after="b" * 64,
        requirement="rollback",
        roles=(RoleName("team-lead"),),
        by=(PersonName("engineer-2"),),
        signed=NOW,
        at=NOW,
    )
    recorded(trunk, record("judgement", NOW, commit=trunk.ids[0], root=trunk.ids[0], debts=(owed,)))
    (one,) = refused(trunk.git, [update], NOW)
    assert one.verdict is not None
    assert [judged.rule for judged in one.verdict.denying] == ["review-owed"]


def test_what_the_ledger_says_has_held_an_environment_may_come_back_as_a_rollback(tmp_path: Path) -> None:
    by_lead = Record("lead-1", "team-lead", nonce="3" * 32)
    trunk = Trunk(tmp_path, signed(START, PROMOTED, PROPOSED, by_lead))
    update = Update(MAIN, *trunk.ids)
    assert len(answers(trunk, update)) == 1
    where = {"model": "credit-score", "environment": "production"}
    artifact = "sha256:" + "a" * 64
    done = record("outcome", NOW, **where, action="promotion", release="1.1.0", artifact=artifact, success=True)
    recorded(trunk, done, record("judgement", NOW, commit=trunk.ids[0], root=trunk.ids[0]))
    assert answers(trunk, update) == []


UNSIGNED = "the commit bears no signature"
BY_NOBODY = "is signed by no machine that may write the ledger"


def test_the_ledger_takes_what_its_machine_has_signed(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path)
    first, second, third = ledger(trunk, "reconciler", "reconciler", "scribe")
    assert answers(trunk, Update(LEDGER, None, third)) == []
    assert answers(trunk, Update(LEDGER, first, second)) == []


def unsigned(trunk: Trunk, old: str | None, new: str) -> str:
    (one,) = refused(trunk.git, [Update(LEDGER, old, new)], NOW)
    assert (one.remedy, one.verdict) == ("only the reconciler writes there", None)
    assert one.update == Update(LEDGER, old, new)
    return one.why


def test_every_commit_of_the_ledger_is_signed_and_what_stands_there_is_not_asked_again(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path)
    first, second, third = ledger(trunk, "reconciler", None, "reconciler")
    for old, new in ((None, third), (first, second), (None, second)):
        assert unsigned(trunk, old, new) == f"ledger commit {second[:12]}: {UNSIGNED}"
    assert answers(trunk, Update(LEDGER, second, third)) == []


def with_people(tmp_path: Path, files: Mapping[str, bytes], signer: str) -> tuple[Trunk, str]:
    trunk = Trunk(tmp_path, files)
    return trunk, ledger(trunk, signer)[0]


def reconciler(old: str, new: str) -> Files:
    return replaced(START, PEOPLE, entry("reconciler"), entry("reconciler").replace(old, new))


@pytest.mark.parametrize("signer", ["lead-1", "stranger", "visitor"])
def test_nobody_else_writes_the_ledger(tmp_path: Path, signer: str) -> None:
    machine = f"machines:\n  visitor: {{may: [rollback-branch], keys: [{entry('visitor')}]}}\n"
    trunk, commit = with_people(tmp_path, replaced(START, PEOPLE, "machines:\n", machine), signer)
    assert unsigned(trunk, None, commit) == f"ledger commit {commit[:12]} {BY_NOBODY}"


def test_t20_a_revoked_key_writes_no_ledger(tmp_path: Path) -> None:
    revoked = reconciler("}", ', revoked: "2027-01-01T00:00:00Z"}')
    trunk, commit = with_people(tmp_path, revoked, "reconciler")
    assert unsigned(trunk, None, commit) == f"ledger commit {commit[:12]} {BY_NOBODY}"


def test_the_keys_of_main_count_and_a_key_may_have_a_comment(tmp_path: Path) -> None:
    commented = reconciler('", valid_from', ' reconciler", valid_from')
    trunk, commit = with_people(tmp_path, commented, "reconciler")
    assert answers(trunk, Update(LEDGER, None, commit)) == []


def rewritten(trunk: Trunk, old: str | None, new: str) -> str:
    (one,) = refused(trunk.git, [Update(LEDGER, old, new)], NOW)
    assert (one.remedy, one.verdict) == ("records are only ever added, each commit upon the last", None)
    assert one.update == Update(LEDGER, old, new)
    return one.why.replace(new[:12], "NEW")


def test_t59_a_record_that_stands_is_neither_changed_nor_removed_by_the_machine_itself(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path)
    one = record("judgement", NOW, commit=trunk.ids[0], root=trunk.ids[0], verdict="allow")
    other = record("judgement", NOW, commit=trunk.ids[0], root=trunk.ids[0], verdict="deny")
    first = entered(trunk, tree(trunk, files(one)), "reconciler")
    removed = entered(trunk, tree(trunk, files(other)), "reconciler", first)
    assert rewritten(trunk, first, removed) == f"ledger commit NEW changes or removes {record_path(one)}"
    assert rewritten(trunk, None, removed) == f"ledger commit NEW changes or removes {record_path(one)}"
    words = files(one) | {record_path(one): written(one) + b"\n"}
    changed = entered(trunk, tree(trunk, words), "reconciler", first)
    assert rewritten(trunk, first, changed) == f"ledger commit NEW changes or removes {record_path(one)}"


def test_t59_a_state_that_the_records_do_not_come_to_is_refused(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path)
    one, later = (
        record("judgement", NOW + timedelta(minutes=minute), commit=trunk.ids[0], root=trunk.ids[0], verdict="allow")
        for minute in (0, 1)
    )
    first = entered(trunk, tree(trunk, files(one)), "reconciler")
    lying = files(one, later) | {"state/trust.json": files(one)["state/trust.json"].replace(b"trusted", b"distrusted")}
    assert "cannot be read" in rewritten(trunk, None, entered(trunk, tree(trunk, lying), "reconciler"))
    more = files(one, later) | {"state/credit-score/production.json": b"{}\n"}
    why = "the ledger at NEW says another state than its records come to"
    assert rewritten(trunk, first, entered(trunk, tree(trunk, more), "reconciler", first)) == why


def test_t60_what_is_no_record_has_no_place_in_the_ledger(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path)
    one = record("judgement", NOW, commit=trunk.ids[0], root=trunk.ids[0], verdict="allow")
    added = entered(trunk, tree(trunk, files(one) | {"README.md": b"Words\n"}), "reconciler")
    assert rewritten(trunk, None, added) == "ledger commit NEW changes or removes README.md"
    renamed = files(one) | {record_path(one).replace(".json", "x.json"): written(one)}
    assert "is no record of that name" in rewritten(trunk, None, entered(trunk, tree(trunk, renamed), "reconciler"))


def test_t59_two_ledgers_are_never_merged_into_one(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path)
    first, second = ledger(trunk, "reconciler", "reconciler")
    content = Repository(tmp_path).git("rev-parse", f"{second}^{{tree}}")
    merged = entered(trunk, content, "reconciler", first, second)
    assert rewritten(trunk, first, merged).endswith("does not follow the one before it")


def test_t84_a_ledger_that_begins_again_from_other_people_is_refused(tmp_path: Path) -> None:
    trunk = Trunk(tmp_path, SIGNED)
    elsewhere = Repository(tmp_path)
    other = elsewhere.git("commit-tree", "main^{tree}", "-m", "Of nobody's main")
    one = record("judgement", NOW, commit=other, root=other, verdict="allow")
    begun = entered(trunk, tree(trunk, files(one)), "reconciler")
    assert "which did not lead to" in rewritten(trunk, None, begun)


def test_a_refusal_without_a_verdict_has_none() -> None:
    assert Refused(Update(MAIN, None, None), "why", "remedy").verdict is None
