"""What never shares a step: all pairs of a loosened demand and a release that profits, and nothing else."""

from itertools import product

import pytest

from modelward.gate.fields import Change
from modelward.gate.mixing import mixed_changes, mixed_scopes
from modelward.gate.scopes import Scope
from modelward.specs.signoff import CHANGE_KINDS, ChangeKind
from modelward.tree.place import Place, Problem, Span

A, B = Scope("models/a"), Scope("models/b")
LOOSENING: tuple[ChangeKind, ...] = (
    "tier",
    "compliance",
    "threshold-loosened",
    "trigger-removed",
    "canary",
    "approvers",
    "retention-shortened",
)
EXPOSING: tuple[ChangeKind, ...] = ("promotion", "enable", "resume", "unhold", "promote-step", "tenant")


def change(kind: ChangeKind, scope: Scope = A, line: int = 1) -> Change:
    return Change(scope, kind, f"{kind} {line}", Place(f"{scope}/manifest.yaml", Span(line, 1, 2)))


def test_exactly_a_loosened_demand_with_a_release_that_profits_is_mixed() -> None:
    for one, other in product(CHANGE_KINDS, CHANGE_KINDS):
        mixed = {one, other} & set(LOOSENING) and {one, other} & set(EXPOSING)
        assert bool(list(mixed_changes([change(one), change(other)]))) == bool(mixed), (one, other)


def test_what_is_mixed_is_named_by_the_first_of_each_at_the_demand() -> None:
    changes = [change("promotion", line=1), change("tier", line=2), change("canary", line=3), change("enable", line=4)]
    assert list(mixed_changes(changes)) == [
        Problem(
            "`tier` (tier 2) shares a step with `promotion` (promotion 1)",
            changes[1].place,
            "make two changes of it, and merge the one that changes the demands first",
        )
    ]


def test_models_are_held_apart_and_each_that_mixes_is_named() -> None:
    assert list(mixed_changes([change("tier", A), change("promotion", B)])) == []
    mixed = [change("tier", B), change("promotion", B), change("tier", A), change("promotion", A)]
    assert [problem.place.path for problem in mixed_changes(mixed)] == [
        "models/a/manifest.yaml",
        "models/b/manifest.yaml",
    ]
    assert list(mixed_changes([])) == []


@pytest.mark.parametrize(
    "scopes",
    [
        (),
        ("models/a",),
        ("models/a", "models/b"),
        ("policies",),
        ("policies", "validators", "repository", "policies/people.yaml"),
    ],
)
def test_models_alone_or_the_organisation_alone_is_not_mixed(scopes: tuple[str, ...]) -> None:
    assert list(mixed_scopes(list(map(Scope, scopes)))) == []


@pytest.mark.parametrize(
    ("scopes", "other", "model", "place"),
    [
        (("models/a", "policies"), "policies", "models/a", "policies"),
        (("validators", "models/b", "policies", "models/a"), "policies", "models/a", "policies"),
        (("models/a", "repository"), "repository", "models/a", "models/a"),
        (("models/a", "policies/waivers/w.yaml"), "policies/waivers/w.yaml", "models/a", "policies/waivers/w.yaml"),
    ],
)
def test_a_model_with_anything_of_the_organisation_is_mixed(
    scopes: tuple[str, ...], other: str, model: str, place: str
) -> None:
    assert list(mixed_scopes(list(map(Scope, scopes)))) == [
        Problem(
            f"{other} and {model} change in one step, so that what judges changes with what is judged",
            Place(place),
            "make two changes of it, and merge one first",
        )
    ]
