"""The FreeDesktop trash, version 1.0: a place with its record for each file that is deleted. Nothing here moves the file itself."""
from __future__ import annotations

import contextlib
import os
import stat
import time

from shellper import paths
from shellper.errors import StateUnusable

_LONGEST_NAME = 255 - len(".trashinfo")  # bytes
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def reserve(path: str) -> tuple[str, str]:
    """A free place in the trash of PATH's device: where the file goes, and its record, which is written now. Raises StateUnusable."""
    trash, base = folder_for(path)
    where = os.path.relpath(path, base) if base else path
    record = f"[Trash Info]\nPath={percent(where)}\nDeletionDate={time.strftime('%Y-%m-%dT%H:%M:%S')}\n".encode()
    name, number = os.fsencode(os.path.basename(path)), 1
    while True:
        mark = f".{number}".encode() if number > 1 else b""
        free = os.fsdecode(name[: _LONGEST_NAME - len(mark)] + mark)
        info, place = os.path.join(trash, "info", free + ".trashinfo"), os.path.join(trash, "files", free)
        try:
            handle = os.open(info, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            number = number + 1 if number < 50 else number * 2
            continue
        except OSError as error:
            raise StateUnusable(f"the trash {trash} cannot be written: {error.strerror}") from None
        try:
            os.write(handle, record)
        except OSError as error:
            os.unlink(info)
            raise StateUnusable(f"the trash {trash} cannot be written: {error.strerror}") from None
        finally:
            os.close(handle)
        if not os.path.lexists(place):
            return place, info
        os.unlink(info)
        number += 1


def release(info: str) -> None:
    """Forget the record of a place that was not used, or whose file went back."""
    with contextlib.suppress(OSError):
        os.unlink(info)


def folder_for(path: str) -> tuple[str, str]:
    """The trash folder for PATH, with its sub-folders, and the mount point that its records are relative to ("" = absolute). Raises StateUnusable."""
    home = home_trash()
    device = os.stat(os.path.dirname(path) or "/").st_dev
    if _device_of(home) == device:
        _make(home)
        return home, ""
    top = _mount_point(os.path.dirname(path))
    shared = os.path.join(top, ".Trash")
    try:
        status = os.lstat(shared)
        if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
            trash = os.path.join(shared, str(os.getuid()))
            _make(trash)
            return trash, top
    except (OSError, StateUnusable):
        pass
    trash = os.path.join(top, f".Trash-{os.getuid()}")
    _make(trash)
    return trash, top


def home_trash() -> str:
    """$XDG_DATA_HOME/Trash."""
    return os.path.join(os.path.dirname(paths.data_dir()), "Trash")


def usable(path: str) -> str:
    """Why PATH cannot go to a trash on its own device, "" where it can; makes nothing."""
    path = os.path.join(_existing(os.path.dirname(path)), "x")
    device = _device_of(path)
    home = home_trash()
    if _device_of(home) == device:
        return "" if os.access(_existing(home), os.W_OK | os.X_OK) else f"{home} cannot be written"
    top = _mount_point(os.path.dirname(path))
    for trash in (os.path.join(top, f".Trash-{os.getuid()}"), os.path.join(top, ".Trash", str(os.getuid()))):
        if os.path.isdir(trash) and not os.path.islink(trash):
            return "" if os.access(trash, os.W_OK | os.X_OK) else f"{trash} cannot be written"
    return "" if os.access(top, os.W_OK | os.X_OK) else f"there is no trash on {top}"


def percent(path: str) -> str:
    """PATH's bytes with all but plain characters as %XX."""
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in os.fsencode(path))


def _make(trash: str) -> None:
    try:
        os.makedirs(os.path.dirname(trash), exist_ok=True)
        for folder in (trash, os.path.join(trash, "files"), os.path.join(trash, "info")):
            try:
                os.mkdir(folder, 0o700)
            except FileExistsError:
                status = os.lstat(folder)
                if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
                    raise StateUnusable(f"{folder} is no folder of yours") from None
    except OSError as error:
        raise StateUnusable(f"the trash {trash} cannot be made: {error.strerror}") from None


def _existing(path: str) -> str:
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def _device_of(path: str) -> int:
    return os.stat(_existing(path)).st_dev


def _mount_point(folder: str) -> str:
    folder = os.path.realpath(folder)
    device = os.lstat(folder).st_dev
    while folder != "/" and os.lstat(os.path.dirname(folder)).st_dev == device:
        folder = os.path.dirname(folder)
    return folder
