"""A release is imported only together with its model.

Why: Findings on what was found in a registry only warn; a release that is made later must not borrow that.

Remedy: Write `imported: false`, and collect the release's evidence.
"""

from collections.abc import Iterator

from modelward.rules import Change, Finding, Repository, fail, rule


@rule(on="change", over="change", always_mandatory=True)
def imported_with_its_model(change: Change, _repository: Repository) -> Iterator[Finding]:
    """A release that is new in a model which the base knows, or beside one that is not imported, is not imported."""
    before = {} if change.before is None else change.before.releases
    after = change.after.releases
    own = [name for name, release in after.items() if not release.spec.imported]
    for name, release in after.items():
        if name in before or not release.spec.imported:
            continue
        if change.before is not None:
            yield fail(
                f"release {name} is new and says that it was imported, and `{change.after.name}` is not new",
                at=release.record.place("imported"),
            )
        elif own:
            yield fail(
                f"release {name} says that it was imported, and release {own[0]} was not",
                at=release.record.place("imported"),
            )
