"""apply while something that it needs is away, full, wrong or lost: what reduces risk is done, all else waits.

Rows F7, G3, G6 and A13 of the mission; T84 and T85 of the threats.
"""

import os
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from governed import key
from hosted import NAME, hosting
from modelward.cli import reconciling
from modelward.registry.connecting import connect as named
from modelward.registry.interface import ArtifactUnreadable, RegistryRefused, RegistryUnavailable
from modelward.registry.simulator import SimulatedRegistry
from modelward.tree.git import PATIENCE
from operated import Operated
from repository import Ended
from simulated import Moment, Simulated

from .conftest import governed_copy, in_two_registries
from .test_killed import ended, twice, waited

PRODUCTION = "state/credit-risk/production.json"
TRANSPORT = """\
#!{python}
import pathlib, subprocess, sys

command, asked = sys.argv[-1], pathlib.Path({asked!r})
if not command.startswith("git-receive-pack"):
    sys.exit(subprocess.call(command, shell=True))
times = len(asked.read_text().splitlines()) if asked.exists() else 0
with asked.open("a") as file:
    file.write(command + "\\n")
if times:
    sys.exit(subprocess.call(command, shell=True))
if {before!r}:
    sys.exit("the connection was reset")
server = subprocess.Popen(command, shell=True, stdout=subprocess.PIPE)
while (size := server.stdout.read(4)) != b"0000":
    sys.stdout.buffer.write(size + server.stdout.read(int(size, 16) - 4))
sys.stdout.buffer.write(size)
sys.stdout.buffer.flush()
server.stdout.read()
sys.exit("the connection was reset")
"""
"""A way to a server that breaks off the first push, `before` it arrives or when only the answer is to come."""


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulated, Moment]]:
    """A world in which release 1.1.0 of credit-risk holds production, 1.0.0 held it before, and all does well."""
    with pytest.MonkeyPatch.context() as patch:
        repository = governed_copy(tmp_path_factory.mktemp("struck") / "repository", patch)
        with Simulated.running(repository) as world:
            assert world.apply("--adopt", "--trust-root", "main").code == 0
            world.deploy("1.1.0")
            for hours in (25, 25, 73, 169):
                waited(world, hours=hours)
                assert world.apply().code == 0
            assert world.ledger(PRODUCTION)["tenures"][-1]["release"] == "1.1.0"
            yield world, world.moment()


@pytest.fixture
def world(promoted: tuple[Simulated, Moment]) -> Simulated:
    """The same as it stood then."""
    world, moment = promoted
    world.back(moment)
    return world


@contextmanager
def away(world: Simulated) -> Iterator[None]:
    """The git server cannot be reached meanwhile."""
    server = world.root.parent / "server.git"
    server.rename(server.with_name("gone"))
    try:
        yield
    finally:
        server.with_name("gone").rename(server)


@contextmanager
def reached_at(world: Simulated, address: str) -> Iterator[None]:
    """The git server is at another address meanwhile."""
    before = world.git("remote", "get-url", "origin")
    world.git("remote", "set-url", "origin", address)
    try:
        yield
    finally:
        world.git("remote", "set-url", "origin", before)


@contextmanager
def silent(world: Simulated, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The git server takes every connection meanwhile, and says nothing."""
    with socket.socket() as taking, monkeypatch.context() as patch:
        taking.bind(("127.0.0.1", 0))
        taking.listen(50)
        patch.setenv(PATIENCE, "1")
        with reached_at(world, f"git://127.0.0.1:{taking.getsockname()[1]}/server.git"):
            yield


@contextmanager
def receiving(world: Operated, script: str) -> Iterator[None]:
    """The server asks a hook of its own about every push meanwhile."""
    hook = world.root.parent / "server.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
    try:
        yield
    finally:
        hook.unlink()


def elsewhere(world: Simulated, name: str, *more: str) -> Ended:
    """A run of another machine, from a clone of its own."""
    folder = world.root.parent / name
    if folder.exists():
        shutil.rmtree(folder)
    world.git("clone", "--quiet", str(world.root.parent / "server.git"), str(folder))
    other = Operated(folder)
    other.clock = world.clock
    return other.apply(*more)


def checklist(world: Simulated) -> Any:
    """What was done when a release was taken out last, as this clone knows it."""
    return world.modelward("checklist", "credit-risk", "production", "--format", "json").json


def test_g6_a13_without_git_a_rollback_is_done_at_once_and_put_on_record_later_once(world: Simulated) -> None:
    world.fails("1.1.0", "1.0.0")
    moment = world.moment()
    world.apply()
    waited(world, minutes=1)
    world.apply()
    whole = ended(world)
    world.back(moment)
    with away(world):
        assert world.apply().code == 3
        assert world.pointers()[0]["champion"] == 1
        kept = list((world.root / ".git" / "modelward" / "journal").iterdir())
        assert kept
        assert world.apply().code == 3, "and again, which does nothing new"
        assert list((world.root / ".git" / "modelward" / "journal").iterdir()) == kept
        took_out = checklist(world)
        assert (took_out["action"], took_out["pending"]) == ("rollback", True)
    waited(world, minutes=1)
    world.apply()
    assert checklist(world) == took_out | {"pending": False}
    assert ended(world) == whole
    assert not twice(world)
    assert not list((world.root / ".git" / "modelward" / "journal").iterdir())


def test_g6_a_git_server_that_says_nothing_keeps_no_rollback_back(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.git("fetch", "--quiet", "origin")
    world.fails("1.1.0", "1.0.0")
    with silent(world, monkeypatch):
        done = world.apply("--ref", "origin/main")
        assert (done.code, "git ls-remote: it did not end within 1 s" in done.err) == (3, True), done
        assert world.pointers()[0]["champion"] == 1
        assert world.pointers()[1][2][1], "it is suspended"
        with world.clock.running():
            for verb in (("status",), ("apply", "--dry-run")):
                looked = world.modelward(*verb, "--remote", "origin")
                assert (looked.code, "cannot be read" in looked.err) == (3, True), looked
            assert world.modelward("status").code == 0, "what was fetched last can be looked at"
        monkeypatch.setenv(PATIENCE, "soon")
        assert world.apply().code == 2
        monkeypatch.delenv(PATIENCE)
    waited(world, minutes=16)
    world.apply()
    assert len(world.records("suspension")) == 1
    assert not twice(world)


def test_f7_a_server_that_never_answers_a_push_is_left_and_nothing_is_done_unannounced(
    world: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    before, pushed = world.pointers("delivery-eta"), tmp_path / "pushed"
    with (
        receiving(world, f"echo begun >> {pushed}; trap 'echo ended >> {pushed}; exit 1' TERM; sleep 600 & wait"),
        monkeypatch.context() as patch,
    ):
        patch.setenv(PATIENCE, "3")
        done = world.apply()
    assert (done.code, "git push: it did not end within 3 s" in done.err) == (3, True), done
    assert world.pointers("delivery-eta") == before
    assert pushed.read_text() == "begun\nended\n", "what git had started is ended too, and was started once"
    assert world.apply().code == 0
    assert world.pointers("delivery-eta")[0]["staging"] == 3


@pytest.mark.parametrize("before", [True, False])
def test_f7_a_push_that_was_broken_off_is_made_again_where_it_did_not_arrive(
    world: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    way, asked = tmp_path / "ssh", tmp_path / "asked"
    way.write_text(TRANSPORT.format(python=sys.executable, asked=str(asked), before=before))
    way.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(way))
    with reached_at(world, f"ssh://there{world.root.parent / 'server.git'}"):
        done = world.apply()
    assert done.code == 0, done
    assert world.pointers("delivery-eta")[0]["staging"] == 3
    announced_and_recorded = 2
    assert len(asked.read_text().splitlines()) == announced_and_recorded + before
    assert not twice(world)


def test_f7_a_push_that_is_refused_is_not_made_again(world: Simulated, tmp_path: Path) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    before, pushed = world.pointers("delivery-eta"), tmp_path / "pushed"
    with receiving(world, f"echo once >> {pushed}; echo not today >&2; exit 1"):
        done = world.apply()
    assert (done.code, "not today" in done.err) == (3, True), done
    assert pushed.read_text() == "once\n"
    assert world.pointers("delivery-eta") == before


def test_f7_a_main_that_the_server_has_no_more_is_not_followed_as_it_was(world: Simulated) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    world.git("fetch", "--quiet", "origin")
    world.fails("1.1.0", "1.0.0")
    before, server = world.pointers("delivery-eta"), world.root.parent / "server.git"
    world.git("-C", str(server), "branch", "--move", "main", "trunk")
    try:
        with world.clock.running():
            for verb, ref in (("plan", "refs/remotes/origin/main"), ("status", "origin/main"), ("diff", "origin/main")):
                looked = world.modelward(verb, "--remote", "origin", "--ref", ref)
                assert (looked.code, looked.out, "has no branch main" in looked.err) == (3, "", True), looked
        done = world.apply("--ref", "origin/main")
        assert (done.code, "has no branch main" in done.err) == (3, True), done
        assert world.pointers()[0]["champion"] == 1, "what must go goes"
        assert world.pointers("delivery-eta") == before, "nothing else is done"
        with world.clock.running():
            assert world.modelward("plan", "--remote", "origin", "--ref", "origin/main~1").err == "", "no branch's name"
    finally:
        world.git("-C", str(server), "branch", "--move", "trunk", "main")


@pytest.mark.parametrize(
    ("address", "code", "why"),
    [
        ("", 2, "the variable LABFLOW_TRACKING_URI is not set, which holds the address of registry `lab`"),
        ("https://bot:pw℀@lab", 2, "`https://bot:***@lab` is no registry address"),
        ("sqlite:////nowhere/lab.db", 3, "registry file /nowhere/lab.db does not exist"),
    ],
)
def test_g3_of_two_registries_the_one_that_cannot_be_opened_keeps_back_its_own_models_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, code: int, why: str
) -> None:
    repository = in_two_registries(governed_copy(tmp_path / "repository", monkeypatch))
    # What a world has put in the place of the registries is put back last.
    with Simulated.running(repository) as world, pytest.MonkeyPatch.context() as patch:
        lab = SimulatedRegistry()
        lab._models, lab.files = dict(world.registry._models), world.registry.files
        held = {"LABFLOW_TRACKING_URI": address}
        patch.setattr(reconciling, "connect", lambda _, name: lab if name == "lab" else world.registry)
        assert world.apply("--adopt", "--trust-root", "main").code == 0
        patch.setattr(
            reconciling, "connect", lambda known, name: named(known, name, held) if name == "lab" else world.registry
        )
        world.fails("1.0.0")
        ended = world.apply()
        assert world.pointers()[1][1][1], "what fails is suspended"
        assert len(world.records("suspension")) == 1
        assert (ended.code, why in ended.err, f"Unknown: {why}" in ended.out) == (code, True, True), ended
        with world.clock.running():
            assert world.modelward("status", "--remote", "origin").code == code
        server = world.git("remote", "get-url", "origin")
        world.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
        assert world.apply().code == 3, "that the ledger is away is graver"
        world.git("remote", "set-url", "origin", server)


@pytest.mark.parametrize("ref", ["origin/main", "refs/remotes/origin/main"])
def test_t74_a_tag_named_like_the_branch_that_is_followed_keeps_no_rollback_back(world: Simulated, ref: str) -> None:
    world.fails("1.1.0", "1.0.0")
    world.git("update-ref", f"refs/tags/{ref}", "HEAD~1")
    try:
        done = world.apply("--ref", ref)
    finally:
        world.git("update-ref", "-d", f"refs/tags/{ref}")
    assert (done.code, world.pointers()[0]["champion"]) == (1, 1), done


def test_a13_a_refused_pull_request_is_not_asked_again_though_its_branch_was_deleted_with_it(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fails("1.1.0", "1.0.0")
    with hosting() as github:
        for name, value in github.variables().items():
            monkeypatch.setenv(name, value)
        world.apply("--github", NAME)
        (asked,) = github.pulls
        branch = asked["head"]["ref"]
        before = world.git("ls-remote", "origin", f"refs/heads/{branch}")
        world.git("push", "--quiet", "--delete", "origin", branch)
        asked["state"] = "closed"
        waited(world, minutes=1)
        world.apply("--github", NAME)
        after = github.commits[branch] = world.git("ls-remote", "origin", f"refs/heads/{branch}").split()[0]
        assert after not in before, "the branch is back, at another commit"
        assert github.pulls == [asked]


def test_f7_without_git_nothing_that_raises_risk_is_done(world: Simulated) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    before = world.pointers("delivery-eta")
    with away(world):
        assert world.apply().code == 3
        assert world.pointers("delivery-eta") == before
    assert world.apply().code == 0
    assert world.pointers("delivery-eta")[0]["staging"] == 3


def test_f7_hashing_takes_nothing_of_the_time_that_a_run_claims_and_is_done_once_a_run(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    asked: list[str] = []

    def watch(call: str) -> None:
        if call == "registry fetch_artifact":
            asked.append(call)
            world.clock.forward(minutes=16)
            assert elsewhere(world, "third", "--model", "fraud-detection").code == 0, "it is first at the ledger"

    monkeypatch.setattr(world, "watcher", watch)
    assert world.apply().code == 0
    assert world.pointers("delivery-eta")[0]["staging"] == 3
    assert len(asked) == 1


def test_t74_no_step_is_begun_that_might_outlast_the_claim(world: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    before = world.pointers("delivery-eta")
    with monkeypatch.context() as patch:
        patch.setattr(world, "watcher", lambda call: call == "registry set_tag" and world.clock.forward(minutes=14))
        ended = world.apply()
    assert "the time for it has run out" in ended.out, ended
    assert world.pointers("delivery-eta") == before
    assert world.apply().code == 0
    assert world.pointers("delivery-eta")[0]["staging"] == 3


def test_a14_a_version_that_is_suspended_meanwhile_stops_the_next_stage_and_not_the_alias_alone(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    staged: list[str] = []

    def watch(call: str) -> None:
        if call == "registry set_stage":
            staged.append(call)
            world.registry.set_version_tag("delivery-eta", 3, "modelward.suspended", "su-tonight")

    with monkeypatch.context() as patch:
        patch.setattr(world, "watcher", watch)
        ended = world.apply()
    assert "version 3 was suspended meanwhile" in ended.out, ended
    assert (len(staged), world.pointers("delivery-eta")[0]["staging"]) == (1, 2)


def test_t85_g3_words_in_a_tag_are_one_suspension_and_a_tag_that_is_not_taken_keeps_nothing_in_service(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fails("1.1.0", "1.0.0")
    assert world.apply().code == 1
    (ours,) = world.ledger(PRODUCTION)["suspensions"]
    for word in ("a", "b"):
        words = " ".join(f"{word}{number}".ljust(62, "x") for number in range(16))
        world.registry.set_version_tag("credit-risk", 2, "modelward.suspended", words)
        waited(world, minutes=15)
        world.apply()
        suspensions = world.ledger(PRODUCTION)["suspensions"]
        tag = world.pointers()[1][2][1].split()
        assert (len(suspensions), {*tag}) == (2, {*suspensions})
    waited(world, minutes=15)
    calls: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(world, "watcher", calls.append)
        assert world.apply().code == 0
    assert not [call for call in calls if "tag" in call], "what it finds again is what it knows"

    def refused(_name: str, version: int, key: str, _value: str) -> None:
        raise RegistryRefused(f"{key} of version {version} is not taken", "")

    world.registry.set_version_tag("credit-risk", 2, "modelward.suspended", words)
    world.registry.set_alias("credit-risk", "champion", 2)
    with monkeypatch.context() as patch:
        patch.setattr(world.registry, "set_version_tag", refused)
        ended = world.apply()
    assert (ended.code, "modelward.suspended of version 2 is not taken" in ended.out) == (1, True), ended
    assert world.pointers()[0]["champion"] == 1
    world.apply()
    (others,) = {*suspensions} - {ours}
    world.deploy("1.1.0", resume=others)
    waited(world, minutes=15)
    world.apply()
    known = world.ledger(PRODUCTION)["suspensions"]
    assert [name for name, one in known.items() if one.get("resumed")] == [others], "one resume lifts all of them"


def test_g3_e14_bytes_that_are_gone_do_not_keep_in_service_what_has_them(
    world: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fails("1.1.0", "1.0.0")
    world.apply()
    fetch, found = world.registry.fetch_artifact, world.registry.model("credit-risk")
    assert found is not None
    untold = {**found.versions, 1: replace(found.versions[1], run_id=None)}
    world.registry._models["credit-risk"] = replace(found, versions=untold)
    world.registry.remove_tag("credit-risk", "modelward.repository")

    def gone(name: str, version: int, into: Path) -> Path:
        if (name, version) == ("credit-risk", 1):
            raise ArtifactUnreadable("its files are gone", "")
        return fetch(name, version, into)

    world.fails("1.0.0")
    with monkeypatch.context() as patch:
        patch.setattr(world.registry, "fetch_artifact", gone)
        assert world.apply("--model", "credit-risk").code == 1
    _, versions, _, serves = world.pointers()
    assert (versions[1][1] is not None, serves.ml_enabled) == (True, False), "its rules answer"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_f7_a_run_that_is_told_to_end_finishes_the_model_that_it_has_begun_and_begins_no_other(
    world: Simulated, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    world.registry.set_alias("fraud-detection", "staging", 1)
    told = iter([number])

    def watch(call: str) -> None:
        if call == "registry set_stage":
            for one in told:
                os.kill(os.getpid(), one)

    telling = ("--events-file", str(world.events), "--parallel", "1")
    with monkeypatch.context() as patch:
        patch.setattr(world, "watcher", watch)
        ended = world.apply(*telling)
    assert ended.code == 130, ended
    assert "told to end" in ended.out
    assert world.pointers("delivery-eta")[0]["staging"] == 3
    assert world.pointers("fraud-detection")[0]["staging"] == 1
    assert world.ledger("state/delivery-eta/staging.json")["tenures"][-1]["release"] == "1.2.0"
    assert all(state.lease is None for state in world.ledger_from_nothing().state.environments.values())
    assert "delivery-eta 1.2.0" in world.events.read_text(), "people are told of it"
    assert world.apply().code == 0, "at once, as nothing is claimed"
    assert world.pointers("fraud-detection")[0]["staging"] == 2
    assert not twice(world)


def test_f7_a_second_sigint_ends_a_run_at_once(world: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    asked: list[str] = []

    def watch(call: str) -> None:
        asked.append(call)
        if call == "registry set_stage":
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(world, "watcher", watch)
        assert world.apply("--parallel", "1").code == 130
    assert asked[-1] == "registry set_stage"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    waited(world, minutes=16)
    assert world.apply().code == 0
    assert world.pointers("delivery-eta")[0]["staging"] == 3


def test_t85_a_machine_lost_with_its_journal_leaves_a_tag_that_every_other_honours(world: Simulated) -> None:
    world.fails("1.1.0", "1.0.0")
    with away(world):
        assert world.apply().code == 3
    (tag,) = world.pointers()[1][2][1].split()
    shutil.rmtree(world.root / ".git" / "modelward")
    waited(world, minutes=16)
    elsewhere(world, "second")
    (suspended,) = world.records("suspension")
    assert (suspended["suspension"], suspended["environment"]) == (tag, "production")
    assert [one["release"] for one in world.ledger(PRODUCTION)["tenures"]][-1] == "1.0.0"
    assert world.pointers()[0]["champion"] == 1
    assert not twice(world)


def test_t85_what_a_second_machine_recorded_from_the_tag_is_not_told_again_by_the_first(world: Simulated) -> None:
    world.fails("1.1.0", "1.0.0")
    with away(world):
        assert world.apply().code == 3
    waited(world, minutes=16)
    elsewhere(world, "second")
    tenures = [(one["release"], one["entered"]) for one in world.ledger(PRODUCTION)["tenures"]]
    waited(world, minutes=16)
    world.apply()
    assert not twice(world)
    assert [(one["release"], one["entered"]) for one in world.ledger(PRODUCTION)["tenures"]] == tenures
    assert not list((world.root / ".git" / "modelward" / "journal").iterdir())
    world.ledger_from_nothing()


@contextmanager
def full(size: int) -> Iterator[None]:
    """No file may grow beyond a size, as where a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [60, 600])
def test_g6_with_a_full_disk_what_fails_is_switched_off_and_the_next_run_rolls_back_on_record(
    world: Simulated, size: int
) -> None:
    world.fails("1.1.0", "1.0.0")
    with full(size):
        done = world.apply()
    assert (done.code, "it was ended by SIGXFSZ" in done.err) == (3, True), done
    _, versions, routed, serves = world.pointers()
    assert versions[2][1], "it is suspended"
    assert not routed.ml_enabled, "what it was before cannot be hashed here, so that the rules answer"
    assert serves == routed
    waited(world, minutes=16)
    world.apply()
    assert world.pointers()[0]["champion"] == 1
    assert [one["release"] for one in world.ledger(PRODUCTION)["tenures"]] == ["1.0.0", "1.1.0", "1.0.0"]
    assert not twice(world)
    world.ledger_from_nothing()


@pytest.mark.parametrize("size", [60, 600])
def test_f7_with_a_full_disk_a_promotion_waits_for_its_announcement(world: Simulated, size: int) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    before = world.pointers("delivery-eta")
    with full(size):
        assert world.apply().code == 3
    assert world.pointers("delivery-eta") == before
    waited(world, minutes=1)
    assert world.apply().code == 0
    assert world.pointers("delivery-eta")[0]["staging"] == 3
    world.ledger_from_nothing()


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-400), timedelta(minutes=1)])
def test_a_clock_that_jumps_promotes_nothing_early(world: Simulated, jump: timedelta) -> None:
    waited(world, hours=1)
    world.deploy("1.1.0", model="delivery-eta")
    world.clock.now += jump
    done = world.apply()
    assert done.code in (0, 1, 3), done
    assert "crash" not in done.err
    world.clock.now -= jump
    waited(world, minutes=1)
    done = world.apply()
    assert "crash" not in done.err
    assert not twice(world)
    world.ledger_from_nothing()


def test_a_step_is_held_for_its_time_however_often_the_clock_is_set_back(world: Simulated) -> None:
    world.deploy("1.1.0", model="delivery-eta")
    waited(world, hours=25)
    world.apply()
    begun = world.router._routed["delivery-eta"]
    assert begun.challenger is not None
    start = world.clock.now
    for hours in (-1, 3, -2, 8):
        world.clock.now = start + timedelta(hours=hours)
        world.well("1.0.0", "1.1.0", model="delivery-eta")
        done = world.apply()
        assert "crash" not in done.err, done
        assert world.router._routed["delivery-eta"] == begun, "it is held for twelve hours"


@pytest.mark.parametrize("way", ["empty", "away", "no model"])
def test_g3_an_empty_or_unreadable_registry_never_leads_to_a_removal(
    world: Simulated, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    before, models = [world.pointers(model) for model in ("credit-risk", "delivery-eta")], world.registry.models()

    def gone() -> object:
        raise RegistryUnavailable("half a page", "ask again")

    if way == "away":
        monkeypatch.setattr(world.registry, "models", gone)
    else:
        shown = {} if way == "empty" else {name: one for name, one in models.items() if name != "credit-risk"}
        monkeypatch.setattr(world.registry, "models", lambda: shown)
    assert world.apply().code == (3 if way == "away" else 1)
    assert [world.pointers(model) for model in ("credit-risk", "delivery-eta")] == before
    assert world.registry._models == models


@pytest.mark.parametrize("way", ["no models", "an empty manifest", "no manifest", "no environments"])
def test_g3_empty_or_unreadable_specs_never_lead_to_a_removal(world: Simulated, way: str) -> None:
    """Nobody signed that; and were it taken for merged, nothing would be removed either."""
    models = world.registry.models()
    start = world.git("rev-parse", "HEAD")
    for path in {
        "no models": ["models"],
        "an empty manifest": ["models/credit-risk/manifest.yaml"],
        "no manifest": ["models/credit-risk/manifest.yaml"],
        "no environments": ["environments"],
    }[way]:
        world.remove(path)
    if way == "an empty manifest":
        world.write("models/credit-risk/manifest.yaml", "")
    world.commit("Break")
    world.git("push", "--quiet", "origin", "HEAD:main")
    try:
        assert world.apply().code in (1, 3, 4)
        assert world.registry._models == models
        assert world.modelward("apply", "--yes").code in (1, 2, 3, 4)
        assert world.registry._models == models
    finally:
        world.git("reset", "--quiet", "--hard", start)


def test_t84_a_ledger_that_cannot_be_read_stops_everything_and_removes_nothing(world: Simulated) -> None:
    models = world.registry.models()
    tip = world.git("ls-remote", "origin", "refs/heads/modelward/ledger").split()[0]
    world.git("fetch", "--quiet", "origin")
    blob = world.git("hash-object", "-w", "--stdin", stdin=b"{")
    tree = world.git("mktree", stdin=f"100644 blob {blob}\tcredit-risk.json\n".encode())
    broken = world.git("commit-tree", tree, "-p", tip, "-m", "Break")
    world.git("push", "--quiet", "origin", f"{broken}:refs/heads/modelward/ledger")
    assert world.apply().code == 3
    assert world.registry._models == models


def test_t84_a_run_with_a_key_that_may_not_write_the_ledger_writes_nothing(world: Simulated) -> None:
    world.deploy("1.2.0", model="delivery-eta", environment="staging")
    before, moment = world.registry.models(), world.git("ls-remote", "origin")
    own = ("apply", "--yes", "--remote", "origin", "--ledger-key", str(key("engineer-1")))
    with world.clock.running():
        done = world.modelward(*own)
    assert done.code == 2
    assert "is the key of no machine that may write the ledger" in done.err
    assert (world.registry.models(), world.git("ls-remote", "origin")) == (before, moment)
