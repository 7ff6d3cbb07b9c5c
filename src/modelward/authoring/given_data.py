"""Datasets as a person names them: `ROLE=FILE|DIGEST[@SNAPSHOT]`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from modelward.authoring.version_facts import Data
from modelward.errors import Denied, WrongUse
from modelward.specs.release import DatasetRole
from modelward.specs.scalars import DIGEST, Digest
from modelward.tree.digest import file_digest


def with_given(logged: Sequence[Data], given: Sequence[str], folder: Path) -> tuple[Data, ...]:
    """The datasets that the run logged, with those that a person names; files are looked for from `folder`.

    A person who names a role without data (`ROLE=@SNAPSHOT`) says which cut the logged data are. Raises `WrongUse` for
    what names no dataset, and `Denied` for data that are not those that the run logged.
    """
    known = {data.role: data for data in logged}
    named = set()
    for text in given:
        role, written, snapshot = _parts(text)
        if role in named:
            raise WrongUse(f"two datasets have the role {role}", "give --dataset once for each role")
        named.add(role)
        before = known.get(role)
        digest = _digest(written, folder) if written else None if before is None else before.digest
        if digest is None:
            raise WrongUse(f"the run logged no {role} data", f"give --dataset {role}=FILE@{snapshot}")
        if before is not None and digest != before.digest:
            raise Denied(
                f"the run logged other {role} data: {before.digest}, and `{written}` is {digest}",
                "give the data that the run read",
            )
        known[role] = Data(role, digest, None) if before is None else before
        if snapshot is not None:
            known[role] = replace(known[role], snapshot=snapshot)
    return tuple(known[role] for role in get_args(DatasetRole) if role in known)


def _parts(text: str) -> tuple[DatasetRole, str, str | None]:
    role, equals, rest = text.partition("=")
    roles: tuple[DatasetRole, ...] = get_args(DatasetRole)
    if not equals or role not in roles:
        raise WrongUse(f"`{text}` names no dataset", f"give ROLE=FILE@SNAPSHOT, with the role {' or '.join(roles)}")
    written, at, snapshot = rest.rpartition("@")
    if not at:
        written, snapshot = snapshot, ""
    if not written and not snapshot:
        raise WrongUse(f"`{text}` names no data", f"give {role}=FILE@SNAPSHOT")
    return next(each for each in roles if each == role), written, snapshot or None


def _digest(written: str, folder: Path) -> Digest:
    if re.fullmatch(DIGEST, written):
        return Digest(written)
    path = folder / written
    try:
        return file_digest(path)
    except OSError as error:
        raise WrongUse(f"cannot read {path}: {error.strerror}", "give a file, or `sha256:` and 64 digits") from error
