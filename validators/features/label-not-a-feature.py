"""The label of a model is none of its features.

Why: A model that sees the truth while it learns looks perfect in every test, and knows nothing in production.

Remedy: Remove the feature, or name the column that really holds the truth.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Note, Repository, fail, rule


@rule(on="state", over="model")
def label_not_a_feature(model: Model, _repository: Repository) -> Iterator[Finding]:
    """No feature has the name of the label's column, in whatever case."""
    manifest = model.manifest.spec
    if manifest.label is None:
        return
    column = manifest.label.column.casefold()
    for index, feature in enumerate(manifest.features):
        if feature.name.casefold() == column:
            yield fail(
                f"the feature `{feature.name}` is the label",
                at=model.manifest.place("features", index, "name"),
                notes=(Note(model.manifest.place("label", "column"), "the label"),),
            )
