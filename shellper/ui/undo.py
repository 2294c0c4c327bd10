"""`shellper undo` and `shellper history`: what was run, and taking it back."""
from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from shellper import pipeline
from shellper.errors import NotUndone
from shellper.safety import show as visible
from shellper.types import Reversal, Risk

from .show import FIRST_PATHS, VERSION, json_line

if TYPE_CHECKING:
    from shellper.journal import Run


def take_back(number: int | None, *, yes: bool, dry_run: bool, agree: Callable[[list[str]], object] | None = None) -> int:
    """Show how the run is taken back, ask (AGREE, given all lines, raises Refused at a no), do it; the exit status. Raises BadInput, Refused
    and NotUndone."""
    from . import consent

    run = pipeline.find_run(number)
    steps = pipeline.reversals(run)
    print("\n".join(preview(run, steps)), file=sys.stderr)
    if not any(step.action and not step.problem for step in steps):
        raise NotUndone(f"run {run.number} cannot be undone: {why(run, steps)}")
    if dry_run:
        return 0
    if not yes:
        lines = [_line(step) for step in steps]
        agree(lines) if agree else consent.agreed(Risk.WRITE, "y", prompt="take it back? y / N ", everything=lines)
    failures = pipeline.undo(run, steps)
    if failures or any(step.problem for step in steps):
        raise NotUndone(f"run {run.number} is taken back in part: {why(run, steps, failures)}", hint="shellper undo can be repeated")
    return 0


def why(run: Run, steps: tuple[Reversal, ...], failures: list[str] | None = None) -> str:
    """The reasons in words."""
    reasons = [*(failures or []), *(step.problem for step in steps if step.problem), *(note for step in run.steps for note in step.notes)]
    if not reasons:
        reasons = ["it changed nothing, or all is as it was before"]
    return "; ".join(dict.fromkeys(reasons[:3])) + (f"; and {len(reasons) - 3} more" if len(reasons) > 3 else "")


def preview(run: Run, steps: tuple[Reversal, ...]) -> list[str]:
    """What will be done, and what cannot be."""
    lines = [f"  undo {run.number}: {visible(run.command)}"]
    if run.status is None:
        lines.append("  it did not end properly; what it had done by then is taken back")
    possible, problems = [step for step in steps if not step.problem], [step for step in steps if step.problem]
    lines += [f"    {_line(step)}" for step in possible[:FIRST_PATHS]]
    lines += [f"    and {len(possible) - FIRST_PATHS} more"] if len(possible) > FIRST_PATHS else []
    lines += [f"  cannot: {visible(step.problem)}" for step in problems[:FIRST_PATHS]]
    lines += [f"  cannot be undone: {visible(note)}" for stage in run.steps for note in stage.notes]
    return lines


def _line(step: Reversal) -> str:
    return visible(step.text) if not step.problem else f"cannot: {visible(step.problem)}"


def listing(*, as_json: bool, count: int) -> Iterator[str]:
    """The newest COUNT runs, one line each."""
    runs = pipeline.history()[-count:]
    for run in runs:
        yield json_line(row(run)) if as_json else f"{run.number:5}  {time.strftime('%Y-%m-%d %H:%M', time.localtime(run.at))}  {state(run):11}  {visible(run.command)}"


def state(run: Run) -> str:
    """What became of a run, in a word or two."""
    if run.undone_by:
        return "undone"
    if run.status is None:
        return "interrupted"
    if not run.changed:
        return "read" if run.status == 0 else f"status {run.status}"
    return "undo" if run.undoes else "can undo" if any(step.changes or (step.saved and not step.saved.problem) for step in run.steps) else "no undo"


def row(run: Run) -> dict[str, Any]:
    """A run as JSON: version 1; `changes` with op, path and to."""
    changes = [{"op": change.op, "path": change.path, **({"to": change.to} if change.to else {})} for step in run.steps for change in step.changes]
    return {
        "version": VERSION, "run": run.number, "at": run.at, "command": run.command, "risk": run.risk, "cwd": run.cwd, "exit_code": run.status, "state": state(run),
        "undoes": run.undoes or None, "undone_by": run.undone_by or None, "changes": changes, "cannot_undo": [note for step in run.steps for note in step.notes],
        "kept_refs": [step.saved.keeper for step in run.steps if step.saved and step.saved.keeper],
    }
