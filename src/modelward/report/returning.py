"""The pull request by which main learns that a release was taken out: what fired, and what to look at first."""

from datetime import datetime
from typing import Final

from modelward.forge.interface import Request
from modelward.reconcile.rollback_branch import Return
from modelward.report.prose import code, prose

_LONGEST: Final = 1_000
"""How many characters of a reason are shown; the ledger has all of it."""


def pull_request_for(back: Return, base: str, at: datetime, why: str) -> Request:
    """The pull request for the branch that says so, into the branch `base`; its occasion is the suspension.

    `at` is when the release was taken out, and `why` what fired, which may hold anybody's words.
    """
    title = f"Roll back {back.model} in {back.environment} to {back.put_back}"
    occasion = _row("suspension", code(back.suspension))
    return Request(back.branch, base, title, _body(back, at, why, occasion), occasion)


def _row(name: str, value: str) -> str:
    return f"| {name} | {value} |"


def _body(back: Return, at: datetime, why: str, occasion: str) -> str:
    out, put = code(back.taken_out), code(back.put_back)
    where = f"{code(back.model)} in {code(back.environment)}"
    rows = (
        ("taken out", out),
        ("put back", put),
        ("since", f"{at:%Y-%m-%d %H:%M:%S} UTC"),
        ("what fired", prose(why, _LONGEST)),
    )
    resume = code(f"modelward resume {back.model} {back.environment} {back.suspension}")
    return "\n".join(
        [
            f"{where} runs {put} again. Git still says {out}; to merge this lets it tell the truth, and moves nothing.",
            "",
            "| | |",
            "|---|---|",
            *(_row(name, value) for name, value in rows),
            occasion,
            "",
            "Before you sign:",
            "",
            f"- [ ] {code('modelward status')} shows {where} as {code('Suspended')}, and {put} serves it",
            f"- [ ] what fired is true of {out}, and not of what measures it",
            f"- [ ] the change is one line, {code('release:')} of {code(back.environment)}, and the machine's proposal",
            "- [ ] whoever is on call for the model knows",
            "",
            f"One of those whom a rollback asks signs it on this branch: {code('modelward sign --decision approve')}.",
            "Close this instead if git is to say something else; it is not asked again while this suspension lasts.",
            "",
            f"Merging does not lift the suspension: {out} stays out until a merged {resume}.",
        ]
    )
