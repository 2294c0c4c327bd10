"""Objects that are never changed, or only as a system change: decided on the resolved object, whatever name led there."""
from __future__ import annotations

import os
from collections.abc import Iterator

from shellper import paths
from shellper.types import Risk

_SECRETS = (".ssh", ".gnupg", ".aws", ".password-store", ".local/share/keyrings")
_HARMLESS_DEVICES = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty")


class Guard:
    """The places that matter for a command in CWD, resolved once."""

    def __init__(self, cwd: str) -> None:
        self.cwd = cwd
        self.home, self.here = os.path.realpath(os.path.expanduser("~")), os.path.realpath(cwd)
        trash = os.path.join(os.path.dirname(paths.data_dir()), "Trash")
        self.own = tuple(map(os.path.realpath, (trash, os.path.join(trash, "files"), os.path.join(trash, "info"), str(paths.state_dir()))))
        self.secrets = tuple(os.path.join(self.home, name) for name in _SECRETS)
        self._folders: dict[str, str] = {}

    def verdict(self, path: str, *, removes: bool, only_mode: bool = False) -> tuple[Risk, str] | None:
        """The level and reason that a change of PATH brings, None where it is an ordinary one. REMOVES: it is deleted, moved, replaced
        or its mode changes; ONLY_MODE: nothing but its mode or owner changes."""
        whole = self.object(path, follow=not removes or only_mode)
        if removes and (self._large(whole) or (os.path.isdir(whole) and os.path.ismount(whole))):
            return Risk.BLOCKED, f"would remove or change all of {whole}"
        if whole.startswith("/dev/") and whole not in _HARMLESS_DEVICES and not whole.startswith(("/dev/shm/", "/dev/fd/", "/dev/pts/")):
            return Risk.BLOCKED, f"would write to the device {whole}"
        if whole == "/proc/sysrq-trigger":
            return Risk.BLOCKED, "would reach into the running kernel"
        if not only_mode and self.secret(whole):
            return Risk.BLOCKED, f"would change keys in {whole}"
        if not any(holds(free, whole) for free in (self.home, self.here, "/tmp", "/dev")):
            return Risk.SYSTEM, f"changes {whole}, outside your home"
        return None

    def secret(self, whole: str) -> bool:
        """Whether keys lie there."""
        return any(holds(folder, whole) for folder in self.secrets)

    def outside(self, whole: str) -> bool:
        """Whether an object lies outside the working tree."""
        return not holds(self.here, whole)

    def all_of(self, places: list[str]) -> str | None:
        """The protected folder of which PLACES are all that is visible in it, several of them; None where there is none."""
        below: dict[str, set[str]] = {}
        for place in places:
            folder, name = os.path.split(place)
            below.setdefault(folder, set()).add(name)
        for folder, names in below.items():
            if len(names) > 2 and self._large(folder):
                visible = {name for name in os.listdir(folder) if not name.startswith(".")}
                if visible <= names:
                    return folder
        return None

    def object(self, path: str, *, follow: bool) -> str:
        """The absolute path of what would be touched: a link is removed as a link, and followed for everything else."""
        whole = os.path.join(self.cwd, path)
        head, tail = os.path.split(whole)
        if tail in ("", ".", ".."):
            return os.path.realpath(whole)
        if head not in self._folders:
            self._folders[head] = os.path.realpath(head)
        found = os.path.join(self._folders[head], tail)
        return os.path.realpath(found) if follow and os.path.islink(found) else found

    def _large(self, whole: str) -> bool:
        return whole == "/" or os.path.dirname(whole) == "/" or holds(whole, self.home) or (whole != self.here and holds(whole, self.here)) or whole in self.own


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


def holds(folder: str, path: str) -> bool:
    """Whether PATH is FOLDER or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
