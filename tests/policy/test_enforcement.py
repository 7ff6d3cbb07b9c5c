"""How strictly a rule binds."""

from typing import Any

import pytest

from modelward.policy.enforcement import level_of
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Enforcement


def enforcement(*levels: dict[str, Any]) -> Enforcement:
    """An enforcement of these levels."""
    return Enforcement.model_validate({"schema": "enforcement/v1", "levels": levels})


def manifest(**changes: Any) -> Manifest:
    """A manifest with some fields changed."""
    least = {
        "schema": "manifest/v1",
        "model": "m",
        "registered_model": "m",
        "summary": "s",
        "task": "binary",
        "inputs": "other",
        "outputs": (),
        "fallback": "none",
    }
    return Manifest.model_validate(least | changes)


def test_a_rule_that_is_not_named_is_mandatory() -> None:
    assert level_of("some-rule", enforcement({"rule": "other-rule", "level": "advisory"}), manifest()) == "mandatory"


def test_a_level_without_condition_holds_for_every_model() -> None:
    assert level_of("some-rule", enforcement({"rule": "some-rule", "level": "waivable"}), manifest()) == "waivable"


def test_the_strictest_of_the_levels_that_match_binds() -> None:
    levels = enforcement(
        {"rule": "some-rule", "level": "advisory", "when": {"tier": ("low",)}},
        {"rule": "some-rule", "level": "waivable"},
    )
    assert level_of("some-rule", levels, manifest(tier="low")) == "waivable"


@pytest.mark.parametrize(
    ("when", "fields", "level"),
    [
        ({"tier": ("low",)}, {"tier": "low"}, "advisory"),
        ({"tier": ("low",)}, {"tier": "high"}, "mandatory"),
        ({"tier": ("low",)}, {}, "mandatory"),
        ({"compliance": ("bsa",)}, {"compliance": ("sox", "bsa")}, "advisory"),
        ({"compliance": ("bsa",)}, {"compliance": ()}, "mandatory"),
        ({"compliance": ("bsa",)}, {}, "mandatory"),
        ({"tier": ("low",), "compliance": ("bsa",)}, {"tier": "low"}, "mandatory"),
        ({"tier": ("low",), "compliance": ("bsa",)}, {"tier": "low", "compliance": ("bsa",)}, "advisory"),
    ],
)
def test_a_milder_level_is_earned_only_by_what_the_model_says(
    when: dict[str, Any], fields: dict[str, Any], level: str
) -> None:
    levels = enforcement({"rule": "some-rule", "level": "advisory", "when": when})
    assert level_of("some-rule", levels, manifest(**fields)) == level


def test_a_conditional_level_never_holds_for_the_fleet() -> None:
    levels = enforcement({"rule": "some-rule", "level": "advisory", "when": {"tier": ("low",)}})
    assert level_of("some-rule", levels, None) == "mandatory"
