"""The address of a registry: what of it may be shown, and which other addresses may be asked in its name."""

import os
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from modelward.userinfo import shown, without_userinfo

_LONGEST_PASSED_OVER = 3
_CREDENTIALS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
_SERVER = re.compile(r"(?P<scheme>https?|mlflow-artifacts):(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
# Readers of addresses disagree about anything else that stands where the host does.
_PLAIN = re.compile(r"//(?P<host>[A-Za-z0-9.:\[\]-]+)(?:/[^\\]*)?")
_PORTS = {"http": 80, "https": 443}


class Address:
    """An address as a person wrote it, password included, which never leaves here."""

    def __init__(self, uri: str, variables: Mapping[str, str] = os.environ) -> None:
        self._uri = uri
        self.shown = shown(uri)
        secrets = {*_secrets(uri), *(variables.get(name, "") for name in _CREDENTIALS)}
        # What is shorter protects nothing, and stands in every other word.
        self._secrets = sorted((each for each in secrets if len(each) > _LONGEST_PASSED_OVER), key=len, reverse=True)

    @property
    def scheme(self) -> str:
        """What it begins with, in lower case; empty where that is nothing, or where it is no address."""
        try:
            return urlsplit(self._uri).scheme
        except ValueError:
            return ""

    def without_secrets(self, text: str) -> str:
        """Another's words about this address, with whatever of its credentials they repeat taken out."""
        text = without_userinfo(text.replace(self._uri, self.shown))
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def may_be_asked_for(self, location: str) -> bool:
        """Whether files at `location` may be fetched: MLflow sends a registry's credentials to any server that it asks.

        Whoever may register a version chooses its location.
        """
        named = _SERVER.fullmatch(location)
        if named is None:
            return True
        scheme, rest = named["scheme"].lower(), named["rest"]
        if scheme == "mlflow-artifacts":
            scheme = self.scheme
            if not rest.startswith("//") or rest.startswith("///"):
                return True
        plain = _PLAIN.fullmatch(rest)
        if plain is None:
            return False
        return _host(f"{scheme}://{plain['host']}") == _host(self._uri)


def _host(uri: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(uri)
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None


def _secrets(uri: str) -> set[str]:
    before, _, query = uri.partition("://")[2].partition("?")
    credentials = before.rpartition("@")[0]
    user, colon, password = credentials.partition(":")
    found = {password if colon else user, *(value for _, value in parse_qsl(query))}
    return found | {unquote(each) for each in found}
