"""The README says what the command does. Rows F1, F2 and F9 of the mission."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from modelward.specs.kinds import MODEL_SPECS

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text()


def test_the_verb_table_is_what_help_prints() -> None:
    table = README[README.index("<!-- verbs") : README.index("<!-- end of verbs")]
    written = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", table, re.MULTILINE))
    help_text = subprocess.run(
        [sys.executable, "-m", "modelward", "--help"],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    ).stdout
    verbs = help_text[help_text.index("Verbs:") : help_text.index("Exit codes")]
    assert written == dict(re.findall(r"^  ([a-z-]+) +(.+)$", verbs, re.MULTILINE))


def test_every_link_and_folder_of_the_readme_exists() -> None:
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    folders = re.findall(r"^\| `([a-z/]+)/` \|", README, re.MULTILINE)
    assert links
    assert folders
    for path in [*links, *folders]:
        assert (PROJECT / path).exists(), path


def test_f1_the_top_level_is_as_the_owner_asked() -> None:
    for path in ("policies", "models", "environments", "validators", "tests", ".github", "pyproject.toml", "README.md"):
        assert (PROJECT / path).exists(), path


def test_f2_every_model_has_five_versioned_specs() -> None:
    assert len(MODEL_SPECS) == 5
    models = [path for path in (PROJECT / "models").iterdir() if path.is_dir()]
    assert models
    for model in models:
        for name, _ in MODEL_SPECS:
            assert f"\nschema: {name}/v1\n" in (model / f"{name}.yaml").read_text()


def test_f9_the_project_is_built_on_what_the_owner_named() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    named = [
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
        *project["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[<>=\[ ]", line)[0] for line in named}
    for wanted in ("pydantic", "pyyaml", "jsonschema", "mlflow", "pandas", "pre-commit", "pytest", "ruamel.yaml"):
        assert wanted in names


def test_the_lock_names_no_download_address_and_pins_every_package_by_hash() -> None:
    lock = (PROJECT / "requirements/dev.lock").read_text()
    assert "://" not in lock
    pinned = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, re.MULTILINE)
    assert len(pinned) > 50
    for block in re.split(r"^(?=[a-z0-9][a-z0-9._-]*==)", lock, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block.split("\n")[0]


def test_the_shell_line_of_the_readme_gives_the_digest_of_an_artifact() -> None:
    import hashlib

    from modelward.tree.digest import artifact_digest

    line = re.search(r"^find \. .+$", README, re.MULTILINE)
    assert line is not None
    directory = PROJECT / "demo/artifacts/credit-risk/1.0.0"
    listing = subprocess.run(["bash", "-c", line.group()], cwd=directory, check=True, capture_output=True).stdout
    assert f"sha256:{hashlib.sha256(listing).hexdigest()}" == artifact_digest(directory)[0]
