"""One change as the gate is asked about it: two snapshots, what differs, who wrote it, and as at which time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from modelward.gate.authorship import Authorship, Commit
from modelward.gate.reviews import Reviews
from modelward.gate.scopes import Scope, content_digest, touched
from modelward.rules.base import Held
from modelward.rules.subjects import Fleet
from modelward.specs.ledger import Debt
from modelward.specs.scalars import ModelName, PersonName
from modelward.tree.model import Evidence, ReleaseFolder
from modelward.tree.snapshot import Snapshot

Debts = Callable[[ModelName], Sequence[Debt]]
"""The changes of a model that one person made alone, and that nobody else has signed since."""
Colliding = Callable[[Sequence[str]], Fleet]
"""The other models of the head that could collide with some: what they claim is searched for, they are not all read."""


@dataclass(frozen=True)
class Bringers:
    """Who has brought a document, or the pin by which it counts: in which commits, and who proposed that change."""

    commits: tuple[Commit, ...] = ()
    proposers: frozenset[PersonName] = frozenset()


Brought = Callable[[ReleaseFolder, Evidence], Bringers]
"""Who has brought evidence before this change."""


@dataclass(frozen=True)
class Step:
    """Base judges head: policies, people, rules and roles are the base's, their subjects are the head's.

    `changed` are the paths that differ; `diffs` are those of each step on the way, which alone tell what was mixed.
    An `open` change is not merged yet: freezes and holds stop it, and every hand in it is excluded.
    """

    base: Snapshot
    head: Snapshot
    changed: frozenset[str]
    diffs: tuple[frozenset[str], ...]
    authorship: Authorship
    held: Held
    colliding: Colliding
    reviews: Reviews
    debts: Debts
    brought: Brought
    now: datetime
    is_open: bool

    @cached_property
    def ungoverned(self) -> tuple[str, ...]:
        """The patterns of paths that the base leaves ungoverned."""
        return self.base.policy.spec.ungoverned

    @cached_property
    def scopes(self) -> dict[Scope, tuple[str, ...]]:
        """The scopes that the change touches, each with its paths."""
        return dict(touched(self.changed, self.ungoverned))

    def digests(self, scope: Scope) -> tuple[str, str]:
        """The digests of a scope's content before and after, in hex."""
        if scope not in self._known_digests:
            before, after = (content_digest(one.source, scope, self.ungoverned) for one in (self.base, self.head))
            self._known_digests[scope] = (before, after)
        return self._known_digests[scope]

    @cached_property
    def _known_digests(self) -> dict[Scope, tuple[str, str]]:
        return {}
