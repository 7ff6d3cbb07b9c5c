"""The models of the demonstration, in the order in which it tells of them."""

import argparse
from collections.abc import Mapping
from typing import Final

import credit_risk
import delivery_eta
import fraud_detection
from recipe import Recipe

RECIPES: Final[Mapping[str, Recipe]] = {
    recipe.model: recipe for recipe in (credit_risk.RECIPE, fraud_detection.RECIPE, delivery_eta.RECIPE)
}


def add_models(parser: argparse.ArgumentParser) -> None:
    """Let a script take names of models; it finds their recipes as `models`, by default all."""
    parser.add_argument(
        "models",
        nargs="*",
        type=_recipe,
        default=list(RECIPES.values()),
        metavar="MODEL",
        help=f"{', '.join(RECIPES)} (default: all)",
    )


def _recipe(model: str) -> Recipe:
    if model not in RECIPES:
        raise argparse.ArgumentTypeError(f"{model} is none of {', '.join(RECIPES)}")
    return RECIPES[model]
