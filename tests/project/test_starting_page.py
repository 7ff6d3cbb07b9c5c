"""Every command of the page about starting a repository, in the order in which it stands there."""

import os
import re
import subprocess
from pathlib import Path

from cli.conftest import SOMEBODY
from repository import COMMAND, PROJECT

PAGE = (PROJECT / "docs/starting-a-repository.md").read_text()


def test_the_page_s_commands_lead_from_an_empty_folder_to_a_retired_model(tmp_path: Path) -> None:
    blocks = re.findall(r"^```(sh|yaml)\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert [kind for kind, _ in blocks].count("yaml") == 1
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    folder = tmp_path
    for kind, text in blocks:
        if kind == "yaml":
            people = folder / "policies/people.yaml"
            people.write_text(people.read_text().replace("\npeople:\n", f"\npeople:\n{text}"))
            continue
        done = subprocess.run(
            ["bash", "-ec", text],
            cwd=folder,
            env=os.environ | SOMEBODY | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (text, done.stdout, done.stderr)
        if "cd ml-governance" in text:
            folder = tmp_path / "ml-governance"
            assert "there is no model yet" in done.stdout
    assert "retired: {at: " in (folder / "models/churn/manifest.yaml").read_text()
