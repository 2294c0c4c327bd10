"""The lines that a person writes: prompt-toolkit wired to the session's history, completion and toolbar."""
from __future__ import annotations

import os
import readline
from collections.abc import Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import History
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.utils import is_dumb_terminal

from shellper import journal
from shellper.errors import ShellperError

from .. import cli
from . import toolbar
from .complete import Offers
from .state import Session

ASK = "shellper> "


class Words(History):
    """The words of earlier sessions; new ones are kept where the session keeps a history and they do not begin with a blank."""

    def __init__(self, keep: bool) -> None:
        super().__init__()
        self.keep = keep

    def load_history_strings(self) -> Iterable[str]:
        return reversed(journal.remembered()) if self.keep else []

    def append_string(self, string: str) -> None:
        if not string.startswith(" "):
            super().append_string(string)

    def store_string(self, string: str) -> None:
        if self.keep:
            try:
                journal.remember(string)
            except ShellperError as error:  # once; the session goes on without
                self.keep = False
                cli.say(f"{error}; what is said is not kept", "")


def lines_for(session: Session) -> Lines | PlainLines:
    """What asks for lines on this terminal."""
    return PlainLines(session) if is_dumb_terminal() else Lines(session)


class Lines:
    """Asks for a request, or for a changed command line."""

    def __init__(self, session: Session) -> None:
        plain = not session.setup.look.colour
        mode = EditingMode.VI if os.environ.get("SHELLPER_KEYMAP") == "vi" else EditingMode.EMACS
        common = {"color_depth": ColorDepth.DEPTH_1_BIT if plain else None, "editing_mode": mode, "enable_open_in_editor": True}
        self._words = PromptSession(
            history=Words(session.setup.history), auto_suggest=AutoSuggestFromHistory(), completer=Offers(session), key_bindings=_keys(), enable_suspend=True,
            complete_while_typing=Condition(lambda: get_app().current_buffer.text.startswith("/")), bottom_toolbar=lambda: toolbar.text(session), **common,
        )
        self._command = PromptSession(**common)

    def words(self) -> str:
        """The next request. Raises KeyboardInterrupt (Ctrl-C) and EOFError (Ctrl-D)."""
        return self._words.prompt(ASK)

    def forget_keys(self) -> None:
        """Throw away what was typed ahead: it was meant as an answer to a question that stood in between."""
        clear_typeahead(self._words.input)

    def edited(self, line: str) -> str | None:
        """LINE as the person changes it; None where that is given up."""
        try:
            return self._command.prompt("edit> ", default=line).strip() or None
        except (KeyboardInterrupt, EOFError):
            return None


class PlainLines:
    """The same for a terminal that cannot move its cursor: readline alone, without toolbar, menu and suggestions."""

    def __init__(self, session: Session) -> None:
        self._history = Words(session.setup.history)
        for text in reversed(list(self._history.load_history_strings())):
            readline.add_history(text)
        readline.set_auto_history(False)

    def words(self) -> str:
        try:
            text = input(ASK)
        except (KeyboardInterrupt, EOFError):
            print()
            raise
        if text.strip() and not text.startswith(" "):
            readline.add_history(text)
            self._history.append_string(text)
        return text

    def forget_keys(self) -> None:
        """Nothing is read ahead here."""

    def edited(self, line: str) -> str | None:
        readline.set_startup_hook(lambda: readline.insert_text(line))
        try:
            return input("edit> ").strip() or None
        except (KeyboardInterrupt, EOFError):
            print()
            return None
        finally:
            readline.set_startup_hook()


def _keys() -> KeyBindings:
    keys = KeyBindings()
    keys.add("escape", "enter")(lambda event: event.current_buffer.insert_text("\n"))
    return keys
