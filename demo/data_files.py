"""Write the files that releases are trained and measured on: `FOLDER/<model>/training.csv` and `holdout.csv`.

They are the same bytes on every machine, and their digests are those that the releases pin.
"""

import argparse
from pathlib import Path

from modelward.tree.digest import digest_of
from recipe import Recipe
from recipes import RECIPES


def write(recipe: Recipe, folder: Path) -> dict[str, Path]:
    """Write the files of a model below `folder`; their paths by side."""
    below = folder / recipe.model
    below.mkdir(parents=True, exist_ok=True)
    paths = {}
    for side, rows in recipe.sides().items():
        paths[side] = below / f"{side}.csv"
        paths[side].write_bytes(recipe.file(rows))
    return paths


def main() -> None:
    """Write the files of every model and print their digests as `sha256sum` would, with their names."""
    parser = argparse.ArgumentParser(description="Write the data files of the models and print their digests.")
    parser.add_argument("folder", type=Path, help="where the files are written")
    folder = parser.parse_args().folder
    for recipe in RECIPES.values():
        for path in write(recipe, folder).values():
            print(digest_of(path.read_bytes()).removeprefix("sha256:"), path, sep="  ")


if __name__ == "__main__":
    main()
