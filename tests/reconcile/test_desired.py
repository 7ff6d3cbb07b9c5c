"""The order of environments, and what makes it none."""

import pytest

from modelward.errors import CannotEvaluate
from modelward.reconcile.desired import DesiredModel, desired, topology
from modelward.specs.environment import Environment
from modelward.specs.scalars import EnvironmentName
from repository import Repository


def environments(**promotes_from: str | None) -> dict[EnvironmentName, Environment]:
    """Environments by name, each with an alias of its own, and what they promote from."""
    return {
        EnvironmentName(name): Environment.model_validate(
            {
                "schema": "environment/v1",
                "environment": name,
                "promotes_from": earlier,
                "registry": {"name": "main", "alias": f"{name}-alias"},
                "traffic": {"kind": "none"},
                "drift": "enforce",
            }
        )
        for name, earlier in promotes_from.items()
    }


def test_environments_stand_after_the_one_that_they_promote_from() -> None:
    order = topology(environments(production="staging", staging="testing", testing=None, shadow="testing"))
    assert [name for name, _ in order] == ["testing", "shadow", "staging", "production"]


@pytest.mark.parametrize(
    "circle", [{"a": "b", "b": "a"}, {"a": "a"}, {"a": "nowhere"}, {"a": None, "b": "c", "c": "d", "d": "b"}]
)
def test_a_circle_or_an_unknown_environment_is_an_error(circle: dict[str, str | None]) -> None:
    with pytest.raises(CannotEvaluate, match="which is unknown or leads back to it"):
        topology(environments(**circle))


def test_an_alias_that_two_environments_claim_is_an_error() -> None:
    both = environments(staging=None, production="staging")
    pointers = both[EnvironmentName("staging")].registry
    both[EnvironmentName("production")] = both[EnvironmentName("production")].model_copy(update={"registry": pointers})
    with pytest.raises(
        CannotEvaluate, match="`staging-alias` of registry `main` is claimed by `staging` and by `production`"
    ):
        topology(both)


RELEASES = "models/credit-score/releases"


@pytest.mark.parametrize(
    ("named", "imported"),
    [((), False), (("1.1.0",), False), (("1.0.0", "1.1.0"), True), (("1.0.0", "1.1.0", "1.2.0"), True)],
)
def test_g8_a_model_is_imported_while_all_that_it_deploys_is(
    example: Repository, named: tuple[str, ...], *, imported: bool
) -> None:
    for release in named:
        example.replace(f"{RELEASES}/{release}/release.yaml", "imported: false", "imported: true")
    snapshot = example.snapshot()
    order = topology({name: file.spec for name, file in snapshot.environments.items()})
    (wanted,) = desired(snapshot.model("credit-score"), order)
    assert isinstance(wanted, DesiredModel)
    assert wanted.imported is imported
