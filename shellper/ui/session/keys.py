"""The question below a preview: one key answers it, or a word that has to be typed."""
from __future__ import annotations

import os
import select
import signal
import termios
import time

from shellper.errors import Refused

from ..consent import IDLE, SETTLE

MEANINGS = {
    "y": "run it (where only reading is done Enter does, too)",
    "n": "do not run it (Enter, where anything is changed)",
    "e": "edit the command line; it is read back and shown again",
    "x": "explain what it does and why it has its level",
    "a": "the next alternative",
    "l": "list all that it would change",
    "u": "undo the last run, then read the words again",
    "?": "what the keys mean",
}
_PASTE, _PASTE_END = "\x1b[200~", "\x1b[201~"
_BELL = b"\a"


class Question:
    """One question on the terminal. WORD has to be typed (an empty one: Enter), None where nothing can be run; KEYS and the numbers up to
    LAST are the other answers. With SETTLE what was typed before is thrown away for a while, and a window that changes its size is a no."""

    def __init__(self, prompt: str, word: str | None, keys: str, *, last: int = 1, settle: bool) -> None:
        self.prompt, self.word, self.keys, self.last, self.settle = prompt, word, keys, last, settle
        self.resized = False

    def answer(self) -> str:
        """"y", "n", one of the keys, or a number. Silence and the end of input are "n"; Ctrl-C raises KeyboardInterrupt."""
        try:
            self.terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        except OSError:
            raise Refused("not run: there is no terminal to ask on") from None
        modes = termios.tcgetattr(self.terminal)
        before = signal.signal(signal.SIGWINCH, self._resize)
        pastes = os.environ.get("TERM", "dumb") != "dumb"
        try:
            changed = termios.tcgetattr(self.terminal)
            changed[3] &= ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(self.terminal, termios.TCSAFLUSH, changed)
            self._say(("\x1b[?2004h" if pastes else "") + self.prompt)
            if self.settle:
                time.sleep(SETTLE)
                termios.tcflush(self.terminal, termios.TCIFLUSH)
            found = self._typed() if self.word and self.word != "y" else self._pressed()
            self._say("\n")
            return found
        except KeyboardInterrupt:
            self._say("^C\n")
            raise
        finally:
            if pastes:
                self._say("\x1b[?2004l")
            signal.signal(signal.SIGWINCH, before)
            termios.tcsetattr(self.terminal, termios.TCSADRAIN, modes)
            os.close(self.terminal)

    def _pressed(self) -> str:
        """A single key."""
        while True:
            piece = self._read()
            if piece is None or piece in ("\x04", "\x1b"):
                return "n"
            if piece in ("\r", "\n"):
                return "y" if self.word == "" else "n"
            key = piece.rstrip("\r\n").lower()
            if key == "n" or (key == "y" and self.word is not None) or self._other(key):
                self._say(key)
                return key
            if piece[-1] in "\r\n":  # a line that is no answer
                return "n"
            os.write(self.terminal, _BELL)

    def _typed(self) -> str:
        """A word with Enter; a key answers at once as long as it is no beginning of the word."""
        typed = ""
        while True:
            piece = self._read()
            if piece is None or piece in ("\x04", "\x1b"):
                return "n"
            if not typed and len(piece) == 1 and not self.word.startswith(piece.lower()) and (self._other(piece.lower()) or piece in "nN"):
                self._say(piece)
                return piece.lower()
            if piece[0] == "\x1b" or piece.count("\r") + piece.count("\n") > 1:
                os.write(self.terminal, _BELL)
                continue
            for char in piece:
                if char in "\r\n":
                    return self._judged(typed.strip().lower())
                if char in "\x7f\b" and typed:
                    typed = typed[:-1]
                    self._say("\b \b")
                elif char == "\x15":
                    self._say("\b \b" * len(typed))
                    typed = ""
                elif char.isprintable():
                    typed += char
                    self._say(char)

    def _judged(self, typed: str) -> str:
        if typed == self.word.lower():
            return "y"
        return typed if self._other(typed) else "n"

    def _other(self, key: str) -> bool:
        return len(key) == 1 and (key in self.keys or key == "?" or (key.isdigit() and 2 <= int(key) <= self.last))

    def _read(self) -> str | None:
        """What one press sends; pastes and what comes after a resize are no answer."""
        if not select.select([self.terminal], [], [], IDLE)[0]:
            return None
        piece = os.read(self.terminal, 1024).decode("utf-8", "replace")
        if not piece or (self.resized and self.settle):
            return None
        if piece.startswith(_PASTE):
            while _PASTE_END not in piece and select.select([self.terminal], [], [], SETTLE)[0]:
                block = os.read(self.terminal, 1024).decode("utf-8", "replace")
                if not block:
                    return None
                piece = piece[-len(_PASTE_END) :] + block
            return "\x1b[paste"
        return piece

    def _resize(self, *_) -> None:
        self.resized = True

    def _say(self, text: str) -> None:
        os.write(self.terminal, text.encode("utf-8", "backslashreplace"))
