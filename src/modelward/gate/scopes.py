"""What is signed as one: the scopes of a repository, where their sign-off records stand, and their digests.

A scope's content digest is the SHA-256 over the sorted lines `mode SP path NUL sha256(blob) LF` of its files; sign-off
records are left out of it, and nothing else is.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final, NewType

from modelward.policy.globs import matches
from modelward.tree.source import Entry, Source

Scope = NewType("Scope", str)
"""The name of a scope, as a record's subject names it."""

REPOSITORY: Final = Scope("repository")
POLICIES: Final = Scope("policies")
PEOPLE: Final = Scope("policies/people.yaml")
VALIDATORS: Final = Scope("validators")
_WAIVER = re.compile(r"policies/waivers/[^/]+")
_RECORD = re.compile(
    r"(?P<folder>(?:models/[^/]+|policies|environments|validators|\.github)/signoffs)/"
    r"(?P<digest>[0-9a-f]{12})/(?P<person>[a-z0-9][a-z0-9-]{0,62})-(?P<nonce>[0-9a-f]{8})\.json(?P<signature>\.sig)?"
)
ALWAYS_GOVERNED: Final = (
    ".gitattributes",
    ".github/",
    ".ci/",
    "src/",
    "requirements/",
    "requirements.txt",
    "pyproject.toml",
    "hatch_build.py",
    "Makefile",
    ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
)
"""How paths begin that are governed whatever a policy says: what the gate or the reconciler executes or obeys."""


def scope_of(path: str) -> Scope:
    """The scope that a path lies in, unless it is a record or ungoverned."""
    parts = path.split("/")
    if parts[0] == "models" and len(parts) > 2:
        return Scope("/".join(parts[:2]))
    if path == PEOPLE or _WAIVER.fullmatch(path):
        return Scope(path)
    if parts[0] == "policies" and len(parts) > 1:
        return POLICIES
    if parts[0] == "environments" and len(parts) > 1:
        return Scope("/".join(parts[:2]))
    if parts[0] == "validators" and len(parts) > 1:
        return VALIDATORS
    return REPOSITORY


def records_folder(scope: Scope) -> str:
    """The folder below which the sign-off records of a scope stand."""
    top = scope.partition("/")[0]
    return f"{scope if top == 'models' else '.github' if scope == REPOSITORY else top}/signoffs"


class RecordPath:
    """The path of a sign-off record, or of its signature: what its name says of it."""

    def __init__(self, found: re.Match[str]) -> None:
        self.path = found[0]
        self.folder = found["folder"]
        self.digest = found["digest"]
        self.person = found["person"]
        self.nonce = found["nonce"]
        self.is_signature = found["signature"] is not None

    @property
    def document(self) -> str:
        """The path of the record itself."""
        return self.path.removesuffix(".sig")

    @classmethod
    def of(cls, path: str) -> "RecordPath | None":
        """The path taken apart, or None when it is none that a record can have."""
        found = _RECORD.fullmatch(path)
        return None if found is None else cls(found)


def record_path(scope: Scope, after: str, person: str, nonce: str) -> str:
    """Where a record stands: `after` is the digest of the scope's content after the change, in hex."""
    return f"{records_folder(scope)}/{after[:12]}/{person}-{nonce[:8]}.json"


def speaks_of_signoffs(path: str) -> bool:
    """Whether a component of the path is called `signoffs`, in any case: nothing but records may be."""
    return any(part.casefold() == "signoffs" for part in path.split("/"))


def is_ungoverned(path: str, ungoverned: Iterable[str]) -> bool:
    """Whether the policy leaves a path out of the scope `repository`; it never can leave out what is executed."""
    if scope_of(path) != REPOSITORY or path.startswith(ALWAYS_GOVERNED):
        return False
    return any(matches(glob, path) for glob in ungoverned)


def files_of(source: Source, scope: Scope, ungoverned: Iterable[str]) -> list[Entry]:
    """The files of a scope, without what can only be a record."""
    ungoverned = tuple(ungoverned)
    top = "" if scope == REPOSITORY else scope if scope.startswith("models/") else scope.partition("/")[0]
    return [
        entry
        for entry in source.entries(top)
        if not speaks_of_signoffs(entry.path)
        and scope_of(entry.path) == scope
        and not is_ungoverned(entry.path, ungoverned)
    ]


def content_digest(source: Source, scope: Scope, ungoverned: Iterable[str]) -> str:
    """The digest of a scope's content, in hex; that of nothing when the scope is not there."""
    lines = sorted(
        f"{entry.mode} {entry.path}\0{hashlib.sha256(data).hexdigest()}\n".encode("utf-8", "surrogateescape")
        for entry, data in source.read(files_of(source, scope, ungoverned))
    )
    return hashlib.sha256(b"".join(lines)).hexdigest()


def touched(paths: Iterable[str], ungoverned: Iterable[str]) -> Mapping[Scope, tuple[str, ...]]:
    """The scopes of changed paths, each with its paths; records and what is ungoverned touch none."""
    ungoverned = tuple(ungoverned)
    found: dict[Scope, list[str]] = {}
    for path in sorted(paths):
        if not speaks_of_signoffs(path) and not is_ungoverned(path, ungoverned):
            found.setdefault(scope_of(path), []).append(path)
    return {scope: tuple(inside) for scope, inside in found.items()}
