"""The pages of the rules and `explain`: an edit that a rule refuses, what it says of it, and one that it allows."""

import re
import shutil
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from modelward.report.rule_pages import FOLDER, MARK
from repository import EXAMPLE, PROJECT, Repository

RULE = "deployments/promotes-from"
PAGE = f"{FOLDER}/{RULE}.md"
EXAMPLES = f"tests/validators/{RULE}"


@pytest.fixture
def organisation(example: Repository) -> Repository:
    """The example as an organisation with examples for one of its rules."""
    shutil.copytree(EXAMPLE, example.root / "tests/example")
    shutil.copytree(PROJECT / EXAMPLES, example.root / EXAMPLES)
    example.commit("Start")
    return example


def test_the_committed_pages_are_what_rules_and_examples_say() -> None:
    ended = Repository(PROJECT).modelward("rules", "--write", "--dry-run")
    assert (ended.code, ended.out) == (0, ""), "run `make docs`"


def test_every_rule_has_a_page_and_the_index_links_to_it(organisation: Repository) -> None:
    assert organisation.modelward("rules", "--write").code == 0
    rules = organisation.modelward("rules", "--format", "json").json["rules"]
    index = organisation.read(f"{FOLDER}/README.md")
    for rule in rules:
        assert f"]({rule['area']}/{rule['rule']}.md)" in index
        assert organisation.read(f"{FOLDER}/{rule['area']}/{rule['rule']}.md").startswith(MARK)


def test_a_page_says_why_and_how_to_mend_and_shows_both_examples(organisation: Repository) -> None:
    organisation.modelward("rules", "--write")
    page = organisation.read(PAGE)
    explained = organisation.modelward("explain", "promotes-from", "--format", "json").json
    for words in (explained["summary"], explained["why"], explained["remedy"]):
        assert words in page
    refused, allowed = page.split("## Refused, for example")[1].split("## Allowed, for example")
    assert '\n-  production: {release: "1.0.0"}\n+  production: {release: "1.2.0"}\n' in refused
    assert "\nerror[promotes-from]: release 1.2.0 enters production, and staging runs 1.1.0\n" in refused
    assert '\n-  production: {release: "1.0.0"}\n+  production: {release: "1.1.0"}\n' in allowed
    assert "error[" not in allowed


def test_pages_hold_no_html_but_their_mark_and_no_link_that_leads_nowhere(organisation: Repository) -> None:
    organisation.modelward("rules", "--write")
    for path in (organisation.root / FOLDER).rglob("*.md"):
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(path.read_text())
        assert [token.content.strip() for token in tokens if token.type == "html_block"] == [MARK]
        for piece in (piece for token in tokens for piece in token.children or []):
            assert piece.type != "html_inline", (path, piece.content)
            if piece.type == "link_open":
                assert (path.parent / str(piece.attrs["href"])).exists(), (path, piece.attrs)


def test_a_second_run_writes_nothing(organisation: Repository) -> None:
    assert organisation.modelward("rules", "--write").out != ""
    assert organisation.modelward("rules", "--write").out == ""


def test_a_dry_run_names_what_it_would_write_and_writes_nothing(organisation: Repository) -> None:
    assert f"would write {PAGE}\n" in organisation.modelward("rules", "--write", "--dry-run").out
    assert not (organisation.root / "docs").exists()


def test_the_page_of_a_rule_that_is_gone_is_removed_and_a_page_by_hand_is_not(organisation: Repository) -> None:
    organisation.modelward("rules", "--write")
    organisation.write(f"{FOLDER}/deployments/by-hand.md", "# Ours\n")
    organisation.remove(f"validators/{RULE}.py")
    assert f"removed {PAGE}\n" in organisation.modelward("rules", "--write").out
    assert not (organisation.root / PAGE).exists()
    assert (organisation.root / FOLDER / "deployments/by-hand.md").exists()


def test_pages_are_not_written_from_a_commit(organisation: Repository) -> None:
    assert organisation.modelward("rules", "--write", "--ref", "HEAD").code == 2


def test_a_page_tells_for_whom_a_rule_binds_otherwise(organisation: Repository) -> None:
    organisation.write(
        "policies/enforcement.yaml",
        "schema: enforcement/v1\n"
        "levels:\n"
        "  - {rule: promotes-from, level: waivable}\n"
        "  - {rule: promotes-from, level: advisory, when: {tier: [low, medium], compliance: [bsa]}}\n",
    )
    organisation.modelward("rules", "--write")
    said = "waivable; advisory where the tier is low or medium and bsa applies"
    assert said in organisation.read(PAGE)
    assert "| mandatory, always |" in organisation.read(f"{FOLDER}/engine/readable.md")


def test_explain_shows_the_edit_that_is_refused_and_the_finding(organisation: Repository) -> None:
    shown = organisation.modelward("explain", "promotes-from").out
    assert '  | -  production: {release: "1.0.0"}\n  | +  production: {release: "1.2.0"}\n' in shown
    assert "\n  error[promotes-from]: release 1.2.0 enters production, and staging runs 1.1.0\n" in shown
    assert "Allowed, for example" not in shown
    assert "Allowed, for example" in organisation.modelward("explain", "promotes-from", "-v").out
    assert "Refused, for example" not in organisation.modelward("explain", "promotes-from", "-q").out


def test_explain_gives_programs_both_examples(organisation: Repository) -> None:
    explained = organisation.modelward("explain", "promotes-from", "--format", "json").json
    (finding,) = explained["refused"]["findings"]
    assert (finding["rule"], finding["path"]) == ("promotes-from", "models/credit-score/manifest.yaml")
    assert '+  production: {release: "1.2.0"}' in explained["refused"]["change"]
    assert explained["allowed"]["findings"] == []


def test_a_repository_without_examples_leaves_them_out(merged: Repository) -> None:
    explained = merged.modelward("explain", "promotes-from", "--format", "json").json
    assert (explained["refused"], explained["allowed"]) == (None, None)
    assert "for example" not in merged.modelward("explain", "promotes-from", "-v").out
    assert merged.modelward("rules", "--write").code == 0
    assert "for example" not in merged.read(PAGE)


def test_an_example_that_does_not_hold_is_not_shown(organisation: Repository) -> None:
    for path in (organisation.root / EXAMPLES / "fails").iterdir():
        path.write_text("shows: An edit that cannot be done.\nhead:\n  - remove: models/nothing\n")
    assert "for example" not in organisation.modelward("explain", "promotes-from", "-v").out


def edit(organisation: Repository, *steps: str) -> list[str]:
    """The diff of the one failing example that does these steps before the one that fails."""
    folder = organisation.root / EXAMPLES / "fails"
    for path in folder.iterdir():
        path.unlink()
    breaking = (
        "  - replace: {in: models/credit-score/manifest.yaml, text: 'production: {release: \"1.0.0\"}', "
        "with: 'production: {release: \"1.2.0\"}'}\n"
    )
    (folder / "one.yaml").write_text("shows: An edit.\nhead:\n" + "".join(f"  - {step}\n" for step in steps) + breaking)
    change: list[str] = organisation.modelward("explain", "promotes-from", "--format", "json").json["refused"]["change"]
    return change


def test_what_is_copied_is_named_and_only_what_then_differs_is_shown(organisation: Repository) -> None:
    release = "models/credit-score/releases"
    change = edit(
        organisation,
        f"copy: {{from: {release}/1.2.0, to: {release}/1.3.0}}",
        f"replace: {{in: {release}/1.3.0/release.yaml, text: 'release: \"1.2.0\"', with: 'release: \"1.3.0\"'}}",
    )
    assert change[0] == f"copy {release}/1.2.0 -> {release}/1.3.0"
    assert '+release: "1.3.0"' in change
    assert not any("metrics.json" in line and line.startswith(("+++", "---")) for line in change)


def test_an_example_about_time_says_when_it_is_judged(organisation: Repository) -> None:
    assert "Judged as at" not in organisation.modelward("explain", "promotes-from").out
    edit(organisation, 'write: {path: models/credit-score/README.md, text: "since 2026-11-02\\n"}')
    assert "An edit. Judged as at 2026-11-20T09:00:00Z.\n" in organisation.modelward("explain", "promotes-from").out


def test_what_is_removed_is_named(organisation: Repository) -> None:
    change = edit(organisation, "remove: models/credit-score/releases/1.0.0/bias.json")
    assert change[0] == "remove models/credit-score/releases/1.0.0/bias.json"
    assert not any(line.startswith("--- models/credit-score/releases") for line in change)


def test_a_long_edit_is_cut(organisation: Repository) -> None:
    lines = "\\n".join(f"line {number}" for number in range(100))
    change = edit(organisation, f'write: {{path: models/credit-score/README.md, text: "{lines}"}}')
    assert any(re.fullmatch(r"\.\.\. \d+ more lines", line) for line in change)
    start = change.index("--- /dev/null")
    assert change[start + 1] == "+++ models/credit-score/README.md"


def test_names_alone_and_everything(organisation: Repository) -> None:
    names = organisation.modelward("rules", "-q").out.split()
    assert names == [rule["rule"] for rule in organisation.modelward("rules", "--format", "json").json["rules"]]
    assert "  Remedy: " in organisation.modelward("rules", "-v").out


def test_rules_of_a_commit(organisation: Repository) -> None:
    organisation.remove(f"validators/{RULE}.py")
    assert organisation.modelward("explain", "promotes-from").code == 2
    assert organisation.modelward("explain", "promotes-from", "--ref", "HEAD").code == 0
    assert "promotes-from" in organisation.modelward("rules", "-q", "--ref", "HEAD").out


def test_examples_name_no_machine(organisation: Repository, tmp_path: Path) -> None:
    organisation.modelward("rules", "--write")
    assert all(str(tmp_path) not in path.read_text() for path in (organisation.root / FOLDER).rglob("*.md"))
