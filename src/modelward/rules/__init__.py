"""The face that rules in `validators/` see: this package is all of the engine that they may import.

In: read models, releases and changes. Out: findings at exact places. Never here: a demand of policy, or a default
that lets a subject pass unseen.

A rule is one file `validators/<area>/<slug>.py`. Its name is the slug. Its docstring says in a first line what it
checks, and in paragraphs that start with `Why:` and `Remedy:` the rest. One function, marked with `@rule`, yields
findings:

    @rule(on="state", over="model")
    def deployments_exist(model: Model, repository: Repository) -> Iterator[Finding]:
        for name, deployment in model.manifest.spec.deployments.items():
            if deployment.release not in model.releases:
                yield fail("...", at=model.manifest.place("deployments", name, "release"))
"""

from modelward.policy.demands import CanaryDemand, Demand, Demands
from modelward.policy.gates import at_least_as_strict
from modelward.policy.people import keys_on_record, policy_roles
from modelward.policy.requirements import can_fill, covers
from modelward.policy.schedule import gaps, longest_gap
from modelward.policy.spans import never_shorter, spelled
from modelward.rules.face import Finding, RuleFunction, fail, inconclusive, rule
from modelward.rules.gating import (
    BACKTEST,
    EntryGate,
    Found,
    compared,
    evidence_for,
    gates_into,
    measured,
    referenced,
    values,
)
from modelward.rules.requirements import WITHOUT_MODEL, Applied, Asked, asked_of
from modelward.rules.subjects import Change, Entry, Fleet, FleetModel, FleetRelease, Repository, deployed
from modelward.signing.keys import KeyRefused, parse_key
from modelward.signing.sshsig import SignatureRefused
from modelward.specs.confusable import skeleton
from modelward.specs.evidence import COMPUTED, Comparison, Envelope, Interval, Measurement
from modelward.specs.retention import RECORD_KINDS
from modelward.specs.scalars import SemanticVersion
from modelward.specs.signals import MONITORED
from modelward.specs.signoff import CHANGE_KINDS
from modelward.specs.thresholds import Gate
from modelward.tree.file import File
from modelward.tree.model import SIGNATURE, Evidence, Model, ReleaseFolder
from modelward.tree.organisation import Organisation
from modelward.tree.place import Note, Place

__all__ = [
    "BACKTEST",
    "CHANGE_KINDS",
    "COMPUTED",
    "MONITORED",
    "RECORD_KINDS",
    "SIGNATURE",
    "WITHOUT_MODEL",
    "Applied",
    "Asked",
    "CanaryDemand",
    "Change",
    "Comparison",
    "Demand",
    "Demands",
    "Entry",
    "EntryGate",
    "Envelope",
    "Evidence",
    "File",
    "Finding",
    "Fleet",
    "FleetModel",
    "FleetRelease",
    "Found",
    "Gate",
    "Interval",
    "KeyRefused",
    "Measurement",
    "Model",
    "Note",
    "Organisation",
    "Place",
    "ReleaseFolder",
    "Repository",
    "RuleFunction",
    "SemanticVersion",
    "SignatureRefused",
    "asked_of",
    "at_least_as_strict",
    "can_fill",
    "compared",
    "covers",
    "deployed",
    "evidence_for",
    "fail",
    "gaps",
    "gates_into",
    "inconclusive",
    "keys_on_record",
    "longest_gap",
    "measured",
    "never_shorter",
    "parse_key",
    "policy_roles",
    "referenced",
    "rule",
    "skeleton",
    "spelled",
    "values",
]
