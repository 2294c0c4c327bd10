"""What stands at a path: identity, size and times, links never followed."""
from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import replace

from shellper.types import Object

MOST_WALKED = 200_000  # objects of one tree that are counted
_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}


def look(path: str, *, walk: bool = False) -> Object | None:
    """The object at PATH, None where there is nothing; with WALK a directory is summed up."""
    try:
        found = of_stat(os.lstat(path), path)
    except (OSError, ValueError):
        return None
    return summed(found, path) if walk and found.kind == "directory" else found


def of_stat(status: os.stat_result, path: str) -> Object:
    kind = _KINDS.get(stat.S_IFMT(status.st_mode), "other")
    target = ""
    if kind == "link":
        with contextlib.suppress(OSError):
            target = os.readlink(path)
    size = status.st_size if kind == "file" else 0
    return Object(kind, status.st_dev, status.st_ino, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, size, status.st_mtime_ns, status.st_nlink, target, 1, size, status.st_mtime_ns)


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
    return replace(folder, count=count, bytes=size, newest=newest)


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
    return replace(left, dev=0, links=0) == replace(right, dev=0, links=0)
