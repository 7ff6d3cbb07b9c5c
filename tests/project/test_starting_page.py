"""Every command of the page about starting a repository, in the order in which it stands there."""

from pathlib import Path

from pages import run
from repository import PROJECT


def test_the_page_s_commands_lead_from_an_empty_folder_to_a_retired_model(tmp_path: Path) -> None:
    printed = run(PROJECT / "docs/starting-a-repository.md", tmp_path, {})
    assert "there is no model yet" in printed
    assert "retired: {at: " in (tmp_path / "ml-governance/models/churn/manifest.yaml").read_text()
