"""The session's loop: a line in, what it means, and on; an error is one line and the session goes on."""
from __future__ import annotations

import contextlib
import sys
import threading
import time

import click

from shellper import __version__, pipeline
from shellper.errors import BadInput, Cannot, ShellperError, Unparsed
from shellper.types import Proposal

from .. import cli, show, students
from . import review, slash, undoing
from .prompt import lines_for
from .state import Session, Setup

GREETING = "say what you want; !CMD runs a shell line, /help lists the rest, Ctrl-D leaves"


class Talk:
    """One session at the terminal."""

    def __init__(self, setup: Setup, cwd: str) -> None:
        self.session = Session(setup, cwd)
        self.lines = lines_for(self.session)
        self._loader = threading.Thread(target=self._load, daemon=True)

    def run(self) -> None:
        """Until Ctrl-D or /exit."""
        self._loader.start()  # the model is read while the first words are typed
        print(f"shellper {__version__}: {GREETING}", file=sys.stderr)
        while True:
            try:
                line = self.lines.words()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            try:
                self.line(line)
            except slash.Leave:
                return
            except KeyboardInterrupt:
                print(file=sys.stderr)
            except ShellperError as error:
                cli.say(str(error), error.hint)
            except OSError as error:
                cli.say(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""), "")

    def line(self, line: str) -> None:
        """Do what LINE asks for. Raises ShellperError and Leave."""
        line = line.strip()
        if not line:
            return
        if line in ("exit", "quit"):
            raise slash.Leave
        if line.startswith("!"):
            if not line[1:].strip():
                raise BadInput("nothing after the !", hint="!ls runs ls in your shell")
            review.shell(self.session, "", line[1:].strip())
            return
        command = slash.given(line) if line.startswith("/") else None
        if command:
            for text in command[0].action(self, command[1]) or ():
                print(text)
            self.lines.forget_keys()
            return
        self.request(line)

    def request(self, words: str) -> None:
        """Read WORDS, show what they come to, ask, run. Raises ShellperError."""
        if run := undoing.meant(self.session, words):
            undoing.take_back(self.session, run)
        else:
            self._reviewed(words, lambda: self._read(words))
        self.lines.forget_keys()

    def edited(self, line: str) -> None:
        """Let the person change the command LINE in the editor, and go on with what comes back. Raises ShellperError."""
        try:
            changed = click.edit(f"{line}\n", extension=".sh", require_save=False)
        except click.ClickException as error:
            raise BadInput(error.format_message(), hint="$VISUAL or $EDITOR names the editor") from None
        if changed is None or not changed.strip():
            raise BadInput("nothing came back from the editor")
        command = changed.strip()
        try:
            self._reviewed("", lambda: pipeline.read_command(command, self.session.cwd))
        except Unparsed as error:
            review.unread(self.session, "", command, str(error))

    def _reviewed(self, words: str, read) -> None:
        hands = review.Hands(edit=self.lines.edited, undo=lambda: undoing.take_back(self.session), again=read)
        review.review(self.session, words, read(), hands)

    def _read(self, words: str) -> Proposal:
        """The student's reading of WORDS with all that can be chosen instead. Raises ShellperError."""
        request = self.session.request(words)
        self._loader.join()
        student = students.chosen(self.session.setup.student)
        started = time.monotonic()
        proposal = pipeline.propose(request, student, dialect=self.session.setup.dialect, keep_others=True)
        self.session.latency = time.monotonic() - started
        try:
            show.refuse_abstention(proposal)
        except Cannot as error:
            raise Cannot(str(error), hint=error.hint or (undoing.hint(self.session) if undoing.mentioned(words) else "")) from None
        return proposal

    def _load(self) -> None:
        with contextlib.suppress(ShellperError):  # told when the first words are read
            student = students.chosen(self.session.setup.student)
            if prepare := getattr(student, "prepare", None):
                prepare()
