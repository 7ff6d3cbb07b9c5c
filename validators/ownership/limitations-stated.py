"""A model says what it must not be used for, and which regimes bind it.

Why: Most harm is done by a model that is used for what it was never made for, and by a law that nobody thought of.

Remedy: Write `limitations:` in plain words, and `compliance:` with the regimes; `[]` says that none applies.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def limitations_stated(model: Model, _repository: Repository) -> Iterator[Finding]:
    """Limitations and compliance are given."""
    manifest = model.manifest.spec
    for field, value in (("limitations", manifest.limitations), ("compliance", manifest.compliance)):
        if value is None:
            yield fail(f"the manifest states no `{field}`", at=model.manifest.place(field, key=True))
