"""MLflow's registry, at any tracking address: a server over HTTP, or a database.

Read with two paged searches, because one alone lies: the search of versions knows no aliases on SQL stores, and the
search of models shows one version a stage.
"""

import logging
import math
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from modelward.errors import CannotEvaluate, WrongUse
from modelward.exchange import time_in
from modelward.registry import reading
from modelward.registry.address import Address
from modelward.registry.deprecation import stages_unmentioned
from modelward.registry.interface import (
    About,
    ArtifactUnreadable,
    RegisteredModel,
    RegisteredVersion,
    RegistryRefused,
    RegistryUnavailable,
    Run,
    Stage,
)
from modelward.registry.patience import RETRIES, SILENCE, Patience
from modelward.tree.text import EVIDENCE_BYTES

MODELS_PER_PAGE = 1_000
VERSIONS_PER_PAGE = 10_000
_DATABASE = re.compile(r"(?:sqlite|postgresql|mysql|mssql)(?:\+[a-z0-9_]+)?")
_SERVER = re.compile(r"https?|databricks(?:-uc)?")
_VERSION = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}(?:[A-Za-z0-9.+-]{1,20})?")
_ASKED = re.compile(r"API request to (?:endpoint )?\S+ failed with (?:(?:timeout )?exception|error code) ")
_CAUSED = re.compile(r"\(Caused by \w+\([\"']?(.*?)[\"']?\)\)\Z")
_SYSTEM = re.compile(r"\[Errno -?[0-9]+\] ([A-Za-z ]+)")
_ANSWERED = re.compile(r"([0-9]{3}) != 200\. Response body: '(.*)'")
_POOL = re.compile(r"\A\w*Pool\([^)]*\): ")
_HOPS = 4
# For what MLflow fetches by itself, which is files: its own defaults try for minutes, or as long as an answer says.
_DEFAULTS = {
    RETRIES: str(Patience().attempts - 1),
    SILENCE: f"{Patience().silence:.0f}",
    "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",
    "MLFLOW_DATABRICKS_ENDPOINT_HTTP_RETRY_TIMEOUT": f"{Patience().whole:.0f}",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
# A bad request is also what a database makes of two that write the same at the same time.
_REFUSALS = frozenset(
    {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "PERMISSION_DENIED", "INVALID_STATE", "BAD_REQUEST"}
)


class MlflowRegistry:
    """A registry that speaks MLflow; `uri` is its tracking address.

    A server is asked again when it does not answer, for as long as `patience` says; a database is asked once.
    """

    def __init__(self, uri: str, patience: Patience | None = None) -> None:
        self._known = Address(uri)
        self.address = self._known.shown
        self._uri = uri
        scheme = self._known.scheme
        if not _DATABASE.fullmatch(scheme) and not _SERVER.fullmatch(scheme):
            raise WrongUse(
                f"`{self.address}` is no registry address",
                "use http(s)://, databricks, or a database such as sqlite:////path",
            )
        for name, value in _DEFAULTS.items():
            os.environ.setdefault(name, value)
        self._is_server = scheme in ("http", "https")
        self._is_database = _DATABASE.fullmatch(scheme) is not None
        self._patience = patience or Patience.of(os.environ)
        self._ahead: timedelta | None = None
        with self._told("connect", _REFUSALS):
            self._client = _client(uri, is_database=self._is_database)

    @property
    def ahead(self) -> timedelta | None:
        """How far its clock is ahead of this machine's, by its last answer; None of a database, which has none."""
        return self._ahead

    def about(self) -> About:
        """What the registry is, once it has listed a model."""
        from mlflow.exceptions import MlflowException
        from mlflow.version import VERSION

        with self._errors("list its models", refusals=frozenset()):
            self._client.search_registered_models(max_results=1)
        if not self._is_server:
            return About(VERSION if self._is_database else None, None)
        with self._errors("say which version it is", refusals=frozenset()):
            try:
                answer = self._asked("/version")
            except MlflowException:
                # It has just shown that it answers.
                return About(None, None)
        version = answer.text.strip() if answer.status_code == HTTPStatus.OK else ""
        return About(version if _VERSION.fullmatch(version) else None, time_in(answer.headers.get("Date")))

    def models(self) -> Mapping[str, RegisteredModel]:
        """Every registered model by name, read in pages."""
        # A registry that may not be listed is as little known as one that is away.
        with self._errors("list its models", frozenset(), self._patience.listing):
            models = list(
                reading.pages(
                    lambda token: self._client.search_registered_models(
                        max_results=MODELS_PER_PAGE, order_by=["name ASC"], page_token=token
                    )
                )
            )
            versions: dict[str, dict[int, RegisteredVersion]] = {model.name: {} for model in models}
            for version in reading.pages(
                lambda token: self._client.search_model_versions(
                    max_results=VERSIONS_PER_PAGE, order_by=["version_number ASC", "name ASC"], page_token=token
                )
            ):
                if version.name in versions:
                    versions[version.name][reading.number(version.version)] = reading.version(version)
            return {model.name: reading.model(model, versions[model.name]) for model in models}

    def model(self, name: str) -> RegisteredModel | None:
        """One registered model as it is now, or None."""
        with self._errors(f"show `{name}`"):
            found = self._registered(name)
            # Some databases tell names apart by more than their collation does.
            if found is None or found.name != name:
                return None
            versions = reading.pages(
                lambda token: self._client.search_model_versions(
                    f"name = '{name}'", max_results=VERSIONS_PER_PAGE, order_by=["version_number ASC"], page_token=token
                )
            )
            return reading.model(
                found,
                {
                    reading.number(version.version): reading.version(version)
                    for version in versions
                    if version.name == name
                },
            )

    def run(self, run_id: str) -> Run | None:
        """The run that made a version, or None when it is gone."""
        from mlflow.exceptions import MlflowException

        with self._errors(f"show run {run_id}"):
            try:
                run = self._client.get_run(run_id)
            except MlflowException as error:
                if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                    return None
                raise
            started = run.info.start_time
            return Run(
                run_id,
                None if started is None else datetime.fromtimestamp(started / 1000, UTC),
                {str(key): str(value) for key, value in run.data.tags.items()},
                {str(key): str(value) for key, value in run.data.params.items()},
                {str(key): float(value) for key, value in run.data.metrics.items() if math.isfinite(value)},
            )

    def run_file(self, run_id: str, name: str) -> bytes | None:
        """A file that a run logged, from the place where the registry says that its files stand."""
        files = f"the files of run {run_id}"
        with self._errors(f"list {files}"):
            location = self._location(f"runs:/{run_id}/{name}")
            self._check_place(files, location)
            sizes = {file.path: file.file_size for file in self._client.list_artifacts(run_id) if not file.is_dir}
        if name not in sizes:
            return None
        if (sizes[name] or 0) > EVIDENCE_BYTES:
            raise ArtifactUnreadable(f"{name} of run {run_id} has {sizes[name]} bytes", "log a shorter one")
        with tempfile.TemporaryDirectory(prefix="modelward-run-") as folder:
            return self._download(f"{name} of run {run_id}", location, Path(folder)).read_bytes()

    def fetch_artifact(self, name: str, version: int, into: Path) -> Path:
        """Download the files of a version below `into`, from the place where the registry says that they stand."""
        files = f"the files of version {version} of `{name}`"
        with self._errors(f"say where {files} stand"):
            location = self._location(self._client.get_model_version_download_uri(name, str(version)))
        self._check_place(files, location)
        return self._download(files, location, into)

    def set_stage(self, name: str, version: int, stage: Stage) -> None:
        """Put one version into a stage."""
        with self._errors(f"move version {version} of `{name}` to {stage}"), stages_unmentioned():
            self._client.transition_model_version_stage(name, str(version), stage, archive_existing_versions=False)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Let the alias name the version."""
        with self._errors(f"set alias `{alias}` of `{name}`"):
            self._client.set_registered_model_alias(name, alias, str(version))

    def remove_alias(self, name: str, alias: str) -> None:
        """Take the alias away."""
        with self._errors(f"remove alias `{alias}` of `{name}`"):
            self._client.delete_registered_model_alias(name, alias)

    def set_tag(self, name: str, key: str, value: str) -> None:
        """Set a tag of the registered model."""
        with self._errors(f"tag `{name}`"):
            self._client.set_registered_model_tag(name, key, value)

    def remove_tag(self, name: str, key: str) -> None:
        """Take a tag of the registered model away."""
        with self._errors(f"take a tag of `{name}` away"):
            self._client.delete_registered_model_tag(name, key)

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set a tag of one version."""
        with self._errors(f"tag version {version} of `{name}`"):
            self._client.set_model_version_tag(name, str(version), key, value)

    def remove_version_tag(self, name: str, version: int, key: str) -> None:
        """Take a tag of one version away."""
        with self._errors(f"take a tag of version {version} of `{name}` away"):
            self._client.delete_model_version_tag(name, str(version), key)

    def _asked(self, path: str) -> Any:
        """The server's answer to a question that its client has no word for, with the credentials that it would use."""
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request

        credentials = get_default_host_creds(self._uri)  # type: ignore[no-untyped-call]
        return http_request(credentials, path, "GET")  # type: ignore[no-untyped-call]

    def _check_place(self, files: str, location: str) -> None:
        if not self._known.may_be_asked_for(location):
            raise ArtifactUnreadable(
                f"{files} stand on another server than registry {self.address}, which would be sent its credentials",
                "register the version again, with its files in the registry's own artifact store",
            )

    def _download(self, files: str, location: str, into: Path) -> Path:
        from mlflow.artifacts import download_artifacts

        try:
            return Path(
                download_artifacts(
                    artifact_uri=location, dst_path=str(into), tracking_uri=self._uri, registry_uri=self._uri
                )
            )
        except Exception as error:
            raise ArtifactUnreadable(
                f"{files} cannot be read from registry {self.address}: {self._one_line(error)}",
                "is its artifact store up, and are they still there?",
            ) from error

    def _registered(self, name: str) -> Any | None:
        from mlflow.exceptions import MlflowException

        try:
            return self._client.get_registered_model(name)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise

    def _location(self, uri: str) -> str:
        """Where files stand that a registry names by run, model or version.

        MLflow would look these up at an address that it keeps for the whole process, which may be another registry's.
        """
        for _ in range(_HOPS):
            scheme, _, path = uri.partition(":/")
            top, _, rest = path.lstrip("/").partition("/")
            if scheme == "runs":
                uri = f"{self._client.get_run(top).info.artifact_uri.rstrip('/')}/{rest}"
            elif scheme == "models" and rest:
                uri = self._client.get_model_version_download_uri(top, rest)
            elif scheme == "models":
                uri = self._client.get_logged_model(top).artifact_location
            else:
                return uri
        raise ArtifactUnreadable(f"the source of the version leads on and on, at last to {uri}", "register it again")

    @contextmanager
    def _errors(self, what: str, refusals: frozenset[str] = _REFUSALS, seconds: float | None = None) -> Iterator[None]:
        """One call, which may take so many seconds; whatever keeps the registry from it is an error of ours."""
        with self._told(what, refusals), self._waiting(seconds or self._patience.whole):
            yield

    def _waiting(self, seconds: float) -> AbstractContextManager[None]:
        if self._is_database:
            return nullcontext()
        from modelward.registry.transport import calling

        return calling(self._patience, seconds, self._hear)

    def _hear(self, ahead: timedelta) -> None:
        self._ahead = ahead

    @contextmanager
    def _told(self, what: str, refusals: frozenset[str]) -> Iterator[None]:
        try:
            yield
        except (WrongUse, CannotEvaluate):
            raise
        except Exception as error:
            words = self._one_line(error)
            if getattr(error, "error_code", None) in refusals:
                raise RegistryRefused(f"registry {self.address} cannot {what}: {words}", "look at it there") from error
            raise RegistryUnavailable(
                f"registry {self.address} cannot {what}: {words}", "is its address right, and is it up?"
            ) from error

    def _one_line(self, error: Exception) -> str:
        text = _reason(self._known.without_secrets(" ".join(str(error).split())))
        return f"{text[:100]} ... {text[-200:]}" if len(text) > 300 else text or type(error).__name__


def _reason(text: str) -> str:
    """Why MLflow did not get what it asked for; it says first, and at length, what that was."""
    asked = _ASKED.match(text)
    if asked is None:
        return text
    text = text[asked.end() :]
    if caused := _CAUSED.search(text):
        system = _SYSTEM.search(caused[1])
        return system[1].lower() if system else caused[1]
    if answered := _ANSWERED.fullmatch(text):
        return f"status {answered[1]}: {answered[2]}" if answered[2] else f"status {answered[1]}"
    return _POOL.sub("", text).partition(" To increase the timeout")[0].rstrip(".")


def _client(uri: str, *, is_database: bool) -> Any:
    # What these say on the way is in the error that follows, or is no concern of who reads our output.
    for logger in ("alembic", "mlflow", "urllib3"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise WrongUse("MLflow is not installed", "pip install 'modelward[registry]'") from error
    if is_database:
        _check_database(uri)

    class Client(MlflowClient):
        """Leaves out a request before each write: what is written to has been listed, which no prompt ever is."""

        def _raise_if_prompt(self, name: str) -> None:
            pass

    return Client(tracking_uri=uri, registry_uri=uri)


def _check_database(uri: str) -> None:
    """Refuse a database that holds no registry: MLflow would create one in it (THREATS T91)."""
    try:
        from sqlalchemy import create_engine, inspect, make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError as error:
        raise WrongUse("a database address needs the whole of MLflow", "pip install mlflow") from error
    try:
        url = make_url(uri)
    except ArgumentError as error:
        raise WrongUse(f"`{Address(uri).shown}` is no registry address", "correct it") from error
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).is_file()):
        raise RegistryUnavailable(
            f"registry file {url.database} does not exist", "correct the address; it is never created"
        )
    engine = create_engine(url)
    try:
        if not inspect(engine).has_table("registered_models"):
            raise RegistryUnavailable(f"{Address(uri).shown} holds no MLflow registry", "correct the address")
    finally:
        engine.dispose()
