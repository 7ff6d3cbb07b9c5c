"""A key counts for a stretch of time, of at most three years.

Why: A key that never ends outlives the laptop that it was made on, and everybody's memory of it.

Remedy: Write `valid_until` after `valid_from`, at most three years later; a new key is made before the old one ends.
"""

from collections.abc import Iterator
from datetime import timedelta

from modelward.rules import Finding, Organisation, Repository, fail, keys_on_record, rule

_LONGEST = timedelta(days=3 * 366)


@rule(on="state", over="organisation", always_mandatory=True)
def key_validity(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """Each key ends after it begins, and not more than three years after."""
    people = organisation.people
    for record in keys_on_record(people.spec):
        at = (*record.pointer, "valid_until")
        if not record.key.valid_from < record.key.valid_until:
            yield fail(f"the key of {record.holder} ends before it begins", at=people.place(*at))
        elif not record.key.valid_until - record.key.valid_from <= _LONGEST:
            yield fail(f"the key of {record.holder} counts for more than three years", at=people.place(*at))
