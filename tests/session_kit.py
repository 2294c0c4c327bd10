"""A session in a real pseudo-terminal, driven as a person does it, and its transcript."""
from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pexpect
from conftest import ROOT

PROMPT = "shellper> "
SETTLED = 0.5  # seconds; after the program has thrown away what was typed before the question
SCRIPTED = (sys.executable, str(ROOT / "tests/scripted_student.py"))
SHIPPED = (sys.executable, "-m", "shellper")
GREETING = r"shellper [\d.]+: say what you want.*\n"


def typed_over(line: str) -> str:
    """What stands in a LINE with backspaces and carriage returns."""
    shown: list[str] = []
    at = 0
    for char in line:
        if char in "\b\r":
            at = max(0, at - 1) if char == "\b" else 0
        else:
            shown[at : at + 1] = char
            at += 1
    return "".join(shown)


def scripted(folder: Path, script: dict | None) -> tuple[list[str], Path]:
    """The command that starts shellper with a student that follows SCRIPT (request -> a line, or lines with their confidence), with the shipped
    one where it is None; and the file of what the student is given."""
    aside = folder.parent / "aside"
    aside.mkdir(exist_ok=True)
    if script is None:
        return list(SHIPPED), aside / "seen.jsonl"
    rows = {request: [row if isinstance(row, list) else [row, 0.9] for row in (lines if isinstance(lines, list) else [lines])] for request, lines in script.items()}
    (aside / "script.json").write_text(json.dumps(rows))
    (aside / "seen.jsonl").unlink(missing_ok=True)
    return [*SCRIPTED, str(aside / "script.json"), str(aside / "seen.jsonl")], aside / "seen.jsonl"


class Session:
    """One running session on a terminal that cannot move its cursor, so that all that it writes is text."""

    def __init__(self, folder: Path, script: dict | None = None, *argv: str, **environment: str) -> None:
        command, self.seen_file = scripted(folder, script)
        variables = {**os.environ, "TERM": "dumb", "SHELL": "/bin/bash", **environment}
        self.child = pexpect.spawn(command[0], [*command[1:], *argv], cwd=str(folder), env=variables, timeout=15, encoding="utf-8", dimensions=(40, 160))
        self.raw = ""

    def expect(self, pattern: str, exact: bool = True) -> None:
        (self.child.expect_exact if exact else self.child.expect)(pattern)
        self.raw += self.child.before + self.child.after

    def line(self, text: str) -> Session:
        """Say TEXT when the session is ready for it."""
        self.ready()
        self.child.send(text + "\r")
        return self

    def ready(self) -> Session:
        """Wait for the prompt."""
        self.expect(PROMPT)
        return self

    def answer(self, keys: str, question: str = "/? ") -> Session:
        """Press KEYS when a question has settled."""
        self.expect(question)
        time.sleep(SETTLED)
        self.child.send(keys)
        return self

    def press(self, keys: str, after: float = 0.0) -> Session:
        time.sleep(after)
        self.child.send(keys)
        return self

    def leave(self) -> str:
        """End it by Ctrl-D; the whole transcript without the greeting."""
        self.ready()
        self.child.send("\x04")
        return self.ended()

    def ended(self, status: int = 0) -> str:
        self.child.expect(pexpect.EOF)
        self.raw += self.child.before
        self.child.close()
        assert (self.child.exitstatus, self.child.signalstatus) == (status, None)
        return self.text

    @property
    def text(self) -> str:
        plain = "\n".join(map(typed_over, re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x07", "", self.raw).replace("\r\n", "\n").split("\n")))
        dated = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE", re.sub(GREETING, "", plain, count=1))
        return "\n".join(line.rstrip() for line in dated.strip("\n").splitlines())

    @property
    def seen(self) -> list[dict]:
        """What the student was given, request by request."""
        return [json.loads(line) for line in self.seen_file.read_text().splitlines()]


class Screen:
    """A session in tmux, a terminal with all that one has: what stands on its screen can be read."""

    def __init__(self, folder: Path, script: dict, *, term: str = "screen", **environment: str) -> None:
        command, self.seen_file = scripted(folder, script)
        self.environment = {**os.environ, "TERM": "xterm", "SHELL": "/bin/bash", "TMUX_TMPDIR": str(folder.parent), **environment}
        line = f"TERM={term} {shlex.join(command)}; echo status $?; sleep 60"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40", "-c", str(folder), line)
        self.shows("^shellper>$").shows(f"{folder.name}( .*)?$")

    def keys(self, *names: str, after: float = 0.3) -> Screen:
        """Press keys by tmux's names."""
        time.sleep(after)
        self._tmux("send-keys", *names)
        return self

    def types(self, text: str) -> Screen:
        time.sleep(0.3)
        self._tmux("send-keys", "-l", text)
        return self

    def shows(self, pattern: str, seconds: float = 20) -> Screen:
        """Wait until the screen, blank lines left out, matches PATTERN."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text, re.MULTILINE):
            assert time.monotonic() < end, f"no {pattern!r} on\n{self.text}"
            time.sleep(0.1)
        return self

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._tmux("capture-pane", "-p").splitlines() if line.strip())

    @property
    def coloured(self) -> str:
        return self._tmux("capture-pane", "-p", "-e")

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *argv: str) -> str:
        return subprocess.run(["tmux", "-L", "shellper", *argv], env=self.environment, capture_output=True, text=True).stdout
