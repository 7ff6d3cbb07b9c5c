"""Sign-off records: what is one, where it may stand, whose newest word counts, and who has shown to hold a key."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from inmemory import LEAD, SCOPE, STATEMENT, Files, Record, base, bytes_of, path_of, promoted, signature_of, snapshot
from keyring import public
from modelward.gate.records import (
    LONGEST,
    MAX_RECORD,
    SKEW,
    Counted,
    Dismissed,
    Filed,
    Filing,
    Outcome,
    Signable,
    Stale,
    Verifier,
    filed,
    newest,
    possessed,
    stray,
)
from modelward.gate.scopes import Scope, content_digest
from modelward.signing.keys import parse_key
from modelward.specs.record import PossessionRecord, SignoffRecord
from modelward.specs.scalars import PersonName, RoleName
from modelward.tree.memory import MemorySource
from modelward.tree.place import Place, Problem
from modelward.tree.source import Entry

BEFORE, AFTER = "b" * 64, "a" * 64
DOCUMENT = LEAD.document(SCOPE, BEFORE, AFTER)
PATH = path_of(DOCUMENT)
Alter = Callable[[dict[str, Any]], None]


def read(document: dict[str, Any], path: str | None = None) -> Filed | None:
    return filed(path or path_of(document), bytes_of(document), b"signature")


def test_a_record_is_read_with_what_it_says() -> None:
    found = read(DOCUMENT)
    assert found is not None
    assert (found.path, found.data, found.signature) == (PATH, bytes_of(DOCUMENT), b"signature")
    assert (found.scope, found.after) == (SCOPE, AFTER)
    assert isinstance(found.record, SignoffRecord)
    assert found.record.predicate.person == "lead-1"
    assert found.record.predicate.signed_at == datetime(2026, 11, 21, tzinfo=UTC)
    bare = filed(PATH, bytes_of(DOCUMENT), None)
    assert bare is not None
    assert bare.signature is None


@pytest.mark.parametrize(
    "path",
    [
        PATH.replace("lead-1", "lead-2"),
        PATH.replace("a" * 12, "b" * 12),
        PATH.replace("33333333", "33333334"),
        PATH.replace("models/credit-score", "models/other"),
        PATH.replace("models/credit-score", "policies"),
        PATH.replace(".json", ".yaml"),
        f"{PATH}.sig",
        f"x/{PATH}",
    ],
)
def test_a_record_stands_under_the_name_that_its_content_demands(path: str) -> None:
    assert read(DOCUMENT, path) is None


def within(*way: str | int, to: Any) -> Alter:
    def alter(document: dict[str, Any]) -> None:
        inner: Any = document
        for name in way[:-1]:
            inner = inner[name]
        inner[way[-1]] = to

    return alter


NO_RECORDS: dict[str, Alter] = {
    "of another statement": within("_type", to="https://in-toto.io/Statement/v0.1"),
    "of another predicate": within("predicateType", to="https://modelward.example/signoff/v2"),
    "of two subjects": within("subject", to=DOCUMENT["subject"] * 2),
    "of no subject": within("subject", to=[]),
    "with a field that nobody knows": within("predicate", "also", to="x"),
    "with another word": within("predicate", "decision", to="agree"),
    "with half a digest": within("predicate", "before", "sha256", to="b" * 63),
    "with a digest in capitals": within("predicate", "before", "sha256", to="B" * 64),
    "with a short nonce": within("predicate", "nonce", to="3" * 31),
    "with a time that is none": within("predicate", "signedAt", to="yesterday"),
    "with a time of no zone": within("predicate", "signedAt", to="2026-11-21T00:00:00"),
}


@pytest.mark.parametrize("what", NO_RECORDS)
def test_a_document_that_is_not_wholly_a_record_is_none(what: str) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    NO_RECORDS[what](document)
    assert read(document, PATH) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"null",
        b"\xff",
        bytes_of(DOCUMENT).replace(b'"comment": ""', b'"comment": "", "comment": ""'),
        bytes_of(DOCUMENT) + b"{}",
    ],
)
def test_bytes_that_can_be_read_in_no_or_in_two_ways_are_no_record(data: bytes) -> None:
    assert filed(PATH, data, None) is None


def possession(**said: Any) -> dict[str, Any]:
    predicate = {
        "repository": "acme/example",
        "person": "lead-1",
        "fingerprint": parse_key(public("lead-1")).fingerprint,
        "nonce": "9" * 32,
    }
    return {
        "_type": STATEMENT,
        "subject": [{"name": said.pop("scope", "policies/people.yaml"), "digest": {"sha256": AFTER}}],
        "predicateType": "https://modelward.example/possession/v1",
        "predicate": predicate | said,
    }


def test_a_statement_of_possession_is_a_record_too() -> None:
    found = read(possession())
    assert found is not None
    assert isinstance(found.record, PossessionRecord)


KEY = parse_key(public("lead-1"))


def shown(document: dict[str, Any], by: str = "lead-1", namespace: str = "modelward-possession") -> Filed:
    found = read(document)
    assert found is not None
    return replace(found, signature=signature_of(document, by, namespace))


def holds(*statements: Filed) -> bool:
    return possessed(statements, "acme/example", "lead-1", KEY, AFTER)


def test_whoever_signs_with_a_key_holds_it() -> None:
    assert holds(shown(possession()))
    assert not holds()


WRONG: dict[str, Filed] = {
    "a sign-off": shown(DOCUMENT),
    "without a signature": replace(shown(possession()), signature=None),
    "of another scope": shown(possession(scope="policies")),
    "of another repository": shown(possession(repository="acme/other")),
    "of another person": shown(possession(person="lead-2")),
    "of another fingerprint": shown(possession(fingerprint=parse_key(public("lead-2")).fingerprint)),
    "by another key": shown(possession(), by="lead-2"),
    "for another use": shown(possession(), namespace="modelward-signoff"),
    "broken": replace(shown(possession()), signature=b"x"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_statement_that_is_wrong_in_one_point_shows_nothing_and_hides_no_other(what: str) -> None:
    assert not holds(WRONG[what])
    assert holds(WRONG[what], shown(possession()))


def test_a_key_is_shown_in_the_content_that_is_merged() -> None:
    assert not possessed([shown(possession())], "acme/example", "lead-1", KEY, BEFORE)


def folder(*documents: dict[str, Any], **more: bytes) -> Files:
    files = {}
    for document in documents:
        files[path_of(document)] = bytes_of(document)
        files[f"{path_of(document)}.sig"] = b"signature"
    return files | {path.replace("__", "/"): data for path, data in more.items()}


def test_the_records_of_a_tree_are_those_of_the_folders_that_are_asked_for() -> None:
    people = possession()
    files = {**base(), **folder(DOCUMENT, people)}
    filing = Filing(MemorySource("", files), [f"{SCOPE}/signoffs", "policies/signoffs", f"{SCOPE}/signoffs"])
    assert filing.problems == []
    assert list(filing.records) == [PATH, path_of(people)]
    assert [one.path for one in filing.of(SCOPE)] == [PATH]
    assert [one.path for one in filing.of(Scope("policies/people.yaml"))] == [path_of(people)]
    assert filing.of(Scope("policies")) == []
    assert filing.records[PATH].signature == b"signature"
    assert list(Filing(MemorySource("", files), ["policies/signoffs"]).records) == [path_of(people)]


def test_a_record_without_a_signature_is_read_without_one() -> None:
    filing = Filing(MemorySource("", {PATH: bytes_of(DOCUMENT)}), [f"{SCOPE}/signoffs"])
    assert [one.signature for one in filing.of(SCOPE)] == [None]
    assert filing.problems == []


REMEDY = "remove it; `modelward sign` writes records, and nothing else may be named `signoffs`"


@pytest.mark.parametrize(
    ("path", "data", "what"),
    [
        (f"{SCOPE}/signoffs/run.py", b"", "is no sign-off record"),
        (PATH, b"{}", "is no sign-off record of the name that it has"),
        (PATH, b" " * (MAX_RECORD + 1), "is no sign-off record"),
        (f"{PATH}.sig", b"", "is the signature of no record"),
        (PATH.replace("lead-1", "lead-2"), bytes_of(DOCUMENT), "is no sign-off record of the name that it has"),
    ],
)
def test_t81_what_is_no_record_in_its_place_is_a_problem(path: str, data: bytes, what: str) -> None:
    beside = folder(Record("lead-2", "team-lead", nonce="7" * 32).document(SCOPE, BEFORE, AFTER))
    filing = Filing(MemorySource("", {**beside, path: data}), [f"{SCOPE}/signoffs"])
    assert filing.problems == [Problem(f"the file {what}", Place(path), REMEDY)]
    assert filing.records.keys() == {path for path in beside if path.endswith(".json")}


def test_a_record_as_large_as_allowed_is_read() -> None:
    assert MAX_RECORD == 64 * 1024
    data = bytes_of(DOCUMENT).ljust(MAX_RECORD)
    filing = Filing(MemorySource("", {PATH: data}), [f"{SCOPE}/signoffs"])
    assert (list(filing.records), filing.problems) == ([PATH], [])


class Linked(MemorySource):
    """Files all of which are symbolic links."""

    def entries(self, prefix: str) -> list[Entry]:
        return [Entry(one.path, "120000", one.size) for one in super().entries(prefix)]


def test_a_record_is_a_plain_file() -> None:
    filing = Filing(Linked("", folder(DOCUMENT)), [f"{SCOPE}/signoffs"])
    assert filing.records == {}
    assert [problem.message for problem in filing.problems] == ["the file is no sign-off record"] * 2


def test_a_path_that_speaks_of_signoffs_where_no_record_can_stand_is_stray() -> None:
    paths = [PATH, f"{PATH}.sig", "models/a/manifest.yaml", "models/a/SignOffs/x", "signoffs"]
    assert list(stray(paths)) == [
        Problem("no sign-off record can stand here", Place(path), "remove it; nothing else may be named `signoffs`")
        for path in ("models/a/SignOffs/x", "signoffs")
    ]


PEOPLE = snapshot(base()).people.spec
ROLES = {RoleName("team-lead"): frozenset({PersonName("lead-1")})}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def outcome(document: dict[str, Any], signable: Signable, used: frozenset[str] = frozenset()) -> Outcome:
    found = read(document)
    assert found is not None
    assert isinstance(found.record, SignoffRecord)
    signed = replace(found, signature=signature_of(document, "lead-1"))
    return Verifier(PEOPLE, NOW).outcome(signed, found.record, signable, ROLES, set(used))


RIGHT = Signable("acme/example", SCOPE, BEFORE, AFTER)


def test_a_record_of_exactly_this_change_counts() -> None:
    found = outcome(DOCUMENT, RIGHT)
    assert isinstance(found, Counted)
    assert found.filed.path == PATH
    assert found.record is found.filed.record


@pytest.mark.parametrize(
    ("signable", "base_moved"),
    [
        (replace(RIGHT, after="c" * 64), False),
        (replace(RIGHT, before="c" * 64), True),
        (replace(RIGHT, before="c" * 64, after="c" * 64), False),
    ],
)
def test_a_record_of_another_change_is_stale_and_says_which_side_moved(signable: Signable, base_moved: bool) -> None:
    found = outcome(DOCUMENT, signable)
    assert isinstance(found, Stale)
    assert (found.base_moved, found.filed.path, found.record) == (base_moved, PATH, found.filed.record)


def test_what_is_void_is_dismissed_before_it_is_called_stale() -> None:
    other = replace(RIGHT, after="c" * 64, before="c" * 64)
    assert outcome(DOCUMENT, other, frozenset({"3" * 32})) == Dismissed(
        PATH, PersonName("lead-1"), "it has been used before"
    )
    elsewhere = replace(other, repository="acme/other")
    assert outcome(DOCUMENT, elsewhere) == Dismissed(
        PATH, PersonName("lead-1"), "it names the repository `acme/example`"
    )


def test_the_bounds_of_time_are_those_that_are_written() -> None:
    assert (SKEW.total_seconds(), LONGEST.days) == (300, 90)


def test_a_record_of_one_scope_is_none_of_another() -> None:
    elsewhere = replace(RIGHT, scope=Scope("models/other"))
    assert outcome(DOCUMENT, elsewhere) == Dismissed(PATH, PersonName("lead-1"), f"it is of {SCOPE}")


def spoken(person: str, decision: str, second: int, nonce: str) -> Counted:
    said = {"signedAt": f"2026-11-21T00:00:{second:02}Z"}
    document = Record(person, "team-lead", decision, nonce * 32, said=said).document(SCOPE, BEFORE, AFTER)
    found = read(document)
    assert found is not None
    assert isinstance(found.record, SignoffRecord)
    return Counted(found, found.record)


RISING = (
    spoken("lead-1", "reject", 1, "f"),
    spoken("lead-1", "approve", 2, "f"),
    spoken("lead-1", "propose", 2, "0"),
    spoken("lead-1", "propose", 2, "e"),
    spoken("lead-1", "reject", 2, "0"),
    spoken("lead-1", "approve", 3, "0"),
)
"""Words of one person, each of which stands above those before it."""


def test_the_newest_word_counts_and_at_one_time_the_one_that_allows_less() -> None:
    for low in range(len(RISING)):
        for high in range(low + 1, len(RISING)):
            for order in permutations((RISING[low], RISING[high])):
                assert newest(order) == {"lead-1": RISING[high]}


def test_each_person_has_a_word_of_their_own_and_what_does_not_count_is_none() -> None:
    other = spoken("lead-2", "approve", 1, "a")
    stale = Stale(other.filed, other.record, base_moved=False)
    dismissed = Dismissed("x", PersonName("lead-2"), "why")
    assert newest([stale, *RISING, dismissed]) == {"lead-1": RISING[-1]}
    assert newest([other, RISING[0]]) == {"lead-1": RISING[0], "lead-2": other}
    assert newest([]) == {}


def test_the_digest_that_a_record_names_is_that_of_the_merged_content() -> None:
    (path, _) = sorted(LEAD.filed(base(), promoted()))
    assert content_digest(MemorySource("", promoted()), SCOPE, ())[:12] in path
