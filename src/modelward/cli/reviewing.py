"""The reviews of the pull request that a change stands in, read from its forge."""

from modelward.errors import WrongUse
from modelward.forge.connecting import connect
from modelward.forge.interface import PullRequestName
from modelward.gate.opening import Range, is_result_of
from modelward.gate.reviews import Reviews, read_reviews
from modelward.gate.step import Step
from modelward.tree.git import Git


def reviews_of(name: PullRequestName, git: Git, change: Range, step: Step) -> Reviews:
    """What was said there of exactly this change. A forge that does not answer is `ForgeUnavailable`, never silence.

    Reviews are of the commit at the head of the pull request. What a merge queue made of it is the same change as long
    as its content is what merging that commit gives.
    """
    repository = step.base.policy.spec.repository
    if name.of.repository.casefold() != repository.casefold():
        raise WrongUse(
            f"{name} is not in this repository, which is called {repository}",
            "name a pull request of this one; policies/policy.yaml at the base says what it is called",
        )
    found = connect(name.of).pull_request(name.number)
    commit = found.head if is_result_of(git, change, found.head) else change.head
    return read_reviews(found, commit, step.base.people.spec)
