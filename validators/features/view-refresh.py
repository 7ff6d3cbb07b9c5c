"""A feature view is refreshed on a valid schedule, at least as often as its values expire.

Why: If values expire before the next refresh, the model falls back every day, or serves stale features unseen.

Remedy: Refresh more often, or let the values live longer.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from modelward.rules import Finding, Model, Note, Repository, fail, longest_gap, rule, spelled

# Gaps are counted from a fixed day, so that the verdict is the same on every day.
_START = datetime(2026, 1, 1, tzinfo=UTC)


@rule(on="state", over="model")
def view_refresh(model: Model, _repository: Repository) -> Iterator[Finding]:
    """The cron and its time zone are valid, and no gap between refreshes is longer than the time to live."""
    for index, view in enumerate(model.manifest.spec.views):
        try:
            gap = longest_gap(view.refresh, view.timezone, _START)
        except ValueError as error:
            yield fail(str(error), at=model.manifest.place("views", index, "refresh"))
            continue
        if not gap <= view.ttl.fixed:
            yield fail(
                f"values of `{view.name}` live {view.ttl}, and refreshes are up to {spelled(gap)} apart",
                at=model.manifest.place("views", index, "ttl"),
                notes=(Note(model.manifest.place("views", index, "refresh"), "refreshed by this"),),
            )
