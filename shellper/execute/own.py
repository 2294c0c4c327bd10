"""What shellper does itself instead of a program: rm and find -delete become a move to the trash, mv a rename that replaces nothing."""
from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

from shellper.errors import Refused
from shellper.types import Change, Step

from .files import move

_WORDS = {"trash": "removed", "rename": "renamed"}


def perform(step: Step, changes: Sequence[Change]) -> int:
    """Do CHANGES in order and say on our stderr what could not be done, as the program would; 0 or 1. Stops at the first failure."""
    for complaint in step.complaints:
        say(2, f"{complaint}\n")
    for change in changes:
        try:
            move(change)
        except (OSError, Refused) as error:
            say(2, f"shellper: {os.path.basename(change.path)!r}: {getattr(error, 'strerror', None) or error}; stopped here, nothing is lost\n")
            return 1
        if step.loud:
            say(1, f"{_WORDS[step.own]} {change.path!r}" + (f" -> {change.to!r}" if step.own == "rename" else "") + "\n")
    return 1 if step.complaints else 0


def say(handle: int, text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(handle, text.encode("utf-8", "backslashreplace"))
