"""An e-mail address and a login belong to one person.

Why: By these the authors of a change are found; one that two people have would let either of them approve their own.

Remedy: Write each address and each login beside the one person who uses it.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Note, Organisation, Repository, fail, rule


@rule(on="state", over="organisation", always_mandatory=True)
def person_identified_once(organisation: Organisation, _repository: Repository) -> Iterator[Finding]:
    """No address and no login of a forge stands beside two people, in whatever case."""
    people = organisation.people
    first = {}
    for name, person in people.spec.people.items():
        claims = [(("email", email), ("emails", index)) for index, email in enumerate(person.emails)]
        claims += [((forge, login), ("logins", forge)) for forge, login in person.logins.items()]
        for (kind, value), pointer in claims:
            other, other_pointer = first.setdefault((pointer[0], kind, value.casefold()), (name, pointer))
            if other != name:
                yield fail(
                    f"`{value}` is `{other}` as well as `{name}`",
                    at=people.place("people", name, *pointer),
                    notes=(Note(people.place("people", other, *other_pointer), "the first"),),
                )
