"""A waiver is named as its file, and speaks of a rule, a model and an environment that exist.

Why: An exception to something that is not there covers nothing today, and something that nobody meant tomorrow.

Remedy: Correct the names in the waiver, or remove its file.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def waiver_known(organisation: Organisation, repository: Repository) -> Iterator[Finding]:
    """File name, rule, model and environment of each waiver fit."""
    for file in organisation.waivers:
        waiver = file.spec
        if file.path != f"policies/waivers/{waiver.waiver}.yaml":
            yield fail(f"the file is not named after `{waiver.waiver}`", at=file.place("waiver"))
        if not repository.is_rule(waiver.rule, organisation):
            yield fail(f"there is no rule `{waiver.rule}`", at=file.place("rule"))
        if waiver.model not in organisation.model_folders:
            yield fail(f"there is no model `{waiver.model}`", at=file.place("model"))
        if waiver.environment is not None and waiver.environment not in organisation.environments:
            yield fail(f"`{waiver.environment}` is no environment", at=file.place("environment"))
