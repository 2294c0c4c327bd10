"""Landlock: programs started from inside the fence can write only below the planned folders. Linux 5.13 or newer; else nothing happens."""
from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_NO_NEW_PRIVS = 38
_WRITE_FILE, _REMOVE, _MAKE, _REFER, _TRUNCATE = 1 << 1, (1 << 4) | (1 << 5), sum(1 << bit for bit in range(6, 13)), 1 << 13, 1 << 14
_ALWAYS = ("/dev/null", "/dev/tty", "/dev/pts", "/dev/shm")
_Value = TypeVar("_Value")


class _Ruleset(ctypes.Structure):
    _fields_ = [("handled", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Below(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


@functools.cache
def version() -> int:
    """The kernel's Landlock version, 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, ctypes.CDLL(None, use_errno=True).syscall(_CREATE_RULESET, None, 0, 1))


def privileged(program: str) -> bool:
    """Whether PROGRAM gains rights when it starts (setuid, setgid, file capabilities), which no_new_privs would take away."""
    try:
        if os.stat(program).st_mode & (stat.S_ISUID | stat.S_ISGID):
            return True
        return hasattr(os, "getxattr") and bool(os.getxattr(program, "security.capability"))
    except OSError:
        return False


def fenced(work: Callable[[], _Value], folders: Sequence[str]) -> _Value:
    """WORK's result, done in a thread whose children can write only below FOLDERS. A kernel without Landlock does not fence."""
    if not version():
        return work()
    results: list[_Value] = []
    failures: list[BaseException] = []

    def inside() -> None:
        try:
            _restrict(folders)
            results.append(work())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=inside, daemon=True)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def _restrict(folders: Sequence[str]) -> None:
    """Landlock counts for the calling thread and what it starts, not for the rest of the process."""
    libc = ctypes.CDLL(None, use_errno=True)
    rights = _WRITE_FILE | _REMOVE | _MAKE | (_REFER if version() >= 2 else 0) | (_TRUNCATE if version() >= 3 else 0)
    rules = _Ruleset(rights, 0, 0)
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(rules), 8, 0)
    if ruleset < 0:
        return
    try:
        for folder in (*_ALWAYS, *folders):
            with contextlib.suppress(OSError):
                handle = os.open(folder, os.O_PATH | os.O_CLOEXEC)
                try:
                    allowed = rights if os.path.isdir(folder) else rights & (_WRITE_FILE | _TRUNCATE)
                    libc.syscall(_ADD_RULE, ruleset, 1, ctypes.byref(_Below(allowed, handle)), 0)
                finally:
                    os.close(handle)
        if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            libc.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
