"""Effects of programs that pack and unpack: a file beside itself (gzip), or all that an archive holds."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shellper.types import Effect

from . import targets
from .effects import Builder

Mark = Callable[["Effect | None", str], "Effect | None"]


def beside(declared: Mapping[str, Any], arguments: Mapping[str, Any], paths: list[tuple[str, str]], build: Builder, mark: Mark) -> Iterator[Effect | None]:
    """A file packed or unpacked beside itself: NAME becomes NAME.gz, or back. PATHS are (path, where the value stands)."""
    if any(arguments.get(name) for name in ("to_stdout", "test", "list")):
        return
    endings = declared["endings"]
    for path, origin in paths:
        for file in _files(path, build.cwd, bool(arguments.get("recursive"))):
            ending = next((ending for ending in endings if file.endswith(ending)), None)
            if declared.get("unpack"):
                new = file.removesuffix(ending) + endings[ending] if ending else None
            else:
                new = None if ending and not arguments.get("force") else file + next(iter(endings))
            if new is None or not build.exists(file) or build.is_folder(file):
                continue
            yield mark(build.write(new), origin)
            if not arguments.get("keep"):
                gone = build.delete(file, outside=True)  # kept as a copy: gzip leaves a file with a second hard link alone
                yield mark(gone._replace(kind="rename", to=new, changes=tuple(change._replace(op="write") for change in gone.changes)) if gone else None, origin)


def unpacked(arguments: Mapping[str, Any], archive: str, folder: str, build: Builder) -> Iterator[Effect | None]:
    """All that ARCHIVE holds put into FOLDER: made where it is new, replaced where it exists."""
    whole = os.path.join(build.cwd, folder)
    names = targets.members(os.path.join(build.cwd, archive)) if archive and archive != "-" else None
    if names is None or arguments.get("wildcards"):
        yield build.family(os.path.join(folder, ""), os.path.join(folder, "…"))
        if os.path.isdir(whole) and entries(whole) and not arguments.get("no_overwrite"):
            yield Effect("replace", os.path.join(folder, "…"), lost="the archive's names are not known before it is unpacked")
        return
    made: set[str] = set()
    for name in names:
        short = targets.stripped(os.path.basename(name) if arguments.get("junk_paths") else name, int(arguments.get("strip_components", 0)))
        path = short if folder == "." else os.path.join(folder, short)
        there = os.path.join(build.cwd, path)
        if not short:
            continue
        if os.path.isdir(there):
            yield effect._replace(tags=("folder",)) if (effect := build.mode(path)) else None
        elif os.path.lexists(there):
            if not arguments.get("no_overwrite"):
                yield build.write(path)
                yield build.write(path, itself=True) if os.path.islink(there) else None
        else:
            effect = build.create(path.rstrip("/"), parents=True)
            yield effect if effect.changes[0].path not in made else effect._replace(changes=())
            made |= {change.path for change in effect.changes}


def entries(folder: str) -> list[str]:
    """The names in a folder; one unknown where it cannot be listed."""
    try:
        return os.listdir(folder)
    except OSError:
        return [""]


def empties(folder: str, going: set[str]) -> bool:
    """Whether nothing is left in FOLDER once GOING is gone; then it goes too."""
    empty = all(os.path.join(folder.rstrip("/"), name) in going for name in entries(folder))
    if empty:
        going.add(folder.rstrip("/"))
    return empty


def alike(prefix: str, cwd: str) -> list[str]:
    """The files whose names begin with PREFIX."""
    head, tail = os.path.split(prefix)
    return [os.path.join(head, name) for name in sorted(entries(os.path.join(cwd, head))) if name and name.startswith(tail) and os.path.isfile(os.path.join(cwd, head, name))]


def _files(path: str, cwd: str, recursive: bool) -> Iterator[str]:
    if not recursive or not os.path.isdir(os.path.join(cwd, path)):
        yield path
        return
    for folder, _, names in os.walk(os.path.join(cwd, path)):
        for name in sorted(names):
            yield os.path.join(path, os.path.relpath(os.path.join(folder, name), os.path.join(cwd, path)))
