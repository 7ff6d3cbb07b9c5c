"""hold, unhold, promote-step, abort and resume: what stands beside a release. Rows D3 and F4 of the mission."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from governed import ENDS, MODEL, Governed, key
from governed import MANIFEST as ITS_MANIFEST
from modelward.ledger.branch import LedgerBranch, extended, verified
from modelward.ledger.writing import record
from modelward.specs.ledger import LedgerRecord
from modelward.specs.rollout import Phase, Rollout
from modelward.specs.scalars import EnvironmentName, ModelName, ReleaseName
from modelward.tree.git import Git
from repository import Repository

MANIFEST = "models/credit-risk/manifest.yaml"
BEFORE = 'production: {release: "1.0.0", ml_enabled: true, feedback_enabled: true'
WHERE = ("credit-risk", "production")
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def line(repository: Repository) -> str:
    """The line of production in the working tree, which is all that differs from what is committed."""
    (changed,) = [line for line in repository.git("diff", "--unified=0").splitlines() if line.startswith("+  ")]
    return changed.removeprefix("+").strip()


def test_f4_a_hold_adds_exactly_its_reason_and_its_end(repository: Repository) -> None:
    before = (repository.root / MANIFEST).read_bytes()
    ended = repository.modelward("hold", *WHERE, "--reason", 'An audit, "soon"', "--until", "2099-01-01T00:00:00Z")
    assert ended.code == 0, ended
    added = ', hold: {reason: "An audit, \\"soon\\"", until: "2099-01-01T00:00:00Z"}'
    assert (repository.root / MANIFEST).read_bytes() == before.replace(BEFORE.encode(), (BEFORE + added).encode())
    assert repository.modelward("validate").code == 0


def test_d3_a_dry_run_shows_the_difference_and_writes_nothing(repository: Repository) -> None:
    ended = repository.modelward("hold", *WHERE, "--reason", "audit", "--until", "3d", "--dry-run")
    assert ended.code == 0
    assert f"+  {BEFORE}, hold: {{reason: audit, until: " in ended.out
    assert ended.out.endswith("dry run: nothing was written\n")
    assert repository.git("status", "--porcelain") == ""


def test_a_hold_for_a_time_ends_that_much_later(repository: Repository) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert repository.modelward("hold", *WHERE, "--reason", "audit", "--until", "3d").code == 0
    end = datetime.fromisoformat(line(repository).rpartition('until: "')[2].partition('"')[0])
    assert before <= end - timedelta(days=3) <= datetime.now(UTC)


def test_another_hold_replaces_the_first_where_it_stands(repository: Repository) -> None:
    repository.replace(MANIFEST, BEFORE, BEFORE + ", hold: {until: '2098-01-01T00:00:00Z', reason: \"audit\"}")
    ended = repository.modelward("hold", *WHERE, "--reason", "holidays", "--until", "2099-01-01T00:00:00Z")
    assert ended.code == 0, ended
    assert line(repository) == BEFORE + ", hold: {until: '2099-01-01T00:00:00Z', reason: \"holidays\"}}"
    again = repository.modelward("hold", *WHERE, "--reason", "holidays", "--until", "2099-01-01T00:00:00Z")
    assert (again.code, "held so already" in again.err) == (2, True)


@pytest.mark.parametrize("end", ["2020-01-01T00:00:00Z", "0d"])
def test_a_hold_that_has_ended_already_is_refused(repository: Repository, end: str) -> None:
    ended = repository.modelward("hold", *WHERE, "--reason", "audit", "--until", end)
    assert ended.code == 2
    assert f"`{end}` has passed" in ended.err
    assert repository.git("status", "--porcelain") == ""


def test_the_end_of_a_hold_leaves_the_bytes_from_before_it(repository: Repository) -> None:
    before = (repository.root / MANIFEST).read_bytes()
    assert repository.modelward("hold", *WHERE, "--reason", "audit", "--until", "3d").code == 0
    assert repository.modelward("unhold", *WHERE).code == 0
    assert (repository.root / MANIFEST).read_bytes() == before


def test_without_a_hold_there_is_none_to_end(repository: Repository) -> None:
    ended = repository.modelward("unhold", *WHERE)
    assert ended.code == 4
    assert "nothing holds `credit-risk` in `production`" in ended.err


def test_the_edit_says_who_is_to_sign_it_and_who_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "engineer-1@example.org")
    world = Governed.started(tmp_path)
    held = world.modelward("hold", MODEL, "production", "--reason", "audit", "--until", ENDS, "--dry-run")
    assert f"~ hold  models/{MODEL}  deployments.production.hold: nothing -> " in held.out
    promoted = world.modelward("promote", MODEL, "production", "1.1.0", "--dry-run")
    for said in (
        f"~ promotion  models/{MODEL}  production: 1.0.0 -> 1.1.0\n",
        f"missing a proposal of models/{MODEL}  modelward sign --decision propose\n",
        f"missing promotion  models/{MODEL}\n",
        "can sign: engineer-2",
        "can sign: lead-1, lead-2",
        "cannot: engineer-1, who wrote commit (this edit)",
    ):
        assert said in promoted.out, promoted.out


def test_policies_that_cannot_say_who_signs_stop_no_edit(repository: Repository) -> None:
    repository.write("policies/people.yaml", "schema: people/v1\npeople: [\n")
    ended = repository.modelward("promote", *WHERE)
    assert ended.code == 0
    assert "who is to sign cannot be told: " in ended.out


def test_a_step_is_named_and_named_anew(repository: Repository) -> None:
    ended = repository.modelward("promote-step", *WHERE, "2", "--branch", "go-on")
    assert (ended.code, "note: no ledger is known here that could tell of a rollout" in ended.err) == (0, True)
    assert repository.git("log", "--format=%s", "main..") == "Let credit-risk in production go to step 2"
    assert repository.modelward("promote-step", *WHERE, "4").code == 0
    assert line(repository) == BEFORE + ", promote_step: 4}"
    assert repository.modelward("validate").code == 0


def test_a_rollout_is_aborted_by_its_name(repository: Repository) -> None:
    assert repository.modelward("abort", *WHERE, "r-1").code == 0
    assert line(repository) == BEFORE + ", abort: r-1}"
    repository.commit("Abort")
    assert repository.modelward("abort", *WHERE, "r-2").code == 0
    assert line(repository) == BEFORE + ", abort: r-2}"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("hold", "credit-rsk", "production", "--reason", "x", "--until", "3d"), 2, "did you mean `credit-risk`?"),
        (("hold", "credit-risk", "moon", "--reason", "x", "--until", "3d"), 2, "it is deployed to production, staging"),
        (("hold", *WHERE, "--reason", " ", "--until", "3d"), 2, "there is no text in it"),
        (("hold", *WHERE, "--reason", "x\u202e", "--until", "3d"), 2, "does not show: U+202E"),
        (("hold", *WHERE, "--reason", "x"), 2, "--until"),
        (("promote-step", *WHERE, "0"), 2, "0 is not in the range x>=1"),
        (("promote-step", *WHERE, "5"), 2, "its steps are 1 to 3, and 4 is all of the traffic"),
        (("promote-step", "credit-risk", "staging", "1"), 2, "`credit-risk` enters `staging` at once"),
        (("abort", *WHERE), 2, "or name it: modelward abort credit-risk production ID"),
        (("abort", *WHERE, "R 1"), 1, "lower-case letters, digits and `-`"),
        (("resume", *WHERE), 2, "fetch the branch modelward/ledger"),
    ],
)
def test_wrong_arguments_change_nothing_and_say_what_would_be_right(
    repository: Repository, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = repository.modelward(*arguments)
    assert ended.code == code, ended
    assert said in ended.err
    assert repository.git("status", "--porcelain") == ""


def suspended(name: str, release: str, minutes: int) -> LedgerRecord:
    facts = {"model": MODEL, "environment": "production", "release": release, "error": "drift"}
    return record("suspension", AT + timedelta(minutes=minutes), suspension=name, **facts)


def resumed(name: str, minutes: int) -> LedgerRecord:
    facts = {"model": MODEL, "environment": "production", "release": "1.0.0"}
    return record("resume", AT + timedelta(minutes=minutes), suspension=name, **facts)


def kept(folder: Path, *records: LedgerRecord) -> Governed:
    """A clone of a repository whose ledger has some records."""
    world = Governed.started(folder)
    git, main = Git(world.root), world.git("rev-parse", "origin/main")
    judged = record("judgement", AT, commit=main, root=main, verdict="allow")
    ledger = extended(verified(git, None, main, None), [judged, *records], "Record", key("reconciler"))
    assert ledger.commit is not None
    LedgerBranch(git, "origin").publish(ledger.commit, None)
    world.git("fetch", "--quiet", "origin")
    return world


def test_the_only_suspension_of_what_is_deployed_is_lifted_without_its_name(tmp_path: Path) -> None:
    first, other = suspended("s-1", "1.0.0", 1), suspended("s-2", "1.1.0", 2)
    world = kept(tmp_path, first, resumed("s-1", 3), other, suspended("s-3", "1.0.0", 4))
    ended = world.modelward("resume", MODEL, "production")
    assert ended.code == 0, ended
    assert '+  production: {release: "1.0.0", resume: s-3}' in ended.out
    assert 'production: {release: "1.0.0", resume: s-3}' in world.read(ITS_MANIFEST)
    again = world.modelward("resume", MODEL, "production")
    assert (again.code, "already says `resume: s-3`" in again.err) == (2, True)
    lifted = world.modelward("resume", MODEL, "production", "s-1")
    assert (lifted.code, "was lifted at 2026-11-21T09:03:00Z" in lifted.err) == (2, True)
    assert world.modelward("resume", MODEL, "production", "s-2").code == 0
    assert 'production: {release: "1.0.0", resume: s-2}' in world.read(ITS_MANIFEST)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ((), "no suspension of 1.0.0 in `production`\n  = help: nothing is suspended there"),
        ((suspended("s-2", "1.1.0", 2),), "not lifted yet: s-2 of 1.1.0 since 2026-11-21T09:02:00Z (drift"),
        ((suspended("s-1", "1.0.0", 1), suspended("s-3", "1.0.0", 2)), "several suspensions of 1.0.0 in `production`"),
    ],
    ids=["none", "of another", "several"],
)
def test_what_is_open_is_said_when_it_is_not_one(tmp_path: Path, records: tuple[LedgerRecord, ...], said: str) -> None:
    ended = kept(tmp_path, *records).modelward("resume", MODEL, "production")
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ((), "nothing is suspended there; `git fetch`"),
        ((suspended("s-2", "1.0.0", 2),), "not lifted yet: s-2 of 1.0.0"),
    ],
    ids=["none", "another"],
)
def test_a_suspension_that_the_ledger_does_not_know_is_not_lifted(
    tmp_path: Path, records: tuple[LedgerRecord, ...], said: str
) -> None:
    ended = kept(tmp_path, *records).modelward("resume", MODEL, "production", "s-9")
    assert ended.code == 2
    assert "has no suspension s-9 in `production`" in ended.err
    assert said in ended.err


@pytest.mark.parametrize("verb", ["resume", "abort"])
def test_without_a_ledger_an_id_is_taken_as_it_is_named(repository: Repository, verb: str) -> None:
    ended = repository.modelward(verb, *WHERE, "x-9")
    assert (ended.code, "note: no ledger is known here" in ended.err) == (0, True)
    assert line(repository) == BEFORE + f", {verb}: x-9}}"


def begun(phase: Phase = "running", stale: int | None = None) -> LedgerRecord:
    """The record of a rollout as it stands."""
    who = (ModelName(MODEL), EnvironmentName("production"), ReleaseName("1.1.0"), ReleaseName("1.0.0"))
    rollout = Rollout("r-7", *who, step=1, weight=5, started=AT, since=AT, clock=AT, phase=phase, stale=stale)
    facts = {"model": MODEL, "environment": "production", "release": "1.1.0", "rollout": rollout}
    return record("observation", AT + timedelta(minutes=1), **facts)


def test_the_rollout_that_runs_is_aborted_without_its_name(tmp_path: Path) -> None:
    world = kept(tmp_path, begun())
    ended = world.modelward("abort", MODEL, "production")
    assert ended.code == 0, ended
    assert 'production: {release: "1.0.0", abort: r-7}' in world.read(ITS_MANIFEST)


@pytest.mark.parametrize(
    ("records", "said"),
    [((), "none ever began there"), ((begun("returned"),), "the last one there, r-7, is returned")],
    ids=["none", "finished"],
)
@pytest.mark.parametrize("command", [("abort",), ("promote-step", "1")], ids=["abort", "promote-step"])
def test_where_nothing_is_on_its_way_there_is_nothing_to_abort_or_to_let_go_on(
    tmp_path: Path, command: tuple[str, ...], records: tuple[LedgerRecord, ...], said: str
) -> None:
    world = kept(tmp_path, *records)
    ended = world.modelward(command[0], MODEL, "production", *command[1:])
    assert ended.code == 2
    assert world.git("status", "--porcelain") == ""
    assert "no rollout on its way into `production`" in ended.err
    assert said in ended.err


def test_a_rollout_that_runs_is_let_go_on(tmp_path: Path) -> None:
    world = kept(tmp_path, begun())
    assert world.modelward("promote-step", MODEL, "production", "2").code == 0
    assert 'production: {release: "1.0.0", promote_step: 2}' in world.read(ITS_MANIFEST)


def test_a_rollout_that_the_ledger_does_not_know_is_not_aborted(tmp_path: Path) -> None:
    world = kept(tmp_path, begun())
    ended = world.modelward("abort", MODEL, "production", "nope")
    assert ended.code == 2
    assert "has no rollout nope in `production`" in ended.err
    assert f"the one that runs is r-7: modelward abort {MODEL} production r-7" in ended.err
    assert world.modelward("abort", MODEL, "production", "r-7").code == 0
    assert 'production: {release: "1.0.0", abort: r-7}' in world.read(ITS_MANIFEST)


@pytest.mark.parametrize(
    ("named", "records", "said"),
    [
        ("nope", (), "nothing was ever on its way there"),
        ("nope", (begun("aborted"),), "the last one there, r-7, is aborted"),
        ("r-7", (begun("promoted"),), f"to take out what serves: modelward rollback {MODEL} production"),
    ],
    ids=["none", "another", "promoted"],
)
def test_what_would_end_nothing_is_no_abort(
    tmp_path: Path, named: str, records: tuple[LedgerRecord, ...], said: str
) -> None:
    ended = kept(tmp_path, *records).modelward("abort", MODEL, "production", named)
    assert (ended.code, said in ended.err) == (2, True), ended


def test_a_consent_from_before_the_rollout_is_to_be_taken_out_first(tmp_path: Path) -> None:
    world = kept(tmp_path, begun(stale=2))
    world.replace(ITS_MANIFEST, 'production: {release: "1.0.0"}', 'production: {release: "1.0.0", promote_step: 2}')
    ended = world.modelward("promote-step", MODEL, "production", "2")
    assert ended.code == 2
    assert "stood there before the rollout r-7 began" in ended.err
    assert f"modelward set {MODEL} manifest.deployments.production.promote_step null" in ended.err


SAID = 'production: {release: "1.0.0", resume: s-1, promote_step: 2, abort: r-7}'


@pytest.mark.parametrize(
    ("records", "left"),
    [
        ((suspended("s-1", "1.1.0", 1), resumed("s-1", 2)), 'production: {release: "1.1.0"}'),
        ((suspended("s-1", "1.1.0", 1),), 'production: {release: "1.1.0", resume: s-1}'),
        ((), 'production: {release: "1.1.0", resume: s-1}'),
    ],
    ids=["carried out", "not yet carried out", "unknown"],
)
def test_a_promotion_ends_what_was_said_of_the_release_before(
    tmp_path: Path, records: tuple[LedgerRecord, ...], left: str
) -> None:
    world = kept(tmp_path, *records)
    world.replace(ITS_MANIFEST, 'production: {release: "1.0.0"}', SAID)
    world.commit("Say it")
    ended = world.modelward("promote", MODEL, "production", "1.1.0")
    assert ended.code == 0, ended
    assert left in world.read(ITS_MANIFEST)
    assert "~ promotion " in ended.out
    assert "enable" not in ended.out


@pytest.mark.parametrize("verb", ["rollback", "promote"])
def test_who_goes_back_leaves_the_abort(tmp_path: Path, verb: str) -> None:
    facts = {"model": MODEL, "environment": "production", "release": "1.1.0", "success": True}
    held = record("outcome", AT, action="promotion", artifact="sha256:" + "a" * 64, **facts)
    world = kept(tmp_path, held)
    world.replace(ITS_MANIFEST, 'production: {release: "1.0.0"}', SAID)
    world.commit("Say it")
    ended = world.modelward(verb, MODEL, "production", "1.1.0")
    assert ended.code == 0, ended
    assert 'production: {release: "1.1.0", resume: s-1, abort: r-7}' in world.read(ITS_MANIFEST)
    assert "~ rollback " in ended.out
    assert "enable" not in ended.out
