"""A page of `docs/` as a test: its commands are run as they stand, and what it shows of their output must be there.

A block `sh` is a list of commands. One that does not end with exit 0 says so: `# exit 1`. A block without a language
after it is an excerpt of what the block's commands printed: its lines stand there in this order, `...` is
any text. A block `yaml FILE` or `python FILE` is written to
that file, and `yaml FILE:KEY` below its line `KEY:`.
What a reader does elsewhere, such as a merge on the forge, stands as `<!-- sh: COMMAND -->`.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.conftest import SOMEBODY
from repository import COMMAND

_PIECE = re.compile(
    r"^```(?P<kind>\w*)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$|^<!-- sh: (?P<hidden>[^\n]+) -->$",
    re.MULTILINE | re.DOTALL,
)
_EXIT = re.compile(r" # exit (\d+)\b")
_MARK = "\x1e"
_TRIED = f"{{command}}\ncode=$?; printf '{_MARK}%s{_MARK}' $code; [ $code = {{promised}} ] || exit"


@dataclass
class Block:
    """Commands that stand together, each with the exit code that it promises, and what is shown of their output."""

    commands: list[tuple[str, int]]
    shown: list[str] = field(default_factory=list)


def blocks(page: str) -> list[Block]:
    """What a page lets its reader do, in this order."""
    found: list[Block] = []
    excerpt_may_follow = False
    for piece in _PIECE.finditer(page):
        if piece["kind"] == "" and excerpt_may_follow:
            found[-1].shown = piece["text"].splitlines()
        elif piece["hidden"]:
            found.append(Block([_command(piece["hidden"])]))
        elif piece["kind"] == "sh":
            lines = piece["text"].replace("\\\n", " ").splitlines()
            found.append(Block([_command(line) for line in lines if line.strip()]))
        elif piece["kind"] in ("yaml", "python") and piece["file"]:
            found.append(Block([(_written(piece["file"], piece["text"]), 0)]))
        excerpt_may_follow = piece["kind"] == "sh" or piece["hidden"] is not None
    return found


def run(page: Path, folder: Path, variables: Mapping[str, str], section: str | None = None) -> str:
    """Run the commands of a page, or of one `section`, in one shell that starts in `folder`; all that they printed."""
    steps = blocks(page.read_text() if section is None else _below(section, page.read_text()))
    commands = [command for block in steps for command in block.commands]
    assert commands, f"{page.name} has no command"
    done = subprocess.run(
        ["bash", "-c", "\n".join(_TRIED.format(command=command, promised=promised) for command, promised in commands)],
        cwd=folder,
        env=_environment() | dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    printed = iter(done.stdout.split(_MARK))
    for block in steps:
        together = ""
        for command, promised in block.commands:
            output, code = next(printed, ""), next(printed, "no exit code")
            assert code == str(promised), f"{page.name}: `{command}` ended with {code}, not {promised}:\n{output}"
            together += output
        _compare(page.name, block, together)
    return done.stdout


def _below(heading: str, page: str) -> str:
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def _command(line: str) -> tuple[str, int]:
    promised = _EXIT.search(line)
    return line, int(promised[1]) if promised else 0


def _written(file: str, text: str) -> str:
    path, _, key = file.partition(":")
    if key:
        return f"sed -i {shlex.quote(f'/^{key}:$/r /dev/stdin')} {shlex.quote(path)} <<< {shlex.quote(text.rstrip())}"
    return f"mkdir -p $(dirname {shlex.quote(path)}) && printf %s {shlex.quote(text)} > {shlex.quote(path)}"


def _environment() -> dict[str, str]:
    foreign = ("GIT_", "MODELWARD_", "MLFLOW_", "SSH_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    return kept | SOMEBODY | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "200"}


def _compare(page: str, block: Block, printed: str) -> None:
    """Every line that is shown was printed, in this order; without the space around them; `...` is any text."""
    lines = iter(printed.splitlines())
    for shown in block.shown:
        if shown.strip() in ("", "..."):
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in shown.strip().split("...")))
        assert any(pattern.fullmatch(line.strip()) for line in lines), (
            f"{page} shows {shown!r} after {[command for command, _ in block.commands]}, which printed:\n{printed}"
        )
