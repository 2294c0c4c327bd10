"""The user's own tools: which there are, and one added or removed. A file that cannot be used hinders none of that."""
from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shellper import paths
from shellper.errors import BadInput, ModelMissing, ToolFileInvalid
from shellper.safety import show as visible
from shellper.tools import Tool, load
from shellper.tools.catalog import BUILT_IN, read_tool

MARK = "[yours]"


@dataclass(frozen=True)
class Known:
    """The built-in tools, the user's own, and why others of the user's files cannot be used, each by name."""

    built_in: Mapping[str, Tool]
    own: Mapping[str, Tool]
    faults: Mapping[str, ToolFileInvalid]

    @property
    def tools(self) -> dict[str, Tool]:
        """Those in force, in name order."""
        return dict(sorted({**self.built_in, **self.own}.items()))


def folder() -> Path:
    return paths.config_dir() / "tools"


def files() -> dict[str, Path]:
    """The user's tool files by the names that they should have."""
    return {file.stem: file for file in sorted(folder().glob("*.json"))}


def known() -> Known:
    """All tools there are."""
    own: dict[str, Tool] = {}
    faults: dict[str, ToolFileInvalid] = {}
    for name, file in files().items():
        try:
            own[name] = read_tool(file)
        except ToolFileInvalid as error:
            faults[name] = error
    return Known(load([BUILT_IN]).tools, own, faults)


def listing(found: Known, *, own: bool = False) -> Iterator[str]:
    """A line a tool, only the user's OWN if asked."""
    for tool in found.tools.values():
        mine = tool.name in found.own
        if mine or not own:
            yield f"{visible(tool.name):24} {visible(tool.description)}" + (f"  {MARK}" if mine else "")


def shown(name: str) -> Tool:
    """The tool NAME. Raises BadInput where there is none, ToolFileInvalid where its file cannot be used."""
    found = known()
    if name in found.faults:
        raise found.faults[name]
    if name not in found.tools:
        raise _unknown(name)
    return found.tools[name]


def added(file: Path, *, force: bool = False) -> Iterator[str]:
    """Copy FILE among the user's tools, checked; what to say about it. FORCE replaces a tool of the same name, whose file goes to the
    trash. Raises ToolFileInvalid, BadInput, and StateUnusable where there is no trash to use."""
    from . import toolcheck

    found = known()
    tool, content = toolcheck.checked(file, found.tools)
    place = folder() / f"{tool.name}.json"
    if tool.name in found.built_in:
        raise BadInput(f"{file}: /name: {tool.name} is a built-in tool, which cannot be replaced", hint="give the tool and its file another name")
    if os.path.lexists(place) and not force:
        raise BadInput(f"{file}: /name: you have a tool {tool.name} already, in {place}", hint="--force replaces it")
    try:
        kept = _write(place, content, force=force)
    except OSError as error:
        raise BadInput(f"{place} cannot be written: {error.strerror}; nothing was changed") from None
    yield f"added: {tool.name} in {visible(str(place))}"
    if kept:
        yield f"the file that was there lies in {visible(kept)}"
    yield _knowledge(tool)


def removed(name: str) -> Iterator[str]:
    """Move the file of the user's tool NAME to the trash; what to say about it. Raises BadInput, and StateUnusable without a trash."""
    from shellper.execute.files import rename
    from shellper.journal import release
    from shellper.journal.trash import reserve

    file = files().get(name)
    if file is None:
        raise BadInput(f"{name} is a built-in tool: only your own can be removed") if name in load([BUILT_IN]).tools else _unknown(name)
    if file.is_dir():
        raise BadInput(f"{file} is a folder, no tool file", hint="nothing was changed")
    place, info = reserve(str(file))
    try:
        rename(str(file), place)
    except OSError as error:
        release(info)
        raise BadInput(f"{file} cannot be moved to {place}: {error.strerror}; nothing was changed") from None
    yield f"removed: {visible(name)}; its file lies in {visible(place)}"
    if name in load([BUILT_IN]).tools:
        yield f"the built-in {name} is in force again"


def _unknown(name: str) -> BadInput:
    return BadInput(f"no tool is called {name!r}", hint="shellper tools lists them")


def _write(place: Path, content: bytes, *, force: bool) -> str:
    """Write CONTENT to PLACE at once or not at all, mode 0600; where a copy of what FORCE replaced lies, else "". Raises OSError."""
    from shellper.execute.files import rename

    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{place.stem}-", suffix=".new", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if not force or not os.path.lexists(place):
            rename(beside, str(place))
            return ""
        kept = _keep(place)
        os.replace(beside, place)
        return kept
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _keep(file: Path) -> str:
    """Copy FILE into the trash; where it lies. Raises OSError and StateUnusable."""
    from shellper.journal import release
    from shellper.journal.trash import reserve

    place, info = reserve(str(file))
    try:
        shutil.copy2(file, place, follow_symlinks=False)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(place)
        release(info)
        raise
    return place


def _knowledge(tool: Tool) -> str:
    """Whether the shipped student can say calls of TOOL, and what to do where it cannot."""
    from shellper.student.artefact import open_artefact
    from shellper.student.student import is_known
    from shellper.student.vocabulary import Vocabulary

    try:
        knows = is_known(tool, Vocabulary.load(open_artefact().path("vocabulary.json")))
    except (ModelMissing, OSError, ValueError) as error:
        return f"whether the student knows it cannot be said: {visible(str(error))}; `shellper doctor` says more"
    if knows:
        return "the shipped student knows it"
    return ("the shipped student does not know it: `shellper explain` reads its commands, words lead to it after training (in the sources: "
            "rows for it in model/corpus, then make corpus train export; see CONTRIBUTING.md)")
