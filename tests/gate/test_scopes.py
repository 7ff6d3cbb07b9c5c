"""Scopes: every path lies in exactly one, its records have one folder, and its digest is that of exactly its files."""

import hashlib

import pytest

from inmemory import SCOPE, base
from modelward.gate.scopes import (
    ALWAYS_GOVERNED,
    PEOPLE,
    POLICIES,
    REPOSITORY,
    VALIDATORS,
    RecordPath,
    Scope,
    content_digest,
    files_of,
    is_ungoverned,
    record_path,
    records_folder,
    scope_of,
    speaks_of_signoffs,
    touched,
)
from modelward.tree.memory import MemorySource
from modelward.tree.source import Entry

SCOPES = {
    "models/a/manifest.yaml": "models/a",
    "models/a/releases/1.0.0/release.yaml": "models/a",
    "models/a": "repository",
    "models": "repository",
    "other/a/b": "repository",
    "policies/floors.yaml": "policies",
    "policies/schemas/evidence/x.json": "policies",
    "policies/people.yaml": "policies/people.yaml",
    "policies/people.yaml.bak": "policies",
    "policies/waivers/w-1.yaml": "policies/waivers/w-1.yaml",
    "policies/waivers/w/1.yaml": "policies",
    "policies/waivers": "policies",
    "policies": "repository",
    "environments/production.yaml": "environments/production.yaml",
    "environments/deep/er.yaml": "environments/deep",
    "environments": "repository",
    "validators/identity/x.py": "validators",
    "validators/x.py": "validators",
    "validators": "repository",
    "tests/policies/x.yaml": "repository",
    "Makefile": "repository",
}


@pytest.mark.parametrize("path", SCOPES)
def test_a_path_lies_in_one_scope(path: str) -> None:
    assert scope_of(path) == SCOPES[path]


def test_the_scopes_are_called_as_records_name_them() -> None:
    assert (REPOSITORY, POLICIES, PEOPLE, VALIDATORS) == (
        "repository",
        "policies",
        "policies/people.yaml",
        "validators",
    )


FOLDERS = {
    "models/a": "models/a/signoffs",
    "policies": "policies/signoffs",
    "policies/people.yaml": "policies/signoffs",
    "policies/waivers/w-1.yaml": "policies/signoffs",
    "environments/production.yaml": "environments/signoffs",
    "validators": "validators/signoffs",
    "repository": ".github/signoffs",
}


@pytest.mark.parametrize("scope", FOLDERS)
def test_the_records_of_a_scope_stand_in_one_folder(scope: str) -> None:
    assert records_folder(Scope(scope)) == FOLDERS[scope]
    digest, nonce = "0123456789abcdef" * 4, "fedcba9876543210" * 2
    path = record_path(Scope(scope), digest, "lead-1", nonce)
    assert path == f"{FOLDERS[scope]}/0123456789ab/lead-1-fedcba98.json"
    found = RecordPath.of(path)
    assert found is not None
    assert (found.path, found.folder, found.digest) == (path, FOLDERS[scope], "0123456789ab")
    assert (found.person, found.nonce, found.is_signature, found.document) == ("lead-1", "fedcba98", False, path)
    signature = RecordPath.of(f"{path}.sig")
    assert signature is not None
    assert (signature.path, signature.is_signature, signature.document) == (f"{path}.sig", True, path)


@pytest.mark.parametrize(
    "path",
    [
        "models/a/signoffs/0123456789ab/lead-1-fedcba98.yaml",
        "models/a/signoffs/0123456789ab/lead-1-fedcba98.json.sig.sig",
        "models/a/signoffs/0123456789ab/lead-1-fedcba98.json\n",
        "models/a/signoffs/0123456789a/lead-1-fedcba98.json",
        "models/a/signoffs/0123456789AB/lead-1-fedcba98.json",
        "models/a/signoffs/0123456789ab/lead-1-fedcba9.json",
        "models/a/signoffs/0123456789ab/-fedcba98.json",
        "models/a/signoffs/0123456789ab/Lead-1-fedcba98.json",
        "models/a/b/signoffs/0123456789ab/lead-1-fedcba98.json",
        "models/signoffs/0123456789ab/lead-1-fedcba98.json",
        "signoffs/0123456789ab/lead-1-fedcba98.json",
        "elsewhere/signoffs/0123456789ab/lead-1-fedcba98.json",
        "x/models/a/signoffs/0123456789ab/lead-1-fedcba98.json",
        f"models/a/signoffs/0123456789ab/{'p' * 64}-fedcba98.json",
    ],
)
def test_a_path_that_no_record_can_have_is_none(path: str) -> None:
    assert RecordPath.of(path) is None


@pytest.mark.parametrize(
    ("path", "speaks"),
    [
        ("models/a/signoffs/x", True),
        ("signoffs", True),
        ("a/SignOffs/b", True),
        ("models/a/signoffs.yaml", False),
        ("models/a/my-signoffs/x", False),
        ("models/a/manifest.yaml", False),
    ],
)
def test_no_other_component_is_called_signoffs_in_any_case(path: str, speaks: bool) -> None:
    assert speaks_of_signoffs(path) == speaks


EXECUTED = (
    ".gitattributes",
    ".github/workflows/gate.yml",
    ".ci/run.sh",
    "src/modelward/x.py",
    "requirements/dev.lock",
    "requirements.txt",
    "pyproject.toml",
    "hatch_build.py",
    "Makefile",
    ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
)


@pytest.mark.parametrize("path", EXECUTED)
def test_what_is_executed_is_never_ungoverned(path: str) -> None:
    assert not is_ungoverned(path, ("**", "*"))


def test_every_beginning_that_is_always_governed_is_tried() -> None:
    assert {beginning for path in EXECUTED for beginning in ALWAYS_GOVERNED if path.startswith(beginning)} == set(
        ALWAYS_GOVERNED
    )


@pytest.mark.parametrize(
    ("path", "ungoverned"),
    [
        ("README.md", True),
        ("notes.md", True),
        ("notes.txt", False),
        ("models/a/README.md", False),
        ("policies/x.md", False),
        ("environments/x.md", False),
        ("validators/x.md", False),
    ],
)
def test_only_what_belongs_to_no_other_scope_can_be_left_ungoverned(path: str, ungoverned: bool) -> None:
    assert is_ungoverned(path, ("*.md", "**/*.md")) == ungoverned
    assert is_ungoverned(path, ["nothing", "*.md", "**/*.md"]) == ungoverned
    assert not is_ungoverned(path, ())


FILES = {
    "models/a/manifest.yaml": b"a",
    "models/a/releases/1.0.0/release.yaml": b"r",
    "models/a/signoffs/0123456789ab/lead-1-fedcba98.json": b"record",
    "models/a/Signoffs/x": b"stray",
    "models/ab/manifest.yaml": b"b",
    "policies/people.yaml": b"people",
    "policies/floors.yaml": b"floors",
    "policies/schemas/x.json": b"{}",
    "policies/waivers/w-1.yaml": b"w",
    "policies/signoffs/x": b"x",
    "environments/production.yaml": b"p",
    "environments/staging.yaml": b"s",
    "validators/identity/x.py": b"x",
    "README.md": b"words",
    "Makefile": b"all:",
    "deep/er/x": b"x",
    ".github/workflows/gate.yml": b"on: push",
}
CONTENTS = {
    "models/a": ["models/a/manifest.yaml", "models/a/releases/1.0.0/release.yaml"],
    "models/ab": ["models/ab/manifest.yaml"],
    "models/gone": [],
    "policies": ["policies/floors.yaml", "policies/schemas/x.json"],
    "policies/people.yaml": ["policies/people.yaml"],
    "policies/waivers/w-1.yaml": ["policies/waivers/w-1.yaml"],
    "environments/production.yaml": ["environments/production.yaml"],
    "validators": ["validators/identity/x.py"],
    "repository": [".github/workflows/gate.yml", "Makefile", "deep/er/x"],
}


def digest_of(files: dict[str, bytes], modes: dict[str, str]) -> str:
    """The digest as the contract writes it."""
    lines = [
        f"{modes.get(path, '100644')} {path}\0{hashlib.sha256(data).hexdigest()}\n".encode("utf-8", "surrogateescape")
        for path, data in files.items()
    ]
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


@pytest.mark.parametrize("scope", CONTENTS)
def test_a_scope_holds_exactly_its_files_and_no_records(scope: str) -> None:
    source = MemorySource("", FILES)
    assert [entry.path for entry in files_of(source, Scope(scope), ("*.md",))] == CONTENTS[scope]
    assert content_digest(source, Scope(scope), iter(("*.md",))) == digest_of(
        {path: FILES[path] for path in CONTENTS[scope]}, {}
    )


class WithModes(MemorySource):
    """Files of which some are not plain."""

    def entries(self, prefix: str) -> list[Entry]:
        return [
            Entry(one.path, "100755" if one.path.endswith(".py") else one.mode, one.size)
            for one in super().entries(prefix)
        ]


def test_the_mode_and_every_byte_of_a_path_are_part_of_the_digest() -> None:
    odd = "validators/identity/\udce9.py"
    files = {"validators/identity/x.py": b"x", odd: b"y", "validators/identity/x": b"z"}
    modes = dict.fromkeys((odd, "validators/identity/x.py"), "100755")
    assert content_digest(WithModes("", files), VALIDATORS, ()) == digest_of(files, modes)
    assert digest_of(files, modes) != digest_of(files, {})


class Asked(MemorySource):
    """Files that remember which folders were listed."""

    def entries(self, prefix: str) -> list[Entry]:
        self.listed = [*getattr(self, "listed", []), prefix]
        return super().entries(prefix)


@pytest.mark.parametrize(
    ("scope", "folder"),
    [
        ("models/a", "models/a"),
        ("policies", "policies"),
        ("policies/people.yaml", "policies"),
        ("policies/waivers/w-1.yaml", "policies"),
        ("environments/production.yaml", "environments"),
        ("validators", "validators"),
        ("repository", ""),
    ],
)
def test_no_more_of_a_large_tree_is_listed_than_a_scope_needs(scope: str, folder: str) -> None:
    source = Asked("", FILES)
    files_of(source, Scope(scope), ())
    assert source.listed == [folder]


def test_a_digest_of_nothing_is_that_of_no_lines() -> None:
    assert content_digest(MemorySource("", {}), SCOPE, ()) == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("path", sorted(path for path in base() if path.startswith("models/")))
def test_every_file_of_a_model_changes_its_digest(path: str) -> None:
    before = content_digest(MemorySource("", base()), SCOPE, ())
    assert content_digest(MemorySource("", {**base(), path: base()[path] + b" "}), SCOPE, ()) != before


def test_changed_paths_touch_their_scopes_and_records_touch_none() -> None:
    assert touched(reversed(list(FILES)), iter(("*.md",))) == {
        "models/a": ("models/a/manifest.yaml", "models/a/releases/1.0.0/release.yaml"),
        "models/ab": ("models/ab/manifest.yaml",),
        "policies/people.yaml": ("policies/people.yaml",),
        "policies": ("policies/floors.yaml", "policies/schemas/x.json"),
        "policies/waivers/w-1.yaml": ("policies/waivers/w-1.yaml",),
        "environments/production.yaml": ("environments/production.yaml",),
        "environments/staging.yaml": ("environments/staging.yaml",),
        "validators": ("validators/identity/x.py",),
        "repository": (".github/workflows/gate.yml", "Makefile", "deep/er/x"),
    }
    assert touched(["README.md", "models/a/signoffs/x"], ("*.md",)) == {}
