"""init: from an empty folder to a repository that passes. Rows F1 and F3 of the mission."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from repository import COMMAND, PROJECT, Ended, Repository

from .conftest import SOMEBODY

FOLDERS = ("policies", "environments", "validators", "tests/example", "tests/validators", ".github")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A folder outside every repository, with somebody who commits and this environment's commands on the path."""
    for name, value in SOMEBODY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "new").mkdir()
    return Repository(tmp_path / "new")


def shell(folder: Path, script: str) -> Ended:
    done = subprocess.run(["bash", "-ec", script], cwd=folder, capture_output=True, check=False)
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


SEQUENCE = """
modelward init x
cd x
git commit --quiet --message "Lay out governance"
modelward validate
modelward test
pre-commit run --all-files
"""


def test_f3_a_repository_passes_from_its_first_commit(empty: Repository) -> None:
    ended = shell(empty.root, SEQUENCE)
    assert ended.code == 0, ended
    assert "no findings in 0 models" in ended.out
    assert "- there is no model yet" in ended.out
    assert "all hold:" in ended.out
    assert "modelward validate....." in ended.out
    assert "Passed" in ended.out
    ended = Repository(empty.root / "x").modelward("plan")
    assert (ended.code, "error: there is no model at commit " in ended.err) == (4, True), ended
    assert "modelward model new NAME" in ended.err


def test_a_model_passes_in_a_new_repository_once_its_people_are_named(empty: Repository) -> None:
    roles = [
        *("--role", "governance-board=ada", "--role", "governance-board=bert", "--role", "governance-board=cyd"),
        *("--role", "policy-owner=dora", "--role", "policy-owner=emil", "--role", "bsa-officer=fay"),
    ]
    assert empty.modelward("init", "--repository", "bank/models", *roles).code == 0
    text = empty.read("policies/people.yaml")
    engineers = "".join(
        f"  {name}: {{name: {name}, emails: [{name}@example.org], logins: {{}}, roles: [], keys: []}}\n"
        for name in ("gus", "hal", "ida", "jan")
    )
    empty.write("policies/people.yaml", text.replace("people:\n", f"people:\n{engineers}", 1))
    empty.commit("Lay out governance")
    made = empty.modelward(
        *("model", "new", "churn", "--tier", "high", "--task", "binary", "--summary", "Who leaves", "--label", "LEFT"),
        *("--team", "retention", "--contact", "#retention", "--sponsor", "head", "--on-call", "hal"),
        *("--limitations", "Private clients only", "--compliance", "none", "--feature", "AGE", "--slice", "SEX"),
        *(
            "--role",
            "ml-engineer=gus",
            "--role",
            "ml-engineer=hal",
            "--role",
            "team-lead=ida",
            "--role",
            "team-lead=jan",
        ),
        *("--role", "on-call=hal"),
    )
    assert made.code == 0, made.err
    judged = empty.modelward("validate")
    assert judged.code == 0, judged.out


def test_everything_is_laid_out_staged_and_named(empty: Repository) -> None:
    ended = empty.modelward("init", "--repository", "bank/models")
    assert ended.code == 0, ended.err
    for folder in FOLDERS:
        assert (empty.root / folder).is_dir()
    staged = empty.git("diff", "--cached", "--name-only").splitlines()
    assert len(staged) == len(empty.git("ls-files").splitlines()) > 100
    assert empty.git("status", "--porcelain", "--untracked-files=all", "--ignored").count("?? ") == 0
    assert empty.git("branch", "--show-current") == "main"
    assert empty.read(".gitattributes") == "* -text\n"
    assert "repository: bank/models\n" in empty.read("policies/policy.yaml")
    assert "name your people in policies/people.yaml" in ended.out
    for path in ("cron/modelward", "systemd/modelward.timer", "prometheus/modelward-alerts.yml"):
        assert empty.read(f"deploy/{path}") == (PROJECT / "deploy" / path).read_text()


def test_a_dry_run_lists_the_files_and_writes_nothing(empty: Repository) -> None:
    ended = empty.modelward("init", "x", "--dry-run")
    assert ended.code == 0
    assert "would write policies/policy.yaml\n" in ended.out
    assert not (empty.root / "x").exists()


def test_without_a_name_a_placeholder_stands_until_somebody_names_it(empty: Repository) -> None:
    ended = empty.modelward("init", "Our models!")
    assert ended.code == 0, ended.err
    assert "name the repository in policies/policy.yaml: it is called your-organisation/Our-models until" in ended.out


def test_the_name_is_taken_from_the_remote_of_a_repository(empty: Repository) -> None:
    empty.git("init", "--quiet")
    empty.git("remote", "add", "origin", "https://secret@git.example.org/bank/models.git")
    ended = empty.modelward("init")
    assert ended.code == 0, ended.err
    assert "repository: bank/models\n" in empty.read("policies/policy.yaml")
    assert "secret" not in ended.out


def test_in_a_repository_nothing_is_staged_and_what_is_yours_stays(empty: Repository) -> None:
    empty.write("README.md", "Ours\n")
    empty.write(".gitignore", "*.tmp\n")
    empty.write("docs/notes.md", "Notes\n")
    empty.commit("Start")
    ended = empty.modelward("init", "--repository", "bank/models")
    assert ended.code == 0, ended.err
    assert "left README.md as it is" in ended.out
    assert "git add --all" in ended.out
    assert empty.read("README.md") == "Ours\n"
    assert empty.git("diff", "--cached", "--name-only") == ""
    empty.commit("Lay out governance")
    assert empty.modelward("validate").code == 0


@pytest.mark.parametrize("path", ["policies/policy.yaml", "validators", "environments", ".gitattributes"])
@pytest.mark.parametrize("what", ["file", "folder", "link"])
def test_what_stands_in_the_way_is_named_and_nothing_is_written(
    empty: Repository, tmp_path: Path, path: str, what: str
) -> None:
    if (path, what) in {("validators", "folder"), ("environments", "folder")}:
        return
    outside = tmp_path / "outside"
    outside.mkdir()
    file = empty.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if what == "file":
        file.write_text("ours\n")
    elif what == "folder":
        file.mkdir()
    else:
        file.symlink_to(outside)
    before = list(empty.root.rglob("*"))
    ended = empty.modelward("init")
    assert ended.code == 1, ended
    assert path in ended.err
    assert "would be overwritten" in ended.err
    assert list(empty.root.rglob("*")) == before
    assert list(outside.iterdir()) == []


def test_a_second_run_has_nothing_to_write(empty: Repository) -> None:
    assert empty.modelward("init", "--repository", "bank/models").code == 0
    before = {file: file.read_bytes() for file in empty.root.rglob("*") if file.is_file() and ".git/" not in str(file)}
    ended = empty.modelward("init", "--repository", "bank/models")
    assert ended.code == 2
    assert "holds all of this already" in ended.err
    assert all(file.read_bytes() == data for file, data in before.items())


def test_a_lost_file_is_written_again_and_a_changed_one_stops_it(empty: Repository) -> None:
    empty.modelward("init", "--repository", "bank/models")
    empty.remove("policies/floors.yaml")
    assert "wrote 1 files" in empty.modelward("init", "--repository", "bank/models").out
    empty.remove("policies/floors.yaml")
    empty.replace("policies/policy.yaml", '"1.0.0"', '"1.0.1"')
    ended = empty.modelward("init", "--repository", "bank/models")
    assert ended.code == 1
    assert "policies/policy.yaml would be overwritten" in ended.err
    assert not (empty.root / "policies/floors.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--repository", "models"), "is no name of a repository"),
        (("--repository", "bank/mod els"), "is no name of a repository"),
        (("--role", "governance-board"), "names no person"),
        (("--role", "governance=ada"), "did you mean `governance-board`?"),
        (("--role", "policy-owner=Ada"), "is no name of a person"),
    ],
)
def test_wrong_arguments_are_exit_2_with_what_would_be_right(
    empty: Repository, arguments: tuple[str, ...], said: str
) -> None:
    ended = empty.modelward("init", *arguments)
    assert ended.code == 2, ended
    assert said in ended.err
    assert list(empty.root.iterdir()) == []


def test_a_folder_inside_another_repository_is_refused(empty: Repository) -> None:
    empty.git("init", "--quiet")
    ended = empty.modelward("init", "inside")
    assert ended.code == 2
    assert "lies inside the repository" in ended.err
    (empty.root / "file").write_text("x")
    assert "is no folder" in empty.modelward("init", "file").err
    assert "DIR is empty" in empty.modelward("init", "").err


def test_a_folder_of_git_s_own_is_refused(empty: Repository) -> None:
    empty.git("init", "--quiet", "--bare", "bare.git")
    empty.git("init", "--quiet", "other")
    for folder in ("bare.git", "bare.git/new", "other/.git", "other/.git/new"):
        ended = empty.modelward("init", folder)
        assert ended.code == 2, ended
        assert "which is git's own" in ended.err
    assert not list(empty.root.rglob("policies"))


def test_a_folder_that_cannot_be_written_is_exit_3_and_left_as_it_was(empty: Repository) -> None:
    command = f"ulimit -f 1; trap '' XFSZ; {COMMAND} init x --repository bank/models"
    ended = shell(empty.root, command)
    assert ended.code == 3, ended
    assert "cannot write" in ended.err
    assert [file for file in (empty.root / "x").rglob("*") if file.is_file()] == []


def test_the_wheel_carries_all_that_init_lays_out(empty: Repository, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").iterdir()
    fresh = tmp_path / "fresh"
    venv.create(fresh, with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(fresh), "platbase": str(fresh)}))
    pip = [sys.executable, "-m", "pip", "--python", str(fresh / "bin/python"), "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--disable-pip-version-check", str(wheel)], check=True, capture_output=True)
    # The dependencies are those of this environment; its own, editable modelward is behind a .pth that is not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    installed = f"export PATH={fresh}/bin:$PATH\n"
    where = shell(tmp_path, f"{installed} python -c 'import modelward; print(modelward.__file__)'")
    assert where.out.startswith(str(fresh)), where
    ended = shell(empty.root, installed + SEQUENCE)
    assert ended.code == 0, ended
    (tmp_path / "edited").mkdir()
    edited = shell(tmp_path / "edited", "modelward init x")
    assert edited.code == 0, edited
    assert shell(tmp_path, f"diff --recursive --exclude .git {empty.root}/x edited/x").out == ""
