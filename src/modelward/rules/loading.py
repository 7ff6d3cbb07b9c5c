"""Rules from a snapshot's `validators/`: read as text, checked for what they import, then run as modules."""

import ast
import re
import sys
from dataclasses import dataclass
from types import CodeType, ModuleType

from modelward.errors import CannotEvaluate
from modelward.rules.face import Mark, RuleFunction
from modelward.tree import layout
from modelward.tree.place import Place, Problem, Span, Unreadable
from modelward.tree.snapshot import Snapshot
from modelward.tree.source import Entry

_RULE_PATH = re.compile(r"validators/([a-z][a-z0-9-]*)/([a-z][a-z0-9-]*)\.py")
_MAX_BYTES = 64 * 1024
_ALLOWED = "modelward.rules"
_PLAIN_IMPORT = re.compile(r"from ([a-z_]+(?:\.[a-z_]+)*) import [A-Za-z_, ()]+")
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
    raise AssertionError("the engine itself says what this rule finds")


READABLE = Rule(
    "readable",
    "engine",
    "Every governed file can be read in one way only, and is a spec of its kind.",
    "A text that two parsers read differently lets one thing be reviewed and another be done.",
    "Follow the message; `modelward schema KIND` shows the fields of a spec.",
    "",
    Mark("state", "model", always_mandatory=True, open_only=False),
    _never,  # type: ignore[arg-type]
)
WAIVER_NEEDED = Rule(
    "waiver-needed",
    "engine",
    "A waiver is in force, and its rule finds something that it covers.",
    "An exception that nobody needs any more waits for the day when it hides something.",
    "Remove the waiver's file; or renew it by a change of its own, with its own sign-off.",
    "",
    Mark("state", "organisation", always_mandatory=False, open_only=False),
    _never,  # type: ignore[arg-type]
)
ENGINE_RULES = (READABLE, WAIVER_NEEDED)
"""The rules that are no files: the engine itself says what they find."""


def load_rules(snapshot: Snapshot) -> tuple[Rule, ...]:
    """All rules of the snapshot, sorted by name. No rule at all is an error, never a pass (THREATS T09)."""
    rules = [_load(entry, data) for entry, data in snapshot.source.read(_checked(_entries(snapshot)))]
    if not rules:
        raise CannotEvaluate(f"the {snapshot.source.label} has no rules under validators/", "restore the folder")
    names = [*(rule.name for rule in ENGINE_RULES), *(rule.name for rule in rules)]
    for name in names:
        if names.count(name) > 1:
            raise CannotEvaluate(f"two rules are called `{name}`", "rename the file of one")
    return tuple(sorted(rules, key=lambda rule: rule.name))


def rule_problems(snapshot: Snapshot) -> tuple[Problem, ...]:
    """What keeps the files under `validators/` from being rules, as far as it can be told without running them."""
    entries = _entries(snapshot)
    if not entries:
        return (Problem("no rule is left", Place("validators"), "restore the folder; without rules nothing is judged"),)
    found: list[Problem] = []
    names: dict[str, str] = {rule.name: "the engine" for rule in ENGINE_RULES}
    for entry in entries:
        try:
            ((_, data),) = snapshot.source.read(_checked([entry]))
            _code(entry.path, data)
            _words(entry.path, ast.get_docstring(ast.parse(data.decode())))
        except Unreadable as unreadable:
            found.extend(unreadable.problems)
            continue
        name = entry.path.rpartition("/")[2].removesuffix(".py")
        if name in names:
            found.append(Problem(f"the rule has the name of {names[name]}", Place(entry.path), "rename one of them"))
        names[name] = entry.path
    return tuple(found)


def _entries(snapshot: Snapshot) -> list[Entry]:
    return [entry for entry in snapshot.source.entries("validators") if entry.path.endswith(".py")]


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
    code = _code(path, data)
    module = ModuleType(f"validators.{match[1]}.{match[2].replace('-', '_')}")
    # Rules are the organisation's own code, reviewed like policy; a gate takes them from the base commit alone.
    try:
        exec(code, module.__dict__)  # noqa: S102
    except (Exception, SystemExit) as error:
        raise _refused(path, 1, f"ends with {type(error).__name__}: {error}", "mend the rule") from error
    said = _words(path, module.__doc__)
    marked = [value for value in vars(module).values() if isinstance(getattr(value, "__modelward_rule__", None), Mark)]
    if len(marked) != 1:
        raise _refused(path, 1, f"marks {len(marked)} functions with @rule", "mark exactly one")
    return Rule(
        match[2], match[1], said["summary"], said["why"], said["remedy"], path, marked[0].__modelward_rule__, marked[0]
    )


def _code(path: str, data: bytes) -> CodeType:
    """The compiled file, which is Python and imports no more than it may."""
    try:
        # As text, so that no coding line lets the parser read another file than the reviewer.
        text = data.decode()
        code = compile(text, path, "exec", dont_inherit=True)
        _check_imports(path, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused(path, getattr(error, "lineno", 1) or 1, f"is no Python: {error}", "correct it") from error
    return code


def _words(path: str, docstring: str | None) -> dict[str, str]:
    """Summary, reason and remedy of a rule, each in one line."""
    words = _DOCSTRING.fullmatch(docstring or "")
    if words is None:
        raise _refused(path, 1, "has no complete docstring", "write a summary, then `Why:` and `Remedy:` paragraphs")
    return {name: " ".join(value.split()) for name, value in words.groupdict().items()}


def _check_imports(path: str, text: str) -> None:
    """Refuse a file that imports more than it may.

    Lines that plainly import what is allowed need no parser; any other line with the word needs the syntax tree.
    """
    if all("import" not in line or _plainly_allowed(line) for line in text.splitlines()):
        return
    for node in ast.walk(ast.parse(text, filename=path)):
        for name in _imported(node):
            if not _is_allowed(name):
                line = getattr(node, "lineno", 1)
                raise _refused(path, line, f"imports `{name}`", f"import only {_ALLOWED} and the standard library")


def _plainly_allowed(line: str) -> bool:
    found = _PLAIN_IMPORT.fullmatch(line)
    return found is not None and _is_allowed(found[1])


def _is_allowed(name: str) -> bool:
    return name == _ALLOWED or name.partition(".")[0] in sys.stdlib_module_names


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def _refused(path: str, line: int, message: str, remedy: str) -> Unreadable:
    return Unreadable((Problem(f"the rule {message}", Place(path, Span(line, 1, 2)), remedy),))
