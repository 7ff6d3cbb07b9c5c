"""validate, rules, explain and schema as a user runs them."""

import json
import re
from pathlib import Path

import pytest

from modelward.gate.own_rules import GATE_RULES
from repository import PROJECT, Repository

MANIFEST = "models/credit-risk/manifest.yaml"


def test_this_repository_holds_its_own_rules(repository: Repository) -> None:
    ended = repository.modelward("validate")
    assert (ended.code, ended.err) == (0, "")
    assert "no findings in 3 models" in ended.out


def test_a_finding_shows_rule_place_line_marker_second_place_and_remedy(repository: Repository) -> None:
    repository.modelward("promote", "credit-risk", "production", "1.2.0")
    ended = repository.modelward("validate", "--base", "HEAD")
    assert ended.code == 1
    block = ended.out[ended.out.index("error[promotes-from]") :].split("\n\n")[0].splitlines()
    assert block[0] == "error[promotes-from]: release 1.2.0 enters production, and staging runs 1.1.0"
    assert block[1].startswith(f"  --> {MANIFEST}:")
    line, column = map(int, block[1].rsplit(":", 2)[1:])
    text = (repository.root / MANIFEST).read_text().splitlines()[line - 1]
    assert text[column - 1 : column + 6] == '"1.2.0"'
    shown, marker = block[3], block[4]
    assert marker[shown.index('"1.2.0"') :].startswith("^^^^^^^")
    assert any(row.startswith("  ::: environments/production.yaml:") for row in block)
    assert block[-1].lstrip().startswith("= help: Promote the release to the earlier environment")


def test_the_same_in_json_for_programs(repository: Repository) -> None:
    repository.modelward("promote", "credit-risk", "production", "1.2.0")
    document = repository.modelward("validate", "--base", "HEAD", "--format", "json").json
    assert (document["schema"], document["verdict"]) == ("validate/v1", "fail")
    rules = {finding["rule"] for finding in document["findings"]}
    assert rules == {"absolute-gates", "champion-gates", "promotes-from"}
    finding = next(finding for finding in document["findings"] if finding["rule"] == "promotes-from")
    assert (finding["level"], finding["verdict"], finding["path"]) == ("mandatory", "fail", MANIFEST)
    assert document["counts"]["not_evaluated"] == 0


def test_a_format_can_go_to_a_file_beside_the_text(repository: Repository, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ended = repository.modelward("validate", "--format", "text", "--format", f"json={report}")
    assert "no findings" in ended.out
    assert json.loads(report.read_text())["verdict"] == "pass"


def test_without_a_base_change_rules_are_shown_as_not_evaluated(repository: Repository) -> None:
    assert re.search(r"not evaluated: \d+ - no base to compare with", repository.modelward("validate").out)


def test_the_base_is_where_the_branch_left_its_upstream(repository: Repository, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", str(repository.root), str(clone))
    inside = Repository(clone)
    inside.modelward("promote", "credit-risk", "staging", "1.2.0")
    ended = inside.modelward("validate")
    assert ended.code == 1
    assert "error[absolute-gates]" in ended.out


def test_one_path_judges_one_model_and_says_what_it_left_out(repository: Repository) -> None:
    ended = repository.modelward("validate", "models/credit-risk/canary.yaml")
    assert ended.code == 0
    assert "only a part of the repository was asked for" in ended.out


def test_a_path_that_does_not_exist_is_exit_2(repository: Repository) -> None:
    ended = repository.modelward("validate", "models/credit-rsk")
    assert ended.code == 2
    assert "does not exist" in ended.err


def test_a_path_outside_is_exit_2(repository: Repository, tmp_path: Path) -> None:
    assert repository.modelward("validate", str(tmp_path)).code == 2


def test_paths_that_nothing_governs_are_exit_4(repository: Repository) -> None:
    (repository.root / "NOTES.md").write_text("x\n")
    assert repository.modelward("validate", "NOTES.md").code == 4


def test_t09_a_folder_without_policies_is_exit_3(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    inside = Repository(empty)
    ended = inside.modelward("validate")
    assert ended.code == 3
    assert "has no policies/" in ended.err


def test_a_level_can_be_lowered_for_a_tier_but_never_that_of_a_rule_that_is_always_mandatory(
    repository: Repository,
) -> None:
    levels = "levels:\n  - {rule: ownership-named, level: advisory, when: {tier: [high]}}\n"
    repository.write("policies/enforcement.yaml", f"schema: enforcement/v1\n{levels}")
    repository.modelward("set", "credit-risk", "manifest.on_call", "somebody")
    repository.replace(MANIFEST, "on_call: somebody\n", "")
    advised = repository.modelward("validate")
    assert advised.code == 0
    assert "warning[ownership-named]: the manifest names no `on_call`" in advised.out
    lowered = "  - {rule: folder-name, level: advisory}\n"
    repository.write("policies/enforcement.yaml", f"schema: enforcement/v1\n{levels}{lowered}")
    repository.replace(MANIFEST, "\nmodel: credit-risk\n", "\nmodel: credit-rusk\n")
    refused = repository.modelward("validate")
    assert refused.code == 1
    assert "error[folder-name]" in refused.out
    assert "error[enforcement-known]: `folder-name` is always mandatory" in refused.out


def test_rules_lists_every_file_under_validators(repository: Repository) -> None:
    names = {rule["rule"] for rule in repository.modelward("rules", "--format", "json").json["rules"]}
    files = {path.stem for path in (PROJECT / "validators").rglob("*.py")}
    assert names == files | {"readable", "waiver-needed"}


def test_explain_gives_reason_and_remedy_of_every_rule(repository: Repository) -> None:
    for name in [path.stem for path in (PROJECT / "validators").rglob("*.py")] + ["readable"]:
        ended = repository.modelward("explain", name)
        assert ended.code == 0
        assert "Why:" in ended.out
        assert "Remedy:" in ended.out


def test_explain_knows_what_the_gate_itself_finds(repository: Repository) -> None:
    for one in GATE_RULES:
        ended = repository.modelward("explain", one.name)
        assert ended.code == 0, ended
        for said in ("Over: every change, as a whole; level: mandatory, always", one.why, one.remedy):
            assert said in ended.out
    assert repository.modelward("explain", "mixed-change", "--format", "json").json["area"] == "gate"


def test_explain_of_no_rule_suggests_the_nearest(repository: Repository) -> None:
    ended = repository.modelward("explain", "evidence-digset")
    assert ended.code == 2
    assert "did you mean `evidence-digest`?" in ended.err


def test_the_committed_schemas_are_what_the_types_say(repository: Repository) -> None:
    ended = repository.modelward("schema", "--write", "--dry-run")
    assert (ended.code, ended.out) == (0, ""), "run `make docs`"


@pytest.mark.parametrize("kind", ["manifest", "environment", "waiver"])
def test_schema_prints_one_kind(repository: Repository, kind: str) -> None:
    assert repository.modelward("schema", kind).json["title"] == f"{kind}/v1"


def test_a_schema_of_no_kind_is_exit_2(repository: Repository) -> None:
    assert repository.modelward("schema", "wish").code == 2
