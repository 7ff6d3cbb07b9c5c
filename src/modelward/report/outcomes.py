"""How examples and cases ended, as people and programs read it."""

import json
from collections.abc import Sequence

from modelward.report.terminal import bold, dim, green, red, safe
from modelward.rules.examples import Outcome


def outcomes_as_text(outcomes: Sequence[Outcome], *, each: bool = False) -> str:
    """What does not hold, with the reason; `each` adds what does; the closing count."""
    lines = []
    for outcome in outcomes:
        shown = f"{bold(safe(outcome.name))}{dim(f'  {safe(outcome.path)}')}"
        if outcome.complaints:
            lines.append(f"{red('FAIL')} {shown}")
            lines.extend(f"     {safe(complaint)}" for complaint in outcome.complaints)
        elif each:
            lines.append(f"{green('ok')}   {shown}")
    failed = sum(bool(outcome.complaints) for outcome in outcomes)
    total = f"{len(outcomes)} examples and cases"
    lines.append(f"{red(f'{failed} fail')} of {total}" if failed else f"{green('all hold')}: {total}")
    return "\n".join(lines)


def outcomes_as_json(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as `test/v1`."""
    document = {
        "schema": "test/v1",
        "verdict": "fail" if any(outcome.complaints for outcome in outcomes) else "pass",
        "tests": [
            {"path": one.path, "name": one.name, "shows": one.shows, "complaints": one.complaints} for one in outcomes
        ],
    }
    return json.dumps(document, indent=2)
