"""The journal's file: one JSON object a line, only ever appended, synced before anything that it announces happens."""
from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from shellper import paths
from shellper.errors import StateUnusable
from shellper.types import Change, Object, Saved

VERSION = 1
_TAIL = 65_536  # bytes looked at for the newest run's number


def file(name: str = "journal.jsonl") -> str:
    return os.path.join(paths.state_dir(), name)


@contextlib.contextmanager
def opened(name: str = "journal.jsonl") -> Iterator[int]:
    """The journal, or another file beside it, for appending, locked, 0600 in a folder 0700. Raises StateUnusable: not ours, a link, or not writable."""
    where = paths.state_dir()
    try:
        os.makedirs(where, mode=0o700, exist_ok=True)
        handle = os.open(file(name), os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateUnusable(f"{_thing(name)} {file(name)} cannot be written: {error.strerror}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
            raise StateUnusable(f"{_thing(name)} {file(name)} is no file of yours")
        if stat.S_IMODE(status.st_mode) & 0o077:
            os.fchmod(handle, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _thing(name: str) -> str:
    return "the journal" if name == "journal.jsonl" else "the file"


def next_run(handle: int) -> int:
    """The number after the newest run's."""
    size = os.fstat(handle).st_size
    start = max(0, size - _TAIL)
    while True:
        numbers = re.findall(rb'(?:^|\n)\{"run": (\d+),', os.pread(handle, size - start, start))
        if numbers or start == 0:
            return max(map(int, numbers), default=0) + 1
        start = max(0, start - 4 * _TAIL)


def append(handle: int, *rows: dict[str, Any], sync: bool = True) -> None:
    """Write ROWS as lines of their own, after a torn one if a crash left it. Raises StateUnusable, and takes a half-written line back."""
    size = os.fstat(handle).st_size
    torn = b"\n" if size and os.pread(handle, 1, size - 1) != b"\n" else b""
    text = torn + b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    try:
        written = 0
        while written < len(text):
            written += os.write(handle, text[written:])
        if sync:
            os.fsync(handle)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, size)
        raise StateUnusable(f"the journal {file()} cannot be written: {error.strerror}") from None


def rows() -> list[dict[str, Any]]:
    """All lines that can be read, oldest first; torn ones are skipped."""
    found = []
    try:
        with open(file(), "rb") as lines:
            for line in lines:
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(row, dict) and isinstance(row.get("run"), int) and isinstance(row.get("what"), str):
                    found.append(row)
    except OSError:
        return []
    return found


def now() -> float:
    return round(time.time(), 3)


def change_row(change: Change) -> dict[str, Any]:
    """CHANGE without what is empty."""
    row = {"op": change.op, "path": change.path}
    row.update({name: value for name in ("to", "kept", "info") if (value := getattr(change, name))})
    if change.names:
        row["names"] = list(change.names)
    if change.before:
        row["before"] = object_row(change.before)
    return row


def object_row(found: Object | None) -> list[Any] | None:
    return list(found) if found else None


def saved_row(saved: Saved) -> dict[str, Any]:
    """SAVED without what is empty."""
    return {name: value for name, value in asdict(saved).items() if value}


def read_saved(row: dict[str, Any] | None) -> Saved | None:
    return Saved(**{**row, **{name: tuple(map(tuple, row.get(name, ()))) for name in ("refs", "stashes")}}) if row else None


def read_object(row: list[Any] | None) -> Object | None:
    return Object(*row) if row else None


def read_change(row: dict[str, Any], after: list[Any] | None = None) -> Change:
    return Change(row["op"], row["path"], row.get("to", ""), read_object(row.get("before")), row.get("kept", ""), row.get("info", ""), tuple(row.get("names", ())), read_object(after))


