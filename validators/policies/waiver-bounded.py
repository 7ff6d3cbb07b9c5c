"""A waiver ends within the time that the organisation allows.

Why: An exception without an end is a rule that was abolished without anybody's sign-off.

Remedy: Set an earlier `expires_at:`; whoever still needs the waiver then renews it with its own sign-off.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Note, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def waiver_bounded(organisation: Organisation, repository: Repository) -> Iterator[Finding]:
    """No waiver holds longer from now on than `waivers.max_age` in enforcement.yaml."""
    # Neither a change that raises the bound nor one that lowers it lets a longer waiver in.
    bounds = (organisation.enforcement, repository.organisation.enforcement)
    bound = min(bounds, key=lambda file: file.spec.waivers.max_age.fixed)
    longest = bound.spec.waivers.max_age
    for file in organisation.waivers:
        if not file.spec.expires_at - repository.now <= longest.fixed:
            yield fail(
                f"the waiver holds for longer than {longest}",
                at=file.place("expires_at"),
                notes=(Note(bound.place("waivers"), "at most this"),),
            )
