"""No two models have names that people take for each other.

Why: Whoever reads `fraud-v1` for `fraud-vl` signs, promotes or rolls back another model than the one that they mean.

Remedy: Give the newer model another name before it is merged; afterwards its name is for ever.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Fleet, Note, Repository, fail, rule, skeleton


@rule(on="state", over="fleet")
def names_confusable(fleet: Fleet, _repository: Repository) -> Iterator[Finding]:
    """What a hurried reader sees of a model's name, or of its name in the registry, is seen of no other model."""
    first = {}
    for model in fleet:
        for name, field in ((model.name, "model"), (model.registered_model, "registered_model")):
            other, other_name, other_field = first.setdefault(skeleton(name), (model, name, field))
            if other is not model:
                yield fail(
                    f"`{name}` is easily taken for `{other_name}` of the model `{other.name}`",
                    at=model.place(field),
                    notes=(Note(other.place(other_field), "which is named here"),),
                )
                break
