"""`waiver`: exceptions that end."""

from modelward.cli.group import Verbs

command = Verbs(
    {"new": "Write an exception to one rule for one model, with its end."},
    ("waiver",),
    name="waiver",
    help="Except one model from one rule, for a time.",
)
