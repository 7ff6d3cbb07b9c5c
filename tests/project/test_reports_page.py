"""The page about reports: its commands run, its tables are complete, its configuration is of the kind that it says."""

import re
import subprocess
import sys
from pathlib import Path

from modelward.report.rendering import FORMATS
from pages import run
from repository import PROJECT, Repository

PATH = PROJECT / "docs/reports.md"
PAGE = PATH.read_text()


def test_every_command_on_the_page_allows_a_good_repository_and_writes_what_it_names(merged: Repository) -> None:
    merged.git("update-ref", "refs/remotes/origin/main", "HEAD")
    run(PATH, merged.root, {})
    named = re.findall(r"--format \w+=(\S+)", "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)))
    assert len(named) > 2
    for path in named:
        assert (merged.root / path).stat().st_size > 0


def test_the_table_names_every_form() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(FORMATS)


def test_the_configuration_for_gitlab_is_one(tmp_path: Path) -> None:
    (configuration,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "gitlab-ci.yml"
    path.write_text(configuration)
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(path)]
    done = subprocess.run([*check, "--data-transform", "gitlab-ci"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
