"""The organisation's own files that the wheel carries, so that `init` can lay them out elsewhere.

Only the standard library is imported here: the build of the wheel asks this module what to carry.
"""

from collections.abc import Iterator
from pathlib import Path

_WHERE = Path(__file__).resolve().parents[1] / "scaffold"
_FOLDERS = {
    "policies": (".yaml", ".json"),
    "environments": (".yaml",),
    "validators": (".py",),
    "tests/example": (".yaml", ".json"),
    "tests/validators": (".yaml",),
}
_FILES = (
    ".gitattributes",
    ".github/actions/gate/action.yml",
    ".github/pull_request_template.md",
    ".github/rulesets/ledger.json",
    ".github/rulesets/main.json",
    ".github/workflows/reconcile.yml",
    "deploy/cron/modelward",
    "deploy/environment",
    "deploy/kubernetes/cronjob.yaml",
    "deploy/prometheus/modelward-alerts.yml",
    "deploy/systemd/modelward.service",
    "deploy/systemd/modelward.timer",
)
_NOT = ("policies/waivers/", "policies/signoffs/", "environments/signoffs/")


def source() -> Path:
    """The folder with the carried files: in the installed package, or the project that this package is edited in."""
    return _WHERE if _WHERE.is_dir() else _WHERE.parents[2]


def carried(root: Path) -> Iterator[str]:
    """The paths of the carried files below `root`, sorted in each folder; what is an exception or a record stays."""
    for folder, kinds in _FOLDERS.items():
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix in kinds and file.is_file() and not path.startswith(_NOT):
                yield path
    yield from _FILES
