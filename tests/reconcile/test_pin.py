"""The releases of a model in a registry: what is deployed is known, all else is read when it is asked for."""

from collections.abc import Iterator

from modelward.reconcile.pin import Pin, Pins
from modelward.specs.scalars import Digest, ReleaseName


def pin(release: str, version: int) -> Pin:
    return Pin(ReleaseName(release), version, None, Digest(f"sha256:{release.replace('.', ''):0>64}"))


def test_what_is_deployed_is_told_without_reading_all_else() -> None:
    read = []

    def reading() -> Iterator[Pin]:
        read.append("all")
        yield from (pin("1.0.0", 1), pin("1.1.0", 2))

    pins = Pins([pin("1.0.0", 1)], reading)
    assert pins[1] == pin("1.0.0", 1)
    assert not read
    assert pins.get(2) == pin("1.1.0", 2)
    assert pins.get(3) is None
    assert (list(pins), len(pins), read) == ([1, 2], 2, ["all"])


def test_t71_a_release_that_claims_the_version_of_a_deployed_one_is_not_hidden_by_it() -> None:
    deployed, claims = pin("1.0.0", 1), pin("1.1.0", 1)
    pins = Pins([deployed], lambda: (deployed, claims))
    assert pins[1] == deployed
    assert list(pins.values()) == [claims]
