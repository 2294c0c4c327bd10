"""Renames that replace nothing, and old states brought back: what shellper does to files itself."""
from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys

from shellper.errors import Refused
from shellper.objects import look
from shellper.types import Change, Object, Reversal

_AT_FDCWD = -100
_NOREPLACE = 1


def rename(old: str, new: str) -> None:
    """Rename OLD to NEW where nothing stands at NEW. Raises OSError; EEXIST where something does."""
    libc = ctypes.CDLL(None, use_errno=True)
    call = getattr(libc, "renameat2", None) if sys.platform.startswith("linux") else None
    if call is not None:
        if call(_AT_FDCWD, os.fsencode(old), _AT_FDCWD, os.fsencode(new), _NOREPLACE) == 0:
            return
        number = ctypes.get_errno()
        if number not in (errno.EINVAL, errno.ENOSYS):
            raise OSError(number, os.strerror(number), new if number == errno.EEXIST else old)
    if os.path.lexists(new):  # no such call on this system: a moment remains in which something could appear
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(old, new)


def move(change: Change) -> None:
    """Rename CHANGE.path to CHANGE.to and look at what arrived: another object than planned goes back. Raises OSError and Refused."""
    before = change.before
    here = look(change.path)
    if here is None or before is None or (here.kind, here.dev, here.ino) != (before.kind, before.dev, before.ino):
        raise Refused(f"stopped: {change.path} is not what it was in the preview")
    rename(change.path, change.to)
    there = look(change.to)
    if there is None or (there.dev, there.ino) != (before.dev, before.ino):
        with contextlib.suppress(OSError):
            rename(change.to, change.path)
        raise Refused(f"stopped: {change.path} was exchanged in this moment; it is back where it was")


def reverse(step: Reversal, change: Change) -> None:
    """Do what STEP says, CHANGE being its journalled form. Raises OSError and Refused."""
    if step.action == "move":
        move(change)
    elif step.action == "meta":
        give_meta(change.path, step.old)
    elif step.action == "truncate":
        truncate(change.path, step.old)
    elif step.action == "restore":
        restore(change.path, step.kept, step.old, change.before)


def restore(path: str, kept: str, old: Object, now: Object | None) -> None:
    """Bring OLD back to PATH from the copy KEPT: written beside it and renamed over; into the same file where it has other hard links."""
    if old.kind == "directory":
        return os.mkdir(path, 0o700)  # its mode and time come when all that was in it is back
    if now and now.kind == "file" and now.ino == old.ino and old.links > 1:
        with open(kept, "rb") as source, open(path, "r+b") as file:
            _pour(source, file)
            file.truncate()
            os.fsync(file.fileno())
        return give_meta(path, old)
    beside = os.path.join(os.path.dirname(path), f".shellper-{os.getpid()}-{old.ino}")
    try:
        if old.kind == "link":
            os.symlink(old.target, beside)
        else:
            with open(kept, "rb") as source, os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
                _pour(source, file)
                file.flush()
                os.fsync(file.fileno())
            _attributes(kept, beside)
        give_meta(beside, old)
        rename(beside, path) if now is None else os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def give_meta(path: str, old: Object) -> None:
    """Owner (where we may), mode and time of modification of OLD."""
    now = os.lstat(path)
    if (now.st_uid, now.st_gid) != (old.uid, old.gid):
        with contextlib.suppress(PermissionError):
            os.chown(path, old.uid, old.gid, follow_symlinks=False)
    if old.kind != "link":
        os.chmod(path, old.mode)
    os.utime(path, ns=(now.st_atime_ns, old.mtime), follow_symlinks=False)


def truncate(path: str, old: Object) -> None:
    os.truncate(path, old.size)
    give_meta(path, old)


def give_time(folder: str, before: int, after: int) -> None:
    """A folder's time as it was BEFORE, if nothing else touched it AFTER."""
    with contextlib.suppress(OSError):
        now = os.lstat(folder)
        if now.st_mtime_ns == after:
            os.utime(folder, ns=(now.st_atime_ns, before), follow_symlinks=False)


def _pour(source, target) -> None:
    while block := source.read(1 << 20):
        target.write(block)


def _attributes(source: str, target: str) -> None:
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            for name in os.listxattr(source):
                os.setxattr(target, name, os.getxattr(source, name))
