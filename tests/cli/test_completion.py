"""completion: a script for each shell, and names that a shell completes. bash itself is asked."""

import subprocess

import pytest

from repository import COMMAND, Repository


def completed(repository: Repository, *words: str) -> list[str]:
    """What bash would offer in the place of the last word."""
    quoted = " ".join(f"'{word}'" for word in ("modelward", *words))
    script = (
        f'PATH="{COMMAND.parent}:$PATH"\neval "$(modelward completion bash)"\n'
        f"COMP_WORDS=({quoted}) COMP_CWORD={len(words)}\n"
        '_modelward_completion modelward\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script], cwd=repository.root, capture_output=True, text=True, check=False)
    assert done.stderr == "", done
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("prom",), ["promote", "promote-step"]),
        (("hold", "credit-risk", ""), ["production", "staging"]),
        (("resume", "credit-r"), ["credit-risk"]),
        (("model", ""), ["new", "retire"]),
        (("promote", "credit-r"), ["credit-risk"]),
        (("model", "retire", "credit-r"), ["credit-risk"]),
        (("promote", "credit-risk", ""), ["production", "staging"]),
        (("promote", "credit-risk", "production", "1."), ["1.0.0", "1.1.0", "1.2.0"]),
        (("evidence", "verify", "credit-risk", "1.1"), ["1.1.0"]),
        (("explain", "release-version-r"), ["release-version-rises"]),
        (("waiver", "new", "view-r"), ["view-refresh"]),
        (("waiver", "new", "view-refresh", "credit-r"), ["credit-risk"]),
        (("plan", "--model", "credit-r"), ["credit-risk"]),
        (("plan", "--environment", ""), ["production", "staging"]),
        (("promote", "--br"), ["--branch"]),
        (("promote", "../", ""), ["production", "staging"]),
        (("promote", "../../policies", "production", ""), []),
        (("-C", "/", "promote", ""), []),
    ],
)
def test_bash_offers_what_could_come_next(repository: Repository, words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(repository, *words) == offered


def test_names_are_found_from_a_folder_below_and_given_with_an_option(repository: Repository) -> None:
    inside = Repository(repository.root / "models/credit-risk")
    assert completed(inside, "promote", "credit-r") == ["credit-risk"]
    outside = Repository(repository.root.parent)
    assert completed(outside, "promote", "-C", str(repository.root), "credit-r") == ["credit-risk"]
    assert completed(outside, "-C", str(repository.root), "promote", "credit-r") == ["credit-risk"]


def test_t77_a_name_that_a_shell_could_take_for_more_is_not_offered(repository: Repository) -> None:
    for name in ("$(touch x)", "a b", "-rf", "\x1b[2J", "a\nb"):
        (repository.root / "models" / name).mkdir()
    offered = completed(repository, "promote", "")
    assert offered == sorted(path.name for path in (repository.root / "models").iterdir() if path.name[0] in "cdf")
    assert not (repository.root / "x").exists()


def test_where_nothing_is_governed_nothing_is_offered_and_nothing_said(repository: Repository) -> None:
    repository.remove("models")
    repository.remove("policies")
    assert completed(repository, "promote", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(repository: Repository, shell: str) -> None:
    ended = repository.modelward("completion", shell)
    assert ended.code == 0
    assert f"_MODELWARD_COMPLETE={shell}_complete" in ended.out


def test_another_shell_is_exit_2_with_those_that_are_known(repository: Repository) -> None:
    ended = repository.modelward("completion", "tcsh")
    assert ended.code == 2
    assert "'bash', 'zsh', 'fish'" in ended.err
