"""Examples: edits of a small repository, and what rules then say; for single rules, and for the whole policy."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from modelward.specs.scalars import Count, Map, Slug, Spec, Text, Time

_WHEN = datetime(2026, 11, 20, 9, tzinfo=UTC)
Verdict = Literal["pass", "fail", "inconclusive", "error", "not-evaluated"]


class Replace(Spec):
    """Another text in place of one that stands in the file exactly once."""

    in_: Text = Field(alias="in")
    text: Text
    with_: str = Field(alias="with")


class Write(Spec):
    """A new file, or new content of one."""

    path: Text
    text: str


class Copy(Spec):
    """A file or a folder a second time, where nothing stands."""

    from_: Text = Field(alias="from")
    to: Text


class Step(Spec):
    """One edit of the repository."""

    replace: Replace | None = None
    write: Write | None = None
    copy_: Copy | None = Field(default=None, alias="copy")
    remove: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.replace, self.write, self.copy_, self.remove].count(None) != 3:
            raise PydanticCustomError("step", "needs exactly one of `replace:`, `write:`, `copy:` and `remove:`")
        return self


class Expected(Spec):
    """One finding; `message` is a part of what it says, `note` the path and line of its second place."""

    path: Text
    line: Count | None = None
    column: Count | None = None
    message: Text
    verdict: Literal["fail", "inconclusive", "error"] = "fail"
    note: Text | None = None


class Example(Spec):
    """What one rule says of an edited repository: exactly the findings of `expect`, in their order.

    `base` are edits that have been merged before, for a rule on a change; `head` are the edits that are judged, as at
    the time `at`.
    """

    shows: Text
    at: Time = _WHEN
    base: tuple[Step, ...] = ()
    head: tuple[Step, ...] = ()
    expect: tuple[Expected, ...] = ()


class Given(Spec):
    """The edits that have been merged, and the change that is judged as at the time `at`."""

    at: Time = _WHEN
    merged: tuple[Step, ...] = ()
    change: tuple[Step, ...]


class Case(Spec):
    """One change that the policy allows or refuses: the verdict of each rule that it is about."""

    name: Text
    given: Given
    expect: Annotated[Map[Slug, Verdict], Field(min_length=1)]


class Cases(Spec):
    """The policy's own tests: each starts from the example repository, under the organisation's own policies."""

    schema_: Literal["cases/v1"] = Field(alias="schema")
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
