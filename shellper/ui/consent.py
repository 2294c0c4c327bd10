"""A yes by level: nothing, y, or a typed word; nobody to ask means no."""
from __future__ import annotations

import os
import select
import sys
import termios
import time
from collections.abc import Sequence

from shellper import pipeline
from shellper.errors import Refused
from shellper.types import Proposal, Risk

PROMPTS = {
    Risk.READ: "run it? [Enter] ",
    Risk.WRITE: "run it? y / N ",
    Risk.DESTRUCTIVE: "this can destroy data; type yes to run it: ",
    Risk.SYSTEM: "this changes the system; type yes to run it: ",
}
ACCEPTED = {Risk.READ: ("", "y", "yes"), Risk.WRITE: ("y", "yes"), Risk.DESTRUCTIVE: ("yes",), Risk.SYSTEM: ("yes",)}
IDLE = 30.0  # seconds without an answer are a no
SETTLE = 0.3  # seconds in which keys typed before the question may still arrive


def run_with_consent(proposal: Proposal, cwd: str, *, yes: bool) -> int:
    """Ask as the level demands, then run exactly what was shown; gives the exit status. YES answers for commands that create or change
    files, not for those with an argument copied from terminal output. Raises Refused, BadInput and ProgramMissing."""
    risk = proposal.assessment.risk
    if risk is Risk.BLOCKED:
        raise Refused("never run: " + "; ".join(proposal.assessment.reasons))
    if proposal.command and all(stage.builtin for stage in proposal.command.stages):
        print(proposal.command.text)
        print("  this has to happen in your own shell: use the key binding, or paste it", file=sys.stderr)
        return 0
    approved = pipeline.approve(proposal, cwd)
    if not (yes and risk <= Risk.WRITE and "output" not in proposal.plan.provenance.values()):
        agreed(risk)
        if pipeline.approve(proposal, cwd) != approved:
            raise Refused("not run: the files have changed since the preview")
    return pipeline.perform(proposal, approved).exit_code


def agreed(risk: Risk, *, prompt: str = "", everything: Sequence[str] = ()) -> None:
    """Return where the person at the terminal says yes to this level; `l` lists EVERYTHING. Raises Refused."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        if risk is Risk.READ:
            return
        raise Refused(f"not run: {risk.word} needs a yes, and there is no terminal to ask on") from None
    try:
        answer = question(terminal, prompt or PROMPTS[risk], settle=risk > Risk.READ)
        while answer == "l" and everything:
            os.write(terminal, "".join(f"    {line}\n" for line in everything).encode("utf-8", "backslashreplace"))
            answer = question(terminal, prompt or PROMPTS[risk], settle=risk > Risk.READ)
    finally:
        os.close(terminal)
    if answer is None or answer not in ACCEPTED[risk]:
        raise Refused("not run")


def question(terminal: int, prompt: str, *, settle: bool) -> str | None:
    """Ask on TERMINAL with type-ahead thrown away; the line typed, or None on end of file, silence or a paste."""
    termios.tcflush(terminal, termios.TCIFLUSH)
    os.write(terminal, prompt.encode())
    if settle:
        time.sleep(SETTLE)
        termios.tcflush(terminal, termios.TCIFLUSH)
    if not select.select([terminal], [], [], IDLE)[0]:
        os.write(terminal, b"\n")
        return None
    line = os.read(terminal, 1024)
    if not line.endswith(b"\n") or b"\x1b" in line:
        os.write(terminal, b"\n")
        return None
    return line.decode("utf-8", "replace").strip().lower()
