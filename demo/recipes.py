"""The models of the demonstration, in the order in which it tells of them."""

from collections.abc import Mapping
from typing import Final

import credit_risk
import delivery_eta
import fraud_detection
from recipe import Recipe

RECIPES: Final[Mapping[str, Recipe]] = {
    recipe.model: recipe for recipe in (credit_risk.RECIPE, fraud_detection.RECIPE, delivery_eta.RECIPE)
}
