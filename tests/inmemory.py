"""A governed repository in memory: trees as mappings, changes between them, and records with real signatures."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from governed import MANIFEST, MODEL, POLICIES
from keyring import SIGNOFFS, public, signature
from modelward.gate.authorship import Authorship, Commit
from modelward.gate.deciding import decide
from modelward.gate.reviews import NO_REVIEWS
from modelward.gate.scopes import Scope, content_digest
from modelward.gate.step import Bringers, Step
from modelward.gate.verdict import Verdict
from modelward.rules.examples import start
from modelward.rules.loading import Rule
from modelward.tree.directory import DirectorySource
from modelward.tree.memory import MemorySource
from modelward.tree.snapshot import Snapshot
from repository import PROJECT

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCOPE = Scope(f"models/{MODEL}")
PEOPLE = "policies/people.yaml"
SIGNOFF = "policies/signoff.yaml"
PERSONS = ("engineer-1", "engineer-2", "lead-1", "lead-2", "officer-1", "owner-1", "owner-2", "board-1", "board-2")
STATEMENT = "https://in-toto.io/Statement/v1"
Files = Mapping[str, bytes]


def entry(name: str, more: str = "") -> str:
    """The key of a name, valid for two years."""
    valid = 'valid_from: "2026-01-01T00:00:00Z", valid_until: "2028-01-01T00:00:00Z"'
    return f'{{key: "{public(name)}", {valid}{more}}}'


@cache
def people() -> str:
    """Everybody with a key; a machine that may propose a rollback, and one that may not."""
    lines = ["schema: people/v1", "people:"]
    lines += [f"  {name}: {{name: {name}, emails: [{name}@example.org], keys: [{entry(name)}]}}" for name in PERSONS]
    lines += ["teams:", "  leads: [lead-1, lead-2]", "standing_roles:", "  policy-owner: [owner-1, owner-2]"]
    lines += ["  bsa-officer: [officer-1]", "  governance-board: [board-1, board-2]", "machines:"]
    lines += [f"  reconciler: {{may: [ledger, rollback-branch], keys: [{entry('reconciler')}]}}"]
    lines += [f"  scribe: {{may: [ledger], keys: [{entry('scribe')}]}}"]
    return "\n".join(lines) + "\n"


@cache
def base() -> Files:
    """What is merged: the example, with people who can sign and a policy that asks them."""
    files = dict(start(DirectorySource(PROJECT)))
    files[PEOPLE] = people().encode()
    files[SIGNOFF] = (POLICIES / "signoff.yaml").read_bytes()
    files[f"{SCOPE}/approvers.yaml"] = (POLICIES / "approvers.yaml").read_bytes()
    return files


def replaced(files: Files, path: str, old: str, new: str) -> Files:
    """The files with one text of one of them replaced, which stands there once."""
    assert files[path].count(old.encode()) == 1, f"{old!r} stands {files[path].count(old.encode())} times in {path}"
    return {**files, path: files[path].replace(old.encode(), new.encode())}


def without(files: Files, *paths: str) -> Files:
    """The files but for some."""
    assert set(paths) <= files.keys()
    return {path: data for path, data in files.items() if path not in paths}


@cache
def promoted() -> Files:
    """The merged files, and one release moved."""
    return replaced(base(), MANIFEST, 'production: {release: "1.0.0"}', 'production: {release: "1.1.0"}')


def snapshot(files: Files, label: str = "files") -> Snapshot:
    """The files as a repository at one moment."""
    return Snapshot(MemorySource(label, files))


def step(
    before: Files,
    after: Files,
    *,
    commits: Sequence[Commit] | None = None,
    diffs: Sequence[Iterable[str]] = (),
    **more: Any,
) -> Step:
    """An open change between two trees, written by engineer-1; `more` are other facts of the step."""
    changed = frozenset(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if commits is None:
        commits = [Commit("a" * 40, "engineer-1@example.org", (), tuple(changed))]
    made = Step(
        base=snapshot(before, "base"),
        head=snapshot(after, "head"),
        changed=changed,
        diffs=tuple(map(frozenset, diffs)) or (changed,),
        authorship=Authorship(commits, (), "every hand"),
        held=lambda _model, _environment: frozenset(),
        colliding=lambda _models: (),
        reviews=NO_REVIEWS,
        debts=lambda _model: (),
        brought=lambda _release, _evidence: Bringers(),
        now=NOW,
        is_open=True,
    )
    return replace(made, **more)


@dataclass(frozen=True)
class Record:
    """A sign-off as somebody would file it: right in everything but what is said otherwise."""

    person: str
    role: str
    decision: str = "approve"
    nonce: str = ""
    by: str = ""
    namespace: str = SIGNOFFS
    said: Mapping[str, Any] | None = None

    def document(self, scope: str, before: str, after: str) -> dict[str, Any]:
        """The statement, as JSON would hold it."""
        predicate: dict[str, Any] = {
            "repository": "acme/example",
            "before": {"sha256": before},
            "changes": [{"kind": "promotion", "environment": "production", "from": "1.0.0", "to": "1.1.0"}],
            "decision": self.decision,
            "person": self.person,
            "role": self.role,
            "comment": "",
            "signedAt": "2026-11-21T00:00:00Z",
            "expiresAt": "2026-12-01T00:00:00Z",
            "policy": {"sha256": "0" * 64},
            "nonce": self.nonce or (self.person + self.decision).encode().hex().ljust(32, "0")[-32:],
        }
        return {
            "_type": STATEMENT,
            "subject": [{"name": scope, "digest": {"sha256": after}}],
            "predicateType": "https://modelward.example/signoff/v1",
            "predicate": predicate | dict(self.said or {}),
        }

    def filed(self, before: Files, after: Files, scope: str = SCOPE) -> Files:
        """The record of a change between two trees, and its signature, by their paths."""
        digests = (content_digest(MemorySource("", one), Scope(scope), ("*.md",)) for one in (before, after))
        document = self.document(scope, *digests)
        return files_of(document, signature_of(document, self.by or self.person, self.namespace))


def bytes_of(document: Mapping[str, Any]) -> bytes:
    """A document as `modelward sign` writes it."""
    return json.dumps(document, indent=2).encode() + b"\n"


def signature_of(document: Mapping[str, Any], name: str, namespace: str = SIGNOFFS) -> bytes:
    """The signature of a document by the key of a name."""
    return signature(bytes_of(document), name, namespace=namespace)


def folder_of(scope: str) -> str:
    """Where the records of a scope stand."""
    if scope == "repository":
        return ".github/signoffs"
    return f"{scope if scope.startswith('models/') else scope.partition('/')[0]}/signoffs"


def path_of(document: Mapping[str, Any]) -> str:
    """Where a record belongs."""
    (subject,) = document["subject"]
    after = subject["digest"]["sha256"]
    said = document["predicate"]
    return f"{folder_of(subject['name'])}/{after[:12]}/{said['person']}-{said['nonce'][:8]}.json"


def files_of(document: Mapping[str, Any], signed: bytes) -> Files:
    """A record and its signature where they belong."""
    path = path_of(document)
    return {path: bytes_of(document), f"{path}.sig": signed}


PROPOSED = Record("engineer-1", "ml-engineer", "propose", nonce="1" * 32)
ENGINEER = Record("engineer-2", "ml-engineer", nonce="2" * 32)
LEAD = Record("lead-1", "team-lead", nonce="3" * 32)
ENOUGH = (PROPOSED, ENGINEER, LEAD)


def signed(before: Files, after: Files, *records: Record, scope: str = SCOPE) -> Files:
    """What stands after a change, with records of it."""
    filed = dict(after)
    for record in records:
        filed |= record.filed(before, after, scope)
    return filed


def judged(before: Files, after: Files, *records: Record, rules: Sequence[Rule] = (), **more: Any) -> Verdict:
    """The verdict on a change with records; `more` are other facts of the step."""
    return decide(step(before, signed(before, after, *records), **more), rules)
