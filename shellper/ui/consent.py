"""A yes by level: nothing, y, or a typed word; nobody to ask means no."""
from __future__ import annotations

import os
import select
import signal
import sys
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shellper import config, pipeline
from shellper.errors import Refused
from shellper.types import Proposal, Risk

from . import effects

IDLE = 30.0  # seconds without an answer are a no
SETTLE = 0.3  # seconds in which keys typed before the question may still arrive


@dataclass(frozen=True)
class Flags:
    """What the options of this call allow; no file or variable can set them."""

    yes: bool = False
    destructive: bool = False
    system: bool = False


def run_with_consent(proposal: Proposal, cwd: str, flags: Flags, untracked: frozenset[str] = frozenset(), show: Callable[[Proposal], frozenset[str]] | None = None) -> int:
    """Ask as the level demands, then run exactly what was shown; gives the exit status. A number answers with one of the proposal's others,
    which SHOW shows (returning what git does not track) before it is asked for in turn. Raises Refused, BadInput and ProgramMissing."""
    risk = proposal.assessment.risk
    if risk is Risk.BLOCKED:
        raise Refused("never run: " + "; ".join(proposal.assessment.reasons))
    if proposal.command and all(stage.builtin for stage in proposal.command.stages):
        print(proposal.command.text)
        print("  this has to happen in your own shell: use the key binding, or paste it", file=sys.stderr)
        return 0
    if risk is Risk.SYSTEM and not flags.system:
        print(proposal.command.text if proposal.command else "")
        raise Refused("not run: changes of the system are only printed", hint="paste it, or say --allow-system")
    if risk is Risk.DESTRUCTIVE and config.value("confirm_destructive") == "never":
        raise Refused(f"not run: {config.settings()['confirm_destructive'].origin} keeps all that destroys from being run", hint="-p prints it")
    approved = pipeline.approve(proposal, cwd)
    if not answered(proposal, flags):
        word = expected(proposal)
        others = len(proposal.others) if show and word in ("", "y", "yes") else 0  # a count that has to be typed must not pick another reading
        picked = agreed(risk, word, everything=effects.everything(proposal, untracked), others=others)
        if picked and show:
            other = proposal.others[picked - 1]
            return run_with_consent(other, cwd, flags, show(other), show)
        if pipeline.approve(proposal, cwd) != approved:
            raise Refused("not run: the files or a program have changed since the preview")
    return pipeline.perform(proposal, approved).exit_code


def expected(proposal: Proposal) -> str:
    """What has to be typed: the word of the level, or a longer one where the settings ask for it; "" is Enter."""
    word = effects.word(proposal)
    return config.value("confirm_write") if word == "y" else word


def answered(proposal: Proposal, flags: Flags) -> bool:
    """Whether the options say yes: for what creates or changes files; with their own option for what destroys and can be undone; never
    for an argument that comes from terminal output. The settings can say yes to a sure reading that only reads."""
    if proposal.assessment.risk is Risk.READ and not effects.word(proposal) and not proposal.others and config.value("confirm_read") == "none":
        return True
    if not flags.yes or proposal.distrusted or "output" in proposal.plan.provenance.values():
        return False
    return proposal.assessment.risk <= Risk.WRITE or (proposal.assessment.risk is Risk.DESTRUCTIVE and flags.destructive and effects.undoable(proposal))


def prompt_for(risk: Risk, word: str, others: int = 0) -> str:
    """The question at a level, WORD being what has to be typed; a number up to OTHERS + 1 stands for another reading."""
    if others:
        return prompt_for(risk, word).rstrip() + f" or {' / '.join(map(str, range(2, others + 2)))} for another: "
    if risk <= Risk.WRITE:
        return "run it? y / N " if word else "run it? [Enter] "
    return f"this {'changes the system' if risk is Risk.SYSTEM else 'can destroy data'}; type {word} to run it: "


def agreed(risk: Risk, word: str, *, prompt: str = "", everything: Sequence[str] = (), others: int = 0) -> int:
    """Return 0 where the person at the terminal types WORD ("" = Enter, "y" also as yes); `l` lists EVERYTHING. A number
    from 2 to OTHERS + 1 asks for another reading: its place among the others, from 1, is returned. Raises Refused."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        if risk is Risk.READ:
            return 0
        raise Refused(f"not run: {risk.word} needs a yes, and there is no terminal to ask on", hint="--json tells what it would do") from None
    try:
        answer = question(terminal, prompt or prompt_for(risk, word, others), settle=risk > Risk.READ)
        while answer == "l" and everything and word != "l":
            os.write(terminal, "".join(f"    {line}\n" for line in everything).encode("utf-8", "backslashreplace"))
            answer = question(terminal, prompt or prompt_for(risk, word, others), settle=risk > Risk.READ)
    finally:
        os.close(terminal)
    accepted = {"": ("", "y", "yes"), "y": ("y", "yes")}.get(word, (word.lower(),))
    if answer in accepted:
        return 0
    if answer in map(str, range(2, others + 2)):
        return int(answer) - 1
    raise Refused("not run")


def question(terminal: int, prompt: str, *, settle: bool) -> str | None:
    """Ask on TERMINAL with type-ahead thrown away; the line typed, or None on end of file, silence, a paste, or a window that changes its
    size meanwhile (the question may have moved under the finger)."""
    termios.tcflush(terminal, termios.TCIFLUSH)
    os.write(terminal, prompt.encode("utf-8", "backslashreplace"))
    if settle:
        time.sleep(SETTLE)
        termios.tcflush(terminal, termios.TCIFLUSH)
    resized: list[int] = []
    before = signal.signal(signal.SIGWINCH, lambda *_: resized.append(1))
    try:
        line = os.read(terminal, 1024) if select.select([terminal], [], [], IDLE)[0] else b""
    finally:
        signal.signal(signal.SIGWINCH, before)
    if not line.endswith(b"\n") or b"\x1b" in line or line.count(b"\n") > 1 or (resized and settle):
        os.write(terminal, b"\n")
        return None
    return line.decode("utf-8", "replace").strip().lower()
