"""A freeze comes on a valid schedule, ends before it comes again, and stops environments that exist.

Why: A freeze that nobody can compute stops nothing or everything, and one without an end is no window.

Remedy: Correct the cron, its time zone, the duration or the environments; give each freeze its own name.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from modelward.rules import Finding, Note, Organisation, Repository, fail, longest_gap, rule, spelled

# Gaps are counted from a fixed day, so that the verdict is the same on every day.
_START = datetime(2026, 1, 1, tzinfo=UTC)


@rule(on="state", over="organisation", always_mandatory=True)
def freezes_valid(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """Names are distinct, environments exist, cron and time zone are valid, and there is time between two windows."""
    freezes = organisation.freezes
    named = set()
    for index, freeze in enumerate(freezes.spec.freezes):
        if freeze.name in named:
            yield fail(f"two freezes are called `{freeze.name}`", at=freezes.place("freezes", index, "name"))
        named.add(freeze.name)
        for position, environment in enumerate(freeze.environments):
            if environment not in organisation.environments:
                yield fail(
                    f"`{environment}` is no environment", at=freezes.place("freezes", index, "environments", position)
                )
        try:
            gap = longest_gap(freeze.cron, freeze.timezone, _START)
        except ValueError as error:
            yield fail(str(error), at=freezes.place("freezes", index, "cron"))
            continue
        if not timedelta() < freeze.duration.fixed < gap:
            yield fail(
                f"a window of {freeze.duration} is none where the next one starts at most {spelled(gap)} later",
                at=freezes.place("freezes", index, "duration"),
                notes=(Note(freezes.place("freezes", index, "cron"), "it starts by this"),),
            )
