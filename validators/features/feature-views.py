"""Each feature of a tabular model comes from a declared view.

Why: A feature without a view has no freshness, and serving cannot tell a stale value from a good one.

Remedy: Declare the view, with its refresh and its time to live, under `views:`.
"""

from collections import Counter
from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def feature_views(model: Model, _repository: Repository) -> Iterator[Finding]:
    """A tabular model lists features; each name stands once, and each feature's view is declared."""
    manifest = model.manifest.spec
    views = {view.name for view in manifest.views}
    if manifest.inputs == "tabular" and not manifest.features:
        yield fail("a tabular model lists no features", at=model.manifest.place("inputs"))
    if manifest.inputs not in (None, "tabular") and (manifest.features or manifest.views):
        yield fail("features and views are for tabular models", at=model.manifest.place("inputs"))
    for field, entries in (("features", manifest.features), ("views", manifest.views)):
        counted = Counter(entry.name for entry in entries)
        for index, entry in enumerate(entries):
            if counted[entry.name] > 1:
                yield fail(f"`{entry.name}` stands twice in `{field}`", at=model.manifest.place(field, index, "name"))
    for index, feature in enumerate(manifest.features):
        if feature.view not in views:
            yield fail(
                f"`{feature.name}` comes from the view `{feature.view}`, which is not declared",
                at=model.manifest.place("features", index, "view"),
            )
