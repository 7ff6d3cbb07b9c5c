"""What the organisation says of itself: that it can be read, judged by this engine, and is this repository's."""

from collections.abc import Iterator

from modelward import __version__
from modelward.authoring.repository import name_in_remote
from modelward.errors import CannotEvaluate
from modelward.health.outcomes import Check, Failed, Look, Ok, Outcome, Warned, each, listed
from modelward.policy.engine import require_engine
from modelward.rules.loading import ENGINE_RULES, rule_problems
from modelward.tree.git import Git
from modelward.tree.place import Place
from modelward.tree.snapshot import Snapshot, require_policies


def policies(snapshot: Snapshot, git: Git) -> Iterator[Check]:
    """Policies, rules, engine and name."""
    return each(_looks(snapshot, git))


def _looks(snapshot: Snapshot, git: Git) -> Iterator[tuple[str, Look]]:
    yield "policies", lambda: _readable(snapshot)
    yield "rules", lambda: _rules(snapshot)
    yield "engine", lambda: _engine(snapshot)
    yield "repository name", lambda: _named(snapshot, git)


def _readable(snapshot: Snapshot) -> Outcome:
    try:
        require_policies(snapshot)
    except CannotEvaluate as error:
        return Failed(error.message, error.remedy)
    problems = snapshot.organisation_problems()
    if problems:
        said = listed([f"{_where(one.place)}: {one.message}" for one in problems], 2)
        return Failed(said, "modelward validate")
    return Ok(f"those of {snapshot.source.label} can be read")


def _rules(snapshot: Snapshot) -> Outcome:
    problems = rule_problems(snapshot)
    if problems:
        said = listed([f"{_where(one.place)}: {one.message}" for one in problems], 2)
        return Failed(said, "modelward rules")
    own, engine = len(snapshot.rule_names), len(ENGINE_RULES)
    return Ok(f"{own + engine} rules: {own} under validators/, and {engine} of the engine")


def _engine(snapshot: Snapshot) -> Outcome:
    allowed = snapshot.policy.spec.engine
    try:
        require_engine(allowed)
    except CannotEvaluate as error:
        return Failed(error.message, error.remedy)
    return Ok(f"{__version__}, and policy allows {allowed}")


def _named(snapshot: Snapshot, git: Git) -> Outcome:
    """Signatures are bound to this name, so that none can be carried to another repository."""
    policy = snapshot.policy.spec
    if not policy.is_named:
        return Failed(
            f"it is still called `{policy.repository}`: nothing can be signed or merged until it has a name of its own",
            "set `repository: OWNER/NAME` in policies/policy.yaml, by a change of its own",
        )
    origin = _origin(git)
    if origin is not None and origin.lower() != policy.repository.lower():
        return Warned(
            f"policy calls it `{policy.repository}`, and it was cloned from `{origin}`",
            "correct `repository:` in policies/policy.yaml, unless this is a mirror",
        )
    return Ok(policy.repository)


def _origin(git: Git) -> str | None:
    try:
        return name_in_remote(git.text("config", "--get", "remote.origin.url"))
    except CannotEvaluate:
        # There is no such remote.
        return None


def _where(place: Place) -> str:
    return place.path if place.span is None else f"{place.path}:{place.span.line}"
