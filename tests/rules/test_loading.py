"""Rules as files: what is refused before any of it runs. Rows T09 and T10 of the threats."""

from pathlib import Path

import pytest

from modelward.errors import CannotEvaluate, ModelwardError
from modelward.rules.loading import Rule, load_rules
from modelward.tree.directory import DirectorySource
from modelward.tree.place import Unreadable
from modelward.tree.snapshot import Snapshot

GOOD = '''"""A model is named.

Why: Because.

Remedy: Name it.
"""

from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, rule


@rule(on="state", over="model")
def named(model: Model, _repository: Repository) -> Iterator[Finding]:
    yield from ()
'''


def load(root: Path, text: str, path: str = "validators/area/named.py") -> tuple[Rule, ...]:
    """The rules of a repository with one rule file."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return load_rules(Snapshot(DirectorySource(root)))


def test_a_rule_is_named_by_its_file_and_explained_by_its_docstring(tmp_path: Path) -> None:
    (rule,) = load(tmp_path, GOOD)
    assert (rule.name, rule.area, rule.summary) == ("named", "area", "A model is named.")
    assert (rule.why, rule.remedy) == ("Because.", "Name it.")
    assert (rule.mark.on, rule.mark.over) == ("state", "model")


def test_t09_a_repository_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CannotEvaluate, match="has no rules"):
        load_rules(Snapshot(DirectorySource(tmp_path)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("import Iterator\n", "import Iterator\nimport os.path, mlflow\n", "imports `mlflow`"),
        ("import Iterator\n", "import Iterator\nfrom modelward.tree import git\n", "imports `modelward.tree`"),
        ("import Iterator\n", "import Iterator\nfrom . import other\n", r"imports `\.`"),
        ("    yield from ()", "    import pandas\n    yield from ()", "imports `pandas`"),
        ("Why: Because.\n\n", "", "no complete docstring"),
        ("Remedy: Name it.\n", "", "no complete docstring"),
        ('@rule(on="state", over="model")\n', "", "marks 0 functions"),
        ("def named(", "def named(:", "is no Python"),
    ],
)
def test_t10_a_rule_file_that_is_none_is_refused_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(Unreadable, match=said) as caught:
        load(tmp_path, GOOD.replace(old, new))
    assert caught.value.message.startswith("validators/area/named.py:")


def test_two_marks_in_one_file_are_refused(tmp_path: Path) -> None:
    second = GOOD[GOOD.index("@rule") :].replace("named", "also_named")
    with pytest.raises(Unreadable, match="marks 2 functions"):
        load(tmp_path, GOOD + "\n\n" + second)


@pytest.mark.parametrize("path", ["validators/named.py", "validators/area/sub/named.py", "validators/Area/named.py"])
def test_a_file_that_stands_elsewhere_than_a_rule_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(Unreadable, match="is no rule file"):
        load(tmp_path, GOOD, path)


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    with pytest.raises(CannotEvaluate, match="two rules are called `named`"):
        load(tmp_path, GOOD, "validators/other/named.py")


def test_t45_a_linked_rule_is_refused(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    (tmp_path / "validators/area/linked.py").symlink_to(tmp_path / "validators/area/named.py")
    with pytest.raises(Unreadable, match="a symbolic link"):
        load_rules(Snapshot(DirectorySource(tmp_path)))


def test_a_mark_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises((ModelwardError, ValueError), match="cannot run over"):
        load(tmp_path, GOOD.replace('on="state"', 'on="change"'))
