"""Objects that are never changed, or only as a system change: decided on the resolved object, whatever name led there."""
from __future__ import annotations

import os
from collections.abc import Iterator

from shellper.types import Risk

_SECRETS = (".ssh", ".gnupg", ".aws")
_HARMLESS_DEVICES = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty")


def verdict(path: str, cwd: str, *, removes: bool, only_mode: bool = False) -> tuple[Risk, str] | None:
    """The level and reason that a change of PATH brings, None where it is an ordinary one. REMOVES: it is deleted, moved, replaced
    or its mode changes; ONLY_MODE: nothing but its mode or owner changes."""
    whole = _object(path, cwd, follow=not removes or only_mode)
    home, here = os.path.realpath(os.path.expanduser("~")), os.path.realpath(cwd)
    if removes and (whole == "/" or os.path.dirname(whole) == "/" or _holds(whole, home) or (whole != here and _holds(whole, here)) or os.path.ismount(whole)):
        return Risk.BLOCKED, f"would remove or change all of {whole}"
    if whole.startswith("/dev/") and whole not in _HARMLESS_DEVICES and not whole.startswith(("/dev/shm/", "/dev/fd/", "/dev/pts/")):
        return Risk.BLOCKED, f"would write to the device {whole}"
    if not only_mode and any(_holds(os.path.join(home, name), whole) for name in _SECRETS):
        return Risk.BLOCKED, f"would change keys in {whole}"
    if not any(_holds(free, whole) for free in (home, here, "/tmp", "/dev")):
        return Risk.SYSTEM, f"changes {whole}, outside your home"
    return None


def ancestors() -> Iterator[int]:
    """The processes that this one hangs on: its shell, terminal, session (where /proc tells)."""
    pid = os.getppid()
    while pid > 1:
        yield pid
        try:
            with open(f"/proc/{pid}/stat") as file:
                pid = int(file.read().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return


def _object(path: str, cwd: str, *, follow: bool) -> str:
    """The absolute path of what would be touched: a link is removed as a link, and followed for everything else."""
    whole = os.path.join(cwd, path)
    if follow or not os.path.islink(whole):
        return os.path.realpath(whole)
    return os.path.join(os.path.realpath(os.path.dirname(whole)), os.path.basename(whole))


def _holds(folder: str, path: str) -> bool:
    """Whether PATH is FOLDER or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
