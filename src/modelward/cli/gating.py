"""What gate, sign and signoffs share: the change between a branch and what it would be merged into."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from modelward.cli.options import INSTANT, now
from modelward.errors import NothingToCheck, WrongUse
from modelward.forge.interface import PullRequestName
from modelward.gate.authorship import Hands
from modelward.gate.deciding import decide
from modelward.gate.opening import Range, open_range, open_step
from modelward.gate.step import Step
from modelward.gate.verdict import Verdict
from modelward.ledger.branch import as_of
from modelward.rules.loading import ENGINE_RULES, Rule, load_rules
from modelward.specs.ledger import Debt
from modelward.tree.git import Git, find_git
from modelward.tree.text import EVIDENCE_BYTES

F = TypeVar("F", bound=Callable[..., Any])


def between(function: F) -> F:
    """`--base`, `--head` and `--at`."""
    function = click.option("--at", type=INSTANT, help="Judge as at this time.  [default: now]")(function)
    function = click.option("--head", default="HEAD", show_default=True, help="The commit that is to be merged.")(
        function
    )
    return click.option("--base", help="What it is to be merged into.  [default: the branch's upstream]")(function)


@dataclass(frozen=True)
class Gating:
    """A change that was opened, and the rules that judge it; `debt` is what a second look at it pays."""

    git: Git
    change: Range
    step: Step
    rules: tuple[Rule, ...]
    debt: Debt | None = None

    @classmethod
    def opened(
        cls,
        folder: Path,
        base: str | None,
        head: str,
        at: datetime | None,
        *,
        hands: Hands = "every hand",
        reviewed: PullRequestName | None = None,
    ) -> "Gating":
        """The change around `folder`, with the reviews of the pull request that it is `reviewed` in.

        `NothingToCheck` when nothing differs.
        """
        git = find_git(folder)
        into = git.commit(base) if base is not None else git.upstream_tip()
        if into is None:
            raise WrongUse("there is no upstream branch to compare with", "name one: --base main")
        change = open_range(git, into, git.commit(head))
        memory = as_of(git, change.base)
        step = open_step(git, change, at or now(), held=memory.held, debts=memory.debts, hands=hands)
        if not step.changed:
            raise NothingToCheck(
                f"{head} changes nothing against {base or git.upstream_name()}",
                "commit something first; what is merged already is seen against an earlier commit: --base COMMIT",
            )
        if reviewed is not None:
            from modelward.cli.reviewing import reviews_of

            step = replace(step, reviews=reviews_of(reviewed, git, change, step))
        return cls(git, change, step, load_rules(step.base))

    @classmethod
    def reviewing(cls, folder: Path, commit: str) -> "Gating":
        """A merged change that one person made alone, and that the ledger wants somebody else to look at."""
        git = find_git(folder)
        wanted = git.commit(commit)
        memory = as_of(git, git.commit("HEAD"))
        owed = () if memory.trust is None else memory.trust.debts
        debt = next((one for one in owed if one.commit == wanted), None)
        if debt is None:
            waiting = ", ".join(one.commit[:12] for one in owed) or "none"
            raise WrongUse(f"nobody is to look at {wanted[:12]}", f"to be looked at: {waiting}; is the ledger fetched?")
        change = Range(debt.since, debt.commit, debt.commit)
        step = open_step(git, change, now(), held=memory.held)
        return cls(git, change, step, load_rules(step.base), debt)

    @property
    def known(self) -> tuple[Rule, ...]:
        """Every rule that can have found something."""
        return (*self.rules, *ENGINE_RULES)

    def verdict(self) -> Verdict:
        """The verdict on the change."""
        return decide(self.step, self.rules)

    def lines(self, path: str) -> list[str]:
        """The lines of a file after the change."""
        source = self.step.head.source
        entry = source.entry(path)
        if entry is None or entry.size > EVIDENCE_BYTES:
            return []
        return next(data for _, data in source.read([entry])).decode("utf-8", "replace").split("\n")
