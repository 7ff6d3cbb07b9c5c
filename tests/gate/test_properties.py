"""Properties of the decision: less signed never allows more, and no order of anything changes a verdict."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governed import MANIFEST, MODEL, POLICIES, key, people
from modelward.gate.authorship import Authorship, Commit
from modelward.gate.deciding import decide
from modelward.gate.reviews import NO_REVIEWS
from modelward.gate.scopes import Scope
from modelward.gate.signing import Speaker, signoff_statement
from modelward.gate.step import Bringers, Step
from modelward.gate.verdict import Answer
from modelward.rules.examples import start
from modelward.rules.loading import Rule, load_rules
from modelward.signing.keygen import sign
from modelward.specs.record import SIGNOFF_NAMESPACE, Decision
from modelward.tree.directory import DirectorySource
from modelward.tree.memory import MemorySource
from modelward.tree.snapshot import Snapshot
from repository import PROJECT

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCOPE = Scope(f"models/{MODEL}")
SIGNERS: Sequence[tuple[str, str, Decision]] = (
    ("engineer-1", "ml-engineer", "propose"),
    ("engineer-2", "ml-engineer", "approve"),
    ("lead-1", "team-lead", "approve"),
    ("lead-2", "team-lead", "approve"),
    ("officer-1", "bsa-officer", "approve"),
)


@cache
def rules() -> tuple[Rule, ...]:
    return load_rules(Snapshot(DirectorySource(PROJECT)))


@cache
def base() -> Mapping[str, bytes]:
    files = dict(start(DirectorySource(PROJECT)))
    files["policies/people.yaml"] = people().encode()
    files["policies/signoff.yaml"] = (POLICIES / "signoff.yaml").read_bytes()
    files[f"models/{MODEL}/approvers.yaml"] = (POLICIES / "approvers.yaml").read_bytes()
    return files


def step(before: Mapping[str, bytes], after: Mapping[str, bytes], author: str = "engineer-1@example.org") -> Step:
    """An open change between two trees in memory, written by one author."""
    changed = frozenset(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    commits = [Commit("0" * 40, author, (), tuple(changed))]
    return Step(
        base=Snapshot(MemorySource("base", before)),
        head=Snapshot(MemorySource("head", after)),
        changed=changed,
        diffs=(changed,),
        authorship=Authorship(commits, (), "every hand"),
        held=lambda _model, _environment: frozenset(),
        colliding=lambda _models: (),
        reviews=NO_REVIEWS,
        debts=lambda _model: (),
        brought=lambda _release, _evidence: Bringers(),
        now=NOW,
        is_open=True,
    )


@cache
def promoted() -> Mapping[str, bytes]:
    files = dict(base())
    files[MANIFEST] = files[MANIFEST].replace(b'production: {release: "1.0.0"}', b'production: {release: "1.1.0"}')
    assert files[MANIFEST] != base()[MANIFEST]
    return files


@cache
def record(index: int) -> Mapping[str, bytes]:
    """The record of one signer, and its signature."""
    person, role, decision = SIGNERS[index]
    speaker = Speaker(person, decision, "", timedelta(days=14))
    statement = signoff_statement(step(base(), promoted()), SCOPE, (), role, speaker)
    signature = sign(statement.data, key(person), SIGNOFF_NAMESPACE)
    return {statement.path: statement.data, f"{statement.path}.sig": signature}


@cache
def answer(signers: frozenset[int]) -> Answer:
    """The answer to the promotion with the records of some signers."""
    after = dict(promoted())
    for index in signers:
        after |= record(index)
    return decide(step(base(), after), rules()).answer


EVERYBODY = range(len(SIGNERS))


def test_exactly_those_who_must_sign_make_it_allowed() -> None:
    allowed = {
        frozenset(signers)
        for count in range(len(SIGNERS) + 1)
        for signers in combinations(EVERYBODY, count)
        if answer(frozenset(signers)) == "allow"
    }
    assert allowed == {
        frozenset(signers)
        for count in range(len(SIGNERS) + 1)
        for signers in combinations(EVERYBODY, count)
        if {0, 1} <= set(signers) and {2, 3} & set(signers)
    }


@given(st.sets(st.sampled_from(list(EVERYBODY))), st.sampled_from(list(EVERYBODY)))
@settings(deadline=None, max_examples=60)
def test_removing_a_record_never_turns_deny_into_allow(signers: set[int], removed: int) -> None:
    if answer(frozenset(signers)) == "deny":
        assert answer(frozenset(signers - {removed})) == "deny"


def reordered(text: bytes, lines: Sequence[int]) -> bytes:
    """The requirements of the policy in another order."""
    head, _, items = text.partition(b"requirements:\n")
    parts = items.splitlines(keepends=True)
    return head + b"requirements:\n" + b"".join(parts[index] for index in lines)


@given(st.permutations(range(14)), st.booleans())
@settings(deadline=None, max_examples=25)
def test_no_order_of_requirements_or_files_changes_the_verdict(order: Sequence[int], backwards: bool) -> None:
    before = dict(base())
    before["policies/signoff.yaml"] = reordered(before["policies/signoff.yaml"], order)
    after = {**before, MANIFEST: promoted()[MANIFEST]}
    for index in (0, 1, 2):
        after |= record(index)
    if backwards:
        after = dict(reversed(after.items()))
    assert decide(step(before, after), rules()).answer == "allow"
    for path in record(2):
        del after[path]
    assert decide(step(before, after), rules()).answer == "deny"


@pytest.mark.parametrize("path", ["policies/people.yaml", "policies/signoff.yaml", MANIFEST])
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255))
@settings(deadline=None, max_examples=30)
def test_no_byte_of_the_head_makes_an_unsigned_change_allowed(path: str, at: int, byte: int) -> None:
    after = dict(promoted())
    data = bytearray(after[path])
    data[at % len(data)] = byte
    after[path] = bytes(data)
    if after != base():
        assert decide(step(base(), after), rules()).answer in ("deny", "error")
