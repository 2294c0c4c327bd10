"""What a session knows: its folder and variables, what was said and run, and how it is set up."""
from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from shellper import context
from shellper.errors import BadInput
from shellper.redact import redact
from shellper.types import Outcome, Request, Turn

from ..show import Look

KEPT = 20  # turns
LONGEST = 4096  # characters of one turn's output


@dataclass(frozen=True)
class Setup:
    """The options of the call; `student` is the folder of another student."""

    look: Look
    dialect: str = "gnu"
    system: bool = False
    history: bool = True
    student: str | None = None


@dataclass(frozen=True)
class Past:
    """A turn that was run. `run` is its number in the journal, 0 where it changed no files; `inert` where it changed nothing at all."""

    turn: Turn
    run: int = 0
    inert: bool = False


@dataclass
class Session:
    """The state between two requests. `declined` is the newest proposal where it was not run ("no, the other one" speaks of it)."""

    setup: Setup
    cwd: str = field(default_factory=os.getcwd)
    exported: dict[str, str] = field(default_factory=dict)
    past: list[Past] = field(default_factory=list)
    declined: Turn | None = None
    latency: float | None = None  # seconds of the newest reading

    def request(self, text: str) -> Request:
        """TEXT with the turns before it. Raises BadInput where the folder is gone."""
        try:
            os.listdir(self.cwd)
        except OSError as error:
            raise BadInput(f"{self.cwd}: {error.strerror}", hint="go elsewhere: !cd DIR") from None
        turns = [past.turn for past in self.past]
        return Request(text, self.cwd, (*turns, *([self.declined] if self.declined else [])))

    def ran(self, words: str, command: str, output: str, outcome: Outcome, *, inert: bool) -> None:
        """Keep what was run, and go on in the folder and with the variables that it left."""
        self._go(outcome.cwd)
        for name, value in outcome.exports.items():
            self._set(name, value)
        self.declined = None
        self.past.append(Past(Turn(words, command, kept(output), outcome.exit_code), outcome.run, inert and not outcome.exports and not outcome.run))
        del self.past[:-KEPT]

    def decline(self, words: str, command: str) -> None:
        self.declined = Turn(words, command)

    def last_change(self) -> Past | None:
        """The newest turn that changed anything."""
        return next((past for past in reversed(self.past) if not past.inert), None)

    def last_run(self) -> Past | None:
        """The newest turn that is in the journal as a change."""
        return next((past for past in reversed(self.past) if past.run), None)

    def undone(self, run: int) -> None:
        """Forget the turn that was taken back: what is said next speaks of what stood before it."""
        self.past = [past for past in self.past if past.run != run]
        self.declined = None

    def clear(self) -> None:
        """Forget the context; the runs can still be taken back."""
        self.past = [replace(past, turn=Turn("", "")) for past in self.past if past.run]
        self.declined = None

    def _go(self, folder: str) -> None:
        if folder and folder != self.cwd:
            try:
                os.chdir(folder)
            except OSError as error:
                raise BadInput(f"cd: {folder}: {error.strerror}") from None
            os.environ["OLDPWD"], os.environ["PWD"] = self.cwd, folder
            self.cwd = folder

    def _set(self, name: str, value: str | None) -> None:
        if value is None:
            os.environ.pop(name, None)
            self.exported.pop(name, None)
        else:
            os.environ[name] = self.exported[name] = value


def kept(output: str) -> str:
    """OUTPUT as later requests see it: no escape sequences, secrets replaced, at most LONGEST characters."""
    return context.clean(redact(context.clean(output, cap=len(output))), cap=LONGEST)
