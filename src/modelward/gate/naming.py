"""Whether a change is of a repository with a name of its own: a sign-off binds to it, and a placeholder is everybody's.

In every organisation that starts from `init` the placeholder is the same, so that a record which names it could be
carried from one to another. The change that gives the name is the one that may still be signed under it: what it signs
holds the new name.
"""

from typing import Final

from modelward.gate.scopes import POLICIES
from modelward.gate.step import Step
from modelward.specs.policy import Policy
from modelward.tree.place import Place, Problem, Unreadable

_POLICY: Final = "policies/policy.yaml"
_REMEDY: Final = "set `repository: OWNER/NAME` in policies/policy.yaml, by a change of its own"


def unnamed(step: Step) -> Problem | None:
    """What is wrong with the name of the repository that the change is of; None when nothing is."""
    try:
        head = step.head.policy
    except Unreadable:
        # A finding of its own, and no name.
        base = step.base.policy.spec
        return None if base.is_named else _problem(base, Place(_POLICY))
    if not head.spec.is_named:
        return _problem(head.spec, head.place("repository"))
    if step.base.policy.spec.is_named or set(step.scopes) <= {POLICIES}:
        return None
    return Problem("the repository is named together with other changes", head.place("repository"), _REMEDY)


def _problem(policy: Policy, place: Place) -> Problem:
    name = policy.repository
    return Problem(
        f"the repository is still called `{name}`, and a sign-off is for one repository by its name", place, _REMEDY
    )
