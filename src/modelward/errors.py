"""The errors that end a run. Each says what is wrong, where, and what to do; `exit_code` maps them in one place."""

import os
from enum import IntEnum


class ExitCode(IntEnum):
    """What every verb answers to the shell."""

    DONE = 0
    DENIED = 1
    USAGE = 2
    NOT_EVALUATED = 3
    NOTHING_TO_CHECK = 4
    CHANGES = 5
    INTERRUPTED = 130


class ModelwardError(Exception):
    """A run that cannot go on: `message` in one line, `remedy` with the next thing to do."""

    code = ExitCode.NOT_EVALUATED

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Denied(ModelwardError):
    """The request was understood and is refused."""

    code = ExitCode.DENIED


class WrongUse(ModelwardError):
    """An argument, an option, or the configuration of this machine is wrong."""

    code = ExitCode.USAGE


class CannotEvaluate(ModelwardError):
    """Something that must be read could not be read: git, a registry, a policy. Nothing is allowed."""

    code = ExitCode.NOT_EVALUATED


class NothingToCheck(ModelwardError):
    """The selection is empty, which is never taken for a pass."""

    code = ExitCode.NOTHING_TO_CHECK


TRACEBACK = "MODELWARD_TRACEBACK"
"""The variable by which somebody asks to see where a defect comes from."""


def as_defect(error: Exception) -> str:
    """What is said of an error that nobody thought of, where it shall not end the whole run.

    It is raised again where somebody asks to see where it comes from.
    """
    if os.environ.get(TRACEBACK):
        raise error
    return f"a defect, {type(error).__name__}: {error}; set {TRACEBACK}=1 to see where, and report it"
