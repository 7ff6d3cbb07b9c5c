"""What the wheel carries: the organisation's own files, none of its exceptions and records, and no test code."""

import re
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.build import build_editable, build_wheel

from modelward.authoring.carried import carried, source
from repository import PROJECT


def test_in_an_editable_installation_the_files_are_read_where_they_are() -> None:
    assert source() == PROJECT


def test_every_policy_environment_and_rule_is_carried_with_its_examples() -> None:
    paths = set(carried(PROJECT))
    for folder, kinds in (("policies", "yaml json"), ("environments", "yaml"), ("validators", "py")):
        for kind in kinds.split():
            for file in (PROJECT / folder).rglob(f"*.{kind}"):
                assert file.relative_to(PROJECT).as_posix() in paths
    assert ".gitattributes" in paths
    assert "tests/example/policies/policy.yaml" in paths
    rules = {path.split("/")[2].removesuffix(".py") for path in paths if path.startswith("validators/")}
    with_examples = {path.split("/")[3] for path in paths if path.startswith("tests/validators/")}
    assert with_examples
    assert with_examples <= rules


def test_exceptions_records_models_and_test_code_are_not_carried(tmp_path: Path) -> None:
    for path in (
        "policies/policy.yaml",
        "policies/waivers/w-1.yaml",
        "policies/signoffs/0123456789ab/engineer-1-01234567.json",
        "environments/signoffs/0123456789ab/engineer-1-01234567.json",
        "tests/validators/test_rules.py",
        "validators/identity/__pycache__/folder-name.cpython-311.pyc",
        "models/credit-risk/manifest.yaml",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    assert [path for path in carried(tmp_path) if not path.startswith((".git", "deploy/"))] == ["policies/policy.yaml"]


@pytest.fixture
def in_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """The build backend builds what it is started in; it may change how modules are found."""
    monkeypatch.chdir(PROJECT)
    monkeypatch.setattr(sys, "path", [*sys.path])


@pytest.mark.usefixtures("in_project")
def test_a_wheel_holds_exactly_these_files_byte_for_byte(tmp_path: Path) -> None:
    with ZipFile(tmp_path / build_wheel(str(tmp_path))) as wheel:
        found = {name: wheel.read(name) for name in wheel.namelist() if name.startswith("modelward/scaffold/")}
    assert found == {f"modelward/scaffold/{path}": (PROJECT / path).read_bytes() for path in carried(PROJECT)}


@pytest.mark.usefixtures("in_project")
def test_an_editable_wheel_holds_none_that_could_grow_old(tmp_path: Path) -> None:
    with ZipFile(tmp_path / build_editable(str(tmp_path))) as wheel:
        assert not [name for name in wheel.namelist() if "scaffold" in name]


def test_the_workflow_of_a_new_repository_pins_the_actions_that_this_one_pins() -> None:
    pinned = re.compile(r"uses: (\S+@[0-9a-f]{40} # v\S+)")
    ours = (PROJECT / ".github/workflows/validate.yml").read_text()
    template = (PROJECT / "src/modelward/authoring/templates/validate.yml").read_text()
    assert "uses: " in template
    assert template.count("uses: ") == len(pinned.findall(template))
    assert set(pinned.findall(template)) <= set(pinned.findall(ours))
