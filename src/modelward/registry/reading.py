"""What MLflow's client answers, as values: strictly, because a registry that errs must not be taken at its word."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from modelward.registry.interface import STAGES, RegisteredModel, RegisteredVersion

MAX_PAGES = 1_000
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


class _Page(Protocol):
    token: str | None

    def __iter__(self) -> Iterator[Any]: ...


def pages(search: Callable[[str | None], _Page]) -> Iterator[Any]:
    """All rows of a search. A registry that never comes to an end is told by its tokens, or by their number."""
    token: str | None = None
    given: set[str] = set()
    for _ in range(MAX_PAGES):
        page = search(token)
        yield from page
        token = page.token
        if not token:
            return
        if token in given:
            raise ValueError("it gives the same page again and again")
        given.add(token)
    raise ValueError(f"it gives more than {MAX_PAGES} pages")


def number(version: object) -> int:
    """A version's number, which `int` would also read out of `1_0`, ` 1` and digits of other scripts."""
    if not _NUMBER.fullmatch(str(version)):
        raise ValueError(f"{str(version)[:40]!r} is no number of a version")
    return int(str(version))


def model(found: Any, versions: Mapping[int, RegisteredVersion]) -> RegisteredModel:
    """A registered model with these versions."""
    aliases = {str(alias): number(version) for alias, version in found.aliases.items()}
    tags = {str(key): str(value) for key, value in found.tags.items()}
    return RegisteredModel(found.name, aliases, tags, dict(versions), found.description or "")


def version(found: Any) -> RegisteredVersion:
    """A version in one of the four stages."""
    stage = found.current_stage or "None"
    if stage not in STAGES:
        raise ValueError(f"version {found.version} of {found.name} is in the unknown stage {stage!r}")
    tags = {str(key): str(value) for key, value in found.tags.items()}
    return RegisteredVersion(number(found.version), stage, found.run_id or None, found.status == "READY", tags)
