"""promote, rollback and set: one value, spliced. Rows D3 and F4 of the mission."""

import pytest

from repository import Repository

MANIFEST = "models/credit-risk/manifest.yaml"


def test_f4_a_promotion_changes_exactly_the_bytes_of_one_release(repository: Repository) -> None:
    before = (repository.root / MANIFEST).read_bytes()
    assert repository.modelward("promote", "credit-risk", "production").code == 0
    after = (repository.root / MANIFEST).read_bytes()
    assert after == before.replace(b'production: {release: "1.0.0"', b'production: {release: "1.1.0"')
    assert after != before


def test_d3_a_dry_run_shows_the_difference_and_writes_nothing(repository: Repository) -> None:
    ended = repository.modelward("promote", "credit-risk", "production", "1.2.0", "--dry-run")
    assert ended.code == 0
    assert '+  production: {release: "1.2.0"' in ended.out
    assert repository.git("status", "--porcelain") == ""


def test_a_branch_holds_one_commit_with_one_file(repository: Repository) -> None:
    assert repository.modelward("promote", "credit-risk", "production", "--branch", "promote-it").code == 0
    assert repository.git("branch", "--show-current") == "promote-it"
    assert repository.git("log", "--format=%s", "main..") == "Promote credit-risk in production to 1.1.0"
    assert repository.git("status", "--porcelain") == ""


def test_a_branch_is_refused_while_other_changes_wait(repository: Repository) -> None:
    repository.replace("models/credit-risk/canary.yaml", "promote: automatic", "promote: manual")
    ended = repository.modelward("promote", "credit-risk", "production", "--branch", "promote-it")
    assert ended.code == 2
    assert "not committed" in ended.err
    assert repository.git("branch", "--show-current") == "main"


def test_a_branch_that_exists_is_named_before_anything_is_shown(repository: Repository) -> None:
    repository.git("branch", "promote-it")
    repository.git("branch", "promote-it-too/soon")
    ended = repository.modelward("promote", "credit-risk", "production", "--branch", "promote-it")
    assert (ended.code, ended.out) == (2, "")
    assert "the branch `promote-it` exists" in ended.err
    assert repository.modelward("promote", "credit-risk", "production", "--branch", "promote-it", "--dry-run").code == 0
    assert repository.modelward("promote", "credit-risk", "production", "--branch", "promote-it-too/late").code == 0


def test_a_first_deployment_to_an_environment_adds_one_line(repository: Repository) -> None:
    text = (repository.root / MANIFEST).read_text()
    line = next(line for line in text.splitlines(keepends=True) if line.startswith("  production: "))
    repository.replace(MANIFEST, line, "")
    repository.commit("Leave production")
    assert repository.modelward("promote", "credit-risk", "production", "1.1.0").code == 0
    assert repository.git("diff", "--numstat") == f"1\t0\t{MANIFEST}"
    assert repository.modelward("validate").code == 0


def test_rollback_finds_the_release_that_ran_before_in_git(repository: Repository) -> None:
    repository.modelward("promote", "credit-risk", "production", "--branch", "promote-it")
    assert repository.modelward("rollback", "credit-risk", "production").code == 0
    assert repository.git("diff", "--numstat", "main") == ""


def test_rollback_never_goes_back_to_what_was_rolled_back(repository: Repository) -> None:
    repository.modelward("promote", "credit-risk", "production", "1.1.0")
    repository.commit("promote")
    repository.modelward("rollback", "credit-risk", "production")
    repository.commit("roll back")
    ended = repository.modelward("rollback", "credit-risk", "production")
    assert ended.code == 2
    assert "git went back from 1.1.0 to 1.0.0, and had `production` run nothing before that" in ended.err
    assert "name it: modelward rollback credit-risk production RELEASE" in ended.err


def test_where_nothing_is_deployed_there_is_nothing_to_go_back_from(repository: Repository) -> None:
    line = next(one for one in repository.read(MANIFEST).splitlines(keepends=True) if one.startswith("  production: "))
    repository.replace(MANIFEST, line, "")
    ended = repository.modelward("rollback", "credit-risk", "production")
    assert (ended.code, "git deploys no release of `credit-risk` to `production`" in ended.err) == (2, True)


def test_what_comes_from_an_empty_environment_is_promoted_there_first(repository: Repository) -> None:
    line = next(one for one in repository.read(MANIFEST).splitlines(keepends=True) if one.startswith("  staging: "))
    repository.replace(MANIFEST, line, "")
    ended = repository.modelward("promote", "credit-risk", "production")
    assert ended.code == 2
    assert "nothing of `credit-risk` runs there" in ended.err
    assert "merge that: modelward promote credit-risk staging RELEASE" in ended.err


def test_rollback_without_history_says_how_to_name_the_release(repository: Repository) -> None:
    ended = repository.modelward("rollback", "credit-risk", "production")
    assert ended.code == 2
    assert "modelward rollback credit-risk production RELEASE" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("promote", "credit-rsk", "production"), "did you mean `credit-risk`?"),
        (("promote", "credit-risk", "moon", "1.0.0"), "the environments are production, staging"),
        (("promote", "credit-risk", "moon"), "the environments are production, staging"),
        (("promote", "credit-risk", "prod"), "no environment `prod`\n  = help: did you mean `production`?"),
        (("rollback", "credit-risk", "prod"), "no environment `prod`\n  = help: did you mean `production`?"),
        (("rollback", "credit-risk", "prodcution", "1.0.0"), "did you mean `production`?"),
        (("promote", "credit-risk", "production", "9.9.9"), "its releases are 1.0.0, 1.1.0, 1.2.0"),
        (("promote", "credit-risk", "production", "1.0.0"), "git deploys 1.0.0 to `production` already"),
        (("promote", "credit-risk", "staging"), "modelward promote credit-risk staging RELEASE"),
        (("set", "credit-risk", "manifest.owner.telephone", "1"), "`telephone` is missing"),
        (("set", "credit-risk", "manifest.owner", "x"), "is no single value"),
        (("set", "credit-risk", "wishes.owner", "x"), "start it with one of manifest, thresholds"),
        (("set", "credit-risk", "canary.environments.production.analysis.failure_limit", "*x"), "is no value"),
    ],
)
def test_wrong_arguments_are_exit_2_with_what_would_be_right(
    repository: Repository, arguments: tuple[str, ...], said: str
) -> None:
    ended = repository.modelward(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert repository.git("status", "--porcelain") == ""


def test_set_changes_a_flag_and_keeps_its_type(repository: Repository) -> None:
    assert repository.modelward("set", "credit-risk", "manifest.deployments.production.ml_enabled", "false").code == 0
    assert "ml_enabled: false" in (repository.root / MANIFEST).read_text()
    assert repository.modelward("validate").code == 0


def test_set_refuses_a_value_that_the_spec_does_not_allow_and_writes_nothing(repository: Repository) -> None:
    ended = repository.modelward("set", "credit-risk", "manifest.tier", "enormous")
    assert ended.code == 1
    assert "'low', 'medium' or 'high'" in ended.err
    assert repository.git("status", "--porcelain") == ""


def test_set_keeps_a_string_a_string(repository: Repository) -> None:
    assert repository.modelward("set", "credit-risk", "manifest.sponsor", "007").code == 0
    assert 'sponsor: "007"' in (repository.root / MANIFEST).read_text()


def test_set_takes_out_what_may_be_left_out(repository: Repository) -> None:
    field = "manifest.deployments.production.abort"
    text = repository.read(MANIFEST)
    repository.replace(MANIFEST, "feedback_enabled: true", "feedback_enabled: true, abort: r-1")
    repository.commit("Abort")
    ended = repository.modelward("set", "credit-risk", field, "null", "--branch", "go-on")
    assert ended.code == 0, ended
    assert repository.read(MANIFEST) == text
    assert "~ enable " in ended.out
    assert "fallback" not in ended.out
    assert repository.git("log", "-1", "--format=%s") == f"Take {field} of credit-risk out"


@pytest.mark.parametrize(
    ("field", "code", "said"),
    [
        ("manifest.model", 1, "would be no manifest"),
        ("manifest.owner", 2, "is no single value"),
        ("canary.environments.production.steps.0", 2, "is one of a list"),
        ("manifest.features.0.name", 1, "would be no manifest"),
        ("manifest.outputs.0.range.0", 2, "is one of a list"),
    ],
)
def test_set_takes_out_nothing_else(repository: Repository, field: str, code: int, said: str) -> None:
    ended = repository.modelward("set", "credit-risk", field, "null")
    assert (ended.code, said in ended.err) == (code, True), ended
    assert repository.git("status", "--porcelain") == ""


def test_a_hook_that_refuses_the_commit_is_exit_1_and_says_where_the_edit_stands(repository: Repository) -> None:
    hook = repository.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    ended = repository.modelward("promote", "credit-risk", "production", "--branch", "promote-it")
    assert ended.code == 1
    assert "not today" in ended.err
    assert "the edit stands on branch promote-it, not committed" in ended.err
    assert repository.git("log", "--format=%s", "main..") == ""
