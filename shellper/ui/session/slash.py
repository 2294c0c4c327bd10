"""The commands that begin with a slash: one table for what they do, the help and the completion."""
from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shellper import pipeline
from shellper.errors import BadInput
from shellper.safety import show as visible
from shellper.tools import catalogue

from .. import show, undo
from . import undoing
from .keys import MEANINGS

if TYPE_CHECKING:
    from .loop import Talk

EDITING = {
    "Enter": "ask",
    "Alt-Enter": "a new line in the words",
    "Ctrl-X Ctrl-E": "write the words in $VISUAL or $EDITOR",
    "Tab": "complete a path, a tool or a slash command",
    "Right": "take the suggestion from the history",
    "Up, Down": "earlier and later words",
    "Ctrl-R": "search the history",
    "Ctrl-L": "clear the screen",
    "Ctrl-C": "cancel the line, the question or the running command",
    "Ctrl-D": "leave",
}
MOST_LINES = 20  # of one turn's output in /context


class Leave(Exception):
    """The person wants to go."""


@dataclass(frozen=True)
class Slash:
    """One command: `argument` says in the help what may follow it, `action` may give lines to print."""

    meaning: str
    action: Callable[[Talk, str], Iterator[str] | None]
    argument: str = ""


def _help(talk: Talk, argument: str) -> Iterator[str]:
    yield "Say what you want in words; the command is shown before it runs. !CMD runs CMD in your shell; what it prints counts as context."
    yield from _table({f"/{name} {row.argument}".strip(): row.meaning for name, row in TABLE.items()}, "Commands")
    yield from _table(MEANINGS, "Answers to the question")
    yield from _table(EDITING, "Keys while writing")


def _table(rows: dict[str, str], title: str) -> Iterator[str]:
    yield f"{title}:"
    yield from (f"  {name:16} {meaning}" for name, meaning in rows.items())


def _last(talk: Talk) -> str:
    """The newest command line that was run, or else shown."""
    lines = [past.turn.command for past in talk.session.past if past.turn.command]
    return lines[-1] if lines else talk.session.declined.command if talk.session.declined else ""


def _number(argument: str) -> int | None:
    """The number that ARGUMENT is, None where it is empty. Raises BadInput."""
    if argument and not (argument.isdigit() and int(argument)):
        raise BadInput(f"{argument!r} is no number", hint="/help lists what may follow a command")
    return int(argument) if argument else None


def _undo(talk: Talk, argument: str) -> None:
    undoing.take_back(talk.session, _number(argument))


def _history(talk: Talk, argument: str) -> Iterator[str]:
    return undo.listing(as_json=False, count=_number(argument) or 20)


def _explain(talk: Talk, argument: str) -> Iterator[str]:
    line = argument or _last(talk)
    if not line:
        raise BadInput("nothing was run yet", hint="/explain COMMAND explains any command line")
    yield f"  {visible(line)}"
    yield from (f"  {part}" for part in show.explanation(pipeline.read_command(line, talk.session.cwd)).splitlines())


def _context(talk: Talk, argument: str) -> Iterator[str]:
    turns = [past.turn for past in talk.session.past if past.turn.command]
    if not turns and not talk.session.declined:
        yield "  nothing yet"
    for number, turn in enumerate(turns, 1):
        lines = turn.output.splitlines()
        yield f"{number:3}  {visible(turn.request) or '(shell line)'}"
        yield f"     $ {visible(turn.command)}" + (f"  [exit status {turn.exit_code}]" if turn.exit_code else "")
        yield from (f"       {at}: {visible(line)}" for at, line in enumerate(lines[:MOST_LINES], 1))
        if len(lines) > MOST_LINES:
            yield f"       and {len(lines) - MOST_LINES} more lines"
    if talk.session.declined:
        yield f"  -  {visible(talk.session.declined.request)}"
        yield f"     $ {visible(talk.session.declined.command)}  [not run]"


def _clear(talk: Talk, argument: str) -> Iterator[str]:
    talk.session.clear()
    yield "  the context is empty; what was run can still be taken back"


def _tools(talk: Talk, argument: str) -> Iterator[str]:
    known = catalogue().tools
    if argument in known:
        tool = known[argument]
        yield f"  {tool.name}: {tool.description}"
        yield from (f"    {name:18} {schema.get('description', '')}" for name, schema in tool.properties.items())
        yield from (f"    e.g. {example['ask']}" for example in tool.spec["examples"])
        return
    found = [tool for tool in known.values() if argument.lower() in f"{tool.name} {tool.description}".lower()]
    if not found:
        raise BadInput(f"no tool is called {argument!r}", hint="/tools lists them")
    if argument:
        yield from (f"  {tool.name:24} {tool.description}" for tool in found)
    else:
        yield from textwrap.wrap("  ".join(tool.name for tool in found), 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        yield "  /tools WORD says more"


def _edit(talk: Talk, argument: str) -> None:
    line = argument or _last(talk)
    if not line:
        raise BadInput("nothing was run yet", hint="/edit COMMAND edits any command line")
    talk.edited(line)


def _exit(talk: Talk, argument: str) -> None:
    raise Leave


TABLE = {
    "help": Slash("this help", _help),
    "undo": Slash("take back the last run of this session, or run N", _undo, "[N]"),
    "history": Slash("list the last runs, 20 or N, and what can be taken back", _history, "[N]"),
    "explain": Slash("explain COMMAND, or the last one", _explain, "[COMMAND]"),
    "context": Slash("show what the next words will be read with", _context),
    "clear": Slash("forget the context", _clear),
    "tools": Slash("list the tools, those about WORD, or the arguments of one", _tools, "[WORD]"),
    "edit": Slash("edit the last command line, or COMMAND, in $VISUAL or $EDITOR; it is shown and asked for", _edit, "[COMMAND]"),
    "exit": Slash("leave", _exit),
}


def given(line: str) -> tuple[Slash, str] | None:
    """The command and the argument of a LINE that begins with a slash; None where that is a path. Raises BadInput."""
    word, _, argument = line[1:].partition(" ")
    if word in TABLE:
        return TABLE[word], argument.strip()
    if "/" in word or os.path.exists(f"/{word}"):
        return None
    raise BadInput(f"there is no command /{word}", hint="/help lists them")
