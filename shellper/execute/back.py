"""Taking a run back: each reversal in the journal before and after, the times of folders last."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from shellper.errors import Refused
from shellper.objects import look, moved
from shellper.types import Reversal

from . import repository
from .files import give_meta, give_time, reverse
from .run import Ledger


def take_back(steps: Sequence[Reversal], folders: Mapping[str, tuple[int, int | None]], ledger: Ledger, release: Callable[[str], None]) -> list[str]:
    """Do STEPS in order; what could not be done, in words. FOLDERS maps a folder to its times before and after the run; RELEASE forgets
    the trash's record of a file that is back. Raises StateUnusable before anything has been done."""
    places = [(step.change.to, step.change.path) for step in steps if step.action == "move" and step.change.to]
    untouched = {folder for folder, (_, after) in folders.items() if (found := look(moved(folder, places))) and found.mtime == after}
    failures: list[str] = []
    made: list[Reversal] = []
    for part in _parts(steps):
        if part[0].action == "git":
            failures += _repository(part[0], ledger)
            continue
        entry = ledger.intend([step.change for step in part])
        before = len(failures)
        try:
            for step, change in zip(part, entry.changes):
                try:
                    reverse(step, change)
                    if step.action == "restore" and step.old and step.old.kind == "directory":
                        made.append(step)
                    if step.info:
                        release(step.info)
                except (OSError, Refused) as error:
                    failures.append(f"{step.change.path}: {getattr(error, 'strerror', None) or error}")
        finally:
            ledger.outcome(entry, int(len(failures) > before))
    for step in reversed(made):
        give_meta(step.change.path, step.old)
    for folder in sorted(untouched, key=len, reverse=True):
        before = folders[folder][0]
        found = look(folder)
        if found:
            give_time(folder, before, found.mtime)
    return failures


def _repository(step: Reversal, ledger: Ledger) -> list[str]:
    """A git repository brought back, itself kept before; what failed, in words."""
    saved = repository.save(step.change.path)
    entry = ledger.intend((), (), saved)
    failures = []
    try:
        repository.bring_back(step)
    except Refused as error:
        failures.append(f"{step.change.path}: {error}")
    finally:
        ledger.outcome(entry, len(failures), repository.look(step.change.path))
    return failures


def _parts(steps: Sequence[Reversal]) -> Iterator[list[Reversal]]:
    """STEPS in groups that can be announced at once: none needs what an earlier one of its group does."""
    part: list[Reversal] = []
    touched: set[str] = set()
    for step in steps:
        paths = [path for path in (step.change.path, step.change.to) if path]
        if part and (step.action == "git" or part[0].action == "git" or any(place in touched for path in paths for place in _above(path))):
            yield part
            part, touched = [], set()
        part.append(step)
        touched.update(paths)
    if part:
        yield part


def _above(path: str) -> Iterator[str]:
    while path and path != "/":
        yield path
        path = os.path.dirname(path)
