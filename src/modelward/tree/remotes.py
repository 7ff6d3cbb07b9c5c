"""One branch of another repository: asked for, fetched, and pushed again where an attempt was broken off."""

import random
import time
from dataclasses import dataclass, replace
from typing import Final

from modelward.errors import CannotEvaluate
from modelward.tree.git import Git, TooSlow
from modelward.userinfo import shown

_PAUSES: Final = (0.5, 2.0)
"""Seconds before the second attempt of a push and before the third; up to as much again is added at random."""
_REFUSED: Final = ("! [rejected]", "! [remote rejected]")


class RemoteAway(CannotEvaluate):
    """The other repository cannot be reached, breaks off, or does not answer in time."""


class Overtaken(CannotEvaluate):
    """The branch is not where it was: somebody else has pushed first."""


class PushRefused(CannotEvaluate):
    """The other repository was reached, and does not take what was pushed."""


@dataclass(frozen=True)
class RemoteBranch:
    """The branch `ref`, as in `refs/heads/main`, of the repository `remote`."""

    git: Git
    remote: str
    ref: str

    def tip(self) -> str | None:
        """The commit that it is at now, which may not be here; None when there is no such branch."""
        lines = self._reaching("ls-remote", "--refs", self.remote, self.ref).splitlines()
        found = [commit for commit, _, name in (line.partition("\t") for line in lines) if name == self.ref]
        return found[0] if found else None

    def fetched(self, into: str) -> str | None:
        """The commit that it is at, once that is here and the reference `into` names it; None where it is none."""
        tip = self.tip()
        if tip is None:
            return None
        if self._known(into) != tip:
            self._reaching("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self.remote, f"+{self.ref}:{into}")
        return self._known(into)

    def publish(self, commit: str, before: str | None) -> None:
        """Let it be at `commit`, if it still is at `before`; what was broken off is tried again.

        Raises `Overtaken`, `PushRefused`, or `RemoteAway`; whoever hears the last does not know whether it is there.
        """
        for pause in _PAUSES:
            try:
                self._push(commit, before)
            except RemoteAway as away:
                # What was silent once has cost enough time.
                if isinstance(away.__cause__, TooSlow):
                    raise
            else:
                return
            time.sleep(pause + random.uniform(0, pause))  # noqa: S311 - no secret: other runs shall not keep step
        self._push(commit, before)

    def _push(self, commit: str, before: str | None) -> None:
        lease = f"--force-with-lease={self.ref}:{before or ''}"
        try:
            self._reaching("push", "--quiet", "--no-verify", lease, self.remote, f"{commit}:{self.ref}")
        except RemoteAway as away:
            # It may have arrived though the answer did not.
            there = self.tip()
            if there == commit:
                return
            if there != before:
                raise Overtaken(f"{self.ref} was pushed to `{shown(self.remote)}` by another", "run again") from away
            if any(sign in away.message for sign in _REFUSED):
                raise PushRefused(away.message, f"let this run push {self.ref} to `{shown(self.remote)}`") from away
            raise

    def _reaching(self, *arguments: str) -> str:
        try:
            return replace(self.git, remote=True).text(*arguments)
        except CannotEvaluate as error:
            raise RemoteAway(error.message, error.remedy) from error

    def _known(self, ref: str) -> str | None:
        return self.git.text("for-each-ref", "--format=%(objectname)", ref) or None
