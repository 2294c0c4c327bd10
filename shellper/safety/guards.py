"""Objects that are never changed, or only as a system change: decided on the resolved object, whatever name led there."""
from __future__ import annotations

import functools
import os
import re
from collections import defaultdict
from collections.abc import Iterator

from shellper import paths
from shellper.objects import Sight
from shellper.types import Risk

_SECRETS = (".ssh", ".gnupg", ".aws", ".password-store", ".local/share/keyrings")
_SLASH_OR_DOT = ("", "/", ".")
_HARMLESS_DEVICES = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty")


class Guard:
    """The places that matter for a command in CWD, resolved once."""

    def __init__(self, cwd: str, sight: Sight | None = None) -> None:
        self.cwd, self.sight = cwd, Sight() if sight is None else sight
        self.home, self.here = os.path.realpath(os.path.expanduser("~")), os.path.realpath(cwd)
        trash = os.path.join(os.path.dirname(paths.data_dir()), "Trash")
        self.own = tuple(map(os.path.realpath, (trash, os.path.join(trash, "files"), os.path.join(trash, "info"), str(paths.state_dir()))))
        self._inside = self.here.rstrip("/") + "/"
        self.secrets = tuple(os.path.join(self.home, name) for name in _SECRETS)
        self.places = self.sight.places(cwd)
        self._plain: dict[str, bool] = {}
        self._verdicts: defaultdict[tuple[bool, bool], dict[str, tuple[Risk, str] | None]] = defaultdict(dict)
        self._special = {*self.own, *self.secrets, *_above(self.home), *_above(self.here)}

    def verdict(self, path: str, *, removes: bool, only_mode: bool = False) -> tuple[Risk, str] | None:
        """What `_verdict` says, looked up once."""
        verdicts = self._verdicts[removes, only_mode]
        if path not in verdicts:
            verdicts[path] = self._verdict(path, removes=removes, only_mode=only_mode)
        return verdicts[path]

    def _verdict(self, path: str, *, removes: bool, only_mode: bool) -> tuple[Risk, str] | None:
        """The level and reason that a change of PATH brings, None where it is an ordinary one. REMOVES: it is deleted, moved, replaced
        or its mode changes; ONLY_MODE: nothing but its mode or owner changes."""
        whole = self.object(path, follow=not removes or only_mode)
        folder = whole.rpartition("/")[0] or "/"
        if folder not in self._plain:
            self._plain[folder] = folder != "/" and any(holds(free, folder) for free in (self.home, self.here, "/tmp")) and not self.secret(folder)
        if self._plain[folder] and whole not in self._special and not (removes and self._mount(whole)):
            return None
        if removes and (self._large(whole) or self._mount(whole)):
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
        return not (whole.startswith(self._inside) or whole == self.here)

    def all_of(self, places: list[str]) -> str | None:
        """The protected folder of which PLACES are all that is visible in it, several of them; None where there is none."""
        below: dict[str, set[str]] = {}
        for place in places:
            folder, _, name = place.rpartition("/")
            below.setdefault(folder, set()).add(name)
        for folder, names in below.items():
            if len(names) > 2 and self._large(folder):
                visible = {name for name in os.listdir(folder) if not name.startswith(".")}
                if visible <= names:
                    return folder
        return None

    def object(self, path: str, *, follow: bool) -> str:
        """The absolute path of what would be touched: a link is removed as a link, and followed for everything else."""
        if path[-1:] in _SLASH_OR_DOT and path.rpartition("/")[2] in ("", ".", ".."):
            return os.path.realpath(os.path.join(self.cwd, path))
        whole = self.places[path]
        found = self.sight[whole] if follow else None
        return os.path.realpath(whole) if found and found.kind == "link" else whole

    def _mount(self, whole: str) -> bool:
        return whole in self._mounts if self._mounts else os.path.isdir(whole) and os.path.ismount(whole)

    @functools.cached_property
    def _mounts(self) -> frozenset[str]:
        """All mount points where the system lists them, else nothing."""
        try:
            with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
                return frozenset(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), line.split()[4]) for line in file)
        except (OSError, IndexError):
            return frozenset()

    def _large(self, whole: str) -> bool:
        return whole == "/" or os.path.dirname(whole) == "/" or holds(whole, self.home) or (whole != self.here and holds(whole, self.here)) or whole in self.own


def _above(path: str) -> Iterator[str]:
    """PATH and all folders above it."""
    while path != "/":
        yield path
        path = os.path.dirname(path)
    yield path


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
