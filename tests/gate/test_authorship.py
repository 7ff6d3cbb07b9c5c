"""Who had a part in a change: told from commits by the scopes that they touch, and from git by real commits."""

from pathlib import Path

import pytest

from inmemory import SCOPE, base, snapshot
from modelward.errors import CannotEvaluate
from modelward.gate.authorship import Authorship, Commit, Hands, commits_between
from modelward.gate.scopes import Scope
from modelward.tree.git import Git
from repository import Repository

PEOPLE = snapshot(base()).people.spec
MANIFEST = f"{SCOPE}/manifest.yaml"


def parts(*commits: Commit, scope: str = SCOPE, hands: Hands = "every hand") -> dict[str, str]:
    found = Authorship(iter(commits), iter(("*.md",)), hands).of(Scope(scope), PEOPLE)
    assert all(name == part.person for name, part in found.items())
    return {name: part.why for name, part in found.items()}


def commit(author: str, *others: str, paths: tuple[str, ...] = (MANIFEST,), number: str = "0") -> Commit:
    return Commit(number * 40, author, others, paths)


def test_whoever_wrote_a_commit_has_a_part_and_who_is_no_person_has_none() -> None:
    found = parts(commit("lead-1@example.org"), commit("nobody@example.org"), commit("", number="1"))
    assert found == {"lead-1": "wrote commit 000000000000"}


def test_an_address_is_the_same_in_any_case() -> None:
    assert parts(commit("LEAD-1@Example.ORG", "Lead-2@example.org")).keys() == {"lead-1", "lead-2"}


def test_every_hand_in_a_commit_is_a_part_or_only_the_authors() -> None:
    one = commit("engineer-1@example.org", "lead-1@example.org", "lead-2@example.org")
    wrote = {"engineer-1": "wrote commit 000000000000"}
    hands = dict.fromkeys(("lead-1", "lead-2"), "had a hand in commit 000000000000")
    assert parts(one) == wrote | hands
    assert parts(one, hands="authors") == wrote


def test_the_first_commit_that_tells_of_a_part_is_named() -> None:
    newer = commit("engineer-1@example.org", "lead-1@example.org", number="1")
    older = commit("lead-1@example.org", "engineer-1@example.org", number="2")
    assert parts(newer, older) == {
        "engineer-1": "wrote commit 111111111111",
        "lead-1": "had a hand in commit 111111111111",
    }


def test_a_part_is_in_the_scopes_that_the_commit_touches() -> None:
    both = commit("lead-1@example.org", paths=(MANIFEST, "policies/floors.yaml", "README.md", f"{SCOPE}/signoffs/x"))
    assert parts(both).keys() == parts(both, scope="policies").keys() == {"lead-1"}
    assert parts(both, scope="repository") == parts(both, scope="models/other") == {}
    record = commit("lead-1@example.org", paths=(f"{SCOPE}/signoffs/x",))
    assert parts(record) == {}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Commits as git fast-import writes them: by two hands, with helpers, a merge, and paths that are hard to quote."""
    world = Repository(tmp_path_factory.mktemp("history"))
    world.git("init", "--quiet", "--initial-branch", "main")
    world.git("fast-import", "--quiet", stdin=STREAM)
    return world


def data(text: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(text), text)


def person(role: bytes, name: bytes) -> bytes:
    return b"%s %s <%s@example.org> 1 +0000\n" % (role, name, name)


HELPED = b"Ended\n\nCo-authored-by: One <one@example.org>\nCO-AUTHORED-BY:two< Two@Example.Org >\n"
HELPED += (
    b" co-authored-by: Three <three@example.org>\nCo-authored-by: nobody\nx co-authored-by: y <four@example.org>\n"
)
HELPED += "Co-authored-by: J <josé@example.org>".encode()
STREAM = b"".join(
    (
        b"commit refs/heads/main\nmark :1\n" + person(b"author", b"first") + person(b"committer", b"first"),
        data(b"Start") + b"M 100644 inline a\n" + data(b"a") + b"M 100644 inline models/b/x\n" + data(b"x"),
        b"commit refs/heads/side\nmark :2\n" + person(b"author", b"writer") + person(b"committer", b"keeper"),
        data(HELPED) + b"from :1\n" + b'M 100644 inline "models/b/\\303\\251 \\" y"\n' + data(b"y"),
        b"D a\nR models/b/x models/b/z\n",
        b"commit refs/heads/main\nmark :3\n" + person(b"author", b"other") + person(b"committer", b"other"),
        data(b"author x <liar@example.org>\n") + b"from :1\nM 100755 inline a\n" + data(b"b"),
        b"commit refs/heads/main\nmark :4\n" + person(b"author", b"merger") + person(b"committer", b"merger"),
        data(b"Merge") + b"from :3\nmerge :2\n" + b"D a\nD models/b/x\n",
        b'M 100644 inline "models/b/\\303\\251 \\" y"\n' + data(b"y") + b"M 100644 inline models/b/z\n" + data(b"x"),
        b"commit refs/heads/evil\nmark :5\n" + person(b"author", b"merger") + b"committer <> 1 +0000\n",
        data(b"Merge more") + b"from :3\nmerge :2\nM 100644 inline more\n" + data(b"m"),
        b"M 100644 inline a\n" + data(b"neither"),
    )
)


def test_commits_are_told_with_every_hand_and_every_path(history: Repository) -> None:
    git = Git(history.root)
    merge, other, side = commits_between(git, git.commit("main~2"), git.commit("main"))
    assert {one.author for one in (merge, other, side)} == {
        "merger@example.org",
        "other@example.org",
        "writer@example.org",
    }
    side, other = sorted((side, other), key=lambda one: one.author, reverse=True)
    assert side.id == history.git("rev-parse", "side")
    assert side.others == ("keeper@example.org", "one@example.org", "Two@Example.Org", "josé@example.org")
    assert sorted(side.paths) == ["a", "models/b/x", "models/b/z", 'models/b/é " y']
    assert (other.others, other.paths) == (("other@example.org",), ("a",))
    assert (merge.id, merge.others, merge.paths) == (history.git("rev-parse", "main"), ("merger@example.org",), ())


def test_what_a_merge_adds_of_its_own_has_its_author(history: Repository) -> None:
    git = Git(history.root)
    evil = next(one for one in commits_between(git, git.commit("main~2"), git.commit("evil")) if len(one.paths) == 2)
    assert (evil.author, evil.others, sorted(evil.paths)) == ("merger@example.org", ("",), ["a", "more"])


def test_a_range_without_commits_has_none_and_the_first_commit_of_all_has_its_paths(history: Repository) -> None:
    git = Git(history.root)
    assert list(commits_between(git, git.commit("main"), git.commit("main"))) == []
    assert list(commits_between(git, git.commit("main"), git.commit("main~1"))) == []
    unrelated = Repository(Path(history.root))
    root = unrelated.git("commit-tree", f"{git.commit('main~2')}^{{tree}}", "-m", "Apart")
    (only,) = commits_between(git, git.commit("main"), root)
    assert sorted(only.paths) == ["a", "models/b/x"]


def test_a_commit_that_is_not_there_cannot_be_judged(history: Repository) -> None:
    with pytest.raises(CannotEvaluate):
        list(commits_between(Git(history.root), Git(history.root).commit("main"), "1" * 40))


def test_a_helper_counts_wherever_the_message_names_them(history: Repository) -> None:
    message = "Ended\n\nCo-authored-by: x <one@example.org>\n\nauthor y <two@example.org>\n\nMore.\n"
    commit = history.git("commit-tree", "main^{tree}", "-p", "main", stdin=message.encode())
    git = Git(history.root)
    (only,) = commits_between(git, git.commit("main"), commit)
    assert only.author == "engineer-1@example.org"
    assert only.others == ("engineer-1@example.org", "one@example.org")


def raw(history: Repository, *headers: str) -> str:
    """A commit that no git would write, on top of main."""
    tree, parent = history.git("rev-parse", "main^{tree}", "main").split()
    lines = "\n".join((f"tree {tree}", f"parent {parent}", *headers, "", "Broken", ""))
    return history.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=lines.encode("latin-1"))


def test_a_hand_that_a_commit_does_not_name_is_nobodys(history: Repository) -> None:
    git = Git(history.root)
    other = "committer x <other@example.org> 1 +0000"
    for author in ("author nobody 1 +0000", "author", "xauthor a <a@example.org> 1 +0000"):
        (only,) = commits_between(git, git.commit("main"), raw(history, author, other))
        assert (only.author, only.others) == ("", ("other@example.org",))
    (only,) = commits_between(git, git.commit("main"), raw(history, "author \xe9 < A@\xe9.org > 1 +0000"))
    assert (only.author, only.others) == ("A@\ufffd.org", ("",))


def test_a_path_that_is_no_text_is_still_a_path(history: Repository) -> None:
    stream = b"commit refs/heads/odd\n" + person(b"author", b"first") + person(b"committer", b"first") + data(b"Odd")
    stream += b'from refs/heads/main^0\nM 100644 inline "models/b/\\377"\n' + data(b"x")
    history.git("fast-import", "--quiet", stdin=stream)
    git = Git(history.root)
    (only,) = commits_between(git, git.commit("main"), git.commit("odd"))
    assert only.paths == ("models/b/\udcff",)
