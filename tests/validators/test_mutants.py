"""Every comparison and every condition of a rule decides some example: with it turned round, an example fails."""

import ast
import copy
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, Final

import pytest

from modelward.rules.examples import FOLDER, START, Examples
from modelward.rules.loading import Rule, load_rules
from modelward.tree.directory import DirectorySource
from modelward.tree.memory import MemorySource, files_of
from modelward.tree.snapshot import Snapshot
from repository import PROJECT

RULES = {rule.name: rule for rule in load_rules(Snapshot(DirectorySource(PROJECT)))}
FILES = {
    folder: files_of(DirectorySource(PROJECT), folder)
    for folder in (START, *(f"{FOLDER}/{rule.area}/{rule.name}" for rule in RULES.values()))
}
OPPOSITE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
AT_THE_BOUND: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


Change = Callable[[Any], None]


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """The file with one comparison or condition changed, for each such change; and the change in words."""
    tree = ast.parse(text)
    for number, node in enumerate(ast.walk(tree)):
        for words, change in changes(node):
            other = copy.deepcopy(tree)
            change(next(islice(ast.walk(other), number, None)))
            yield f"line {getattr(node, 'lineno', '')}: {ast.unparse(node)[:90]!r} {words}", ast.unparse(other)


def changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What is changed of one node, in words and as deed."""
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for table in (OPPOSITE, AT_THE_BOUND):
                if type(operator) in table:
                    other = table[type(operator)]
                    yield f"compares by {other.__name__}", partial(_compare, index, other)
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield "is always so", partial(_decide, "True")
        yield "is never so", partial(_decide, "False")
    elif isinstance(node, ast.comprehension):
        for index in range(len(node.ifs)):
            yield f"lacks condition {index + 1}", partial(_take_all, index)
    elif isinstance(node, ast.BoolOp):
        yield "is joined by the other word", _join
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "is not turned round", _turn


def _compare(index: int, operator: type[ast.cmpop], node: ast.Compare) -> None:
    node.ops[index] = operator()


def _decide(value: str, node: ast.If | ast.IfExp) -> None:
    node.test = ast.parse(value, mode="eval").body


def _take_all(index: int, node: ast.comprehension) -> None:
    del node.ifs[index]


def _join(node: ast.BoolOp) -> None:
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _turn(node: ast.UnaryOp) -> None:
    node.operand = ast.UnaryOp(ast.Not(), node.operand)


def loaded(rule: Rule, text: str) -> Rule:
    """The rule as its file would be with this text."""
    (found,) = load_rules(Snapshot(MemorySource("mutant", {rule.path: text.encode()})))
    return found


def noticed(rule: Rule) -> bool:
    """Whether an example of the rule fails."""
    files = {
        f"{folder}/{path}": data
        for folder in (START, f"{FOLDER}/{rule.area}/{rule.name}")
        for path, data in FILES[folder].items()
    }
    examples = Examples(MemorySource("examples", files), tuple((RULES | {rule.name: rule}).values()))
    return any(examples.outcome(path).complaints for path in examples.paths(rule.name))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_comparison_and_condition_of_the_rule_decides_some_example(rule: Rule) -> None:
    text = (PROJECT / rule.path).read_text()
    assert [words for words, mutant in mutants(text) if not noticed(loaded(rule, mutant))] == []
