"""A new model: its five specs, as far as somebody has said what it is, under the organisation's floors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from modelward.authoring.measures import NUMERIC, competed_within, gates, metrics, outputs
from modelward.authoring.rendering import Comments, render
from modelward.authoring.watching import Environments, canary, triggers
from modelward.policy.demands import Demand, Demands
from modelward.policy.spans import never_shorter
from modelward.specs.manifest import Fallback, Inputs, Manifest, Task, Tier
from modelward.specs.policy import Floors
from modelward.specs.retention import RecordKind
from modelward.specs.scalars import Duration
from modelward.specs.thresholds import Gate
from modelward.tree.edit import Value
from modelward.tree.file import typed
from modelward.tree.place import Pointer

Documents = dict[str, Value]
_KEPT: Final[Mapping[RecordKind, str]] = {
    "training_runs": "5y",
    "validation_results": "5y",
    "deployment_records": "5y",
    "ab_results": "5y",
    "signoffs": "5y",
    "bias_audits": "5y",
    "ci_logs": "5y",
    "inference_logs": "6mo",
}
_REFRESH: Final = {"refresh": "0 2 * * *", "timezone": "UTC", "ttl": "36h"}


@dataclass(frozen=True)
class NewModel:
    """What is known of a model on its first day; None and empty are what nobody has said yet."""

    name: str
    registered_model: str
    summary: str | None = None
    owner: tuple[str, str] | None = None
    """The team that answers for it, and where to reach it."""
    sponsor: str | None = None
    on_call: str | None = None
    tier: Tier | None = None
    compliance: tuple[str, ...] | None = None
    limitations: str | None = None
    task: Task | None = None
    inputs: Inputs | None = None
    range: tuple[float, float] | None = None
    """The lowest and the highest answer, where it is a number."""
    label: tuple[str, str] | None = None
    """The column that holds the truth, and how long after a prediction it arrives."""
    fallback: Fallback | None = None
    features: tuple[tuple[str, str], ...] = ()
    """Names and kinds of input columns."""
    entity: str = "entity"
    view: str = "inputs"
    group: str | None = None
    """The column of protected groups between which the model is compared."""
    roles: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    unheld: tuple[str, ...] = ()
    """Roles that requirements speak of, and that nobody holds yet."""


def specs(new: NewModel, floors: Floors, environments: Environments) -> dict[str, bytes]:
    """The five files, by path. Raises `Unreadable` when what somebody has said is nothing that a spec may hold."""
    folder = f"models/{new.name}"
    manifest = f"{folder}/manifest.yaml"
    draft = typed(manifest, render(manifest, _manifest(new, ())[0]), Manifest)
    demanded = Demands(floors, draft)
    watched = triggers(environments, tabular=new.inputs == "tabular")
    plans = canary(environments, new.tier, demanded.canary(), watched, competed_within(new.task, new.range))
    parts: dict[str, tuple[Documents, Comments]] = {
        "manifest": _manifest(new, tuple(demanded.fallback())),
        "thresholds": _thresholds(new, [demand.value for demand in demanded.gates()], environments, watched),
        "approvers": _approvers(new),
        "canary": ({"environments": plans}, {("environments",): _MARGIN} if plans else {}),
        "retention": ({"keep": _keep(demanded)}, {}),
    }
    paths = {name: f"{folder}/{name}.yaml" for name in parts}
    return {paths[name]: render(paths[name], document, comments) for name, (document, comments) in parts.items()}


def _manifest(new: NewModel, fallbacks: Sequence[Demand[tuple[Fallback, ...]]]) -> tuple[Documents, Comments]:
    given: dict[str, Value] = {
        "owner": None if new.owner is None else {"team": new.owner[0], "contact": new.owner[1]},
        "sponsor": new.sponsor,
        "on_call": new.on_call,
        "escalation": None if new.on_call is None else _escalation(new.on_call),
        "tier": new.tier,
        "compliance": None if new.compliance is None else list(new.compliance),
        "limitations": new.limitations,
        "task": new.task,
        "inputs": new.inputs,
        "outputs": outputs(new.task, new.range),
        "label": None if new.label is None else {"column": new.label[0], "delay": new.label[1]},
    }
    document: Documents = {
        "model": new.name,
        "registered_model": new.registered_model,
        "summary": new.summary or "Not yet described",
        **{name: value for name, value in given.items() if value is not None},
        "fallback": new.fallback or _fallback(fallbacks),
    }
    if new.features:
        document["features"] = [
            {"name": name, "kind": kind, "entity": new.entity, "view": new.view} for name, kind in new.features
        ]
        document["views"] = [{"name": new.view, **_REFRESH}]
    document["retraining"] = {"cadence": "0 9 * * MON", "timezone": "UTC", "max_age": "30d"}
    document["deployments"] = {}
    comments = dict(_hints(document))
    if new.task in NUMERIC and new.range is None:
        comments["outputs",] = "\n".join(filter(None, (comments.get(("outputs",)), _RANGE)))
    return document, comments


_EXAMPLES: Final[Mapping[str, str]] = {
    "owner": 'owner: {team: ..., contact: "#..."}',
    "sponsor": "sponsor: ...  # who answers for the model to the business",
    "on_call": "on_call: ...",
    "escalation": "escalation: [{incident: production-down, contact: ..., within: 15m}]",
    "tier": "tier: ...  # low, medium or high: how much harm a wrong answer does",
    "compliance": "compliance: []  # the regimes that apply; [] is none",
    "limitations": "limitations: ...  # what the model must not be used for, and what it has never seen",
    "task": "task: ...  # binary, multiclass, regression, ranking, generation or forecast",
    "inputs": "inputs: ...  # tabular, text, image or other",
    "label": "label: {column: ..., delay: 30d}  # the truth, and how long after a prediction it arrives",
    "features": (
        "features: [{name: ..., kind: numeric, entity: ..., view: inputs}]\n"
        'views: [{name: inputs, refresh: "0 2 * * *", timezone: UTC, ttl: 36h}]'
    ),
}
_RANGE: Final = "range: [lowest, highest]  # belongs to the output: what an answer can be"
_MARGIN: Final = (
    "`worse_by_at_most` is the difference in the metric that nobody would mind.\n"
    "With 0 only what is shown to be better goes on."
)
_ORDER: Final = (
    "summary",
    *("owner", "sponsor", "on_call", "escalation", "tier", "compliance", "limitations"),
    *("task", "inputs", "outputs", "label", "fallback", "features", "retraining", "deployments"),
)


def _hints(document: Mapping[str, Value]) -> Comments:
    """For each field that is missing a line that shows how it is written, above the field that comes after it."""
    comments: dict[Pointer, str] = {}
    waiting: list[str] = []
    for name in _ORDER:
        if name in document:
            if waiting:
                comments[name,] = "\n".join(waiting)
            waiting = []
        elif name != "features" or document.get("inputs") == "tabular":
            waiting.append(_EXAMPLES[name])
    return comments


def _fallback(demanded: Sequence[Demand[tuple[Fallback, ...]]]) -> Fallback:
    """The first that all floors allow; where there is none, what asks least of the team."""
    choices: tuple[Fallback, ...] = ("previous", "none", "rules")
    return next((one for one in choices if all(one in demand.value for demand in demanded)), choices[0])


def _escalation(contact: str) -> list[Value]:
    return [
        {"incident": "production-down", "contact": contact, "within": "15m"},
        {"incident": "high-drift", "contact": contact, "within": "4h"},
    ]


def _thresholds(
    new: NewModel, floors: Sequence[Gate], environments: Environments, watched: Sequence[Mapping[str, Value]]
) -> tuple[Documents, Comments]:
    names = [name for name, _ in environments]
    replacing = [name for name, environment in environments if environment.promotes_from is not None]
    document: Documents = {
        "metrics": metrics(new.task, new.group, floors),
        "min_samples": 300,
        "gates": gates(new.task, new.group, floors, names, replacing),
        "triggers": list(watched),
    }
    comments: dict[Pointer, str] = {
        ("gates",): "Bounds to start from. Set them from what the business needs, before you see a release's numbers.",
        ("triggers",): "What happens after a release has entered, by the signals that its environments measure.",
    }
    return document, comments


def _approvers(new: NewModel) -> tuple[Documents, Comments]:
    document: Documents = {
        "roles": {role: list(holders) for role, holders in new.roles.items()},
        "requirements": [],
    }
    words = f"Nobody holds {', '.join(new.unheld)} yet: name people, or {{team: ...}}, of policies/people.yaml."
    return document, {("requirements",): words} if new.unheld else {}


def _keep(demanded: Demands) -> dict[str, Value]:
    """Five years, and longer where a floor says so; of logs of inferences half a year, which hold people's data."""
    least = demanded.retention()
    kept: dict[str, Value] = {}
    for kind, ours in _KEPT.items():
        bounds = [demand.value for demand in least.get(kind, ())]
        choices = [Duration.parse(ours), *bounds]
        fits = (choice for choice in choices if all(never_shorter(choice, bound) for bound in bounds))
        kept[kind] = str(next(fits, choices[0]))
    return kept
