"""JUnit XML, checked against the schema that Jenkins publishes and read back with an XML parser."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from modelward.errors import CannotEvaluate
from modelward.report import junit
from modelward.report.rendering import Report
from modelward.tree.place import Note, Place, Span

from .reports import TEXT, judged, report
from .xsd import Schema

SCHEMA = Schema(Path(__file__).parent / "schemas" / "junit-10.xsd")


def suite_of(shown: Report) -> ET.Element:
    """The one suite of a report that holds the schema, whose counts are those of its cases."""
    root = ET.fromstring(junit.render(shown).encode())  # noqa: S314 - what we wrote ourselves
    assert SCHEMA.check(root) == []
    (suite,) = root
    cases = suite.findall("testcase")
    counted = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    assert suite.get("tests") == root.get("tests") == str(len(cases))
    assert suite.get("failures") == root.get("failures") == str(counted["failure"])
    assert suite.get("errors") == root.get("errors") == str(counted["error"])
    assert suite.get("skipped") == str(counted["skipped"])
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(names)) == len(names), "views tell cases apart by class and name"
    return suite


def case(suite: ET.Element, classname: str, name: str) -> ET.Element:
    (found,) = suite.findall(f"testcase[@classname='{classname}'][@name='{name}']")
    return found


def ending(found: ET.Element, tag: str) -> ET.Element:
    ended = found.find(tag)
    assert ended is not None, ET.tostring(found)
    return ended


def test_a_rule_that_holds_is_a_case_that_passes() -> None:
    assert [child.tag for child in case(suite_of(report()), "identity.folder-name", "everything")] == ["system-out"]


def test_what_a_rule_says_of_one_model_is_one_failure_with_every_place() -> None:
    note = Note(Place("environments/production.yaml", Span(3, 16, 23)), "demands staging")
    suite = suite_of(report(judged(notes=(note,)), judged("something else"), judged(model="fraud", rule="folder-name")))
    failure = ending(case(suite, "deployments.promotes-from", "credit-score"), "failure")
    assert failure.get("type") == "fail"
    assert failure.get("message") == "release 1.2.0 enters production, and staging runs 1.1.0 (and 1 more)"
    assert failure.text is not None
    assert failure.text.startswith("fail (mandatory): release 1.2.0")
    assert "  at models/credit-score/manifest.yaml:22:25\n" in failure.text
    assert "  see environments/production.yaml:3:16 demands staging\n" in failure.text
    assert "something else" in failure.text
    assert ending(case(suite, "identity.folder-name", "fraud"), "failure").get("type") == "fail"


def test_what_could_not_be_told_is_an_error_also_beside_failures() -> None:
    suite = suite_of(report(judged(), judged("git is away", verdict="error")))
    assert ending(case(suite, "deployments.promotes-from", "credit-score"), "error").get("message") == (
        "git is away (and 1 more)"
    )


def test_an_inconclusive_rule_fails() -> None:
    suite = suite_of(report(judged(verdict="inconclusive")))
    assert ending(case(suite, "deployments.promotes-from", "credit-score"), "failure").get("type") == "inconclusive"


def test_a_waived_finding_is_skipped_and_names_its_waiver() -> None:
    found = case(suite_of(report(judged(waived_by="w-12"))), "deployments.promotes-from", "credit-score")
    skipped = ending(found, "skipped")
    assert (skipped.get("message") or "").startswith("waived by w-12: release 1.2.0")
    assert (skipped.text or "").startswith("waived by w-12 (mandatory): release 1.2.0")


def test_an_advisory_finding_passes_and_is_written_down() -> None:
    found = case(suite_of(report(judged(level="advisory"))), "deployments.promotes-from", "credit-score")
    assert [child.tag for child in found] == ["system-out"]
    assert "release 1.2.0 enters production" in (ending(found, "system-out").text or "")


def test_a_finding_of_no_model_belongs_to_the_organisation() -> None:
    assert case(suite_of(report(judged(model=None))), "deployments.promotes-from", "organisation") is not None


def test_what_was_not_evaluated_is_skipped() -> None:
    found = case(suite_of(report(skipped=4)), "modelward.not-evaluated", "no base to compare with (give --base)")
    assert (ending(found, "skipped").get("message") or "").startswith("4 evaluations")


def test_what_ended_the_run_is_an_error() -> None:
    suite = suite_of(report(stopped=CannotEvaluate("git is away", "install git")))
    assert ending(case(suite, "modelward.run", "validate"), "error").text == "remedy: install git"
    assert suite.find("system-out") is None, "a count would say that nothing was found"


def test_the_numbers_of_the_run_stand_in_the_suite() -> None:
    assert (ending(suite_of(report(judged())), "system-out").text or "").startswith("1 finding in 1 model: 4 rules, ")


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x0b", "\x7f", "\x85", "\ud800", "\ufffe", "\uffff", "\u202e"])
def test_t77_characters_that_xml_forbids_or_a_terminal_obeys_are_written_out(character: str) -> None:
    suite = suite_of(report(judged(f"a{character}b", place=Place(f"models/{character}", None))))
    failure = ending(case(suite, "deployments.promotes-from", "credit-score"), "failure")
    written = character.encode("unicode_escape", "surrogatepass").decode()
    assert failure.get("message") == f"a{written}b"
    assert f"  at models/{written}\n" in (failure.text or "")


@given(TEXT, TEXT, TEXT)
def test_any_text_gives_one_failure_in_one_case(message: str, path: str, remedy: str) -> None:
    place = Place(f"models/{path}", Span(1, 1, 2))
    suite = suite_of(report(judged(message, place=place, remedy=remedy, notes=(Note(place, message),))))
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
