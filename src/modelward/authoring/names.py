"""The name of a new model, which is its identity for ever."""

import re

from modelward.errors import CannotEvaluate, WrongUse
from modelward.specs.confusable import skeleton
from modelward.specs.manifest import Manifest
from modelward.specs.scalars import MODEL_NAME
from modelward.tree.file import typed
from modelward.tree.git import Git
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot

_FORM = "lower-case letters, digits and `-` only, at most 63, and no `-` at the start"


def check_new_name(snapshot: Snapshot, git: Git, name: str) -> None:
    """Raise `WrongUse` unless a model may be called `name`: its form is right, and it neither is nor looks taken."""
    if re.fullmatch(MODEL_NAME.strip("^$"), name) is None:
        raise WrongUse(f"`{name}` is no name of a model", f"use {_FORM}, such as credit-risk")
    if name == "signoffs":
        raise WrongUse("no model may be called `signoffs`, which is where records stand", "choose another name")
    names = snapshot.model_names()
    if name in names:
        raise WrongUse(f"there is a model `{name}` already", "choose another name; a model's name is for ever")
    alike = next((known for known in names if skeleton(known) == skeleton(name)), None)
    if alike is not None:
        raise WrongUse(f"`{name}` is easily taken for the model `{alike}`", "choose a name that reads otherwise")
    if _was_one(git, name):
        raise WrongUse(f"`{name}` has been a model before, and git remembers it", "choose another name, or restore it")


def check_registered_name(snapshot: Snapshot, registered: str) -> None:
    """Raise `WrongUse` when a model of this repository speaks for a registered model of that name, in whatever case."""
    manifests = [entry for entry in snapshot.source.entries("models") if entry.path.endswith("/manifest.yaml")]
    for entry, data in snapshot.source.read(manifests):
        if registered.casefold() not in data.decode("utf-8", "replace").casefold():
            continue
        try:
            claimed = typed(entry.path, data, Manifest).registered_model.casefold() == registered.casefold()
        except Unreadable:
            claimed = True
        if claimed:
            raise WrongUse(
                f"{entry.path} speaks for the registered model `{registered}` already",
                "give another name with --registered-model",
            )


def _was_one(git: Git, name: str) -> bool:
    """Whether any commit behind HEAD touches the folder of a model of that name."""
    try:
        return git.text("log", "-1", "--format=%H", "HEAD", "--", f"models/{name}") != ""
    except CannotEvaluate:
        # There is no commit yet.
        return False
