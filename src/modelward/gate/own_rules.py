"""The rules that are no files because the gate itself says what they find: each with its reason and its remedy."""

from typing import Final

from modelward.rules.face import Mark
from modelward.rules.loading import Rule

AREA: Final = "gate"


def _never(_subject: object, _repository: object) -> None:
    raise AssertionError("the gate itself says what this rule finds")


def _own(name: str, summary: str, why: str, remedy: str) -> Rule:
    mark = Mark("change", "change", always_mandatory=True, open_only=False)
    return Rule(name, AREA, summary, why, remedy, "", mark, _never)  # type: ignore[arg-type]


NAMED: Final = _own(
    "repository-named",
    "The repository has a name of its own.",
    "A sign-off is for one repository by its name; under a placeholder it would count in every other one too.",
    "Set `repository: OWNER/NAME` in policies/policy.yaml, by a change of its own.",
)
RECORDS: Final = _own(
    "signoff-records",
    "Records of sign-offs stand where they belong, can be read, and none that was merged differs or is gone.",
    "Who has agreed to what is told from them, today and in an audit years from now.",
    "Restore what was merged; file new records with `modelward sign`.",
)
MIXED: Final = _own(
    "mixed-change",
    "What judges does not change together with what is judged, and no demand is loosened where a release profits.",
    "Whoever signs a promotion looks at the release; a demand that is lowered beside it would pass unseen.",
    "Make two changes of it, and merge the one that changes policies or demands first.",
)
CLASSIFIED: Final = _own(
    "change-classified",
    "Of every change it can be told of which kind it is.",
    "Who has to sign depends on the kind; what has none would be asked of nobody.",
    "Follow the message: restore what is gone, and mend what cannot be read.",
)
POSSESSED: Final = _own(
    "key-possession",
    "Whoever is given a key has shown to hold it.",
    "A key that somebody else holds would sign in another person's name.",
    "Let them run `modelward sign --possession --as PERSON --key FILE`, and commit the record.",
)
COVERED: Final = _own(
    "requirement-exists",
    "Every change is covered by a requirement.",
    "Where no requirement speaks of a kind of change, nobody would be asked for it.",
    "Add a requirement to policies/signoff.yaml, by a change of its own.",
)
UNREVIEWED: Final = _own(
    "review-owed",
    "Nothing is promoted while somebody else is still to look at what one person did alone.",
    "One person may go back or switch off at once; that a second one looks at it is what was promised for that.",
    "Let somebody else sign it: `modelward sign --review COMMIT --as PERSON --role ROLE`.",
)
VOUCHED: Final = _own(
    "evidence-vouched",
    "Evidence that must be signed is signed by nobody who proposed or wrote the change, or what brought the evidence.",
    "Whoever wants a release in would vouch for numbers that nobody else has seen come out the same.",
    "Remove the signature, and let somebody else run `modelward evidence verify MODEL RELEASE --sign`.",
)
RULES: Final = _own(
    "rules-loadable",
    "The rules that a change brings could judge the next one.",
    "Rules that cannot be loaded leave every later change without a verdict.",
    "Follow the message; `modelward test` runs every rule on its examples.",
)
TESTED: Final = _own(
    "policy-tested",
    "Policies that a change brings pass the organisation's own cases.",
    "A policy that allows what it was written to refuse is found by nobody who only reads it.",
    "Run `modelward test`, and correct the policy, or the case in a change that says why.",
)
GATE_RULES: Final = (NAMED, RECORDS, MIXED, CLASSIFIED, POSSESSED, COVERED, UNREVIEWED, VOUCHED, RULES, TESTED)
"""All of them. None can be waived or lowered."""
