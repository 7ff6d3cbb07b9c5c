"""Models read in batches: the same files as one by one, and one that git lost stops no other."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modelward.errors import CannotEvaluate
from modelward.tree.ahead import AheadSource
from modelward.tree.commit_source import GitSource
from modelward.tree.git import Git
from modelward.tree.memory import MemorySource
from modelward.tree.snapshot import Snapshot
from modelward.tree.source import Entry
from repository import PROJECT, Repository


@pytest.fixture
def three(tmp_path: Path) -> Git:
    """This project's models, committed."""
    repository = Repository(tmp_path / "repository")
    for path in sorted((PROJECT / "models").rglob("*.yaml")):
        repository.write(path.relative_to(PROJECT).as_posix(), path.read_bytes())
    repository.commit("Start")
    return Git(repository.root)


def test_models_in_batches_are_the_same_as_one_by_one(three: Git) -> None:
    snapshot = Snapshot(GitSource(three, three.commit("HEAD")))
    names = snapshot.model_names()
    assert len(names) == 3
    for name, model in zip(names, snapshot.models(names), strict=True):
        alone = snapshot.model(name)
        assert model.name == alone.name
        assert model.manifest.spec == alone.manifest.spec
        assert model.thresholds.spec == alone.thresholds.spec
        assert {one: each.spec for one, each in model.releases.items()} == {
            one: each.spec for one, each in alone.releases.items()
        }


def test_a_file_that_git_lost_is_missed_where_it_is_read_and_nowhere_else(three: Git) -> None:
    lost = three.text("rev-parse", "HEAD:models/delivery-eta/thresholds.yaml").strip()
    source = GitSource(three, three.commit("HEAD"))
    source.entries("")
    (three.root / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    first, second, third = Snapshot(source).models(["credit-risk", "delivery-eta", "fraud-detection"])
    assert first.thresholds.spec
    assert second.manifest.spec
    with pytest.raises(CannotEvaluate, match=r"no content for models/delivery-eta/thresholds\.yaml"):
        _ = second.thresholds
    assert third.thresholds.spec


class Counting(MemorySource):
    """Files in memory that count how often one is read."""

    asked = 0

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The content of each entry."""
        for entry in entries:
            self.asked += 1
            yield from super().read([entry])


def test_what_was_fetched_is_not_read_again() -> None:
    files = {"a.yaml": b"a: 1\n", "b.yaml": b"b: 2\n", "large.yaml": b"#" * (256 * 1024 + 1)}

    counting = Counting("memory", files)
    ahead = AheadSource(counting)
    ahead.fetch(ahead.entries(""))
    assert counting.asked == 2, "what is too large for a spec is left"
    assert {entry.path: data for entry, data in ahead.read(ahead.entries(""))} == files
    assert counting.asked == 3


def test_several_threads_read_one_tree_and_each_gets_what_it_asked_for(three: Git) -> None:
    source = GitSource(three, three.commit("HEAD"))
    entries = source.entries("models")
    alone = dict(source.read(entries))

    def reading(_number: int) -> bool:
        return all(dict(source.read([entry])) == {entry: alone[entry]} for entry in entries)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(reading, range(8)))
