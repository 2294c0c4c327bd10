"""What stands at a path: identity, size and times, links never followed."""
from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence

from shellper.types import Object

_NO_NAMES = ("", ".", "..")
MOST_WALKED = 200_000  # objects of one tree that are counted
_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}


class Sight(dict[str, "Object | None"]):
    """What stands at each whole path asked for, looked up once: all of an assessment sees the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[str, Places] = {}

    def places(self, cwd: str) -> Places:
        """The whole paths of names as seen from CWD."""
        if cwd not in self._places:
            self._places[cwd] = Places(cwd)
        return self._places[cwd]

    def __missing__(self, path: str) -> Object | None:
        found = self[path] = look(path)
        return found


class Places(dict[str, str]):
    """The whole path of each name as seen from CWD, worked out once: links in its folders resolved, the last name not."""

    def __init__(self, cwd: str) -> None:
        super().__init__()
        self.cwd = cwd
        self.folders: dict[str, str] = {}

    def __missing__(self, path: str) -> str:
        whole = path if path[:1] == "/" else f"{self.cwd}/{path}"
        head, _, tail = whole.rpartition("/")
        if tail in _NO_NAMES:
            head, _, tail = whole.rstrip("/").rpartition("/")
            if tail in _NO_NAMES:
                return os.path.realpath(whole)
        if head not in self.folders:
            self.folders[head] = os.path.realpath(head or "/").rstrip("/")
        found = self[path] = f"{self.folders[head]}/{tail}"
        return found


def look(path: str, *, walk: bool = False) -> Object | None:
    """The object at PATH, None where there is nothing; with WALK a directory is summed up."""
    try:
        found = of_stat(os.lstat(path), path)
    except (OSError, ValueError):
        return None
    return summed(found, path) if walk and found.kind == "directory" else found


def of_stat(status: os.stat_result, path: str) -> Object:
    mode, time = status.st_mode, status.st_mtime_ns
    kind = _KINDS.get(mode & 0o170000, "other")
    target = ""
    if kind == "link":
        with contextlib.suppress(OSError):
            target = os.readlink(path)
    size = status.st_size if kind == "file" else 0
    return Object(kind, status.st_dev, status.st_ino, mode & 0o7777, status.st_uid, status.st_gid, size, time, status.st_nlink, target, 1, size, time)


def summed(folder: Object, path: str) -> Object:
    """FOLDER with the objects, bytes and newest time of all below it. What cannot be listed counts as one object."""
    count, size, newest, pending = 1, 0, folder.mtime, [path]
    while pending and count < MOST_WALKED:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    count += 1
                    size += status.st_size if stat.S_ISREG(status.st_mode) else 0
                    newest = max(newest, status.st_mtime_ns)
                    if stat.S_ISDIR(status.st_mode):
                        pending.append(entry.path)
        except OSError:
            continue
    return folder._replace(count=count, bytes=size, newest=newest)


def moved(path: str, moves: Sequence[tuple[str, str]]) -> str:
    """Where PATH is after MOVES (old, new) of it or of folders above it."""
    for old, new in moves:
        if path == old or path.startswith(old + "/"):
            path = new + path[len(old) :]
    return path


def same(left: Object | None, right: Object | None) -> bool:
    """Whether both are the same object in the same state; device numbers may change with a restart and do not count, nor does the
    number of hard links."""
    if left is None or right is None:
        return left is right
    return left._replace(dev=0, links=0) == right._replace(dev=0, links=0)
