"""The Protocol of a forge, the values that it gives, and its errors."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from modelward.errors import CannotEvaluate, WrongUse

Opinion = Literal["approved", "changes-requested", "dismissed"]

_REPOSITORY = r"(?P<forge>[a-z]+):(?P<repository>[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+)"
_PULL_REQUEST = re.compile(rf"{_REPOSITORY}#(?P<number>[1-9][0-9]{{0,9}})")


class ForgeUnavailable(CannotEvaluate):
    """The forge cannot be reached, may not be asked, or answers what no forge answers: nothing is known."""


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """A repository on a forge, as `github:acme/ml-governance`."""

    forge: str
    repository: str

    @classmethod
    def parse(cls, text: str) -> "RepositoryName":
        """The repository that a text names; raises `WrongUse`."""
        found = re.fullmatch(_REPOSITORY, text)
        if found is None:
            raise WrongUse(f"`{text}` names no repository of a forge", "write it like github:acme/ml-governance")
        return cls(found["forge"], found["repository"])

    def __str__(self) -> str:
        return f"{self.forge}:{self.repository}"


@dataclass(frozen=True, slots=True)
class PullRequestName:
    """A pull request on a forge, as `github:acme/ml-governance#7`."""

    of: RepositoryName
    number: int

    @classmethod
    def parse(cls, text: str) -> "PullRequestName":
        """The pull request that a text names; raises `WrongUse`."""
        found = _PULL_REQUEST.fullmatch(text)
        if found is None:
            raise WrongUse(f"`{text}` names no pull request", "write it like github:acme/ml-governance#7")
        return cls(RepositoryName(found["forge"], found["repository"]), int(found["number"]))

    def __str__(self) -> str:
        return f"{self.of}#{self.number}"


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody said of one commit; words without an opinion are none. `login` is None when they have left."""

    login: str | None
    opinion: Opinion
    commit: str | None
    at: datetime
    where: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as it stands: the commit at its head, and all reviews, oldest first."""

    name: PullRequestName
    head: str
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A pull request that is wanted: to merge the branch `head` into the branch `base`.

    `body` is Markdown in which no word of others is markup; its line `occasion` says why it is wanted, and stands in
    no other's body that is wanted for another reason.
    """

    head: str
    base: str
    title: str
    body: str
    occasion: str


@dataclass(frozen=True, slots=True)
class RequiredCheck:
    """A check that must pass; when it is not `bound` to one program, anybody who may write a status can report it."""

    name: str
    bound: bool


@dataclass(frozen=True, slots=True)
class Protection:
    """What a forge enforces for one branch. `bypassed_by` are those for whom it does not; None when that is hidden."""

    checks: tuple[RequiredCheck, ...] = ()
    up_to_date: bool = False
    queue: bool = False
    reviews: bool = False
    code_owners: bool = False
    stale_reviews_dismissed: bool = False
    force_push_blocked: bool = False
    deletion_blocked: bool = False
    workflows: tuple[str, ...] = ()
    bypassed_by: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Hosted:
    """A repository as a forge shows it, and what time it was there when it answered; None when it does not say."""

    full_name: str
    default_branch: str
    answered_at: datetime | None = field(compare=False)


class Forge(Protocol):
    """A forge, asked about one repository. Every answer is whole, or `ForgeUnavailable` is raised."""

    @property
    def name(self) -> RepositoryName:
        """The repository that is asked about."""
        ...

    def hosted(self) -> Hosted:
        """What the repository is called there now."""
        ...

    def pull_request(self, number: int) -> PullRequest:
        """One pull request with all of its reviews."""
        ...

    def protection(self, branch: str) -> Protection:
        """What is enforced for a branch, by all rules together."""
        ...

    def open_pull_request(self, wanted: Request) -> PullRequestName:
        """The pull request for a branch: the one that is open, else one of this occasion that was refused, else new.

        What somebody has closed without merging it is not asked of them again, whatever the branch is at by now. An
        open one keeps the words that it has.
        """
        ...
