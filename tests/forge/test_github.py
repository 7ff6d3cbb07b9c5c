"""GitHub's API as its own description has it: reviews with their newest word, and what is enforced on a branch."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from answering import document, serving
from hosted import NAME, TOKEN, GitHub, hosting, of_kind
from modelward.errors import WrongUse
from modelward.forge.connecting import connect
from modelward.forge.interface import (
    Forge,
    ForgeUnavailable,
    Protection,
    PullRequestName,
    RepositoryName,
    Request,
    RequiredCheck,
)

HEAD = "a" * 40


@pytest.fixture
def github() -> Iterator[GitHub]:
    with hosting() as github:
        github.open(1, HEAD)
        yield github


@pytest.fixture
def forge(github: GitHub) -> Forge:
    return connect(RepositoryName("github", NAME), github.variables())


def test_the_server_of_these_tests_notices_what_the_description_does_not_allow(github: GitHub, forge: Forge) -> None:
    github.review("lead-1", user={"login": "lead-1"})
    forge.pull_request(1)
    (strayed,) = github.strayed
    assert strayed.startswith(f"GET /repos/{NAME}/pulls/1/reviews: ")
    assert "'node_id' is a required property" in strayed
    github.strayed.clear()


def test_a_pull_request_is_its_head_and_the_opinions_on_it_oldest_first(github: GitHub, forge: Forge) -> None:
    github.review("lead-1", of="b" * 40)
    github.review("lead-2", "COMMENTED")
    github.review("lead-2", "CHANGES_REQUESTED")
    github.review(None, "DISMISSED")
    found = forge.pull_request(1)
    assert (str(found.name), found.head) == (f"github:{NAME}#1", HEAD)
    assert [(one.login, one.opinion, one.commit, one.at.hour) for one in found.reviews] == [
        ("lead-1", "approved", "b" * 40, 0),
        ("lead-2", "changes-requested", HEAD, 2),
        (None, "dismissed", HEAD, 3),
    ]
    assert found.reviews[0].where == f"https://github.com/{NAME}/pull/1#pullrequestreview-1"


def test_every_page_of_reviews_is_read(github: GitHub, forge: Forge) -> None:
    for index in range(250):
        github.review(f"person-{index}", submitted_at=f"2026-11-20T09:00:00+0{index % 3}:00")
    found = forge.pull_request(1).reviews
    assert [one.login for one in found] == [f"person-{index}" for index in range(250)]
    assert {one.at for one in found} == {datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (7, 8, 9)}
    assert [request.args.get("page") for request in github.asked[1:]] == ["1", "2", "3"]


@pytest.mark.parametrize("facts", [{"state": "BLESSED"}, {"submitted_at": "2026-11-20T09:00:00"}])
def test_a_review_that_nobody_could_understand_is_no_answer(
    github: GitHub, forge: Forge, facts: dict[str, str]
) -> None:
    github.review("lead-1", **facts)
    github.strayed.clear()
    with pytest.raises(ForgeUnavailable, match="reviews with"):
        forge.pull_request(1)
    github.strayed.clear()


def test_an_approval_without_its_time_is_no_answer(github: GitHub, forge: Forge) -> None:
    github.review("lead-1")
    del github.reviews[1][0]["submitted_at"]
    with pytest.raises(ForgeUnavailable, match="a review without its time"):
        forge.pull_request(1)


def test_a_pull_request_that_is_not_there_is_no_answer(forge: Forge) -> None:
    with pytest.raises(ForgeUnavailable, match="shows nothing at /repos/acme/example/pulls/2"):
        forge.pull_request(2)


def test_every_question_bears_the_token_and_the_version_of_the_api(github: GitHub, forge: Forge) -> None:
    forge.pull_request(1)
    assert len(github.asked) == 2
    for request in github.asked:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert request.headers["X-GitHub-Api-Version"] == "2022-11-28"


def test_without_a_token_none_is_sent(github: GitHub) -> None:
    connect(RepositoryName("github", NAME), github.variables(token="")).hosted()
    assert "Authorization" not in github.asked[0].headers


def test_a_repository_says_what_it_is_called_and_what_time_it_is(github: GitHub, forge: Forge) -> None:
    github.date = "Fri, 20 Nov 2026 09:00:00 GMT"
    found = forge.hosted()
    assert (found.full_name, found.default_branch) == (NAME, "main")
    assert found.answered_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


RULES = [
    {"type": "deletion"},
    {"type": "non_fast_forward"},
    {
        "type": "pull_request",
        "parameters": {
            "dismiss_stale_reviews_on_push": True,
            "require_code_owner_review": True,
            "require_last_push_approval": True,
            "required_approving_review_count": 1,
            "required_review_thread_resolution": False,
        },
    },
    {
        "type": "required_status_checks",
        "parameters": {
            "strict_required_status_checks_policy": True,
            "required_status_checks": [{"context": "gate", "integration_id": 15368}, {"context": "anybody's"}],
        },
    },
    {"type": "workflows", "parameters": {"workflows": [{"path": ".github/workflows/gate.yml", "repository_id": 1}]}},
]


def ruleset(github: GitHub, *rules: object, **facts: object) -> None:
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    number = len(github.rulesets) + 1
    known = {"id": number, "source": NAME, "enforcement": "active", "conditions": conditions, "bypass_actors": []}
    github.rulesets.append(of_kind("repository-ruleset") | known | {"rules": list(rules)} | facts)


def test_a_branch_without_rules_and_protection_is_bare(forge: Forge) -> None:
    assert forge.protection("main") == Protection()


def test_rules_of_several_sets_count_together(github: GitHub, forge: Forge) -> None:
    for rule in RULES:
        ruleset(github, rule)
    ruleset(github, {"type": "merge_queue"}, conditions={"ref_name": {"include": ["refs/heads/other"]}})
    assert forge.protection("main") == Protection(
        checks=(RequiredCheck("gate", bound=True), RequiredCheck("anybody's", bound=False)),
        up_to_date=True,
        reviews=True,
        code_owners=True,
        stale_reviews_dismissed=True,
        force_push_blocked=True,
        deletion_blocked=True,
        workflows=(".github/workflows/gate.yml",),
    )
    assert forge.protection("other") == Protection(queue=True)


def test_a_branch_with_a_slash_in_its_name_is_asked_about_as_one(github: GitHub, forge: Forge) -> None:
    ruleset(github, {"type": "deletion"}, conditions={"ref_name": {"include": ["refs/heads/modelward/ledger"]}})
    assert forge.protection("modelward/ledger").deletion_blocked


def test_whoever_passes_by_a_ruleset_is_named(github: GitHub, forge: Forge) -> None:
    ruleset(github, RULES[0], bypass_actors=[{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}])
    assert forge.protection("main").bypassed_by == ("RepositoryRole 5",)


def test_who_passes_by_is_unknown_to_whom_it_is_not_told(github: GitHub, forge: Forge) -> None:
    ruleset(github, RULES[0])
    github.told_who_bypasses = False
    assert forge.protection("main").bypassed_by is None


def protected(**facts: object) -> object:
    checks = {"strict": True, "contexts": ["gate"], "checks": [{"context": "gate", "app_id": 15368}]}
    known = {"required_status_checks": checks, "allow_force_pushes": {"enabled": False}}
    return of_kind("branch-protection") | known | facts


def test_a_branch_s_own_protection_counts_beside_rulesets(github: GitHub, forge: Forge) -> None:
    github.protections["main"] = protected()
    found = forge.protection("main")
    assert found.checks == (RequiredCheck("gate", bound=True),)
    assert (found.up_to_date, found.force_push_blocked, found.deletion_blocked) == (True, True, True)
    assert found.bypassed_by == ("administrators",)
    ruleset(github, *RULES)
    assert forge.protection("main").bypassed_by == ()


def test_a_protection_for_administrators_too_is_passed_by_nobody(github: GitHub, forge: Forge) -> None:
    admins = {"url": "https://github.com/x", "enabled": True}
    github.protections["main"] = protected(enforce_admins=admins, allow_deletions={"enabled": True})
    found = forge.protection("main")
    assert (found.bypassed_by, found.deletion_blocked) == ((), False)


@pytest.mark.parametrize(
    "text", ["", "github:acme", "github:acme/x", "github:acme/x#0", "github:acme/x#1 ", "acme/x#1", "github:a/../b#1"]
)
def test_a_name_of_another_form_names_no_pull_request(text: str) -> None:
    with pytest.raises(WrongUse, match="names no pull request"):
        PullRequestName.parse(text)


def test_another_forge_cannot_be_asked() -> None:
    with pytest.raises(WrongUse, match="`gitlab` is no forge that can be asked"):
        connect(RepositoryName("gitlab", NAME), {})


BRANCH = "modelward/rollback/credit-score-production-1.1.0"
OCCASION = "| suspension | `s-1` |"
WANTED = Request(BRANCH, "main", "Roll back", f"What fired: `drift`\n{OCCASION}", OCCASION)


def test_a_pull_request_is_made_once_for_a_branch(github: GitHub, forge: Forge) -> None:
    github.pulled("another")
    first = forge.open_pull_request(WANTED)
    assert str(first) == f"github:{NAME}#2"
    assert [(one["title"], one["body"], one["base"]["ref"]) for one in github.pulls[1:]] == [
        ("Roll back", WANTED.body, "main")
    ]
    assert forge.open_pull_request(WANTED) == first
    assert [request.method for request in github.asked] == ["GET", "POST", "GET"]


def test_an_open_pull_request_is_found_whatever_its_commit(github: GitHub, forge: Forge) -> None:
    github.commits[BRANCH] = "e" * 40
    github.pulled(BRANCH)
    assert forge.open_pull_request(WANTED).number == 1
    assert len(github.pulls) == 1


@pytest.mark.parametrize("body", [WANTED.body, WANTED.body.replace("\n", " \r\n")])
def test_what_somebody_has_closed_is_not_asked_again_though_the_branch_came_back_at_another_commit(
    github: GitHub, forge: Forge, body: str
) -> None:
    github.commits[BRANCH] = "d" * 40
    github.pulled(BRANCH, state="closed", body=body)
    github.commits[BRANCH] = "e" * 40
    assert forge.open_pull_request(WANTED).number == 1
    assert len(github.pulls) == 1


@pytest.mark.parametrize(
    "closed",
    [
        {"body": WANTED.body.replace("s-1", "s-2")},
        {"body": None},
        {"body": WANTED.body, "merged_at": "2026-11-20T09:00:00Z"},
    ],
    ids=["of another suspension", "of no suspension", "merged"],
)
def test_what_was_closed_for_another_reason_refuses_nothing(
    github: GitHub, forge: Forge, closed: dict[str, Any]
) -> None:
    github.pulled(BRANCH, state="closed", **closed)
    assert forge.open_pull_request(WANTED).number == 2


def test_a_pull_request_that_was_made_without_an_answer_is_found(github: GitHub, forge: Forge) -> None:
    github.answers_lost = 1
    assert forge.open_pull_request(WANTED).number == 1
    assert len(github.pulls) == 1


def test_a_pull_request_into_another_branch_is_another(github: GitHub, forge: Forge) -> None:
    github.pulled(BRANCH, "release")
    with pytest.raises(ForgeUnavailable, match="answers /repos/acme/example/pulls with status 422"):
        forge.open_pull_request(WANTED)


def test_a_forge_that_is_away_is_asked_to_make_one_only_once(github: GitHub) -> None:
    asked: list[str] = []

    def answer(_path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        asked.append("look" if query else "make")
        return document([]) if query else (502, {}, b"")

    with serving(answer) as (address, _):
        forge = connect(RepositoryName("github", NAME), github.variables() | {"GITHUB_API_URL": address})
        with pytest.raises(ForgeUnavailable, match="status 502"):
            forge.open_pull_request(WANTED)
    assert asked == ["look", "make", "look"]
