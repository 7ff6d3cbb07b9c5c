"""What a rule is made of: the mark on its function, and the findings that it yields."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from modelward.tree.place import Note, Place

Verdict = Literal["pass", "fail", "inconclusive", "error"]
On = Literal["state", "change"]
Over = Literal["organisation", "model", "fleet", "change", "entry"]
RuleFunction = Callable[..., Iterator["Finding"]]
F = TypeVar("F", bound=RuleFunction)


@dataclass(frozen=True)
class Finding:
    """What a rule says about a place. Every verdict but `pass` denies at the rule's level."""

    verdict: Verdict
    message: str
    place: Place
    notes: tuple[Note, ...] = ()
    remedy: str = ""

    def __post_init__(self) -> None:
        """Refuse what no report could show: rules are the organisation's own code, and need not be typed."""
        if not isinstance(self.message, str) or not isinstance(self.place, Place):
            raise TypeError("a finding has a message and a place")

    @property
    def models(self) -> frozenset[str]:
        """The models in whose folders it names a place."""
        paths = [self.place.path, *(note.place.path for note in self.notes)]
        return frozenset(path.split("/")[1] for path in paths if path.startswith("models/"))


@dataclass(frozen=True)
class Mark:
    """What `@rule` says of a function: when it runs, over which subject, and whether its level is fixed."""

    on: On
    over: Over
    always_mandatory: bool
    open_only: bool


def rule(*, on: On, over: Over, always_mandatory: bool = False, open_only: bool = False) -> Callable[[F], F]:
    """Mark the rule of a file.

    `on="state"` judges what is there, `on="change"` what differs from the base. `over` names the subject that the
    function takes: the `Organisation` (policies and environments alone), a `Model`, the whole `Fleet`, a `Change` of a
    model, or an `Entry` of a release into an environment; its second argument is the `Repository`. `always_mandatory`
    forbids that enforcement lowers the level. `open_only` rules stop a change that is not merged yet, and say nothing
    of one that is.
    """
    if (on == "change") != (over in ("change", "entry")):
        raise ValueError(f"a rule on {on} cannot run over {over}")

    def mark(function: F) -> F:
        marked: Any = function
        marked.__modelward_rule__ = Mark(on, over, always_mandatory, open_only)
        return function

    return mark


def fail(message: str, *, at: Place, notes: tuple[Note, ...] = (), remedy: str = "") -> Finding:
    """The subject breaks the rule. `remedy` replaces the rule's own where this case has a better one."""
    return Finding("fail", message, at, notes, remedy)


def inconclusive(message: str, *, at: Place, notes: tuple[Note, ...] = (), remedy: str = "") -> Finding:
    """The rule could not tell, which never counts as a pass."""
    return Finding("inconclusive", message, at, notes, remedy)
