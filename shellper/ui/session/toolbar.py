"""The line at the bottom: folder, git branch, how long the last reading took."""
from __future__ import annotations

import os

from shellper.safety import show as visible

from .state import Session


def text(session: Session) -> str:
    """E.g. " ~/proj (main)   24 ms "."""
    branch = branch_of(session.cwd)
    parts = [short(session.cwd) + (f" ({branch})" if branch else "")] + ([f"{session.latency * 1000:.0f} ms"] if session.latency is not None else [])
    return " " + visible("   ".join(parts)) + " "


def short(folder: str) -> str:
    """FOLDER with ~ for the home."""
    home = os.path.expanduser("~")
    return "~" + folder[len(home) :] if folder == home or folder.startswith(home + "/") else folder


def branch_of(folder: str) -> str:
    """The branch that is checked out around FOLDER, the start of the commit where none is, "" outside of a repository."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        if folder in ("/", ""):
            return ""
        folder = os.path.dirname(folder)
    try:
        git = os.path.join(folder, ".git")
        if os.path.isfile(git):
            with open(git, encoding="utf-8", errors="replace") as file:
                git = os.path.join(folder, file.readline(4096).removeprefix("gitdir:").strip())
        with open(os.path.join(git, "HEAD"), encoding="utf-8", errors="replace") as file:
            head = file.readline(4096).strip()
    except OSError:
        return ""
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else head[:8]
