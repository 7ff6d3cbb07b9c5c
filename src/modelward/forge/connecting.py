"""From the name of a repository to the forge that hosts it: addresses and tokens come from the environment alone."""

import os
from collections.abc import Mapping
from typing import Final

from modelward.errors import WrongUse
from modelward.forge.interface import Forge, RepositoryName

TOKEN: Final = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable
ADDRESS: Final = "GITHUB_API_URL"


def connect(name: RepositoryName, variables: Mapping[str, str] = os.environ) -> Forge:
    """The forge that hosts a repository; nothing is asked yet. Raises `WrongUse` for one that we do not know."""
    if name.forge != "github":
        raise WrongUse(f"`{name.forge}` is no forge that can be asked", "the one that can is github")
    from modelward.forge.github import DEFAULT_ADDRESS, HEADERS, GitHub
    from modelward.forge.http import Client

    address, token = variables.get(ADDRESS) or DEFAULT_ADDRESS, variables.get(TOKEN, "")
    return GitHub(name, Client(address, token, TOKEN, HEADERS))
