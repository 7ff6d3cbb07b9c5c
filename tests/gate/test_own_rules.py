"""What the gate itself finds: no finding goes without a rule that `explain` knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

from modelward import gate
from modelward.gate import own_rules
from modelward.gate.own_rules import GATE_RULES
from modelward.rules.loading import ENGINE_RULES, Rule, load_rules
from repository import PROJECT, Repository

SOURCES = sorted(Path(gate.__path__[0]).glob("*.py"))


def found_under() -> Iterator[str]:
    """What stands as the name of every finding that a module of the gate makes."""
    for path in SOURCES:
        makers = {"as_judged", "_judged"} if path.stem == "deciding" else {"as_judged"}
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in makers:
                yield ast.unparse(node.args[0]).removesuffix(".name")


def test_every_finding_of_the_gate_is_one_of_its_rules() -> None:
    # `rule` is the parameter by which one function hands it to the other.
    assert {getattr(own_rules, name) for name in found_under() if name != "rule"} == set(GATE_RULES)


def test_no_file_has_the_name_of_a_rule_of_the_gate() -> None:
    rules: list[Rule] = [*load_rules(Repository(PROJECT).snapshot()), *ENGINE_RULES, *GATE_RULES]
    names = [rule.name for rule in rules]
    assert sorted(names) == sorted(set(names))
