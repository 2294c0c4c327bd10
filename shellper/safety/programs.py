"""The program that a name stands for, found in the absolute folders of PATH that not everybody can write to."""
from __future__ import annotations

import os
import shutil
import stat


def find(name: str) -> tuple[str, tuple[int, ...]]:
    """Its absolute path and identity (device, inode, time, size); ("", ()) where it is not installed."""
    found = shutil.which(name, path=os.pathsep.join(part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part.startswith("/") and _closed(part)))
    if found is None:
        return "", ()
    status = os.stat(found)
    return found, (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)


def _closed(folder: str) -> bool:
    try:
        return not os.stat(folder).st_mode & stat.S_IWOTH
    except OSError:
        return False
