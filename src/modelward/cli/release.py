"""`release`: the releases of a model."""

from modelward.cli.group import Verbs

command = Verbs(
    {"add": "Pin a version of the registry as a new release."},
    ("release",),
    name="release",
    help="Add releases to a model.",
)
