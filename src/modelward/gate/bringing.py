"""Who has brought evidence that stands at the base already: told from the history of its release, when it is asked for.

A document and its pin may come by one change, and serve another that promotes. Whoever brought them has a part in that
one too. Nothing but commits and records is looked at, so that every clone tells the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Final

from modelward.gate.authorship import Commit, commits_on
from modelward.gate.records import Filing
from modelward.gate.scopes import Scope, content_digest, records_folder
from modelward.gate.step import Bringers
from modelward.specs.record import SignoffRecord
from modelward.specs.release import EvidencePin, Release
from modelward.specs.scalars import PersonName
from modelward.tree.commit_source import GitSource
from modelward.tree.file import typed
from modelward.tree.git import Git
from modelward.tree.memory import MemorySource
from modelward.tree.model import Evidence, ReleaseFolder
from modelward.tree.place import Unreadable

_COMMITS: Final = 100
"""How many commits of a model a change is taken to have at most, before and after the one that brought a pin."""


@dataclass(frozen=True)
class Bringing:
    """Tells who has brought evidence in the history that leads to `base`."""

    git: Git
    base: str

    def __call__(self, release: ReleaseFolder, evidence: Evidence) -> Bringers:
        """Who wrote the document or its pin, by their commits, and who proposed the change by which the pin came."""
        commits = self._commits(release.record.path, evidence)
        return Bringers(tuple(commits), frozenset(self._proposers(release.record.path, evidence.pin)))

    def _commits(self, record: str, evidence: Evidence) -> Iterator[Commit]:
        """The commits that wrote anything of the document, or let its pin be the one that counts."""
        found = list(commits_on(self.git, self.base, (evidence.path, record)))
        pins = self._pins(record, evidence.pin.kind, (rev for one in found for rev in (one.id, f"{one.id}^")))
        for commit in found:
            after, before = next(pins), next(pins)
            if evidence.path in commit.paths or (record in commit.paths and after == evidence.pin != before):
                yield commit

    def _proposers(self, record: str, pin: EvidencePin) -> Iterator[PersonName]:
        """The people of whom a record stands at the base that proposes just the change by which the pin came."""
        scope = Scope("/".join(record.split("/")[:2]))
        filed = Filing(GitSource(self.git, self.base, [scope]), [records_folder(scope)]).of(scope)
        said = [(one, one.record.predicate) for one in filed if isinstance(one.record, SignoffRecord)]
        proposals = [(one, predicate) for one, predicate in said if predicate.decision == "propose"]
        entered = self._entered(record, pin) if proposals else None
        if entered is None:
            return
        trunk = self._trunk(scope)
        at = trunk.index(entered)
        # What was signed once stood whole: a change neither ends after that, nor begins before it.
        whole = {one.after for one in filed}
        after = set(self._contents(scope, reversed(trunk[: at + 1]), whole))
        proposals = [(one, predicate) for one, predicate in proposals if one.after in after]
        whole |= {predicate.before.sha256 for _, predicate in proposals}
        before = set(self._contents(scope, trunk[at + 1 :], whole)) if proposals else set()
        yield from (predicate.person for _, predicate in proposals if predicate.before.sha256 in before)

    def _entered(self, record: str, pin: EvidencePin) -> str | None:
        """The commit of the branch since which the pin has counted without a break; None where it does not."""
        commits = self._trunk(record)
        pins = self._pins(record, pin.kind, commits)
        counting = takewhile(lambda one: one[1] == pin, zip(commits, pins, strict=True))
        return next((commit for commit, _ in reversed(list(counting))), None)

    def _trunk(self, path: str) -> list[str]:
        """The commits of the branch itself that changed something at a path, newest first."""
        return self.git.text("rev-list", "--first-parent", "--end-of-options", self.base, "--", path).split()

    def _pins(self, record: str, kind: str, commits: Iterable[str]) -> Iterator[EvidencePin | None]:
        """The pin of a kind that counts at each commit."""
        for data in self.git.blobs(f"{commit}:{record}" for commit in commits):
            yield None if data is None else _counting(record, data, kind)

    def _contents(self, scope: Scope, commits: Iterable[str], whole: set[str]) -> Iterator[str]:
        """The digests of a scope's content at commits, up to the first one that is `whole`; at last that of nothing."""
        for commit in islice(commits, _COMMITS):
            digest = content_digest(GitSource(self.git, commit, [scope]), scope, ())
            yield digest
            if digest in whole:
                return
        yield content_digest(MemorySource("nothing", {}), scope, ())


def _counting(record: str, data: bytes, kind: str) -> EvidencePin | None:
    """The last pin of a kind in a record of a release; None also where the record cannot be read."""
    try:
        pins = typed(record, data, Release).evidence
    except Unreadable:
        return None
    return next((pin for pin in reversed(pins) if pin.kind == kind), None)
