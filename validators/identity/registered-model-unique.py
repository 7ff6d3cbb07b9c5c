"""A registered model belongs to one model of this repository.

Why: Two specs that point at one registered model would move its aliases against each other.

Remedy: Give each model its own `registered_model`.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Fleet, Note, Repository, fail, rule


@rule(on="state", over="fleet", always_mandatory=True)
def registered_model_unique(fleet: Fleet, _repository: Repository) -> Iterator[Finding]:
    """Each name in the registry is claimed once, also when names differ only in case."""
    first = {}
    for model in fleet:
        name = model.registered_model.casefold()
        if name in first:
            yield fail(
                f"`{model.registered_model}` is claimed by `{model.name}` and by `{first[name].name}`",
                at=model.place("registered_model"),
                notes=(Note(first[name].place("registered_model"), "claimed first here"),),
            )
        else:
            first[name] = model
