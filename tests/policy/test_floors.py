"""Floors bind whoever they name, and whoever does not say what they are."""

import pytest

from modelward.policy.floors import floors_for
from modelward.specs.manifest import Tier
from modelward.specs.policy import Floors

FLOORS = Floors.model_validate(
    {
        "schema": "floors/v1",
        "floors": (
            {"name": "all", "when": {}},
            {"name": "high", "when": {"tier": ("high",)}},
            {"name": "bsa", "when": {"compliance": ("bsa", "aml")}},
            {"name": "low bsa", "when": {"tier": ("low",), "compliance": ("bsa",)}},
        ),
    }
)


@pytest.mark.parametrize(
    ("tier", "compliance", "bound"),
    [
        ("high", (), ["all", "high"]),
        ("medium", (), ["all"]),
        ("medium", ("aml", "sox"), ["all", "bsa"]),
        ("low", ("bsa",), ["all", "bsa", "low bsa"]),
        (None, (), ["all", "high"]),
        ("medium", None, ["all", "bsa"]),
        (None, None, ["all", "high", "bsa", "low bsa"]),
    ],
)
def test_a_floor_binds_the_models_that_it_names_and_those_that_leave_it_open(
    tier: Tier | None, compliance: tuple[str, ...] | None, bound: list[str]
) -> None:
    assert [floor.name for floor in floors_for(FLOORS, tier, compliance)] == bound
