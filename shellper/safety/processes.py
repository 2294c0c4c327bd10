"""The processes that a signal reaches, with their start times so that a reused number is noticed."""
from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from shellper.types import Effect, Object

_KEEPS_RUNNING = ("pause", "resume")


def signals(name: str, arguments: Mapping[str, Any]) -> Iterator[Effect]:
    """The effects of kill, killall or pkill with ARGUMENTS, one a process."""
    if "pids" in arguments:
        pids = arguments["pids"] if isinstance(arguments["pids"], list) else [arguments["pids"]]
        for text in map(str, pids):
            yield _effect(int(text), text) if re.fullmatch(r"\d+", text) and int(text) < 1 << 31 else Effect("signal", text, lost="a signal cannot be taken back")
        return
    rows = list(_matching(name, arguments))
    if not rows:
        yield Effect("miss", str(arguments.get("name", "")), to="no process matches now")
    for pid in rows:
        yield _effect(pid, str(pid))


def ends(arguments: Mapping[str, Any]) -> bool:
    """Whether the signal makes a process end unless it is caught."""
    return arguments.get("signal") not in _KEEPS_RUNNING


def _effect(pid: int, text: str) -> Effect:
    command, started, owner = described(pid)
    before = Object("process", 0, pid, 0, owner, 0, 0, started, 0) if command else None
    return Effect("signal", f"{text} {command}".strip(), before=before, lost="a signal cannot be taken back")


def described(pid: int) -> tuple[str, int, int]:
    """(command name, start time in clock ticks, user) of a process where /proc tells."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read().decode("utf-8", "replace")
        name, _, rest = text.partition("(")[2].rpartition(")")
        return name, int(rest.split()[19]), os.stat(f"/proc/{pid}").st_uid
    except (OSError, ValueError, IndexError):
        return "", 0, -1


def _matching(tool: str, arguments: Mapping[str, Any]) -> Iterator[int]:
    """Processes that killall or pkill would reach; too many rather than too few where an option narrows them in a way not known here."""
    wanted, flags = str(arguments.get("name", "")), re.IGNORECASE if arguments.get("ignore_case") else 0
    for entry in sorted(os.listdir("/proc") if os.path.isdir("/proc") else [], key=lambda text: int(text) if text.isdigit() else 0):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        command, _, owner = described(int(entry))
        if not command or (os.getuid() and owner != os.getuid()):
            continue
        text = _line(int(entry)) if arguments.get("full_command") else command
        try:
            whole = tool == "killall" or arguments.get("exact")
            if re.fullmatch(re.escape(wanted[:15]) if tool == "killall" else wanted, text, flags) if whole else re.search(wanted, text, flags):
                yield int(entry)
        except re.error:
            return


def _line(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""
