"""What Tab offers: slash commands and their arguments, tools, programs after `!`, and paths."""
from __future__ import annotations

import os
import shlex
from collections.abc import Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from shellper.safety import show as visible
from shellper.tools import catalogue

from .slash import TABLE
from .state import Session

MOST = 200  # offers


class Offers(Completer):
    """Completes the word before the cursor."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
        for at, (text, start, note) in enumerate(offers(document.text_before_cursor, self.session.cwd)):
            if at == MOST:
                return
            yield Completion(text, start, display=visible(text), display_meta=note)


def offers(typed: str, cwd: str) -> Iterator[tuple[str, int, str]]:
    """Completions of TYPED in CWD: what to put in, where (characters back, negative), and a note."""
    word = typed.rpartition(" ")[2]
    first = typed.lstrip() == word
    if first and word.startswith("/"):
        commands = [(f"/{name}", -len(word), row.meaning) for name, row in TABLE.items() if f"/{name}".startswith(word)]
        if commands:
            yield from commands
            return
    if typed.startswith(("/tools ", "/help ")):
        yield from _tools(word)
        return
    if typed.startswith(("!", "/explain ", "/edit ")):
        yield from _shell(typed[1:] if typed.startswith("!") else typed, word.removeprefix("!") if first else word, cwd, first)
        return
    if word:
        yield from ((path, -len(word), "") for path in _paths(word, cwd) if path.isprintable())
        if "/" not in word:
            yield from _tools(word)


def _tools(word: str) -> Iterator[tuple[str, int, str]]:
    yield from ((tool.name, -len(word), tool.description) for tool in catalogue().tools.values() if tool.name.startswith(word) and tool.name != "cannot")


def _shell(line: str, word: str, cwd: str, first: bool) -> Iterator[tuple[str, int, str]]:
    """Programs for the first word, else paths, quoted for the shell."""
    if first and "/" not in word:
        yield from ((name, -len(word), "") for name in _programs(word))
        return
    yield from ((shlex.quote(path), -len(word), "") for path in _paths(word, cwd) if path.isprintable())


def _programs(word: str) -> list[str]:
    found = set()
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        try:
            with os.scandir(folder or ".") as entries:
                found |= {entry.name for entry in entries if entry.name.startswith(word)} if word else set()
        except OSError:
            continue
    return sorted(found)


def _paths(word: str, cwd: str) -> list[str]:
    """The paths that begin with WORD as it stands, folders with a slash; hidden ones only after a dot."""
    folder, slash, start = word.rpartition("/")
    above = folder + slash
    try:
        with os.scandir(os.path.join(cwd, os.path.expanduser(above or "."))) as entries:
            names = sorted((entry.name, entry.is_dir()) for entry in entries if entry.name.startswith(start) and (start.startswith(".") or not entry.name.startswith(".")))
    except OSError:
        return []
    return [above + name + ("/" if is_folder else "") for name, is_folder in names]
