"""The rules that score beside a model, or instead of it, are the file that the manifest pins.

Why: When the model is off these rules decide alone; nobody has agreed to a rule set of another digest.

Remedy: Put the rule set below `rules/` in the model's folder, and pin its SHA-256 in `rules: {path, digest}`.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model", always_mandatory=True)
def rules_pinned(model: Model, _repository: Repository) -> Iterator[Finding]:
    """A rule set that is named lies below `rules/`, exists, and has the digest."""
    rules = model.manifest.spec.rules
    if rules is None:
        return
    if not rules.path.startswith("rules/"):
        yield fail(f"`{rules.path}` lies outside the folder `rules/`", at=model.manifest.place("rules", "path"))
        return
    digest = model.file_digest(rules.path)
    if digest is None:
        yield fail(f"`{rules.path}` is missing or too large", at=model.manifest.place("rules", "path"))
    elif digest != rules.digest:
        yield fail(f"`{rules.path}` is {digest}", at=model.manifest.place("rules", "digest"))
