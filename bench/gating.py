"""Benchmark `gate`: a signed change of one model in repositories of any size, and the verification of sign-offs.

Limits: at most three times as long in the largest repository as in the smallest, under 1.5 seconds and 250 MB; a
sign-off at most three times the bare verification of its signature.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.generating import GeneratedModel, commit_on_top, fleet, generate
from bench.measuring import Run, Workshop, modelward, progress
from bench.outcome import Row, bounded, compared
from modelward.gate.records import Counted, Signable, Verifier, filed
from modelward.gate.scopes import Scope, record_path
from modelward.signing.keygen import sign
from modelward.signing.sshsig import verify
from modelward.specs.policy import People
from modelward.specs.record import SIGNOFF, SIGNOFF_NAMESPACE, STATEMENT, SignoffRecord
from modelward.specs.scalars import PersonName, RoleName
from modelward.tree.file import typed

COMMITS: Final = 1_000
SIGNOFFS: Final = 1_000
TIMES: Final = 5
TIMES_THE_SMALLEST: Final = 3.0
SECONDS: Final = 1.5
PEAK_MEGABYTES: Final = 250.0
TIMES_THE_SIGNATURES: Final = 3.0
_SCOPE: Final = Scope("models/m")
_DIGEST: Final = "0" * 64
_VALID: Final = 'valid_from: "2026-01-01T00:00:00Z", valid_until: "2028-12-31T00:00:00Z"'


def benchmark(workshop: Workshop, sizes: Sequence[int]) -> Iterator[Row]:
    """One row a size for time and memory, the largest against the smallest, then the sign-offs."""
    keys = _keys(workshop.folder / "keys")
    runs: dict[int, Run] = {}
    for size in sizes:
        root = workshop.folder / f"gate-{size}"
        progress(f"generating {size:,} models with {COMMITS:,} commits, and a signed change of one")
        _prepare(root, size, keys)
        gate = modelward(root, "gate", "--base", "main", "--format", "json")
        progress(f"gate among {size:,} models, best of {TIMES}")
        (runs[size],) = workshop.best(TIMES, gate)
        document = json.loads(runs[size].output)
        if (document["verdict"], [one["kind"] for one in document["changes"]]) != ("allow", ["documentation"]):
            raise ValueError(f"the change is not what it should be: {runs[size].output[:2_000]}")
        yield bounded("gate, one model", size, runs[size].seconds, SECONDS, "s")
        yield bounded("gate, peak memory", size, runs[size].peak / 1e6, PEAK_MEGABYTES, "MB")
        shutil.rmtree(root)
    smallest, largest = min(sizes), max(sizes)
    if smallest < largest:
        what = f"{smallest:,} models"
        limit = TIMES_THE_SMALLEST
        yield compared("gate, one model", largest, runs[largest].seconds, what, runs[smallest].seconds, limit)
    yield _signoffs(keys)


def _keys(folder: Path) -> Mapping[str, Path]:
    folder.mkdir()
    keys = {name: folder / name for name in ("engineer-1", "engineer-2")}
    for name, path in keys.items():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
    return keys


def _prepare(root: Path, size: int, keys: Mapping[str, Path]) -> None:
    """A repository whose people hold keys, and on top of it a branch that changes some words of one model, signed."""
    generate(root, size)
    people = root / "policies" / "people.yaml"
    text = people.read_text()
    for name, path in keys.items():
        public = " ".join(path.with_suffix(".pub").read_text().split()[:2])
        start = text.index(f"  {name}: {{")
        at = text.index("keys: []", start)
        text = f'{text[:at]}keys: [{{key: "{public}", {_VALID}}}]{text[at + len("keys: []") :]}'
    commit_on_top(root, "main", [{"policies/people.yaml": text.encode()}])
    commit_on_top(root, "main", [{"docs/notes.md": f"Day {day}\n".encode()} for day in range(COMMITS)])
    _git(root, "checkout", "--quiet", "--force", "-b", "change", "main")
    model = _model(size).name
    manifest = root / "models" / model / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("\nsummary: ", "\nsummary: In other words, ", 1))
    _commit(root, "engineer-1")
    for name, decision in (("engineer-1", "propose"), ("engineer-2", "approve")):
        arguments = ("--as", name, "--role", "ml-engineer", "--decision", decision, "--comment", "", "--yes")
        signing = modelward(root, "sign", "--base", "main", *arguments, "--key", str(keys[name]))
        subprocess.run(signing.arguments, cwd=root, check=True, capture_output=True)
        _commit(root, name)


def _model(size: int) -> GeneratedModel:
    """A model in the middle of the fleet."""
    return list(fleet(size))[size // 2]


def _commit(root: Path, name: str) -> None:
    _git(root, "add", "--all")
    identity = ("-c", f"user.name={name}", "-c", f"user.email={name}@example.org")
    _git(root, *identity, "commit", "--quiet", "--message", "A change")


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def _signoffs(keys: Mapping[str, Path]) -> Row:
    """Verify many records as the gate does, and their signatures alone, in this process."""
    progress(f"verifying {SIGNOFFS:,} sign-offs")
    public = " ".join(keys["engineer-1"].with_suffix(".pub").read_text().split()[:2])
    key = f'{{key: "{public}", {_VALID}}}'
    text = f"schema: people/v1\npeople:\n  p: {{name: P, emails: [p@example.org], keys: [{key}]}}\n"
    people = typed("policies/people.yaml", text.encode(), People)
    now = datetime.now(UTC)
    records = [_record(index, now) for index in range(SIGNOFFS)]
    signatures = [sign(data, keys["engineer-1"], SIGNOFF_NAMESPACE) for _, data in records]
    started = time.perf_counter()
    for (_, data), signature in zip(records, signatures, strict=True):
        verify(data, signature, SIGNOFF_NAMESPACE)
    bare = time.perf_counter() - started
    started = time.perf_counter()
    verifier = Verifier(people, now)
    signable = Signable("acme/m", _SCOPE, _DIGEST, _DIGEST)
    roles = {RoleName("lead"): frozenset({PersonName("p")})}
    for (path, data), signature in zip(records, signatures, strict=True):
        record = filed(path, data, signature)
        assert record is not None
        assert isinstance(record.record, SignoffRecord)
        assert isinstance(verifier.outcome(record, record.record, signable, roles, set()), Counted)
    ours = time.perf_counter() - started
    return compared("verify sign-offs", SIGNOFFS, ours, "signatures alone", bare, TIMES_THE_SIGNATURES)


def _record(index: int, now: datetime) -> tuple[str, bytes]:
    """One of many records of the same content, and where it stands."""
    nonce = f"{index:032x}"[::-1]
    predicate = {
        "repository": "acme/m",
        "before": {"sha256": _DIGEST},
        "changes": [],
        "decision": "approve",
        "person": "p",
        "role": "lead",
        "comment": "",
        "signedAt": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "expiresAt": f"{now + timedelta(days=14):%Y-%m-%dT%H:%M:%SZ}",
        "policy": {"sha256": _DIGEST},
        "nonce": nonce,
    }
    subject = [{"name": _SCOPE, "digest": {"sha256": _DIGEST}}]
    statement = {"_type": STATEMENT, "subject": subject, "predicateType": SIGNOFF, "predicate": predicate}
    return record_path(_SCOPE, _DIGEST, "p", nonce), json.dumps(statement, indent=2).encode()
