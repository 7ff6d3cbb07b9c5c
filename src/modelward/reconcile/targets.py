"""Where a release that fails leads back to, and which release comes back without steps.

A rollback is never itself rolled back: what then fails too is no matter of the release, and going to and fro would only
hide it.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from modelward.specs.ledger import Suspended, Tenure
from modelward.specs.manifest import Fallback
from modelward.specs.scalars import Digest, ReleaseName


@dataclass(frozen=True)
class Restore:
    """The release that held the environment before, and its artifact, whose bytes are verified before it moves in."""

    release: ReleaseName
    artifact: Digest


@dataclass(frozen=True)
class UseRules:
    """No release is left to go back to: the model is switched off, and its rules answer."""

    why: str


@dataclass(frozen=True)
class CallSomebody:
    """Nothing is left to go back to: the environment is `Degraded`, and a person is paged."""

    why: str


Target = Restore | UseRules | CallSomebody


def rollback_target(
    failing: ReleaseName,
    entered: Literal["promotion", "rollback"],
    tenures: Sequence[Tenure],
    suspensions: Mapping[str, Suspended],
    fallback: Fallback,
    unfit: Container[ReleaseName] = frozenset(),
) -> Target:
    """Where an environment goes from a release that fails in it.

    `entered` is how that release came in; `tenures` has the oldest first. `unfit` are releases that were tried and
    whose artifacts could not be verified.
    """
    if entered == "rollback":
        return _without_release(f"{failing} came by a rollback, and a rollback is not rolled back", fallback)
    suspended = {suspension.release for suspension in suspensions.values() if suspension.resumed is None}
    for tenure in reversed(tenures):
        if tenure.release != failing and tenure.release not in unfit and tenure.release not in suspended:
            return Restore(tenure.release, tenure.artifact)
    return _without_release("no release is left that held it before, is not suspended and has its bytes", fallback)


def fallback_target(fallback: Fallback, target: Target) -> Target:
    """Where a trigger with action `fallback` leads: to the rules, or where a rollback would, which is `target`."""
    return UseRules("a trigger asks for the fallback") if fallback == "rules" else target


def skips_steps(
    release: ReleaseName, artifact: Digest, tenures: Sequence[Tenure], suspensions: Mapping[str, Suspended]
) -> bool:
    """Whether a release comes back without steps and soak: it held the environment fully, with the same bytes.

    A suspension in or after that time takes it away, lifted or not: what was resumed is to be tried again.
    """
    bad = [suspension.at for suspension in suspensions.values() if suspension.release == release]
    return any(
        (tenure.release, tenure.artifact) == (release, artifact) and all(at <= tenure.since for at in bad)
        for tenure in tenures
    )


def _without_release(why: str, fallback: Fallback) -> Target:
    return UseRules(why) if fallback == "rules" else CallSomebody(why)
