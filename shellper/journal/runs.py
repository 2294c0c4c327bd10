"""The journal read back: runs with their steps."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shellper.types import Change, Saved

from . import records


@dataclass(frozen=True)
class Stage:
    """One step of a run; not `finished` where the journal ends before its outcome. `saved` and `left` are a git repository before and after."""

    changes: tuple[Change, ...]
    finished: bool
    notes: tuple[str, ...] = ()
    saved: Saved | None = None
    left: Saved | None = None

    @property
    def repository(self) -> bool:
        """Whether it changed what git keeps, or may have."""
        return self.saved is not None and (self.left is None or replace(self.saved, keeper="", commit="") != replace(self.left, keeper="", commit=""))


@dataclass(frozen=True)
class Run:
    """One run. `status` is None where it never ended; `folders` maps a folder to its times (before, after) in nanoseconds."""

    number: int
    at: float
    command: str
    risk: str
    cwd: str
    undoes: int = 0
    steps: tuple[Stage, ...] = ()
    status: int | None = None
    folders: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    undone_by: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything was changed, or may have been."""
        return any(change.before or change.after or not step.finished for step in self.steps for change in step.changes) or any(step.notes or step.repository for step in self.steps)


def runs() -> list[Run]:
    """All runs, oldest first."""
    gathered: dict[int, dict[str, Any]] = {}
    for row in records.rows():
        run = gathered.setdefault(row["run"], {"steps": {}, "folders": {}})
        what = row["what"]
        if what in ("begin", "ran"):
            run["head"] = row
        if what == "intent":
            run["steps"][row["step"]] = {"intent": row}
            run["folders"].update({folder: [time, None] for folder, time in row.get("folders", {}).items() if folder not in run["folders"]})
        elif what == "done" and row["step"] in run["steps"]:
            run["steps"][row["step"]]["done"] = row
        elif what == "end":
            run["end"] = row
    found = [_run(number, parts) for number, parts in sorted(gathered.items()) if "head" in parts]
    undone = {run.undoes: run.number for run in found if run.undoes and run.status == 0}
    again = {number for number, by in undone.items() if by in undone}
    return [_with(run, undone[run.number]) if run.number in undone and run.number not in again else run for run in found]


def _with(run: Run, by: int) -> Run:
    return replace(run, undone_by=by)


def _run(number: int, parts: dict[str, Any]) -> Run:
    head, end = parts["head"], parts.get("end")
    filled = (end or {}).get("filled", {})
    for folder, time in (end or {}).get("folders", {}).items():
        if folder in parts["folders"]:
            parts["folders"][folder][1] = time
    steps = tuple(_stage(at, rows, filled) for at, rows in sorted(parts["steps"].items()))
    status = head.get("status") if head["what"] == "ran" else end["status"] if end else None
    folders = {folder: (times[0], times[1]) for folder, times in parts["folders"].items()}
    return Run(number, head.get("at", 0.0), head.get("command", ""), head.get("risk", ""), head.get("cwd", ""), head.get("undoes", 0), steps, status, folders)


def _stage(number: int, rows: dict[str, Any], filled: dict[str, Any]) -> Stage:
    notes = tuple(rows["intent"].get("notes", ()))
    saved = records.read_saved(rows["intent"].get("git"))
    if "done" not in rows:
        return Stage(tuple(records.read_change(row) for row in rows["intent"]["changes"]), False, notes, saved)
    changes = tuple(records.read_change(row, filled.get(f"{number}.{at}", row.get("after"))) for at, row in enumerate(rows["done"]["changes"]))
    return Stage(changes, True, notes, saved, records.read_saved(rows["done"].get("git")))
