"""Whoever has had a key has one that still counts.

Why: A person whose keys have all expired finds it out when a signature is needed at once.

Remedy: Let the person make a new key, and add it with `modelward people add-key`.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Organisation, Repository, fail, keys_on_record, rule


@rule(on="state", over="organisation")
def key_current(organisation: Organisation, repository: Repository) -> Iterator[Finding]:
    """Of the keys of a person or a machine that were not revoked, one has not expired."""
    people = organisation.people
    newest = {}
    for record in keys_on_record(people.spec):
        if record.key.revoked is None:
            last = newest.get(record.holder)
            if last is None or record.key.valid_until > last.key.valid_until:
                newest[record.holder] = record
    for holder, record in newest.items():
        if not repository.now < record.key.valid_until:
            yield fail(f"no key of {holder} counts any more", at=people.place(*record.pointer, "valid_until"))
