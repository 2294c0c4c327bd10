"""A line that a person typed for the shell, run in it; the folder and the variables that it leaves are reported back."""
from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import time
from collections.abc import Mapping

from shellper.errors import BadInput
from shellper.types import Outcome

from .run import Interrupts

_POSIX = """trap 'printf "%s\\0" "$PWD" >/dev/fd/{handle}; {env} -0 >/dev/fd/{handle}' EXIT
_shellper_line=$1; shift; eval "$_shellper_line\""""
_FISH = """function _shellper_end --on-event fish_exit; printf '%s\\0' $PWD >/dev/fd/{handle}; {env} -0 >/dev/fd/{handle}; end
set _shellper_line $argv[1]; set -e argv; eval $_shellper_line"""
_SHELLS = {"bash": _POSIX, "zsh": _POSIX, "sh": _POSIX, "dash": _POSIX, "ksh": _POSIX, "mksh": _POSIX, "fish": _FISH}
_OWN = {"PWD", "OLDPWD", "SHLVL", "_", "USER", "LOGNAME"}  # what a shell sets for itself
LOOK = 0.1  # seconds between looks whether the shell has ended while a background job keeps its report open


def shell_line(line: str, cwd: str) -> Outcome:
    """Run LINE in the user's shell in CWD on our terminal; Ctrl-C is the shell's. Raises BadInput where there is none."""
    started = time.monotonic()
    program, script = _shell()
    env, name = shutil.which("env") or "env", () if script is _FISH else ("shellper",)
    reader, writer = os.pipe()
    before = {**os.environ, "PWD": cwd}
    with Interrupts():
        try:
            process = subprocess.Popen([program, "-c", script.format(handle=writer, env=env), *name, line], cwd=cwd if os.path.isdir(cwd) else None, env=before, pass_fds=(writer,))
        except (OSError, ValueError) as error:
            os.close(reader)
            raise BadInput(f"cannot run {program}: {getattr(error, 'strerror', None) or error}") from None
        finally:
            os.close(writer)
        try:
            report = _report(reader, process)
        finally:
            status = process.wait()
            os.close(reader)
    folder, exports = _read(report, before)
    return Outcome(status if status >= 0 else 128 - status, time.monotonic() - started, cwd=folder if os.path.isdir(folder) else cwd, exports=exports)


def _shell() -> tuple[str, str]:
    """The user's shell where it is one that we can ask for a report, else sh."""
    wanted = os.environ.get("SHELL", "")
    if os.path.basename(wanted) in _SHELLS and os.access(wanted, os.X_OK):
        return wanted, _SHELLS[os.path.basename(wanted)]
    return shutil.which("sh") or "/bin/sh", _POSIX


def _report(reader: int, process: subprocess.Popen) -> bytes:
    report = b""
    while True:
        if select.select([reader], [], [], LOOK)[0]:
            block = os.read(reader, 1 << 16)
            if not block:
                return report
            report += block
        elif process.poll() is not None:
            return report


def _read(report: bytes, before: Mapping[str, str]) -> tuple[str, dict[str, str | None]]:
    """The folder and the variables that differ from BEFORE; nothing where the shell was killed before it could report."""
    folder, *rows = os.fsdecode(report).split("\0")
    if not rows:
        return "", {}
    after = dict(row.split("=", 1) for row in rows if "=" in row)
    with contextlib.suppress(KeyError):
        del after["_shellper_line"]
    changed: dict[str, str | None] = {name: value for name, value in after.items() if name not in _OWN and before.get(name) != value}
    return folder, changed | {name: None for name in before if name not in _OWN and name not in after}
