"""A key belongs to one person, or to one machine, and stands on record once.

Why: Who signs under a key that two people have could be either; one key would count as two people.

Remedy: Let each person and each machine make a key of their own; extend a key's validity where it stands.
"""

from collections.abc import Iterator

from modelward.rules import Finding, KeyRefused, Note, Organisation, Repository, fail, keys_on_record, parse_key, rule


@rule(on="state", over="organisation", always_mandatory=True)
def key_claimed_once(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """No key stands twice, whatever its comment."""
    people = organisation.people
    first = {}
    for record in keys_on_record(people.spec):
        try:
            blob = parse_key(record.key.key).blob
        except KeyRefused:
            continue
        other = first.setdefault(blob, record)
        if other is not record:
            yield fail(
                f"the key of {record.holder} is already on record for {other.holder}",
                at=people.place(*record.pointer, "key"),
                notes=(Note(people.place(*other.pointer, "key"), "the first"),),
            )
