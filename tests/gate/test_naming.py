"""Whether the repository has a name of its own, told from its policy before and after a change."""

import pytest

from inmemory import ENOUGH, Files, base, judged, promoted, replaced, snapshot, step
from modelward.gate.naming import unnamed
from modelward.tree.place import Place, Problem

POLICY = "policies/policy.yaml"
REMEDY = "set `repository: OWNER/NAME` in policies/policy.yaml, by a change of its own"
PLACEHOLDER = "your-organisation/ml-governance"


def called(name: str, files: Files) -> Files:
    return replaced(files, POLICY, "repository: acme/example", f"repository: {name}")


def wrong(before: Files, after: Files) -> Problem | None:
    return unnamed(step(before, after))


def still_called(name: str, place: Place) -> Problem:
    return Problem(
        f"the repository is still called `{name}`, and a sign-off is for one repository by its name", place, REMEDY
    )


def at_the_name(files: Files) -> Place:
    return snapshot(files).policy.place("repository")


def test_nothing_is_wrong_with_a_repository_that_has_its_own_name() -> None:
    assert wrong(base(), promoted()) is None
    assert wrong(base(), called("acme/other", base())) is None


@pytest.mark.parametrize("name", [PLACEHOLDER, "Your-Organisation/models"])
def test_t11_no_change_is_made_under_the_placeholder_and_none_leads_back_to_it(name: str) -> None:
    before, after = called(name, base()), called(name, promoted())
    assert wrong(before, after) == still_called(name, at_the_name(after))
    assert wrong(base(), before) == still_called(name, at_the_name(before))
    assert at_the_name(after).span is not None


def test_the_change_that_names_the_repository_changes_policies_alone() -> None:
    before = called(PLACEHOLDER, base())
    floors = {**base(), "policies/floors.yaml": base()["policies/floors.yaml"] + b"# words\n"}
    assert wrong(before, base()) is None
    assert wrong(before, floors) is None
    for more in (promoted(), {**base(), "policies/people.yaml": base()["policies/people.yaml"] + b"# words\n"}):
        found = Problem("the repository is named together with other changes", at_the_name(more), REMEDY)
        assert wrong(before, more) == found


def test_a_policy_that_cannot_be_read_takes_the_name_of_before() -> None:
    broken = {**base(), POLICY: b"schema: [\n"}
    assert wrong(base(), broken) is None
    assert wrong(called(PLACEHOLDER, base()), broken) == still_called(PLACEHOLDER, Place(POLICY))


def test_t11_the_gate_denies_whatever_is_signed_under_a_placeholder() -> None:
    before = called(PLACEHOLDER, base())
    verdict = judged(before, called(PLACEHOLDER, promoted()), *ENOUGH)
    assert verdict.answer == "deny"
    assert [one.finding.place.path for one in verdict.denying if one.rule == "repository-named"] == [POLICY]
