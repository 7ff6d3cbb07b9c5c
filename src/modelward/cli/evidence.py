"""`evidence`: what is measured of a release."""

from modelward.cli.group import Verbs

command = Verbs(
    {
        "collect": "Measure a release on real rows, and pin what is found.",
        "verify": "Compute the evidence of a release again, and sign it.",
        "attach": "Make another tool's document or file evidence of a release.",
        "pack": "Pack a release and its evidence into one archive for who signs.",
    },
    ("evidence",),
    name="evidence",
    help="Measure a release, check what was measured, and hand it to who signs.",
)
