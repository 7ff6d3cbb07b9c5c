"""Who has brought evidence that is merged: who wrote it or its pin, and who proposed that. Row T88."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from governed import MANIFEST
from inmemory import SCOPE, Files, Record, base, replaced, signed, snapshot
from modelward.gate.bringing import Bringing
from modelward.gate.step import Bringers
from modelward.tree.digest import digest_of
from modelward.tree.git import Git
from repository import Repository
from trunk import commit

RELEASE = f"{SCOPE}/releases/1.1.0"
RECORD, METRICS, LATER = f"{RELEASE}/release.yaml", f"{RELEASE}/metrics.json", f"{RELEASE}/later.json"
START = base()
DOCUMENT = {**START, LATER: START[METRICS] + b"\n"}
PROPOSED = Record("engineer-2", "ml-engineer", "propose")


def pinned(files: Files, kind: str = "metrics", path: str = "later.json") -> Files:
    """The files with one more pin of a kind, which is the one that counts then."""
    pin = f"{{kind: {kind}, path: {path}, digest: {digest_of(DOCUMENT[LATER])!r}}}"
    record = files[RECORD].rstrip() + f"\n  - {pin}\n".encode()
    return {**files, RECORD: record}


PINNED = pinned(DOCUMENT)


class Made(NamedTuple):
    """A commit: its author, its tree, and whether it is made on main, beside it, or merges into it what is beside."""

    author: str
    files: Files
    where: Literal["main", "side", "merge"] = "main"

    @property
    def stream(self) -> bytes:
        """The commit as `git fast-import` reads it."""
        text = commit(self.files).replace(b"author engineer-1 <engineer-1@", b"author x <%s@" % self.author.encode())
        if self.where == "side":
            text = text.replace(b"refs/heads/main", b"refs/heads/side")
        parent = {"main": b"", "side": b"from refs/heads/main\n", "merge": b"merge refs/heads/side\n"}[self.where]
        return text.replace(b"deleteall", parent + b"deleteall")


def brought(root: Path, *commits: Made, kind: str = "metrics") -> Bringers:
    """What is told at the end of a branch of the document of a kind that counts."""
    root.mkdir(exist_ok=True)
    world = Repository(root)
    world.git("init", "--quiet", "--initial-branch", "main")
    world.git("fast-import", "--quiet", stdin=b"".join(one.stream for one in commits))
    release = snapshot(commits[-1].files).model(SCOPE.removeprefix("models/")).release("1.1.0")
    return Bringing(Git(root), world.git("rev-parse", "main"))(release, release.newest_evidence()[kind])


def authors(found: Bringers) -> list[str]:
    """Who wrote the commits, the last one first."""
    return [one.author.removesuffix("@example.org") for one in found.commits]


def test_t88_who_wrote_a_document_or_made_it_count_has_brought_it_and_nobody_else(tmp_path: Path) -> None:
    other = pinned(PINNED, "bias", "later-bias.json")
    sealed = {**other, f"{LATER}.sig": b"signature", MANIFEST: START[MANIFEST] + b"# words\n"}
    commits = (
        Made("engineer-1", START),
        Made("lead-2", DOCUMENT),
        Made("engineer-2", PINNED),
        Made("lead-1", other),
        Made("x", sealed),
    )
    assert authors(brought(tmp_path / "one", *commits)) == ["engineer-2", "lead-2"]
    assert authors(brought(tmp_path / "two", *commits, kind="bias")) == ["lead-1"]
    assert authors(brought(tmp_path / "three", *commits, kind="backtest")) == ["engineer-1"]


def test_t88_who_lets_an_earlier_document_count_again_has_brought_it(tmp_path: Path) -> None:
    commits = (Made("engineer-1", START), Made("engineer-2", PINNED), Made("lead-1", {**PINNED, RECORD: START[RECORD]}))
    assert authors(brought(tmp_path, *commits)) == ["lead-1", "engineer-1"]


def test_t88_of_what_was_merged_those_count_who_wrote_it_and_not_who_merged_it(tmp_path: Path) -> None:
    words = {**START, "README.md": b"Words.\n"}
    both = {**PINNED, "README.md": b"Words.\n"}
    commits = (
        Made("engineer-1", START),
        Made("engineer-2", PINNED, "side"),
        Made("x", words),
        Made("lead-1", both, "merge"),
    )
    assert authors(brought(tmp_path, *commits)) == ["engineer-2"]


HELD = replaced(START, MANIFEST, "summary: ", "summary: Held. ")
AGAIN = signed(START, HELD, Record("lead-2", "team-lead", "propose"))
BACK = {
    **signed(HELD, START, Record("lead-2", "team-lead", "propose", nonce="5" * 32)),
    **AGAIN,
    MANIFEST: START[MANIFEST],
}
WORDS = {**PINNED, f"{SCOPE}/README.md": b"It is good.\n"}


def filed(files: Files, tree: Files) -> Files:
    """A tree with the records that other files hold."""
    return {**tree, **{path: data for path, data in files.items() if "/signoffs/" in path}}


@pytest.mark.parametrize(
    "change",
    [
        [Made("x", signed(START, PINNED, PROPOSED))],
        [Made("x", PINNED), Made("engineer-2", signed(START, PINNED, PROPOSED))],
        [Made("x", DOCUMENT), Made("x", PINNED), Made("x", WORDS), Made("x", signed(START, WORDS, PROPOSED))],
        [Made("x", signed(START, PINNED, PROPOSED), "side"), Made("x", signed(START, PINNED, PROPOSED), "merge")],
    ],
    ids=["squashed", "signed after it", "in parts", "merged"],
)
def test_t88_who_proposed_the_change_that_brought_it_is_told_from_its_record_alone(
    tmp_path: Path, change: Sequence[Made]
) -> None:
    after = change[-1].files
    moved = replaced(after, MANIFEST, "summary: ", "summary: Later. ")
    later = filed(signed(after, moved, Record("lead-1", "team-lead", "propose")), moved)
    commits = [*change, Made("x", filed(after, later))]
    commits = [one._replace(files=filed(BACK, one.files)) for one in commits]
    found = brought(tmp_path, Made("x", START), Made("x", AGAIN), Made("x", BACK), *commits)
    assert found.proposers == {"engineer-2"}


def test_t88_who_proposed_it_with_its_model_is_told(tmp_path: Path) -> None:
    nothing = {path: data for path, data in PINNED.items() if not path.startswith(f"{SCOPE}/")}
    assert brought(tmp_path, Made("x", nothing), Made("x", signed(nothing, PINNED, PROPOSED))).proposers == {
        "engineer-2"
    }


def test_a_proposal_of_what_never_stood_is_none(tmp_path: Path) -> None:
    stale = filed(signed(START, DOCUMENT, PROPOSED), PINNED)
    assert brought(tmp_path, Made("x", START), Made("x", stale)).proposers == frozenset()
