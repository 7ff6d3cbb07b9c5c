"""`people`: who can sign."""

from modelward.cli.group import Verbs

command = Verbs(
    {"add-key": "Give a person one more public key."},
    ("people",),
    name="people",
    help="Give people their keys.",
)
