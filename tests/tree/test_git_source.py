"""Git objects as a source: what a commit holds, whatever the working tree, the environment and git's settings say."""

import os
import subprocess
from pathlib import Path

import pytest

from modelward.errors import CannotEvaluate, WrongUse
from modelward.tree.commit_source import GitSource
from modelward.tree.directory import DirectorySource
from modelward.tree.git import Git, find_git
from modelward.tree.grafted import GraftedSource
from modelward.tree.memory import MemorySource
from modelward.tree.source import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK, Entry, Source
from repository import Repository

MANIFEST = "models/credit-score/manifest.yaml"


def contents(source: Source) -> dict[str, tuple[str, bytes]]:
    """Mode and bytes of every plain file, by path."""
    plain = [entry for entry in source.entries("") if entry.mode in (REGULAR, EXECUTABLE)]
    return {entry.path: (entry.mode, data) for entry, data in source.read(plain)}


def at(repository: Repository, commit: str) -> GitSource:
    return GitSource(Git(repository.root), commit)


def only(source: Source, path: str) -> bytes:
    ((_, data),) = source.read(source.entries(path))
    return data


def test_a_committed_tree_and_its_working_tree_are_the_same_files(merged: Repository) -> None:
    merged.write("models/credit-score/run.sh", "#!/bin/sh\n")
    (merged.root / "models/credit-score/run.sh").chmod(0o755)
    (merged.root / "models/credit-score/link.yaml").symlink_to("manifest.yaml")
    (merged.root / "models/linked").symlink_to("credit-score")
    merged.write("models/größe/\tü.yaml", b"\xff\r\n")
    merged.write("policies/empty.yaml", "")
    inner = Repository(merged.root / "models/inner")
    inner.write("manifest.yaml", "schema: manifest/v1\n")
    inner.commit()
    source, directory = at(merged, merged.commit()), DirectorySource(merged.root)
    listed = [(entry.path, entry.mode, entry.size) for entry in source.entries("")]
    assert listed == [(entry.path, entry.mode, entry.size) for entry in directory.entries("")]
    assert contents(source) == contents(directory)
    modes = {path: mode for path, mode, _ in listed}
    assert modes["models/credit-score/run.sh"] == EXECUTABLE
    assert modes["models/credit-score/link.yaml"] == SYMLINK
    assert modes["models/linked"] == SYMLINK
    assert modes["models/inner"] == SUBMODULE
    prefixes = ["models", "models/credit-score", MANIFEST, "models/credit", "models/linked", "models/linked/releases"]
    for prefix in [*prefixes, "models/inner", "models/inner/manifest.yaml", "nothing", "zzz", "policies/empty.yaml/x"]:
        listed_below = [entry.path for entry in source.entries(prefix)]
        assert listed_below == [entry.path for entry in directory.entries(prefix)], prefix
        assert source.folders(prefix) == directory.folders(prefix), prefix
        assert mode(source, prefix) == mode(directory, prefix), prefix


def mode(source: Source, path: str) -> str | None:
    entry = source.entry(path)
    return None if entry is None else entry.mode


def test_a_prefix_is_a_folder_and_not_the_start_of_a_name(merged: Repository) -> None:
    merged.write("models/credit-score-2/manifest.yaml", "")
    merged.write("models/credit-score.yaml", "")
    merged.write("models/credit-score0", "")
    source = at(merged, merged.commit())
    assert {entry.path.split("/")[1] for entry in source.entries("models/credit-score")} == {"credit-score"}
    assert source.folders("models") == ["credit-score", "credit-score-2", "credit-score.yaml", "credit-score0"]


def test_where_only_some_folders_are_listed_the_names_beside_them_are_still_known(merged: Repository) -> None:
    merged.copy("models/credit-score", "models/loan-score")
    commit = merged.commit()
    some = GitSource(Git(merged.root), commit, ["policies", "models/loan-score"])
    assert {entry.path.split("/")[1] for entry in some.entries("models")} == {"loan-score"}
    for folder in ("models", "models/loan-score", "models/credit-score", "policies", "policies/schemas", "nowhere"):
        assert some.folders(folder) == at(merged, commit).folders(folder), folder


@pytest.mark.parametrize(
    ("folder", "graft", "names"),
    [
        ("models/loan-score", {"models/loan-score/manifest.yaml": b""}, ["credit-score", "loan-score"]),
        ("models/credit-score", {"models/credit-score/manifest.yaml": b""}, ["credit-score"]),
        ("models/credit-score", {}, []),
        ("policies", {}, ["credit-score"]),
    ],
)
def test_a_graft_brings_and_takes_away_the_name_of_its_folder(
    merged: Repository, folder: str, graft: dict[str, bytes], names: list[str]
) -> None:
    trunk = GitSource(Git(merged.root), merged.commit(), ["policies"])
    grafted = GraftedSource(trunk, folder, MemorySource("graft", graft))
    assert grafted.folders("models") == names
    assert ("policies" in grafted.folders("")) == (folder != "policies")
    assert grafted.folders(folder) == sorted(path.rpartition("/")[2] for path in graft)


def test_what_is_read_is_the_commit_and_not_the_working_tree(merged: Repository) -> None:
    commit = merged.git("rev-parse", "HEAD")
    before = merged.read(MANIFEST).encode()
    merged.write(MANIFEST, "changed\n")
    assert only(at(merged, commit), MANIFEST) == before
    assert at(merged, commit).label == f"commit {commit[:12]}"


def test_many_files_are_read_in_the_order_in_which_they_were_asked_for(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    for number in range(1100):
        repository.write(f"models/{number}.txt", f"{number}\n" * (number % 7))
    source = at(repository, repository.commit())
    wanted = list(reversed(source.entries("models")))
    found = list(source.read(wanted))
    assert [entry for entry, _ in found] == wanted
    assert all(data.decode() == f"{number}\n" * (number % 7) for number, data in numbered(found))


def numbered(found: list[tuple[Entry, bytes]]) -> list[tuple[int, bytes]]:
    return [(int(Path(entry.path).stem), data) for entry, data in found]


def test_a_reader_that_stops_early_leaves_nothing_for_the_next(merged: Repository) -> None:
    source = at(merged, "HEAD")
    entry, _ = next(source.read(source.entries("models")))
    assert entry.path.startswith("models/")
    assert only(source, MANIFEST) == merged.read(MANIFEST).encode()


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_DIR": "{decoy}/.git"},
        {"GIT_DIR": "{decoy}/.git", "GIT_WORK_TREE": "{decoy}"},
        {"GIT_WORK_TREE": "{decoy}"},
        {"GIT_OBJECT_DIRECTORY": "{decoy}/.git/objects"},
        {"GIT_INDEX_FILE": "{decoy}/.git/index"},
        {"GIT_COMMON_DIR": "{decoy}/.git"},
        {"GIT_NAMESPACE": "decoy"},
        {"GIT_CEILING_DIRECTORIES": "/"},
        {"GIT_REPLACE_REF_BASE": "refs/heads/"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.worktree", "GIT_CONFIG_VALUE_0": "{decoy}"},
        {"GIT_LITERAL_PATHSPECS": "0", "GIT_ICASE_PATHSPECS": "1"},
    ],
)
def test_no_variable_of_git_turns_the_source_to_another_repository(
    merged: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    decoy = Repository(tmp_path / "decoy")
    decoy.write(MANIFEST, "decoy\n")
    decoy.commit()
    commit, expected = merged.git("rev-parse", "HEAD"), merged.read(MANIFEST).encode()
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(decoy=decoy.root))
    git = find_git(merged.root / "models")
    assert git.root.resolve() == merged.root.resolve()
    assert git.commit("HEAD") == commit
    assert only(GitSource(git, "HEAD"), MANIFEST) == expected
    assert git.changed_from(commit, None) == set()


def test_a_replacement_of_an_object_is_not_seen(merged: Repository) -> None:
    expected = merged.read(MANIFEST).encode()
    honest = merged.git("rev-parse", f"HEAD:{MANIFEST}")
    forged = merged.git("hash-object", "-w", "--stdin", stdin=b"forged: 1\n")
    merged.git("replace", honest, forged)
    assert merged.git("cat-file", "blob", honest) == "forged: 1"
    assert only(at(merged, "HEAD"), MANIFEST) == expected


def test_attributes_and_filters_change_nothing_of_what_is_read(merged: Repository) -> None:
    merged.write(".gitattributes", "*.yaml text eol=crlf ident working-tree-encoding=UTF-16 filter=shout diff=hide\n")
    merged.write("models/credit-score/marked.yaml", "a: $Id$\n".encode("utf-16"))
    merged.git("config", "filter.shout.smudge", "tr a-z A-Z")
    merged.git("config", "core.autocrlf", "true")
    merged.git("config", "diff.external", "false")
    commit = merged.commit()
    (merged.root / "models/credit-score/marked.yaml").unlink()
    merged.git("checkout", "--", "models/credit-score/marked.yaml")
    assert (merged.root / "models/credit-score/marked.yaml").read_bytes() != b"a: $Id$\n"
    assert only(at(merged, commit), "models/credit-score/marked.yaml") == b"a: $Id$\n"


def test_a_shallow_clone_is_refused(merged: Repository, tmp_path: Path) -> None:
    merged.write("models/credit-score/README.md", "words\n")
    merged.commit()
    clone = tmp_path / "clone"
    merged.git("clone", "--quiet", "--depth", "1", f"file://{merged.root}", str(clone))
    with pytest.raises(CannotEvaluate, match="this clone is shallow") as caught:
        GitSource(Git(clone), "HEAD").entries("models")
    assert "unshallow" in caught.value.remedy


def test_an_object_that_is_gone_is_named_by_its_path(merged: Repository) -> None:
    source = at(merged, "HEAD")
    (entry,) = source.entries(MANIFEST)
    (merged.root / ".git/objects" / entry.object_id[:2] / entry.object_id[2:]).unlink()
    with pytest.raises(CannotEvaluate, match=f"git holds no content for {MANIFEST}"):
        only(at(merged, "HEAD"), MANIFEST)


def test_what_was_listed_and_then_lost_is_an_error_and_not_an_empty_file(merged: Repository) -> None:
    source = at(merged, "HEAD")
    (entry,) = source.entries(MANIFEST)
    (merged.root / ".git/objects" / entry.object_id[:2] / entry.object_id[2:]).unlink()
    with pytest.raises(CannotEvaluate, match=f"git holds no content for {MANIFEST}"):
        list(source.read([entry]))


def crafted(repository: Repository, *entries: tuple[str, str, str]) -> str:
    """A commit whose root holds these entries (mode, name, object), however git itself would object."""
    tree = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(object_id) for mode, name, object_id in entries)
    root = repository.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=tree)
    return repository.git("commit-tree", "-m", "crafted", root)


def test_a_tree_that_holds_a_name_twice_is_refused(merged: Repository) -> None:
    shown, hidden = (merged.git("hash-object", "-w", "--stdin", stdin=data) for data in (b"a: 1\n", b"a: 2\n"))
    commit = crafted(merged, ("100644", "README.md", shown), ("100644", "README.md", hidden))
    with pytest.raises(CannotEvaluate, match=r"holds README\.md twice"):
        at(merged, commit).entries("")


def test_a_tree_with_a_file_and_a_folder_of_one_name_is_refused(merged: Repository) -> None:
    file = merged.git("hash-object", "-w", "--stdin", stdin=b"a: 1\n")
    models = merged.git("rev-parse", "HEAD:models")
    commit = crafted(merged, ("100644", "models", file), ("40000", "models", models))
    with pytest.raises(CannotEvaluate, match="holds models twice"):
        at(merged, commit).entries("policies")


def test_a_name_with_a_slash_cannot_stand_for_another_path(merged: Repository) -> None:
    file = merged.git("hash-object", "-w", "--stdin", stdin=b"a: 1\n")
    models = merged.git("rev-parse", "HEAD:models")
    commit = crafted(merged, ("40000", "models", models), ("100644", MANIFEST, file))
    with pytest.raises(CannotEvaluate, match=f"holds {MANIFEST} twice"):
        at(merged, commit).entries("models")


def test_a_name_that_is_no_commit_is_wrong_use(merged: Repository) -> None:
    blob = merged.git("rev-parse", f"HEAD:{MANIFEST}")
    for ref in ("nowhere", blob, "--all", "-C", "", "HEAD~7", "main\n--all"):
        with pytest.raises(WrongUse, match="names no commit"):
            Git(merged.root).commit(ref)


def test_a_folder_outside_git_is_told_from_one_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(CannotEvaluate, match="is not in a git repository"):
        find_git(tmp_path)
    with pytest.raises(WrongUse, match="is no folder"):
        find_git(tmp_path / "missing")


def test_what_changed_is_told_for_the_working_tree_and_for_a_commit(merged: Repository) -> None:
    base = merged.git("rev-parse", "HEAD")
    merged.replace(MANIFEST, "tier: medium", "tier: high")
    merged.remove("models/credit-score/canary.yaml")
    merged.write("models/größe/manifest.yaml", "new\n")
    changed = {MANIFEST, "models/credit-score/canary.yaml", "models/größe/manifest.yaml"}
    assert Git(merged.root).changed_from(base, None) == changed
    commit = merged.commit()
    merged.write("policies/floors.yaml", "only in the working tree\n")
    assert Git(merged.root).changed_from(base, commit) == changed
    assert Git(merged.root).changed_from(commit, None) == {"policies/floors.yaml"}


def test_a_rename_is_a_removal_and_an_addition(merged: Repository) -> None:
    base = merged.git("rev-parse", "HEAD")
    merged.git("config", "diff.renames", "true")
    merged.git("mv", "models/credit-score", "models/renamed")
    folders = {path.split("/")[1] for path in Git(merged.root).changed_from(base, merged.commit())}
    assert folders == {"credit-score", "renamed"}


def test_the_base_of_a_branch_is_where_it_left_its_upstream(merged: Repository, tmp_path: Path) -> None:
    start = merged.git("rev-parse", "HEAD")
    clone = Repository(tmp_path / "clone")
    merged.git("clone", "--quiet", str(merged.root), str(clone.root))
    clone.commit()
    assert Git(clone.root).upstream() == start
    assert Git(merged.root).upstream() is None


def test_git_is_not_asked_to_run_what_the_repository_configures(merged: Repository, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {trace}\n")
    script.chmod(0o755)
    for setting in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "diff.hide.textconv"):
        merged.git("config", setting, str(script))
    merged.write(".gitattributes", "*.yaml diff=hide\n")
    merged.replace(MANIFEST, "tier: medium", "tier: high")
    git = Git(merged.root)
    git.changed_from("HEAD", None)
    git.changed_from("HEAD", git.commit("HEAD"))
    list(at(merged, "HEAD").entries(""))
    assert not trace.exists()
    assert subprocess.run([script], check=True, env=os.environ).returncode == 0
    assert trace.exists()


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        ("echo fatal: no such thing >&2; exit 3", "fatal: no such thing"),
        ("exit 3", "exit 3"),
        ("kill -KILL $PPID", "it was ended by SIGKILL"),
    ],
)
def test_of_a_command_that_failed_the_reason_is_told_and_no_hint(merged: Repository, ends: str, says: str) -> None:
    alias = f"alias.failing=!echo 'hint: \"git config advice.x false\"' >&2; {ends}"
    with pytest.raises(CannotEvaluate) as stopped:
        Git(merged.root).run("-c", alias, "failing")
    assert stopped.value.message == f"git -c: {says}"
