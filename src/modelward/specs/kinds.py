"""Which typed spec a governed path must hold."""

import re
from typing import NamedTuple

from modelward.specs.approvers import Approvers
from modelward.specs.canary import Canary
from modelward.specs.environment import Environment, Registries
from modelward.specs.example import Cases
from modelward.specs.manifest import Manifest
from modelward.specs.policy import Enforcement, Floors, Freezes, People, Policy, Signoff, Waiver
from modelward.specs.release import Release
from modelward.specs.retention import Retention
from modelward.specs.scalars import Spec
from modelward.specs.thresholds import Thresholds


class Kind(NamedTuple):
    """A kind of spec: the word before `/v1`, its type, and the paths where it stands."""

    name: str
    spec: type[Spec]
    paths: re.Pattern[str]


def _kind(name: str, spec: type[Spec], paths: str) -> Kind:
    return Kind(name, spec, re.compile(paths))


MODEL_SPECS: tuple[tuple[str, type[Spec]], ...] = (
    ("manifest", Manifest),
    ("thresholds", Thresholds),
    ("approvers", Approvers),
    ("canary", Canary),
    ("retention", Retention),
)
"""The five specs of every model, by the stem of their file."""

KINDS: tuple[Kind, ...] = (
    *(_kind(name, spec, rf"models/[^/]+/{name}\.yaml") for name, spec in MODEL_SPECS),
    _kind("release", Release, r"models/[^/]+/releases/[^/]+/release\.yaml"),
    _kind("registries", Registries, r"environments/registries\.yaml"),
    _kind("environment", Environment, r"environments/(?!registries\.yaml)[^/]+\.yaml"),
    _kind("people", People, r"policies/people\.yaml"),
    _kind("signoff", Signoff, r"policies/signoff\.yaml"),
    _kind("floors", Floors, r"policies/floors\.yaml"),
    _kind("enforcement", Enforcement, r"policies/enforcement\.yaml"),
    _kind("freezes", Freezes, r"policies/freezes\.yaml"),
    _kind("policy", Policy, r"policies/policy\.yaml"),
    _kind("waiver", Waiver, r"policies/waivers/[^/]+\.yaml"),
    _kind("cases", Cases, r"policies/tests/[^/]+\.yaml"),
)


def kind_of(path: str) -> Kind | None:
    """The kind of spec that belongs at `path`, or None when no spec does."""
    return next((kind for kind in KINDS if kind.paths.fullmatch(path)), None)
