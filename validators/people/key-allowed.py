"""A key is one that signatures may rest on.

Why: A weak, damaged or unknown key lets somebody else sign, or nobody.

Remedy: Ask for a new key, made with `ssh-keygen -t ed25519`, and add it with `modelward people add-key`.
"""

from collections.abc import Iterator

from modelward.rules import Finding, KeyRefused, Organisation, Repository, fail, keys_on_record, parse_key, rule


@rule(on="state", over="organisation", always_mandatory=True)
def key_allowed(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """Each key of a person and of a machine is sound and of an allowed kind, and nothing stands before it."""
    people = organisation.people
    for pointer, key in keys_on_record(people.spec):
        try:
            parse_key(key.key)
        except KeyRefused as refused:
            yield fail(refused.message, at=people.place(*pointer, "key"), remedy=refused.remedy)
