"""The command as a whole: exit codes, help, a crash that is never a pass."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelward import __version__
from modelward.cli.root import VERBS
from modelward.errors import ExitCode
from repository import COMMAND, Repository


def test_the_version_is_the_package_version(repository: Repository) -> None:
    ended = repository.modelward("--version")
    assert (ended.code, ended.out) == (0, f"modelward {__version__}\n")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_that_starts_with_its_usage(repository: Repository, verb: str) -> None:
    ended = repository.modelward(verb, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: modelward {verb} ")


def test_a_mistyped_verb_is_exit_2_with_the_nearest(repository: Repository) -> None:
    ended = repository.modelward("vaildate")
    assert ended.code == 2
    assert "Did you mean `validate`?" in ended.err


def test_no_verb_is_exit_2_and_shows_help(repository: Repository) -> None:
    ended = repository.modelward()
    assert ended.code == 2
    assert "Usage: modelward" in ended.out + ended.err


def test_an_unknown_option_is_exit_2(repository: Repository) -> None:
    assert repository.modelward("validate", "--frobnicate").code == 2


def test_an_unknown_format_is_exit_2_and_names_the_known(repository: Repository) -> None:
    ended = repository.modelward("validate", "--format", "yaml")
    assert ended.code == 2
    assert "text, json" in ended.err


def test_two_formats_for_standard_output_are_exit_2(repository: Repository) -> None:
    assert repository.modelward("validate", "--format", "json", "--format", "text").code == 2


def test_t80_a_crash_is_exit_3_in_one_line_and_never_a_pass(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("modelward.cli.validate.load_rules")
    ended = repository.modelward("validate")
    assert ended.code == 3
    assert ended.err.startswith("error: crash: NameError")


def test_an_interrupt_is_exit_130(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modelward.cli.validate.load_rules", interrupted)
    assert repository.modelward("validate").code == ExitCode.INTERRUPTED


def test_a_folder_that_does_not_exist_is_exit_2(repository: Repository, tmp_path: Path) -> None:
    assert repository.modelward("plan", "-C", str(tmp_path / "nowhere")).code == 2


def test_a_folder_without_git_is_exit_3_for_verbs_that_need_it(repository: Repository, tmp_path: Path) -> None:
    ended = repository.modelward("plan", "-C", str(tmp_path))
    assert ended.code == 3
    assert "is not in a git repository" in ended.err


def test_options_can_be_given_as_variables(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWARD_VALIDATE_FORMAT", "json")
    assert repository.modelward("validate").json["schema"] == "validate/v1"


def test_in_a_pipe_nothing_is_coloured(repository: Repository) -> None:
    command = [sys.executable, "-m", "modelward", "-C", str(repository.root), "validate"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"TERM": "xterm"})
    assert "\x1b" not in done.stdout


def test_a_reader_that_stops_early_gets_no_traceback(repository: Repository) -> None:
    command = f"{sys.executable} -m modelward -C {repository.root} schema manifest | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_a_light_start_loads_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys, modelward.cli.root, modelward.cli.validate, modelward.cli.plan, modelward.cli.promote;"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'mlflow', 'pandas', 'numpy', 'sklearn', 'sqlalchemy', 'jsonschema', 'ruamel', 'requests'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(("into", "code"), [("> /dev/full", 3), ("> /dev/full 2>&1", 3), (">&-", 0)])
def test_output_that_nobody_can_take_ends_with_an_exit_code_of_ours(into: str, code: int) -> None:
    command = f"{COMMAND} rules {into}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr, "Exception ignored" in ended.stderr) == (code, False, False)


def test_letters_that_an_output_has_not_end_nothing(repository: Repository) -> None:
    repository.write(
        "models/credit-risk/manifest.yaml", repository.read("models/credit-risk/manifest.yaml") + "\nł: 1\n"
    )
    ended = repository.process("validate", environment={"PYTHONIOENCODING": "iso-8859-1"})
    assert (ended.code, "unknown key `\\u0142`" in ended.out) == (1, True), ended


def test_a_reader_who_has_gone_is_no_refusal() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        ended = subprocess.run([COMMAND, "rules"], stdout=gone, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (3, "")
