"""Where the files of a copying, moving, linking, packing or unpacking call arrive."""
from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator

MOST_MEMBERS = 100_000
LARGEST_ARCHIVE = 200_000_000  # bytes; a larger packed one is not read for the preview


def pairs(sources: list[str], destination: str, folder: bool, *, keep_path: bool = False, as_file: bool = False) -> list[tuple[str, str]]:
    """(source, where it goes): into DESTINATION where that is a FOLDER, else DESTINATION itself. Several sources need a folder: else none go."""
    if folder and not as_file:
        return [(source, _inside(destination, source, keep_path)) for source in sources]
    return [(source, destination) for source in sources] if len(sources) == 1 else []


def _inside(folder: str, source: str, keep_path: bool) -> str:
    name = source.rstrip("/").lstrip("/") if keep_path else os.path.basename(source.rstrip("/"))
    return folder if name in ("", ".", "..") else os.path.join(folder, name)


def merged(source: str, target: str, cwd: str) -> Iterator[tuple[str, str]]:
    """(file, where it goes) for a folder copied onto an existing one, or to a new name (then only the name itself)."""
    if not os.path.isdir(os.path.join(cwd, target)):
        yield source, target
        return
    pending = [(source, target)]
    seen = 0
    while pending and seen < MOST_MEMBERS:
        here, there = pending.pop()
        try:
            with os.scandir(os.path.join(cwd, here)) as entries:
                rows = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in rows:
            seen += 1
            old, new = os.path.join(here, entry.name), os.path.join(there, entry.name)
            if entry.is_dir(follow_symlinks=False) and os.path.isdir(os.path.join(cwd, new)):
                pending.append((old, new))
            else:
                yield old, new


def members(archive: str) -> list[str] | None:
    """The files that ARCHIVE (tar or zip) holds, None where that cannot be told."""
    import tarfile
    import zipfile

    try:
        if os.path.getsize(archive) > LARGEST_ARCHIVE:
            return None
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                return file.namelist()[:MOST_MEMBERS]
        with tarfile.open(archive) as file:
            return [member.name + "/" * member.isdir() for member in file][:MOST_MEMBERS]
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError, ImportError, RuntimeError):
        return None


def stripped(name: str, parts: int) -> str:
    """NAME without its first PARTS folders, "" where nothing is left; a way out of the folder (.. or /) is taken off, as tar does."""
    kept = [part for part in posixpath.normpath(name).split("/") if part not in ("", ".", "..")]
    return "/".join(kept[parts:]) + ("/" if name.endswith("/") and kept[parts:] else "")


def from_address(url: str) -> str:
    """The name under which a download of URL is saved."""
    return url.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2] if "/" in url.split("://", 1)[-1].rstrip("/") else ""
