"""What the doctor found, for people and for programs."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from modelward.errors import ExitCode
from modelward.health.outcomes import Check, Failed, Ok, Outcome, Unasked, Unknown, Warned
from modelward.report.document import to_json
from modelward.report.terminal import blue, bold, counted, dim, green, red, safe, yellow

_WORDS: Final = {Ok: "ok", Warned: "warning", Failed: "failed", Unasked: "not checked", Unknown: "not checked"}
_PAINT: Final = {Ok: green, Warned: yellow, Failed: red, Unasked: dim, Unknown: red}


def code(checks: Sequence[Check]) -> ExitCode:
    """What was to be looked at and could not be weighs most; a warning, and what nobody asked for, weigh nothing."""
    kinds = {type(check.outcome) for check in checks}
    if Unknown in kinds or not kinds:
        return ExitCode.NOT_EVALUATED
    return ExitCode.DENIED if Failed in kinds else ExitCode.DONE


def checks_as_text(checks: Sequence[Check], *, only_unwell: bool = False) -> str:
    """A line a check, with the next command under each that has one; the count last."""
    shown = [check for check in checks if not (only_unwell and isinstance(check.outcome, Ok | Unasked))]
    width = max((len(check.name) for check in shown), default=0)
    return "\n".join([*(line for check in shown for line in _lines(check, width)), _count(checks)])


def checks_as_json(checks: Sequence[Check], commit: str) -> str:
    """The checks as `doctor/v1`; `asked` tells what could not be checked from what nobody wanted to know."""
    document = {
        "schema": "doctor/v1",
        "ref": commit,
        "healthy": code(checks) == ExitCode.DONE,
        "checks": [
            {
                "name": check.name,
                "state": _WORDS[type(check.outcome)].replace(" ", "-"),
                "asked": not isinstance(check.outcome, Unasked),
                "reason": check.outcome.why,
                "next": _next(check.outcome),
            }
            for check in checks
        ],
    }
    return to_json(document)


def _lines(check: Check, width: int) -> Sequence[str]:
    kind = type(check.outcome)
    state = _PAINT[kind](f"{_WORDS[kind]:11}")
    line = f"{state}  {bold(f'{safe(check.name):{width}}')}  {safe(check.outcome.why)}"
    following = _next(check.outcome)
    return [line] if following is None else [line, f"{'':11}  {'':{width}}  {blue('next')}: {safe(following)}"]


def _next(outcome: Outcome) -> str | None:
    return None if isinstance(outcome, Ok) else outcome.remedy


def _count(checks: Sequence[Check]) -> str:
    of = Counter(type(check.outcome) for check in checks)
    said = (
        f"{of[Ok]} ok, {counted(of[Warned], 'warning')}, {of[Failed]} failed, {of[Unasked] + of[Unknown]} not checked"
    )
    if of[Unknown]:
        return f"{red('could not be told')}: {said}, of which {of[Unknown]} could not be"
    return f"{red('not healthy') if of[Failed] else green('healthy')}: {said}"
