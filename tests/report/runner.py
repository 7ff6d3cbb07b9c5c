"""What a GitHub runner takes from the lines of a step, written after `ActionCommand.cs` of actions/runner."""

from dataclasses import dataclass

COMMANDS = frozenset(
    {"error", "warning", "notice", "debug", "group", "endgroup", "stop-commands", "add-mask", "add-path", "set-env"}
    | {"set-output", "save-state", "add-matcher", "remove-matcher", "echo"}
)
_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


@dataclass(frozen=True)
class Command:
    """A command as the runner carries it out."""

    name: str
    properties: dict[str, str]
    data: str


def commands(output: str) -> list[Command]:
    """The commands in what a step prints, line by line; the runner parts lines at CR, LF and CR LF."""
    lines = output.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [command for line in lines if (command := _second(line) or _first(line)) is not None]


def _second(line: str) -> Command | None:
    """A line that starts with `::name properties::data`."""
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, written = line[2:end].partition(" ")
    if name.lower() not in COMMANDS:
        return None
    pairs = [pair.split("=", 1) for pair in written.strip().split(",") if pair]
    properties = {pair[0]: _unescaped(pair[1], _PROPERTY) for pair in pairs if len(pair) == 2 and all(pair)}
    return Command(name, properties, _unescaped(line[end + 2 :], _DATA))


def _first(line: str) -> Command | None:
    """The older form, `##[name properties]data`, anywhere in a line."""
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name = line[start + 3 : end].partition(" ")[0]
    return Command(name, {}, line[end + 1 :]) if name.lower() in COMMANDS else None


def _unescaped(text: str, mapping: tuple[tuple[str, str], ...]) -> str:
    for escaped, character in mapping:
        text = text.replace(escaped, character)
    return text
