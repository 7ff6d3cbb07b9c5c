"""Reviews on a forge: they count for exactly the change, by people on record, where a requirement accepts them."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from governed import MODEL, Governed
from hosted import NAME, TOKEN, GitHub, hosting
from repository import Ended

SCOPE = f"models/{MODEL}"
PULL_REQUEST = f"github:{NAME}#1"


@pytest.fixture
def world(tmp_path: Path) -> Governed:
    """A repository that takes reviews of mere words, and knows its people by their logins."""
    world = Governed.started(tmp_path)
    world.git("switch", "--quiet", "main")
    old = "any: [{role: ml-engineer}, {role: team-lead}]}\n  - {name: demands"
    world.replace("policies/signoff.yaml", old, old.replace("]}", "], accept: [signature, review]}", 1))
    people = world.read("policies/people.yaml")
    world.write(
        "policies/people.yaml",
        re.sub(r"^  ([a-z]+-\d): \{", r"  \1: {logins: {github: \1}, ", people, flags=re.MULTILINE),
    )
    merged(world)
    return world.branch("words")


def merged(world: Governed) -> None:
    """Let main have what stands here, as if it always had."""
    world.commit("Start otherwise")
    world.git("push", "--quiet", "origin", "main")
    world.git("fetch", "--quiet", "origin")


@pytest.fixture
def github(world: Governed, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """A pull request with words that engineer-1 has written and proposed; nobody has reviewed it."""
    world.write(f"{SCOPE}/README.md", "How it is used.\n")
    world.commit("Say how it is used")
    world.signed(("engineer-1", "ml-engineer", "propose"))
    with hosting() as github:
        github.open(1, world.git("rev-parse", "HEAD"))
        for name, value in github.variables().items():
            monkeypatch.setenv(name, value)
        yield github


def judged(world: Governed, *more: str) -> Ended:
    return world.gate("--reviews", PULL_REQUEST, *more)


def why_not(ended: Ended) -> list[str]:
    assert (ended.code, ended.json["verdict"]) == (1, "deny"), ended
    return [one["why"] for one in ended.json["dismissed"]]


def test_a_review_of_the_head_says_yes_where_reviews_are_accepted(world: Governed, github: GitHub) -> None:
    github.review("lead-1")
    assert world.gate().code == 1
    ended = judged(world)
    assert (ended.code, ended.json["verdict"]) == (0, "allow"), ended
    (requirement,) = ended.json["signoffs"]
    _, lead = requirement["slots"]
    assert lead["signed"] == [{"person": "lead-1", "by": "review"}]


def test_a_person_is_known_by_their_login_in_any_case(world: Governed, github: GitHub) -> None:
    github.review("LEAD-1")
    assert judged(world).code == 0


def test_nobody_has_reviewed_so_nobody_has_said_yes(world: Governed, github: GitHub) -> None:
    assert github.reviews == {1: []}
    assert why_not(judged(world)) == []


def test_t13_a_review_of_an_older_commit_counts_for_nothing(world: Governed, github: GitHub) -> None:
    github.review("lead-1", of=world.git("rev-parse", "HEAD~1"))
    (why,) = why_not(judged(world))
    assert re.fullmatch(r"it is of commit [0-9a-f]{12}, and [0-9a-f]{12} is judged", why)


def test_t13_a_review_of_what_has_been_pushed_since_counts_for_nothing_here(world: Governed, github: GitHub) -> None:
    github.open(1, world.git("rev-parse", "HEAD~1"))
    github.review("lead-1")
    assert why_not(judged(world))[0].startswith("it is of commit ")


@pytest.mark.parametrize(
    ("later", "why"),
    [("CHANGES_REQUESTED", ["it asks for changes"]), ("DISMISSED", ["it was dismissed"])],
)
def test_the_newest_word_of_a_reviewer_counts(world: Governed, github: GitHub, later: str, why: list[str]) -> None:
    github.review("lead-1")
    github.review("Lead-1", later, of="b" * 40)
    github.review("lead-1", "COMMENTED")
    assert why_not(judged(world)) == why
    github.review("lead-1")
    assert judged(world).code == 0


def test_t27_a_comment_is_no_review(world: Governed, github: GitHub) -> None:
    github.review("lead-1", "COMMENTED", body="LGTM :+1: approved")
    assert why_not(judged(world)) == []


def test_t15_a_login_that_nobody_has_counts_for_nothing(world: Governed, github: GitHub) -> None:
    github.review("stranger")
    github.review("critic", "CHANGES_REQUESTED")
    github.review(None)
    assert why_not(judged(world)) == ["`stranger` is the login of nobody in policies/people.yaml"]


def test_t16_a_login_that_two_have_counts_for_neither(world: Governed, github: GitHub) -> None:
    world.git("switch", "--quiet", "main")
    world.replace("policies/people.yaml", "lead-2: {logins: {github: lead-2}", "lead-2: {logins: {github: LEAD-1}")
    merged(world)
    world.git("switch", "--quiet", "words")
    world.git("rebase", "--quiet", "origin/main")
    world.sign("engineer-1", "ml-engineer", "propose")
    github.open(1, world.git("rev-parse", "HEAD"))
    github.review("lead-1")
    assert why_not(judged(world)) == ["`lead-1` is the login of lead-1 and lead-2"]


def test_t02_a_login_that_the_change_itself_gives_away_counts_for_nothing(world: Governed, github: GitHub) -> None:
    world.branch("people")
    world.replace("policies/people.yaml", "owner-2: {logins: {github: owner-2}", "owner-2: {logins: {github: intruder}")
    world.commit("A new login")
    github.open(1, world.git("rev-parse", "HEAD"))
    github.review("intruder")
    assert why_not(judged(world)) == ["`intruder` is the login of nobody in policies/people.yaml"]


def test_a_requirement_that_takes_signatures_alone_says_so_and_who_can_still_sign(
    world: Governed, github: GitHub
) -> None:
    world.branch("promotion")
    world.promote()
    world.signed(("engineer-1", "ml-engineer", "propose"), ("engineer-2", "ml-engineer", "approve"))
    github.open(1, world.git("rev-parse", "HEAD"))
    github.review("lead-1")
    ended = judged(world)
    assert why_not(ended) == ["`promotion` takes signatures alone"]
    (requirement,) = ended.json["signoffs"]
    assert requirement["slots"][1]["possible"] == ["lead-1", "lead-2"]
    assert "ignored https://github.com/acme/example/pull/1#" in world.modelward("gate", "--reviews", PULL_REQUEST).out


def test_t14_whoever_wrote_or_proposed_it_cannot_review_it(world: Governed, github: GitHub) -> None:
    github.review("engineer-1")
    ended = judged(world)
    assert why_not(ended) == []
    excluded = [one for state in ended.json["signoffs"] for slot in state["slots"] for one in slot["excluded"]]
    assert {"person": "engineer-1", "why": "proposed this change"} in excluded


def test_t18_a_review_by_somebody_of_two_roles_names_neither(world: Governed, github: GitHub) -> None:
    world.git("switch", "--quiet", "main")
    world.replace(f"{SCOPE}/approvers.yaml", "[engineer-1, engineer-2]", "[engineer-1, engineer-2, lead-1]")
    merged(world)
    world.git("switch", "--quiet", "words")
    world.git("rebase", "--quiet", "origin/main")
    world.sign("engineer-1", "ml-engineer", "propose")
    github.open(1, world.git("rev-parse", "HEAD"))
    github.review("lead-1")
    assert why_not(judged(world)) == ["`lead-1` could speak as ml-engineer or team-lead, and a review names no role"]
    world.signed(("lead-1", "team-lead", "approve"))
    assert judged(world).code == 0


def test_a_review_by_somebody_who_is_not_asked_counts_for_nothing(world: Governed, github: GitHub) -> None:
    github.review("owner-1")
    assert why_not(judged(world)) == ["`owner-1` holds none of the roles that are asked for"]


def test_a_signed_rejection_stands_above_a_review(world: Governed, github: GitHub) -> None:
    world.signed(("lead-1", "team-lead", "reject"))
    github.open(1, world.git("rev-parse", "HEAD"))
    github.review("lead-1")
    ended = judged(world)
    assert ended.code == 1
    assert [one["person"] for one in ended.json["rejections"]] == ["lead-1"]


def test_t25_a_review_of_later_than_the_judgement_counts_for_nothing(world: Governed, github: GitHub) -> None:
    github.review("lead-1", submitted_at="2027-06-01T00:00:00Z")
    assert why_not(judged(world)) == ["it was given after the time of this judgement"]


def test_a_forge_that_is_away_ends_the_run_and_allows_nothing(
    world: Governed, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.review("lead-1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("GITHUB_API_URL", address)
    ended = judged(world, "--format", "markdown=gate.md")
    assert ended.code == 3
    assert ended.json["verdict"] == "error"
    assert f"{address} cannot be reached" in ended.err
    assert TOKEN not in ended.out + ended.err + world.read("gate.md")


def test_t11_a_pull_request_of_another_repository_is_not_asked_about(world: Governed, github: GitHub) -> None:
    ended = world.gate("--reviews", "github:intruder/example#1")
    assert ended.code == 2
    assert "github:intruder/example#1 is not in this repository, which is called acme/example" in ended.err
    assert github.asked == []


def squashed(world: Governed, by: str = "engineer-1") -> str:
    """What a merge queue makes of the branch: one commit on main, with everybody who wrote in it as co-author."""
    world.git("switch", "--quiet", "--create", "queue", "origin/main")
    world.git("merge", "--quiet", "--squash", "words")
    helpers = "\n".join(f"Co-authored-by: {name} <{name}@example.org>" for name in ("engineer-1", "lead-1", "lead-2"))
    world.git("commit", "--quiet", "--message", f"Words (#1)\n\n{helpers}", by=by)
    return world.git("rev-parse", "HEAD")


@pytest.mark.usefixtures("github")
def test_a_queue_names_everybody_as_co_author_and_only_the_author_had_a_part(world: Governed) -> None:
    world.signed(("lead-1", "team-lead", "approve"))
    assert world.gate().code == 0
    squashed(world)
    assert world.gate("--base", "origin/main").code == 1
    ended = world.gate("--base", "origin/main", "--queued")
    assert (ended.code, ended.json["verdict"]) == (0, "allow"), ended


@pytest.mark.usefixtures("github")
def test_t14_the_author_in_a_queue_still_fills_no_slot(world: Governed) -> None:
    world.signed(("lead-1", "team-lead", "approve"))
    squashed(world, by="lead-1")
    assert world.gate("--base", "origin/main", "--queued").code == 1


def test_a_review_counts_for_what_a_queue_makes_of_the_same_content(world: Governed, github: GitHub) -> None:
    github.review("lead-1")
    squashed(world)
    assert judged(world, "--base", "origin/main", "--queued").code == 0


def test_t28_a_review_counts_for_nothing_that_a_queue_has_put_beside_it(world: Governed, github: GitHub) -> None:
    github.review("lead-1")
    squashed(world)
    world.write(f"{SCOPE}/README.md", "How it is used, and more.\n")
    world.commit("More")
    ended = judged(world, "--base", "origin/main", "--queued")
    assert why_not(ended)[0].startswith("it is of commit ")
