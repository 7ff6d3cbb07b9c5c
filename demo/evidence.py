"""Make all evidence of all releases, by `modelward evidence collect` alone; each command is printed before it runs.

The registry is the embedded one, rebuilt below the folder given, and the rows are the canonical files. Every release
but a model's first is compared with the one that production runs; the baseline is taken on the rows that the release
learned from. Documents that are there already stay on record, and the new ones count: two runs differ in the time and
in how fast the machine answered, and in nothing else.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from data_files import write
from embedded_registry import COMMITTED_ARTIFACTS, build
from recipe import Recipe, Release
from recipes import add_models

ROOT: Final = Path(__file__).resolve().parent.parent
PRODUCER: Final = "engineer-1"


def collect(recipe: Recipe, release: Release, files: Mapping[str, str | Path]) -> list[str]:
    """The command that collects the evidence of a release on the files of both sides of its model's rows."""
    return [
        *("modelward", "evidence", "collect", recipe.model, release.name),
        *("--data", str(files["holdout"]), "--reference", str(files["training"])),
        *("--id", recipe.identifier),
        *(word for group in recipe.groups for word in ("--slice", group)),
        *("--by", PRODUCER),
    ]


def main() -> None:
    """Collect; ends with exit 1 at the first command that does not do what it should."""
    parser = argparse.ArgumentParser(description="Make the evidence of the releases of the models.")
    add_models(parser)
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo", help="where registry and files are written")
    arguments = parser.parse_args()
    folder: Path = arguments.folder.resolve()
    environment = os.environ | {"MLFLOW_TRACKING_URI": build(folder / "registry", COMMITTED_ARTIFACTS)}
    for recipe in arguments.models:
        files = write(recipe, folder / "data")
        for release in recipe.releases:
            command = collect(recipe, release, files)
            print(f"$ {' '.join(command)}", flush=True)
            program = str(Path(sys.executable).parent / command[0])
            subprocess.run([program, *command[1:]], cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    main()
