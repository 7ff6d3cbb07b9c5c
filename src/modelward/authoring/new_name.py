"""The name of a new model, which is its identity for ever."""

import re
from collections.abc import Iterator

from modelward.errors import CannotEvaluate, WrongUse
from modelward.specs.confusable import skeleton
from modelward.specs.manifest import Manifest
from modelward.specs.scalars import MODEL_NAME
from modelward.tree.file import typed
from modelward.tree.git import Git
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot

_MANIFEST = re.compile(r"models/[^/]+/manifest\.yaml")
_REGISTERED = re.compile(rb"^registered_model: ([A-Za-z0-9][A-Za-z0-9._-]*)$", re.MULTILINE)
_FORM = "lower-case letters, digits and `-` only, at most 63, and no `-` at the start"


def check_new_name(snapshot: Snapshot, git: Git, name: str, registered: str) -> None:
    """Raise `WrongUse` unless a model may be called `name`, and `registered` in its registry.

    Its form must be right, and nothing that another model is called may be, or be taken for, either of the two.
    """
    if re.fullmatch(MODEL_NAME.strip("^$"), name) is None:
        raise WrongUse(f"`{name}` is no name of a model", f"use {_FORM}, such as credit-risk")
    if name == "signoffs":
        raise WrongUse("no model may be called `signoffs`, which is where records stand", "choose another name")
    names = snapshot.model_names()
    if name in names:
        raise WrongUse(f"there is a model `{name}` already", "choose another name; a model's name is for ever")
    if _was_one(git, name):
        raise WrongUse(f"`{name}` has been a model before, and git remembers it", "choose another name, or restore it")
    taken = {skeleton(known): f"the model `{known}`" for known in names}
    for path, known in _registered(snapshot):
        taken.setdefault(skeleton(known), f"the registered model `{known}` of {path}")
    for new, remedy in ((name, "choose a name that reads otherwise"), (registered, "give --registered-model another")):
        if (other := taken.get(skeleton(new))) is not None:
            raise WrongUse(f"`{new}` is easily taken for {other}", remedy)


def _registered(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """What each model is called in its registry, with the path that says so; a file that says nothing is left out."""
    manifests = [entry for entry in snapshot.source.entries("models") if _MANIFEST.fullmatch(entry.path)]
    for entry, data in snapshot.source.read(manifests):
        # Thousands of manifests are not parsed for one line of each.
        plain = _REGISTERED.search(data)
        try:
            name = plain[1].decode() if plain else typed(entry.path, data, Manifest).registered_model
        except (Unreadable, UnicodeDecodeError):
            continue
        yield entry.path, name


def _was_one(git: Git, name: str) -> bool:
    """Whether any commit behind HEAD touches the folder of a model of that name."""
    try:
        return git.text("log", "-1", "--format=%H", "HEAD", "--", f"models/{name}") != ""
    except CannotEvaluate:
        # There is no commit yet.
        return False
