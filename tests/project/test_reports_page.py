"""The page about reports: its commands run, its tables are complete, its configuration is of the kind that it says."""

import re
import subprocess
import sys
from pathlib import Path

from modelward.report.rendering import FORMATS
from repository import COMMAND, PROJECT, Repository

PAGE = (PROJECT / "docs/reports.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_command_on_the_page_allows_a_good_repository(merged: Repository) -> None:
    merged.git("update-ref", "refs/remotes/origin/main", "HEAD")
    for script in blocks("sh"):
        command = script.replace("modelward validate", f"{COMMAND} validate")
        done = subprocess.run(
            ["bash", "-e", "-c", command], cwd=merged.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (script, done.stdout, done.stderr)
        for path in re.findall(r"=(\S+)", script):
            assert (merged.root / path).stat().st_size > 0


def test_the_table_names_every_form() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(FORMATS)


def test_the_configuration_for_gitlab_is_one(tmp_path: Path) -> None:
    (configuration,) = blocks("yaml")
    path = tmp_path / "gitlab-ci.yml"
    path.write_text(configuration)
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(path)]
    done = subprocess.run([*check, "--data-transform", "gitlab-ci"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
