"""Which models of a registry are to be imported, and which cannot be, before any of their versions is read."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from modelward.authoring.importing import NotImported
from modelward.errors import CannotEvaluate
from modelward.reconcile.actions import REPOSITORY_TAG
from modelward.registry.interface import RegisteredModel
from modelward.specs.scalars import REGISTERED_NAME, ModelName
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot

PROMPT_TAG = "mlflow.prompt.is_prompt"


@dataclass(frozen=True)
class Selection:
    """What a registry holds, parted by what becomes of it."""

    wanted: tuple[RegisteredModel, ...]
    governed: tuple[str, ...]
    """Registered models that specs speak of already."""
    refused: tuple[NotImported, ...]
    passed_over: tuple[str, ...]
    """Entries that are no models."""


def governed_models(snapshot: Snapshot) -> Mapping[str, ModelName]:
    """The registered models that specs speak of. `CannotEvaluate` when a model that may claim any cannot be read."""
    claims: dict[str, ModelName] = {}
    for name in snapshot.model_names():
        try:
            claims[snapshot.model(name).manifest.spec.registered_model] = ModelName(name)
        except Unreadable as unreadable:
            message = (
                f"models/{name} cannot be read, so nobody knows which registered model it is: {unreadable.message}"
            )
            raise CannotEvaluate(message, "mend or remove it first") from unreadable
    return claims


def select(
    listed: Mapping[str, RegisteredModel], governed: Mapping[str, ModelName], globs: Sequence[str], repository: str
) -> Selection:
    """Part the models of a registry. The globs match names as the registry writes them; no glob is all."""
    names = [name for name in sorted(listed) if not globs or any(fnmatchcase(name, glob) for glob in globs)]
    prompts = [name for name in names if PROMPT_TAG in listed[name].tags]
    models = [name for name in names if name not in prompts]
    new = [name for name in models if name not in governed]
    often = Counter(name.casefold() for name in {*new, *governed})
    refused = [reason for name in new if (reason := _refusal(listed[name], often, repository)) is not None]
    unfit = {reason.registered_model for reason in refused}
    return Selection(
        tuple(listed[name] for name in new if name not in unfit),
        tuple(name for name in models if name in governed),
        tuple(refused),
        tuple(prompts),
    )


def _refusal(model: RegisteredModel, often: Mapping[str, int], repository: str) -> NotImported | None:
    name = model.name
    owner = model.tags.get(REPOSITORY_TAG, repository)
    if not re.fullmatch(REGISTERED_NAME, name):
        return NotImported(name, "its name has a character that a spec cannot hold", "rename it: its versions stay")
    if often[name.casefold()] > 1:
        remedy = "rename one of them, or choose one with --name"
        return NotImported(name, "another registered model has this name but for upper and lower case", remedy)
    if owner != repository:
        return NotImported(name, f"it belongs to repository `{owner}`", "let that repository retire it first")
    return None
