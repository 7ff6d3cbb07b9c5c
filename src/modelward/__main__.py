"""The command: runs a verb, and turns every ending into an exit code in one place."""

import atexit
import gc
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

import click

from modelward.errors import TRACEBACK, ExitCode, ModelwardError


def main() -> None:
    """Run the command line and exit. A crash is exit 3 with the one line that names it, never a pass."""
    # A run is short, and hardly anything that it makes is cyclic: look for cycles less often than a server would.
    gc.set_threshold(50_000, 20, 100)
    # Nor is any of it worth looking through once more at the end, which takes a second where a registry was asked.
    atexit.register(gc.freeze)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # What somebody has written in letters that this terminal or log has not ends nothing.
            stream.reconfigure(errors="backslashreplace")
    from modelward.cli.root import modelward

    try:
        code = modelward.main(prog_name="modelward", standalone_mode=False)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        code = ExitCode.USAGE
    except ModelwardError as error:
        _say(error.message, error.remedy)
        code = error.code
    except (KeyboardInterrupt, click.Abort):
        with suppress(OSError):
            click.echo("interrupted", err=True)
        code = ExitCode.INTERRUPTED
    except SystemExit:
        # What click makes of a reader who has seen enough.
        code = ExitCode.NOT_EVALUATED
    except Exception as error:  # noqa: BLE001 - the one place where a crash becomes an exit code
        if os.environ.get(TRACEBACK):
            import traceback

            traceback.print_exception(error)
        _say(f"crash: {type(error).__name__}: {error}", f"set {TRACEBACK}=1 to see where, and report it")
        code = ExitCode.NOT_EVALUATED
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    sys.exit(int(code or 0))


def _say(message: str, remedy: str) -> None:
    from modelward.report.terminal import complaint

    # Where nothing can be said, the exit code says it.
    with suppress(OSError):
        click.echo(complaint(message, remedy), err=True)


def _flush(stream: TextIO | None) -> None:
    """Write what is left; what cannot be written must not fail once more when Python ends, with another exit code."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    main()
