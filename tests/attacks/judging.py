"""What `modelward validate` says of a repository that somebody tampers with: of its files, and of their commit."""

import hashlib
import json
from typing import Any

from modelward.errors import ExitCode
from modelward.report.terminal import safe
from repository import Ended, Repository

MODEL = "models/credit-score"
MANIFEST = f"{MODEL}/manifest.yaml"
THRESHOLDS = f"{MODEL}/thresholds.yaml"
RELEASE = f"{MODEL}/releases/1.1.0/release.yaml"
METRICS = f"{MODEL}/releases/1.1.0/metrics.json"


class Finding:
    """One finding of `validate --format json`."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.rule: str = document["rule"]
        self.message: str = document["message"]
        self.remedy: str = document["remedy"]
        self.place = _place(document)
        self.notes = [_place(note) for note in document["notes"]]

    def __repr__(self) -> str:
        return f"{self.rule} {self.place}: {self.message}"


def _place(document: dict[str, Any]) -> str:
    path: str = document["path"]
    return path if document["line"] is None else f"{path}:{document['line']}:{document['column']}"


def findings(ended: Ended) -> list[Finding]:
    return [Finding(finding) for finding in ended.json["findings"]]


def allowed(repository: Repository) -> None:
    """The files and their commit are without findings."""
    for arguments in ((), ("--ref", repository.commit())):
        ended = repository.modelward("validate", *arguments)
        assert ended.code == ExitCode.DONE, ended


def denied(repository: Repository) -> list[Finding]:
    """The findings that deny the files."""
    ended = repository.modelward("validate", "--format", "json")
    assert ended.code == ExitCode.DENIED, ended
    return findings(ended)


def denied_in_git(repository: Repository) -> list[Finding]:
    """The findings that deny the files, and deny their commit as well."""
    found = denied(repository)
    ended = repository.modelward("validate", "--ref", repository.commit())
    assert ended.code == ExitCode.DENIED, ended
    for finding in found:
        assert safe(finding.message) in ended.out
        assert f"--> {safe(finding.place)}\n" in ended.out
    return found


def denied_once(repository: Repository) -> Finding:
    """The one finding that denies the files."""
    (finding,) = denied(repository)
    return finding


def not_evaluated(repository: Repository, *arguments: str) -> Ended:
    """How a run ended that could not judge, and so allows nothing."""
    ended = repository.modelward("validate", *arguments)
    assert ended.code == ExitCode.NOT_EVALUATED, ended
    return ended


def pin_again(repository: Repository, release: str = "1.1.0") -> None:
    """Write the digests of all evidence as it now is into the release, as an attacker would."""
    folder = f"{MODEL}/releases/{release}"
    for kind in ("metrics", "bias"):
        path = repository.root / folder / f"{kind}.json"
        record = repository.read(f"{folder}/release.yaml")
        start = record.index("sha256:", record.index(f"kind: {kind},"))
        digest = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        repository.write(f"{folder}/release.yaml", record[:start] + digest + record[start + len(digest) :])


def measure(repository: Repository, metric: str, value: object, release: str = "1.1.0") -> None:
    """Write another value of a metric into the evidence, and pin the evidence again."""
    path = f"{MODEL}/releases/{release}/metrics.json"
    text = repository.read(path)
    start = text.index('"value": ', text.index(f'"{metric}"')) + len('"value": ')
    written = value if isinstance(value, str) else json.dumps(value)
    repository.write(path, text[:start] + written + text[text.index(",", start) :])
    pin_again(repository, release)
