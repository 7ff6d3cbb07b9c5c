"""GitHub, by its REST API (https://docs.github.com/rest, version 2022-11-28)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import AwareDatetime, ValidationError

from modelward.forge.http import Client, Hidden
from modelward.forge.interface import (
    ForgeUnavailable,
    Hosted,
    Opinion,
    Protection,
    PullRequest,
    PullRequestName,
    RepositoryName,
    Request,
    RequiredCheck,
    Review,
)
from modelward.forge.rulesets import Part, Rule, Ruleset, enforced, named

DEFAULT_ADDRESS: Final = "https://api.github.com"
HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# A comment is no opinion, and what is pending nobody has sent yet.
_OPINIONS: Mapping[str, Opinion | None] = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes-requested",
    "DISMISSED": "dismissed",
    "COMMENTED": None,
    "PENDING": None,
}


class _User(Part):
    login: str


class _Review(Part):
    user: _User | None
    state: str
    commit_id: str | None
    submitted_at: AwareDatetime | None = None
    html_url: str


class _Head(Part):
    sha: str
    ref: str = ""


class _PullRequest(Part):
    number: int
    head: _Head


class _Listed(Part):
    number: int
    state: str
    head: _Head
    body: str | None
    merged_at: AwareDatetime | None

    def refuses(self, wanted: Request) -> bool:
        """Whether somebody has closed it unmerged who was asked on the same occasion; a line may end in blanks."""
        asked = [line.rstrip() for line in (self.body or "").splitlines()]
        return self.state == "closed" and self.merged_at is None and wanted.occasion in asked


class _Repository(Part):
    full_name: str
    default_branch: str


class _Switch(Part):
    enabled: bool = False


class _Check(Part):
    context: str
    app_id: int | None = None


class _Checks(Part):
    strict: bool = False
    checks: tuple[_Check, ...] = ()


class _Reviews(Part):
    dismiss_stale_reviews: bool = False
    require_code_owner_reviews: bool = False


class _Protection(Part):
    """A branch's own protection, which was there before rulesets were, and counts beside them."""

    required_status_checks: _Checks | None = None
    required_pull_request_reviews: _Reviews | None = None
    enforce_admins: _Switch = _Switch()
    allow_force_pushes: _Switch = _Switch()
    allow_deletions: _Switch = _Switch()


T = TypeVar("T", bound=Part)


class GitHub:
    """One repository on GitHub, asked through `client`."""

    def __init__(self, name: RepositoryName, client: Client) -> None:
        self.name = name
        self._client = client
        self._path = f"/repos/{name.repository}"

    def hosted(self) -> Hosted:
        """What the repository is called there now."""
        answer = self._client.ask(self._path)
        if answer.document is None:
            raise self._client.missing(self._path)
        found = self._typed(self._path, _Repository, answer.document)
        return Hosted(found.full_name, found.default_branch, answer.answered_at)

    def pull_request(self, number: int) -> PullRequest:
        """One pull request with all of its reviews."""
        path = f"{self._path}/pulls/{number}"
        answer = self._client.ask(path)
        if answer.document is None:
            raise self._client.missing(path)
        found = self._typed(path, _PullRequest, answer.document)
        if found.number != number or not _COMMIT.fullmatch(found.head.sha):
            raise self._client.strange(path, "another pull request")
        reviews = tuple(self._reviews(f"{path}/reviews"))
        return PullRequest(PullRequestName(self.name, number), found.head.sha, reviews)

    def protection(self, branch: str) -> Protection:
        """What rulesets and the branch's own protection enforce together."""
        path = f"{self._path}/rules/branches/{quote(branch, safe='')}"
        rules = [self._typed(path, Rule, one) for one in self._client.pages(path)]
        by_rules = self._by_rules(path, rules)
        path = f"{self._path}/branches/{quote(branch, safe='')}/protection"
        try:
            document = self._client.ask(path).document
        except Hidden:
            # Only administrators see it. It could enforce more than the rules do, and never less.
            return by_rules
        if document is None:
            return by_rules
        return _together(by_rules, _by_protection(self._typed(path, _Protection, document)))

    def open_pull_request(self, wanted: Request) -> PullRequestName:
        """The pull request for a branch: found among all that there were, or made."""
        found = self._found(wanted)
        if found is not None:
            return found
        path = f"{self._path}/pulls"
        fields = {"title": wanted.title, "head": wanted.head, "base": wanted.base, "body": wanted.body}
        try:
            made = self._typed(path, _PullRequest, self._client.make(path, fields))
        except ForgeUnavailable:
            # It was made and the answer got lost, or another run was faster.
            found = self._found(wanted)
            if found is None:
                raise
            return found
        return PullRequestName(self.name, made.number)

    def _found(self, wanted: Request) -> PullRequestName | None:
        path = f"{self._path}/pulls"
        owner = self.name.repository.partition("/")[0]
        query = {"state": "all", "head": f"{owner}:{wanted.head}", "base": wanted.base}
        listed = [self._typed(path, _Listed, one) for one in self._client.pages(path, query)]
        own = [one for one in listed if one.head.ref == wanted.head]
        fitting = [one for one in own if one.state == "open"] or [one for one in own if one.refuses(wanted)]
        return PullRequestName(self.name, fitting[0].number) if fitting else None

    def _reviews(self, path: str) -> Iterator[Review]:
        for one in self._client.pages(path):
            found = self._typed(path, _Review, one)
            if found.state not in _OPINIONS:
                raise self._client.strange(path, f"a review in the unknown state {found.state!r}")
            opinion = _OPINIONS[found.state]
            if opinion is None:
                continue
            if found.submitted_at is None:
                raise self._client.strange(path, "a review without its time")
            login = None if found.user is None else found.user.login
            yield Review(login, opinion, found.commit_id, _utc(found.submitted_at), found.html_url)

    def _by_rules(self, path: str, rules: Iterable[Rule]) -> Protection:
        rules = tuple(rules)
        passing = self._bypassed({rule.ruleset_id for rule in rules})
        try:
            return enforced(rules, passing)
        except ValidationError as error:
            raise self._undescribed(path) from error

    def _bypassed(self, rulesets: AbstractSet[int | None]) -> tuple[str, ...] | None:
        """Who passes by the rulesets; None when only those who may change them are told."""
        found: list[str] = []
        for number in sorted(number for number in rulesets if number is not None):
            path = f"{self._path}/rulesets/{number}"
            answer = self._client.ask(path, {"includes_parents": "true"})
            if answer.document is None:
                return None
            ruleset = self._typed(path, Ruleset, answer.document)
            if ruleset.bypass_actors is None:
                return None
            found += named(ruleset.bypass_actors)
        return None if None in rulesets else tuple(found)

    def _typed(self, path: str, kind: type[T], document: Any) -> T:
        try:
            return kind.model_validate(document)
        except ValidationError as error:
            raise self._undescribed(path) from error

    def _undescribed(self, path: str) -> ForgeUnavailable:
        return self._client.strange(path, "what GitHub's description of its API does not allow")


def _by_protection(found: _Protection) -> Protection:
    checks = found.required_status_checks or _Checks()
    reviews = found.required_pull_request_reviews
    return Protection(
        # The number -1 stands for any program.
        checks=tuple(RequiredCheck(one.context, (one.app_id or -1) >= 0) for one in checks.checks),
        up_to_date=checks.strict,
        reviews=reviews is not None,
        code_owners=reviews is not None and reviews.require_code_owner_reviews,
        stale_reviews_dismissed=reviews is not None and reviews.dismiss_stale_reviews,
        force_push_blocked=not found.allow_force_pushes.enabled,
        deletion_blocked=not found.allow_deletions.enabled,
        bypassed_by=() if found.enforce_admins.enabled else ("administrators",),
    )


def _together(rules: Protection, own: Protection) -> Protection:
    """What both enforce. Where rulesets enforce something, whoever passes by the protection alone passes by nothing."""
    passing = rules.bypassed_by
    if not rules.checks:
        passing = None if passing is None else (*passing, *(own.bypassed_by or ()))
    return Protection(
        checks=(*rules.checks, *own.checks),
        up_to_date=rules.up_to_date or own.up_to_date,
        queue=rules.queue,
        reviews=rules.reviews or own.reviews,
        code_owners=rules.code_owners or own.code_owners,
        stale_reviews_dismissed=rules.stale_reviews_dismissed or own.stale_reviews_dismissed,
        force_push_blocked=rules.force_push_blocked or own.force_push_blocked,
        deletion_blocked=rules.deletion_blocked or own.deletion_blocked,
        workflows=rules.workflows,
        bypassed_by=passing,
    )


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
