"""A promotion through the gate: proposed, signed, and allowed; and whatever is missing is named."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from governed import ENOUGH, Governed, people
from repository import COMMAND


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    return Governed.started(tmp_path)


def test_an_unsigned_promotion_is_denied_and_says_who_can_sign(world: Governed) -> None:
    world.promote()
    ended = world.gate()
    assert ended.code == 1
    assert ended.json["verdict"] == "deny"
    (change,) = ended.json["changes"]
    assert (change["kind"], change["from"], change["to"]) == ("promotion", "1.0.0", "1.1.0")
    (requirement,) = ended.json["signoffs"]
    assert not requirement["satisfied"]
    engineer, lead = requirement["slots"]
    assert engineer["possible"] == ["engineer-2"]
    assert [one["person"] for one in engineer["excluded"]] == ["engineer-1"]
    assert lead["possible"] == ["lead-1", "lead-2"]
    assert ended.json["proposals"] == [{"scope": "models/credit-score", "demanded": True, "by": []}]


def test_a_branch_that_is_merged_changes_nothing_against_the_branch_that_is_named(world: Governed) -> None:
    world.promote()
    world.git("push", "--quiet", "--set-upstream", "origin", "change")
    hook = world.server / "hooks/pre-receive"
    hook.unlink(missing_ok=True)
    world.git("push", "--quiet", "origin", "HEAD:main")
    for options, against in (((), "origin/main"), (("--base", "HEAD"), "HEAD")):
        ended = world.modelward("gate", *options)
        assert ended.code == 4
        assert f"HEAD changes nothing against {against}\n  = help: commit something first" in ended.err


def test_a_promotion_that_is_proposed_and_signed_by_two_others_is_allowed(world: Governed) -> None:
    world.promote()
    ended = world.signed(*ENOUGH).gate()
    assert (ended.code, ended.json["verdict"]) == (0, "allow"), ended.json


@pytest.mark.parametrize("left_out", range(3))
def test_a_promotion_that_lacks_one_signature_is_denied(world: Governed, left_out: int) -> None:
    world.promote()
    world.signed(*(one for index, one in enumerate(ENOUGH) if index != left_out))
    assert world.gate().json["verdict"] == "deny"


def test_any_change_after_signing_makes_it_stale_and_names_the_line(world: Governed) -> None:
    world.approved()
    world.write("models/credit-score/README.md", "One word more.\n")
    world.commit("More")
    ended = world.gate()
    assert ended.code == 1
    stale = [one for state in ended.json["signoffs"] for slot in state["slots"] for one in slot["stale"]]
    assert {one["person"] for one in stale} == {"engineer-2", "lead-1"}
    assert all("models/credit-score/README.md" in one["changed"] for one in stale)


@pytest.mark.parametrize(
    ("options", "lacking"),
    [
        ((), "--decision and --comment and --yes"),
        (("--decision", "propose"), "--comment and --yes"),
        (("--decision", "propose", "--comment", "Well done"), "--yes"),
    ],
)
def test_signing_without_anybody_there_names_what_would_be_asked(
    world: Governed, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], lacking: str
) -> None:
    world.promote()
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        ended = world.modelward("sign", "--as", "engineer-1", *options)
    assert ended.code == 2
    assert "nobody is here to ask" in ended.err
    assert ended.err.endswith(f"= help: give {lacking}\n")


def test_signing_shows_the_answer_only_once_the_signature_stands(world: Governed) -> None:
    world.promote()
    world.signed(*ENOUGH[:-1])
    person, role, decision = ENOUGH[-1]
    ended = world.sign(person, role, decision, "--commit")
    assert ended.code == 0, ended
    assert "denied" not in ended.out
    assert "allowed: 1 change, 0 denying findings, 0 of 2 sign-offs missing" in ended.out
    assert ended.out.endswith("next: git push -u origin change\n")


def test_what_is_signed_on_a_branch_that_was_pushed_is_just_pushed(world: Governed) -> None:
    world.promote()
    world.push("--quiet", "--set-upstream", "origin", "change")
    ended = world.sign("engineer-1", "ml-engineer", "propose", "--commit", "--base", "origin/main")
    assert ended.out.endswith("next: git push\n"), ended


def test_whoever_signs_sees_the_numbers_beside_what_is_asked_for(world: Governed) -> None:
    world.promote()
    shown = world.sign("engineer-1", "ml-engineer", "propose").out
    (absolute,) = [line for line in shown.splitlines() if "at least 0.75" in line]
    assert "credit-score 1.1.0 into production" in shown
    assert absolute.split()[:5] == ["auc_roc", "at", "least", "0.75", "0.794"]
    assert "metrics.json:" in absolute
    (compared,) = [line for line in shown.splitlines() if "worse than the champion by at most 0.02" in line]
    assert " against " in compared
    assert "backtest.json:" in compared
    (slow,) = [line for line in shown.splitlines() if "latency_p95" in line]
    assert "at most 100" in slow


def test_what_evidence_does_not_say_is_shown_as_that_to_whoever_signs(world: Governed) -> None:
    world.promote("1.2.0")
    shown = world.sign("engineer-1", "ml-engineer", "propose").out
    (compared,) = [line for line in shown.splitlines() if "worse than the champion by at most 0.02" in line]
    assert "not measured" in compared


def test_somebody_without_a_valid_key_is_not_named_as_one_who_can_sign(world: Governed) -> None:
    world.git("switch", "--quiet", "main")
    keyless = people().replace(
        "lead-2, emails: [lead-2@example.org], keys: [", "lead-2, emails: [], keys: [], roles: ["
    )
    before, _, rest = keyless.partition("roles: [{")
    world.write("policies/people.yaml", before + "roles: []" + rest.partition("}]")[2])
    world.commit("Take the key of lead-2 away")
    world.git("push", "--quiet", "origin", "main")
    world.branch("keyless", "origin/main")
    world.promote()
    (requirement,) = world.gate().json["signoffs"]
    lead = requirement["slots"][1]
    assert lead["possible"] == ["lead-1"]
    assert {"person": "lead-2", "why": "has no valid key in policies/people.yaml"} in lead["excluded"]


def test_whoever_adds_a_model_proposes_it_in_a_role_of_its_own(world: Governed) -> None:
    for path in world.git("ls-files", "models/credit-score").splitlines():
        text = (world.root / path).read_text()
        world.write(path.replace("credit-score", "other-score"), text.replace("credit-score", "other-score"))
    world.commit("Add a model", "engineer-1")
    ended = world.sign("engineer-1", "ml-engineer", "propose")
    assert ended.code == 0, ended
    document = world.gate().json
    assert [one["by"] for one in document["proposals"]] == [["engineer-1"]]
    ended = world.sign("engineer-2", "ml-engineer", "approve")
    assert ended.code == 2
    assert "`engineer-2` does not hold the role `ml-engineer`" in ended.err


def test_g1_the_verdict_is_the_same_from_any_clone_offline_on_another_machine_and_day(
    world: Governed, tmp_path: Path
) -> None:
    world.approved()
    ends = ("--base", world.git("rev-parse", "origin/main"), "--head", world.git("rev-parse", "HEAD"))
    asked = ("gate", *ends, "--at", "2026-11-25T12:00:00Z", "--format", "json")
    here = world.modelward(*asked)
    assert (here.code, here.json["verdict"]) == (0, "allow")
    elsewhere = tmp_path / "elsewhere"
    world.git("push", "--quiet", "origin", "HEAD:refs/heads/asked")
    subprocess.run(["git", "clone", "--quiet", str(world.server), str(elsewhere)], check=True)
    shutil.rmtree(world.server)
    other = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8"}
    done = subprocess.run([str(COMMAND), *asked], cwd=elsewhere, env=other, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, here.out), done.stderr
    later = world.modelward(*asked[:5], "--at", "2027-06-01T00:00:00Z", "--format", "json")
    assert later.json["verdict"] == "deny", "only the time that is passed in makes a difference"
