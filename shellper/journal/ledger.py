"""What one run does, written down before and after each of its steps."""
from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from shellper import config
from shellper.errors import StateUnusable
from shellper.objects import look, moved
from shellper.redact import redact
from shellper.types import Change, Saved

from . import kept, records, trash


@dataclass(frozen=True)
class Entry:
    """One step as announced: its number and its changes with their places in the trash and kept copies."""

    step: int
    changes: tuple[Change, ...]
    saved: Saved | None = None


class Ledger:
    """The entries of one run. Nothing is written before the first step that changes something."""

    def __init__(self, command: str, risk: str, cwd: str, undoes: int = 0) -> None:
        self.begin = {"command": redact(command), "risk": risk, "cwd": cwd}
        if undoes:
            self.begin["undoes"] = undoes
        self.run = 0
        self.entries: list[tuple[Entry, tuple[Change, ...]]] = []
        self.folders: dict[str, int] = {}

    def intend(self, changes: Sequence[Change], notes: Sequence[str] = (), saved: Saved | None = None) -> Entry:
        """Keep what CHANGES overwrite, reserve places in the trash, and write all that down before anything is done; NOTES say what cannot
        be taken back, SAVED how a git repository stands now. Raises StateUnusable, with all that was reserved given up again."""
        if not self.run:
            with records.opened() as handle:
                self.run = records.next_run(handle)
                records.append(handle, {"run": self.run, "v": records.VERSION, "what": "begin", "at": records.now(), **self.begin})
            kept.prune(sum(change.before.size for change in changes if change.before))
        ready: list[Change] = []
        try:
            for change in changes:
                ready.append(self._ready(change))
            entry = Entry(len(self.entries), tuple(ready), saved)
            row = {"run": self.run, "what": "intent", "step": entry.step, "changes": [records.change_row(change) for change in ready], "folders": self._folders(ready)}
            with records.opened() as handle:
                records.append(handle, {**row, **({"notes": list(notes)} if notes else {}), **({"git": records.saved_row(saved)} if saved else {})})
        except StateUnusable:
            for change in ready:
                give_up(change)
            raise
        self.entries.append((entry, ()))
        return entry

    def outcome(self, entry: Entry, status: int, left: Saved | None = None) -> None:
        """Write down what the step left; LEFT is how the git repository stands then."""
        done = tuple(change._replace(after=look(_left(change), walk=True)) for change in entry.changes if change.op != "family")
        for change in entry.changes:
            if change.op == "family":
                done += tuple(Change("write", path, after=look(path, walk=True)) for path in family(change.path) if path not in change.names)
        self.entries[entry.step] = (entry, done)
        row = {"run": self.run, "what": "done", "step": entry.step, "status": status, "changes": [{**records.change_row(change), "after": records.object_row(change.after)} for change in done]}
        if left:
            row["git"] = records.saved_row(left)
        with records.opened() as handle:
            records.append(handle, row)

    def close(self, status: int) -> None:
        """Write down the end: the exit status, the times of the folders, and folders that later steps filled."""
        if not self.run:
            return
        paths = {path for _, done in self.entries for change in done for path in (change.path, change.to)}
        filled = {}
        for entry, done in self.entries:
            for at, change in enumerate(done):
                if change.op == "write" and change.after and change.after.kind == "directory" and any(path.startswith(change.path + "/") for path in paths):
                    filled[f"{entry.step}.{at}"] = records.object_row(look(change.path, walk=True))
        moves = [(change.path, change.to) for _, done in self.entries for change in done if change.op == "move" and change.after]
        now = {folder: found.mtime for folder in self.folders if (found := look(moved(folder, moves)))}
        with records.opened() as handle:
            records.append(handle, {"run": self.run, "what": "end", "at": records.now(), "status": status, "folders": now, **({"filled": filled} if filled else {})})

    def _ready(self, change: Change) -> Change:
        if change.before and not change.before.ino:  # an earlier step has made it
            change = change._replace(before=look(change.path, walk=True))
        if change.op == "move" and not change.to:
            place, info = trash.reserve(change.path)
            return change._replace(to=place, info=info)
        if change.op in ("write", "delete") and change.before and change.before.kind == "file" and not change.kept:
            return change._replace(kept=kept.keep(self.run, change.path, change.before, linked=change.op == "delete"))
        if change.op == "family":
            return change._replace(names=tuple(family(change.path)))
        return change

    def _folders(self, changes: Sequence[Change]) -> dict[str, int]:
        """The times of the folders around CHANGES that are not known yet."""
        new = {}
        for change in changes:
            for path in (change.path, change.to if not change.info else ""):
                folder = os.path.dirname(path)
                if path and folder not in self.folders and (found := look(folder)):
                    self.folders[folder] = new[folder] = found.mtime
        return new


def note_read(command: str, risk: str, cwd: str, status: int) -> None:
    """One line for a run that changed nothing; a journal that cannot be written is no reason to fail. Without `history` there is none."""
    if not config.value("history"):
        return
    try:
        with records.opened() as handle:
            records.append(handle, {"run": records.next_run(handle), "v": records.VERSION, "what": "ran", "at": records.now(), "command": redact(command), "risk": risk, "cwd": cwd, "status": status}, sync=False)
    except StateUnusable:
        pass


def family(prefix: str) -> list[str]:
    """The paths in a folder whose names begin as PREFIX does."""
    folder, start = os.path.split(prefix)
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.startswith(start))
    except OSError:
        return []


def give_up(change: Change) -> None:
    """Forget a reserved place or a kept copy."""
    if change.info:
        trash.release(change.info)
    if change.kept:
        kept.discard(change.kept)


def _left(change: Change) -> str:
    return change.to if change.op == "move" else change.path
