"""The signals of an environment, each from the source that the environment's file names."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from modelward.signals.file import FileSignals
from modelward.signals.interface import Observation, Series, SignalUnavailable
from modelward.specs.environment import Environment, SignalSource


class EnvironmentSignals:
    """Asks of each signal the source that measures it; a file that several signals name is read once."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        """Files with a relative path stand below `folder`."""
        self._name = environment.environment
        self._sources: Mapping[str, SignalSource] = environment.signals
        self._folder = folder
        self._files: dict[Path, FileSignals] = {}

    def observations(self, series: Series, since: datetime) -> tuple[Observation, ...]:
        """The observations of a series made at `since` or later; raises `SignalUnavailable` without a source to ask."""
        source = self._sources.get(series.signal)
        if source is None or series.environment != self._name:
            raise SignalUnavailable(
                f"`{series.signal}` is not measured in {series.environment}",
                f"add it under `signals:` in environments/{series.environment}.yaml",
            )
        if source.file is None:
            raise SignalUnavailable(
                f"`{series.signal}` comes from `{source.kind}:`, which this version does not read",
                f"let another system write it to a `file:` in environments/{self._name}.yaml",
            )
        path = self._folder / source.file
        return self._files.setdefault(path, FileSignals(path)).observations(series, since)
