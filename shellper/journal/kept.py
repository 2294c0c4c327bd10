"""Copies of what a command overwrites or edits, one folder a run below the state folder; old ones go first where room is short."""
from __future__ import annotations

import contextlib
import os
import re
import shutil
import time

from shellper import config, paths
from shellper.errors import StateUnusable
from shellper.types import Object

_FICLONE = 0x40049409
_SPARE = 20_000_000  # bytes that stay free on the disk


def folder() -> str:
    return os.path.join(paths.state_dir(), "kept")


def most_bytes() -> int:
    """What all kept copies together may take."""
    return config.value("keep_megabytes") * 1_000_000


def cannot_keep(size: int) -> str:
    """Why SIZE bytes cannot be kept, "" where they can."""
    if size > most_bytes():
        return f"more than the {config.value('keep_megabytes')} MB that are kept for undo"
    where = str(paths.state_dir())
    while not os.path.exists(where):
        where = os.path.dirname(where)
    room = os.statvfs(where)
    if size + _SPARE > room.f_bavail * room.f_frsize:
        return f"no room on the disk of {where}"
    return "" if os.access(where, os.W_OK | os.X_OK) else f"{where} cannot be written"


def keep(run: int, path: str, before: Object, *, linked: bool = False) -> str:
    """The path of a copy of the file at PATH made for RUN; a hard link where LINKED (what happens to it leaves its bytes alone) and
    possible. Raises StateUnusable, and leaves nothing behind then."""
    here = os.path.join(folder(), str(run))
    copy = ""
    try:
        os.makedirs(here, mode=0o700, exist_ok=True)
        copy = os.path.join(here, str(len(os.listdir(here))))
        if linked:
            try:
                os.link(path, copy, follow_symlinks=False)
                return copy
            except OSError:
                pass
        _copy(path, copy)
    except OSError as error:
        if copy:
            discard(copy)
        raise StateUnusable(f"{path} cannot be kept for undo: {error.strerror or error}") from None
    return copy


def discard(copy: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(copy)


def prune(wanted: int = 0) -> None:
    """Remove the copies of the oldest runs until WANTED more bytes fit, and all that are older than `keep_days`."""
    rows, most = [], most_bytes()
    try:
        names = [name for name in os.listdir(folder()) if re.fullmatch(r"\d+", name)]
    except OSError:
        return
    for name in names:
        here = os.path.join(folder(), name)
        try:
            with os.scandir(here) as entries:
                size = sum(entry.stat(follow_symlinks=False).st_size for entry in entries)
            rows.append((int(name), size, os.lstat(here).st_mtime))
        except OSError:
            continue
    total, oldest = wanted + sum(size for _, size, _ in rows), time.time() - config.value("keep_days") * 86_400
    for name, size, made in sorted(rows):
        if total > most or made < oldest:
            shutil.rmtree(os.path.join(folder(), str(name)), ignore_errors=True)
            total -= size


def _copy(source: str, copy: str) -> None:
    """Bytes, mode, times and attributes; a clone that shares its blocks where the file system can."""
    with open(source, "rb") as file:
        handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as out:
            if not _cloned(out.fileno(), file.fileno()):
                shutil.copyfileobj(file, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
    shutil.copystat(source, copy)
    os.chmod(copy, 0o600)  # its own mode stands in the journal


def _cloned(target: int, source: int) -> bool:
    import fcntl

    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True
