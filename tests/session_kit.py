"""A session in a real pseudo-terminal, driven as a person does it, and its transcript."""
from __future__ import annotations

import json
import os
import re
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


class Session:
    """One running session. On the dumb terminal all that it writes is text; on xterm the escape sequences are taken out of the transcript."""

    def __init__(self, folder: Path, script: dict | None = None, *argv: str, term: str = "dumb", **environment: str) -> None:
        aside = folder.parent / "aside"
        aside.mkdir(exist_ok=True)
        self.seen_file = aside / "seen.jsonl"
        command = list(SHIPPED)
        if script is not None:
            (aside / "script.json").write_text(json.dumps({request: [row if isinstance(row, list) else [row, 0.9] for row in (rows if isinstance(rows, list) else [rows])] for request, rows in script.items()}))
            self.seen_file.unlink(missing_ok=True)
            command = [*SCRIPTED, str(aside / "script.json"), str(self.seen_file)]
        variables = {**os.environ, "TERM": term, "PROMPT_TOOLKIT_NO_CPR": "1", "SHELL": "/bin/bash", **environment}
        self.child = pexpect.spawn(command[0], [*command[1:], *argv], cwd=str(folder), env=variables, timeout=15, encoding="utf-8", dimensions=(40, 160))
        self.raw = ""

    def expect(self, pattern: str, exact: bool = True) -> None:
        (self.child.expect_exact if exact else self.child.expect)(pattern)
        self.raw += self.child.before + (self.child.after if isinstance(self.child.after, str) else "")

    def line(self, text: str) -> Session:
        """Say TEXT when the session is ready for it."""
        self.expect(PROMPT)
        self.child.send(text + "\r")
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
        self.expect(PROMPT)
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
