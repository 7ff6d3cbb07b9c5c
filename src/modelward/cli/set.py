"""`set`: change one value in a spec."""

import re
from pathlib import Path
from typing import Final

import click

from modelward.cli.editing import Workspace, edits
from modelward.cli.options import here
from modelward.errors import WrongUse
from modelward.specs.kinds import MODEL_SPECS
from modelward.tree.edit import Scalar, remove_entry, replace_scalar
from modelward.tree.place import Pointer
from modelward.tree.text import Refused
from modelward.tree.yaml_reader import read_yaml

NOTHING: Final = "null"
_INDEX = re.compile("[0-9]{1,6}")


@click.command("set")
@click.argument("model")
@click.argument("field")
@click.argument("value")
@edits
@here
def command(model: str, field: str, value: str, dry_run: bool, branch: str | None, folder: Path) -> None:
    """Change the value at FIELD of MODEL to VALUE; `null` takes a field out that may be left out.

    FIELD starts with the spec: `manifest.deployments.production.ml_enabled`, `thresholds.gates.0.at_least`.
    """
    workspace = Workspace(folder)
    spec, _, rest = field.partition(".")
    known = [name for name, _ in MODEL_SPECS]
    if spec not in known or not rest:
        raise WrongUse(f"`{field}` names no value", f"start it with one of {', '.join(known)} and a dot")
    path = f"{workspace.model(model).folder}/{spec}.yaml"
    data = workspace.read(path)
    try:
        document = read_yaml(data)
    except Refused as refused:
        raise WrongUse(f"{path} cannot be read: {refused.message}", refused.remedy) from refused
    pointer = _pointer(document, rest)
    if value == NOTHING:
        if isinstance(pointer[-1], int):
            raise WrongUse(f"`{field}` is one of a list, and no field that could be left out", "edit the file")
        if isinstance(_at(document, pointer), dict | tuple):
            raise WrongUse(f"`{field}` is no single value", "name one value, or edit the file")
        edited, message = remove_entry(data, pointer), f"Take {field} of {model} out"
    else:
        edited, message = (
            replace_scalar(data, pointer, _value(document, pointer, value)),
            f"Set {field} of {model} to {value}",
        )
    workspace.write(path, edited, message, dry_run=dry_run, branch=branch)


def _pointer(document: object, dotted: str) -> Pointer:
    pointer: list[str | int] = []
    for step in dotted.split("."):
        if isinstance(document, tuple) and _INDEX.fullmatch(step) and int(step) < len(document):
            pointer.append(int(step))
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            pointer.append(step)
            document = document[step]
        else:
            known = ", ".join(document) if isinstance(document, dict) else "an index" if document else "nothing"
            raise WrongUse(f"`{dotted}` is not there: `{step}` is missing", f"there is {known}")
    return tuple(pointer)


def _at(document: object, pointer: Pointer) -> object:
    for step in pointer:
        document = document[step]  # type: ignore[index]
    return document


def _value(document: object, pointer: Pointer, written: str) -> Scalar:
    """A string stays a string; anything else is read as YAML writes it."""
    if isinstance(_at(document, pointer), str):
        return written
    try:
        read = read_yaml(f"value: {written}\n".encode())
    except Refused as refused:
        raise WrongUse(f"`{written}` is no value: {refused.message}", refused.remedy) from refused
    if len(read) > 1:
        raise WrongUse(f"`{written}` is more than one value", "set one value, or edit the file")
    value: Scalar = read["value"]
    return value
