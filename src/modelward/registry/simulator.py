"""A registry in memory that behaves like the real one: decisions are tested here, adapters against a server."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from modelward.registry.interface import About, RegisteredModel, RegisteredVersion, RegistryRefused, Run, Stage

Value = TypeVar("Value")


class SimulatedRegistry:
    """A registry in memory; `register` and `files` stand for what training does to a real one."""

    address = "simulator"

    def __init__(self) -> None:
        self.ahead: timedelta | None = None
        self._models: dict[str, RegisteredModel] = {}
        self.files: dict[tuple[str, int], dict[str, bytes]] = {}
        self.runs: dict[str, Run] = {}
        self.run_files: dict[tuple[str, str], bytes] = {}

    def register(
        self,
        name: str,
        files: Mapping[str, bytes],
        run_id: str | None,
        *,
        tags: Mapping[str, str] | None = None,
        description: str = "",
    ) -> int:
        """Add the next version of a registered model with its files and tags; the version's number."""
        model = self._models.get(name) or RegisteredModel(name, {}, {}, {}, description)
        number = max(model.versions, default=0) + 1
        version = RegisteredVersion(number, "None", run_id, ready=True, tags=dict(tags or {}))
        versions = {**model.versions, number: version}
        self._models[name] = replace(model, versions=versions)
        self.files[name, number] = dict(files)
        return number

    def about(self) -> About:
        """A registry of no version, without a clock."""
        return About(None, None)

    def models(self) -> Mapping[str, RegisteredModel]:
        """Every registered model by name."""
        return dict(self._models)

    def model(self, name: str) -> RegisteredModel | None:
        """One registered model, or None."""
        return self._models.get(name)

    def run(self, run_id: str) -> Run | None:
        """The run that made a version, or None."""
        return self.runs.get(run_id)

    def run_file(self, run_id: str, name: str) -> bytes | None:
        """A file that a run logged, or None."""
        return self.run_files.get((run_id, name))

    def fetch_artifact(self, name: str, version: int, into: Path) -> Path:
        """Write the files of a version below `into`."""
        self._version(name, version)
        for path, content in self.files[name, version].items():
            target = into / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return into

    def set_stage(self, name: str, version: int, stage: Stage) -> None:
        """Put one version into a stage."""
        self._change(name, replace(self._version(name, version), stage=stage))

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Let the alias name the version."""
        self._version(name, version)
        model = self._models[name]
        self._models[name] = replace(model, aliases={**model.aliases, alias: version})

    def remove_alias(self, name: str, alias: str) -> None:
        """Take the alias away."""
        model = self._model(name)
        self._models[name] = replace(model, aliases=_without(model.aliases, alias))

    def set_tag(self, name: str, key: str, value: str) -> None:
        """Set a tag of the registered model."""
        model = self._model(name)
        self._models[name] = replace(model, tags={**model.tags, key: value})

    def remove_tag(self, name: str, key: str) -> None:
        """Take a tag of the registered model away."""
        model = self._model(name)
        self._models[name] = replace(model, tags=_without(model.tags, key))

    def set_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set a tag of one version."""
        found = self._version(name, version)
        self._change(name, replace(found, tags={**found.tags, key: value}))

    def remove_version_tag(self, name: str, version: int, key: str) -> None:
        """Take a tag of one version away."""
        found = self._version(name, version)
        self._change(name, replace(found, tags=_without(found.tags, key)))

    def _change(self, name: str, version: RegisteredVersion) -> None:
        model = self._models[name]
        self._models[name] = replace(model, versions={**model.versions, version.version: version})

    def _model(self, name: str) -> RegisteredModel:
        model = self._models.get(name)
        if model is None:
            raise RegistryRefused(f"registered model `{name}` does not exist", "register it first")
        return model

    def _version(self, name: str, version: int) -> RegisteredVersion:
        found = self._model(name).versions.get(version)
        if found is None:
            raise RegistryRefused(f"version {version} of `{name}` does not exist", "register it first")
        return found


def _without(entries: Mapping[str, Value], key: str) -> dict[str, Value]:
    return {name: value for name, value in entries.items() if name != key}
