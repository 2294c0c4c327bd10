"""What a command prints goes to the terminal as it comes, and its head and end are kept."""
from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import sys
import termios
import threading

HEAD = 48_000  # bytes kept of the beginning …
TAIL = 4_000  # … and of the end
LOOK = 0.05  # seconds between looks at the modes of the second terminal
DRAIN = 0.5  # seconds for what is still on its way when the command has ended (a background job may keep it open for longer)

_SCREEN = re.compile(r"\x1b\[\?(?:1049|1047|47)h.*?(?:\x1b\[\?(?:1049|1047|47)l|\Z)", re.DOTALL)  # what was drawn on the alternate screen


class Recording:
    """While it is entered, stdout leads to a second terminal and stderr to a pipe, and both are copied to the real one, which takes over the
    modes that a program sets on the second. With ROWS stdout is a pipe: ls writes one name a line there, which is what "the second one" means."""

    def __init__(self, *, rows: bool = False) -> None:
        self._rows = rows
        self._head, self._tail = bytearray(), bytearray()

    def __enter__(self) -> Recording:
        sys.stdout.flush()
        sys.stderr.flush()
        self._saved = [os.dup(1), os.dup(2)]
        self._modes = termios.tcgetattr(0)
        master, slave = os.openpty()
        termios.tcsetattr(slave, termios.TCSANOW, self._modes)
        self._master, self._seen, self._lock = master, termios.tcgetattr(slave), threading.Lock()
        self._copying = True
        self._resize()
        self._before = signal.signal(signal.SIGWINCH, self._resize)
        errors, writer = os.pipe()  # no terminal: a pager looks for the keys on the terminal that it finds there
        sources = [master, errors]
        os.dup2(writer, 2)
        os.close(writer)
        if self._rows:
            rows, writer = os.pipe()
            sources.append(rows)
            os.dup2(writer, 1)
            os.close(writer)
        else:
            os.dup2(slave, 1)
        os.close(slave)
        self._copier = threading.Thread(target=self._copy, args=(sources, os.dup(self._saved[0])), daemon=True)
        self._copier.start()
        return self

    def __exit__(self, *_) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        for handle, saved in zip((1, 2), self._saved, strict=True):
            os.dup2(saved, handle)
            os.close(saved)
        signal.signal(signal.SIGWINCH, self._before)
        self._copier.join(DRAIN)
        with self._lock:
            self._copying = False
        restore(self._modes)

    @property
    def text(self) -> str:
        """What was kept, without what pagers and editors drew; of a line that was written over by carriage returns its last state."""
        both = bytes(self._head) + (b"\n" if self._tail and not self._head.endswith(b"\n") else b"") + bytes(self._tail)
        text = _SCREEN.sub("", both.decode("utf-8", "replace")).replace("\r\n", "\n")
        return re.sub(r"[^\n]*\r(?!\n)", "", text)

    def _copy(self, sources: list[int], terminal: int) -> None:
        while sources:
            ready = select.select(sources, [], [], LOOK if self._copying else None)[0]
            self._mirror()
            for source in ready:
                try:
                    block = os.read(source, 1 << 16)
                except OSError:  # Linux says so when the last writer has closed a terminal
                    block = b""
                if not block:
                    sources.remove(source)
                    os.close(source)
                    continue
                self._keep(block)
                with contextlib.suppress(OSError):
                    _write(terminal, block.replace(b"\r\n", b"\n") if self._seen[1] & termios.OPOST else block)
        os.close(terminal)

    def _mirror(self) -> None:
        """Give the real terminal the modes that were set on the second one: keys are typed there."""
        with self._lock, contextlib.suppress(termios.error):
            modes = termios.tcgetattr(self._master) if self._copying and not self._rows else self._seen
            if modes != self._seen:
                self._seen = modes
                termios.tcsetattr(0, termios.TCSANOW, modes)

    def _keep(self, block: bytes) -> None:
        room = HEAD - len(self._head)
        self._head += block[:room]
        if len(block) > room:
            self._tail += block[room:][-TAIL:]
            del self._tail[:-TAIL]

    def _resize(self, *_) -> None:
        with contextlib.suppress(OSError):
            size = fcntl.ioctl(self._saved[0], termios.TIOCGWINSZ, b"\0" * 8)
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)


@contextlib.contextmanager
def terminal_itself():
    """Nothing is kept: the command has the terminal; its modes are set back afterwards."""
    modes = termios.tcgetattr(0)
    try:
        yield
    finally:
        restore(modes)


def restore(modes: list) -> None:
    """Give the terminal back its MODES where a program has left others."""
    with contextlib.suppress(termios.error):
        if termios.tcgetattr(0) != modes:
            termios.tcsetattr(0, termios.TCSADRAIN, modes)


def _write(handle: int, block: bytes) -> None:
    while block:
        block = block[os.write(handle, block) :]
