"""A forge in memory, for tests of what rests on one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelward.forge.interface import (
    ForgeUnavailable,
    Hosted,
    Protection,
    PullRequest,
    PullRequestName,
    RepositoryName,
    Request,
)
from modelward.specs.scalars import empty


@dataclass(frozen=True)
class SimulatedForge:
    """A repository with its pull requests by number and its branches by name; a branch not named has no protection."""

    name: RepositoryName
    pull_requests: Mapping[int, PullRequest] = field(default_factory=empty)
    branches: Mapping[str, Protection] = field(default_factory=empty)
    asked: list[Request] = field(default_factory=list)
    """The pull requests that were wanted, each once; the first has the number 1000."""

    def hosted(self) -> Hosted:
        """The repository under its own name, without a clock."""
        return Hosted(self.name.repository, "main", None)

    def pull_request(self, number: int) -> PullRequest:
        """One pull request."""
        found = self.pull_requests.get(number)
        if found is None:
            raise ForgeUnavailable(f"{self.name} has no pull request {number}", "is it spelt right?")
        return found

    def protection(self, branch: str) -> Protection:
        """What is enforced for a branch."""
        return self.branches.get(branch, Protection())

    def open_pull_request(self, wanted: Request) -> PullRequestName:
        """The pull request for a branch, which nobody here closes."""
        heads = [one.head for one in self.asked]
        if wanted.head not in heads:
            heads.append(wanted.head)
            self.asked.append(wanted)
        return PullRequestName(self.name, 1000 + heads.index(wanted.head))
