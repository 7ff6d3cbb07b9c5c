"""Rules from a snapshot's `validators/`: read as text, checked for what they import, then run as modules."""

import ast
import re
import sys
from dataclasses import dataclass
from types import ModuleType

from modelward.errors import CannotEvaluate
from modelward.rules.face import Mark, RuleFunction
from modelward.tree import layout
from modelward.tree.place import Place, Problem, Span, Unreadable
from modelward.tree.snapshot import Snapshot
from modelward.tree.source import Entry

READABLE = "readable"
_RULE_PATH = re.compile(r"validators/([a-z][a-z0-9-]*)/([a-z][a-z0-9-]*)\.py")
_MAX_BYTES = 64 * 1024
_ALLOWED = "modelward.rules"
_DOCSTRING = re.compile(r"\s*(?P<summary>.+?)\s*\n\s*\n\s*Why:(?P<why>.+?)\n\s*\n\s*Remedy:(?P<remedy>.+)", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """A rule as people see it: its name, what it checks, why, how to mend it, and where it stands."""

    name: str
    area: str
    summary: str
    why: str
    remedy: str
    path: str
    mark: Mark
    check: RuleFunction


def _never(_subject: object, _repository: object) -> None:
    raise AssertionError("the engine itself reports unreadable files")


ENGINE_RULE = Rule(
    READABLE,
    "engine",
    "Every governed file can be read in one way only, and is a spec of its kind.",
    "A text that two parsers read differently lets one thing be reviewed and another be done.",
    "Follow the message; `modelward schema KIND` shows the fields of a spec.",
    "",
    Mark("state", "model", always_mandatory=True),
    _never,  # type: ignore[arg-type]
)


def load_rules(snapshot: Snapshot) -> tuple[Rule, ...]:
    """All rules of the snapshot, sorted by name. No rule at all is an error, never a pass (THREATS T09)."""
    entries = [entry for entry in snapshot.source.entries("validators") if entry.path.endswith(".py")]
    rules = [_load(entry, data) for entry, data in snapshot.source.read(_checked(entries))]
    if not rules:
        raise CannotEvaluate(f"the {snapshot.source.label} has no rules under validators/", "restore the folder")
    names = [READABLE, *(rule.name for rule in rules)]
    for name in names:
        if names.count(name) > 1:
            raise CannotEvaluate(f"two rules are called `{name}`", "rename the file of one")
    return tuple(sorted(rules, key=lambda rule: rule.name))


def _checked(entries: list[Entry]) -> list[Entry]:
    for entry in entries:
        if unsafe := tuple(layout.unsafe([entry])):
            raise Unreadable(unsafe)
        if not _RULE_PATH.fullmatch(entry.path) or entry.size > _MAX_BYTES:
            raise _refused(entry.path, 1, "is no rule file", "name it validators/<area>/<slug>.py, at most 64 KiB")
    return entries


def _load(entry: Entry, data: bytes) -> Rule:
    path = entry.path
    match = _RULE_PATH.fullmatch(path)
    assert match is not None
    try:
        tree = ast.parse(data, filename=path)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused(path, getattr(error, "lineno", 1) or 1, f"is no Python: {error}", "correct it") from error
    for node in ast.walk(tree):
        for name in _imported(node):
            if name != _ALLOWED and (name.partition(".")[0] not in sys.stdlib_module_names or name.startswith(".")):
                line = getattr(node, "lineno", 1)
                raise _refused(path, line, f"imports `{name}`", f"import only {_ALLOWED} and the standard library")
    words = _DOCSTRING.fullmatch(ast.get_docstring(tree) or "")
    if words is None:
        raise _refused(path, 1, "has no complete docstring", "write a summary, then `Why:` and `Remedy:` paragraphs")
    module = ModuleType(f"validators.{match[1]}.{match[2].replace('-', '_')}")
    # Rules are the organisation's own code, reviewed like policy; a gate takes them from the base commit alone.
    try:
        exec(compile(tree, path, "exec"), module.__dict__)  # noqa: S102
    except (Exception, SystemExit) as error:
        raise _refused(path, 1, f"ends with {type(error).__name__}: {error}", "mend the rule") from error
    marked = [value for value in vars(module).values() if isinstance(getattr(value, "__modelward_rule__", None), Mark)]
    if len(marked) != 1:
        raise _refused(path, 1, f"marks {len(marked)} functions with @rule", "mark exactly one")
    text = {name: " ".join(value.split()) for name, value in words.groupdict().items()}
    return Rule(
        match[2], match[1], text["summary"], text["why"], text["remedy"], path, marked[0].__modelward_rule__, marked[0]
    )


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def _refused(path: str, line: int, message: str, remedy: str) -> Unreadable:
    return Unreadable((Problem(f"the rule {message}", Place(path, Span(line, 1, 2)), remedy),))
