"""Run one command, or undo, in a process that kills itself at its N-th contact with journal, trash or files: python crash.py N LINE|undo."""
from __future__ import annotations

import os
import signal
import sys

from undo_kit import run, undo

from shellper import execute, journal, render
from shellper.execute import back, own
from shellper.journal import kept, records, trash


def countdown(left: int):
    """A wrapper of functions: SIGKILL before or after the call whose turn it is."""
    state = {"left": left}

    def tick() -> None:
        state["left"] -= 1
        if state["left"] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(function):
        def inner(*args, **kwargs):
            tick()
            result = function(*args, **kwargs)
            tick()
            return result

        return inner

    return wrap


def main(argv: list[str]) -> None:
    wrap = countdown(int(argv[0]))
    records.append, trash.reserve, kept.keep = wrap(records.append), wrap(trash.reserve), wrap(kept.keep)
    own.move, back.reverse, execute.run.__globals__["_pipeline"] = wrap(own.move), wrap(back.reverse), wrap(execute.run.__globals__["_pipeline"])
    if argv[1] == "undo":
        undo()
    else:
        run(render.parse(argv[1]), os.getcwd())
    assert journal


if __name__ == "__main__":
    main(sys.argv[1:])
