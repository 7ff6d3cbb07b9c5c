"""codeowners: whom GitHub asks, by policy and never by hand; and the shipped file is what policy says."""

import re

import pytest

from repository import PROJECT, Repository

PATH = ".github/CODEOWNERS"
PEOPLE = "policies/people.yaml"


@pytest.fixture
def known(merged: Repository) -> Repository:
    """The example, in which everybody has a login on GitHub."""
    text = re.sub(r"^  ([a-z]+-\d): \{", r"  \1: {logins: {github: Gh-\1}, ", merged.read(PEOPLE), flags=re.MULTILINE)
    merged.write(PEOPLE, text)
    return merged


def owners(text: str) -> dict[str, list[str]]:
    """The logins by pattern, in the order of the file, in which the last that fits counts."""
    return {line.split()[0]: line.split()[1:] for line in text.splitlines() if not line.startswith("#")}


def test_the_shipped_file_is_what_the_shipped_policy_asks_for() -> None:
    ended = Repository(PROJECT).modelward("codeowners", "--check")
    assert ended.code == 0, ended.err


def test_each_folder_belongs_to_whoever_may_sign_what_changes_there(known: Repository) -> None:
    found = owners(known.modelward("codeowners").out)
    assert found["/models/credit-score/"] == ["@Gh-engineer-1", "@Gh-engineer-2", "@Gh-lead-1"]
    assert found["*"] == found["/.github/"] == found["/environments/"]
    for pattern in ("*", "/policies/", "/policies/people.yaml", "/policies/waivers/", "/environments/", "/validators/"):
        assert found[pattern], pattern
        assert not set(found[pattern]) & set(found["/models/credit-score/"]), pattern


def test_what_policy_leaves_ungoverned_has_no_owner_and_what_is_executed_always_has(known: Repository) -> None:
    known.replace("policies/policy.yaml", "ungoverned: [", 'ungoverned: [".github/**", "odd name.md", ')
    found = owners(known.modelward("codeowners").out)
    patterns = list(found)
    assert found["/.github/**"] == []
    assert patterns.index("/.github/") > patterns.index("/.github/**")
    assert found["/.github/"] == found["/requirements.txt"] == found["*"]
    assert not any("odd" in pattern for pattern in patterns)
    assert patterns.index("*") == 0
    assert patterns[-1] == "/models/credit-score/"


def test_the_file_is_written_once_and_is_then_what_it_should_be(known: Repository) -> None:
    assert known.modelward("codeowners", "--check").code == 1
    assert "dry run: nothing was written" in known.modelward("codeowners", "--write", "--dry-run").out
    assert not (known.root / PATH).exists()
    assert known.modelward("codeowners", "--write").code == 0
    assert known.read(PATH) == known.modelward("codeowners").out
    assert known.modelward("codeowners", "--write").out == f"{PATH} is what it should be\n"
    assert known.modelward("codeowners", "--check").code == 0


def test_a_team_that_changes_makes_the_file_stale(known: Repository) -> None:
    known.modelward("codeowners", "--write")
    known.replace("models/credit-score/approvers.yaml", "ml-engineer: [engineer-1, ", "ml-engineer: [")
    ended = known.modelward("codeowners", "--check")
    assert ended.code == 1
    assert "run `modelward codeowners --write`, and commit it" in ended.err


def test_a_folder_that_nobody_could_be_asked_about_is_refused(merged: Repository) -> None:
    ended = merged.modelward("codeowners")
    assert (ended.code, ended.out) == (3, "")
    assert re.search(r"\* would have no owner: of `[a-z-]+`.* none has a login on GitHub", ended.err)


def test_a_model_whose_people_have_no_login_belongs_to_whoever_owns_everything(known: Repository) -> None:
    text = known.read(PEOPLE)
    known.write(PEOPLE, re.sub(r"logins: \{github: Gh-(engineer|lead)-\d\}, ", "", text))
    found = owners(known.modelward("codeowners").out)
    assert "/models/credit-score/" not in found
    assert found["*"]


@pytest.mark.parametrize("login", ["a b", "x\\n/models/ @intruder", "-x", "x--y", "@x", "acme/team", "#"])
def test_t77_a_login_that_is_none_writes_no_line(known: Repository, login: str) -> None:
    known.replace(PEOPLE, "github: Gh-lead-1", f'github: "{login}"')
    ended = known.modelward("codeowners", "--write")
    assert ended.code == 3
    assert "is no login on GitHub" in ended.err
    assert not (known.root / PATH).exists()


def test_to_write_and_to_check_at_once_is_exit_2(known: Repository) -> None:
    assert known.modelward("codeowners", "--write", "--check").code == 2
