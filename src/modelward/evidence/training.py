"""What a training run recorded, read from the tracking server into the form of training evidence.

A run says it in these places: tags `dataset.<role>` and `dataset.<role>.snapshot` with the digests of its data,
`trained_at`, `python`, `purpose` and `code` (or `mlflow.source.git.commit`); its parameters; its metrics; and the
files `features.json`, `classification_report.json` or `regression_report.json`, and `comparison_with_rules.json`.
What a run does not say of time, code and Python is taken from the release's record.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import ValidationError

from modelward.errors import CannotEvaluate
from modelward.evidence.contents import TrainingContent
from modelward.registry.interface import Registry, Run
from modelward.specs.release import DatasetRole, Registered, Release
from modelward.tree.invalid import problems_of
from modelward.tree.json_reader import read_json
from modelward.tree.place import Place, Pointer
from modelward.tree.text import Refused

FEATURES = "features.json"
REPORTS = ("classification_report.json", "regression_report.json")
COMPARISON = "comparison_with_rules.json"
_COMMIT_TAGS = ("code", "mlflow.source.git.commit")
_LOGGED: Final = {
    "trained_at": "the tag `trained_at`",
    "code": "the tag `code`",
    "python": "the tag `python`",
    "datasets": "the tag `dataset.training`",
    "features": FEATURES,
    "report": " or ".join(REPORTS),
    "comparison_with_rules": COMPARISON,
}
"""Where a run says what its record must have."""


def training(registry: Registry, registered: Registered, release: Release) -> TrainingContent:
    """What the run behind a registered version recorded; `CannotEvaluate` names all that it lacks."""
    run_id = registered.run_id
    run = None if run_id is None else registry.run(run_id)
    if run is None:
        raise CannotEvaluate(
            f"the run that trained release {release.release} is not at {registry.address}", "attach its record by hand"
        )
    found = {
        "run_id": run.run_id,
        **_facts(run, release),
        "datasets": _datasets(run.tags) or None,
        "features": _file(registry, run.run_id, FEATURES).get("features"),
        "hyperparameters": {name: _typed(value) for name, value in run.params.items()},
        "report": _report(registry, run.run_id),
        "metrics": dict(run.metrics) or None,
        "comparison_with_rules": _file(registry, run.run_id, COMPARISON) or None,
    }
    said = {name: value for name, value in found.items() if value is not None}
    try:
        return TrainingContent.model_validate(said)
    except ValidationError as error:
        wrong = "; ".join(_wrong(error, said))
        lacking = ", ".join(where for name, where in _LOGGED.items() if name not in said)
        mended = f"have the run log {lacking}" if lacking else "correct what the run logged"
        raise CannotEvaluate(
            f"run {run_id} at {registry.address} does not record all of its training: {wrong}",
            f"{mended}, which can be done afterwards too; or attach the record by hand",
        ) from error


def _wrong(error: ValidationError, said: Mapping[str, Any]) -> Iterator[str]:
    """Each thing that is wrong in words, after where the run says it."""

    def place(pointer: Pointer, _key: bool) -> Place:
        return Place(str(pointer[0]) if pointer else "")

    for problem in problems_of(error, TrainingContent, place, said):
        where = _LOGGED.get(problem.place.path, problem.place.path)
        yield f"{where}: {problem.message}" if where else problem.message


def _facts(run: Run, release: Release) -> dict[str, Any]:
    """When, from which code and under which Python: as the run says, else as the record pins."""
    trained = release.trained
    code = next((run.tags[tag] for tag in _COMMIT_TAGS if tag in run.tags), None)
    at = run.tags.get("trained_at") or (None if trained is None else f"{trained.at:%Y-%m-%dT%H:%M:%SZ}")
    return {
        "purpose": run.tags.get("purpose"),
        "trained_at": at,
        "code": code or (None if trained is None else trained.code),
        "python": run.tags.get("python") or (None if trained is None else trained.python),
    }


def _datasets(tags: Mapping[str, str]) -> list[dict[str, str]]:
    found = []
    for role in get_args(DatasetRole):
        if digest := tags.get(f"dataset.{role}"):
            snapshot = tags.get(f"dataset.{role}.snapshot")
            found.append({"role": role, "digest": digest, **({"snapshot": snapshot} if snapshot else {})})
    return found


def _report(registry: Registry, run_id: str) -> dict[str, Any] | None:
    for name in REPORTS:
        if report := _file(registry, run_id, name):
            return {key: value for key, value in report.items() if value is not None}
    return None


def _file(registry: Registry, run_id: str, name: str) -> dict[str, Any]:
    """The object in a file of a run; empty when there is none."""
    data = registry.run_file(run_id, name)
    if data is None:
        return {}
    try:
        return read_json(data)
    except Refused as refused:
        raise CannotEvaluate(f"{name} of run {run_id} cannot be read: {refused.message}", refused.remedy) from refused


def _typed(written: str) -> str | int | float | bool:
    """A parameter as it was before the tracking server made it a text: a number or a truth value where it reads so."""
    if written in ("True", "False"):
        return written == "True"
    try:
        value = json.loads(written)
    except ValueError:
        return written
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    # A number that is written in another way is a name that looks like one.
    return value if is_number and written == repr(value) else written
