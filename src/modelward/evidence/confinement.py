"""What the process of a model may do: read programs and the model, write its own folder, reach nobody.

On Linux with Landlock (kernel 5.13, for connections 6.7; see docs.kernel.org/userspace-api/landlock.html) the kernel
holds the process and all that it starts to that, also as root: other files, the memory and the environment of other
processes, and TCP are out of its reach. Elsewhere it only has no secrets in its own environment.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_CAPABILITIES_VERSION_3: Final = 0x20080522
_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = (1 << bit for bit in range(4))
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE
# What each version of Landlock added to the first: moving between folders, cutting files off.
_FIRST: Final = (1 << 13) - 1
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_ALL_TCP: Final = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11

_SYSTEM: Final = (
    *("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc", "/opt", "/proc", "/sys"),
    *("/nix/store", "/gnu/store", "/Library", "/System"),
)
"""Where systems keep programs, libraries, time zones and facts of the machine."""

_DEVICES: Final = ("/dev",)
_SHARED_MEMORY: Final = ("/dev/shm",)  # noqa: S108 - where processes of one computation share memory


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


def confine(own: Path, readable: Iterable[Path]) -> None:
    """Hold this process to its `own` folder and what is `readable`, beside where the system keeps its programs.

    It leaves no core dump, and ends with the process that started it.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    _drop_capabilities()
    version = landlock_version()
    if version >= 1:
        _restrict(version, own, readable)


def _restrict(version: int, own: Path, readable: Iterable[Path]) -> None:
    handled = _FIRST | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    rules = _Ruleset(handled, _ALL_TCP if version >= 4 else 0, _ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _call(_CREATE_RULESET, ctypes.byref(rules), size, 0)
    for path in (*map(Path, _SYSTEM), *readable):
        _allow(ruleset, path, _READ)
    for name in _DEVICES:
        _allow(ruleset, Path(name), _READ | _WRITE_FILE)
    for path in (own, *map(Path, _SHARED_MEMORY)):
        _allow(ruleset, path, handled)
    _call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _drop_capabilities() -> None:
    """Be root in name only: what is left of root could read the memory of every process."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0)
    if _libc().capset(header, (ctypes.c_uint32 * 6)()) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def landlock_version() -> int:
    """The version of Landlock that the kernel offers; 0 when it offers none."""
    if sys.platform != "linux":
        return 0
    return max(int(_libc().syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)), 0)


def _allow(ruleset: int, path: Path, access: int) -> None:
    """Allow `access` to everything below a path; one that does not exist needs no rule."""
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        beneath = _Beneath(access if path.is_dir() else access & _OF_FILES, parent)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(beneath), 0)
    finally:
        os.close(parent)


def _call(number: int, *arguments: object) -> int:
    found = int(_libc().syscall(number, *arguments))
    if found < 0:
        raise OSError(ctypes.get_errno(), "Landlock")
    return found


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
