"""`model`: the first day and the last of a model."""

from modelward.cli.group import Verbs

command = Verbs(
    {
        "new": "Write the specs of a new model.",
        "retire": "End a model: its deployments go, its folder stays.",
    },
    ("model",),
    name="model",
    help="Add a model, or end one.",
)
