"""How a run is taken back: each change in reverse, each checked against what stands there now."""
from __future__ import annotations

import os
from collections.abc import Iterator

from shellper.objects import look, same
from shellper.types import Change, Object, Reversal

from .ledger import family
from .runs import Run

_GONE = "is no longer where the run left it"
_NEWER = "has changed since"


def reversals(run: Run) -> tuple[Reversal, ...]:
    """What taking RUN back does, in order; those with a problem say why they cannot be done. Nothing is touched."""
    return tuple(_Planner(run).plan())


class _Planner:
    """Looks at the disk as it will be once the reversals so far are done."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.moved: dict[str, Object | None] = {}

    def plan(self) -> list[Reversal]:
        made = [change.path for step in self.run.steps for change in step.changes if change.op == "write" and change.before is None and change.after]
        out = []
        for step in reversed(self.run.steps):
            if step.saved and not step.saved.problem and step.repository:
                where = f"{step.saved.branch.removeprefix('refs/heads/') or 'no branch'} at {step.saved.head[:10]}"
                out.append(Reversal(Change("git", step.saved.top), "git", f"bring the repository {step.saved.top} back to {where}", saved=step.saved, left=step.left))
            for change in _backwards(_unfolded(step.changes), step.finished):
                if step.saved and not step.saved.problem and change.path.startswith(step.saved.top + "/"):
                    continue  # git brings it back
                if change.op == "write" and change.before is None and any(change.path.startswith(folder + "/") for folder in made):
                    continue  # it goes with the folder that the run made
                found = getattr(self, f"_{change.op}")(change, step.finished)
                if found and found.action and not found.problem:
                    self._remember(found)
                if found and (found.action or found.problem):
                    out.append(found)
        return out

    def look(self, path: str) -> Object | None:
        return self.moved[path] if path in self.moved else look(path, walk=True)

    def _remember(self, done: Reversal) -> None:
        if done.action == "move":
            self.moved[done.change.to or "\0trash"] = done.change.before
            self.moved[done.change.path] = None
        elif done.old:  # as this reversal leaves it: a new object, which needs no comparing
            self.moved[done.change.path] = done.old._replace(ino=0)

    def _move(self, change: Change, finished: bool) -> Reversal | None:
        there, here = self.look(change.to), self.look(change.path)
        back = Change("move", change.to, change.path, there)
        text = f"{'take out of the trash' if change.info else 'move back'}: {change.path}"
        if change.info and _in_trash(change.path, change.info):  # it was taken out of the trash: it goes there again
            back, text = back._replace(to=""), f"move to the trash: {change.to}"
        if there is None or change.before is None or there.ino not in (0, change.before.ino):
            if here and change.before and here.ino == change.before.ino:
                return None
            return Reversal(back, "move", text, problem=f"{change.to} {_GONE}") if change.after or not finished else None
        if finished and change.after is None:
            return None
        if finished and not _as_left(there, change.after):
            return Reversal(back, "move", text, problem=f"{change.to} {_NEWER}")
        if back.to and here:
            return Reversal(back, "move", text, problem=f"{change.path} exists again")
        if back.to and not self._folder(back.to):
            return Reversal(back, "move", text, problem=f"the folder of {change.path} is gone")
        return Reversal(back, "move", text, info=change.info, old=change.before)

    def _write(self, change: Change, finished: bool) -> Reversal | None:
        now, before = self.look(change.path), change.before
        if same(now, before) or (finished and same(change.after, before)):
            return None
        text = f"restore: {change.path}" if before else f"move to the trash: {change.path}"
        back = Change("write" if before else "move", change.path, before=now)
        action = "restore" if before else "move"
        if finished and not _as_left(now, change.after) and not self._filled(now, change):
            if _back(now, before):
                return None
            return Reversal(back, action, text, problem=f"{change.path} {_NEWER if now else _GONE}")
        if before is None:
            return Reversal(back, action, text)
        if before.kind == "file" and not (change.kept and os.path.isfile(change.kept)):
            return Reversal(back, action, text, problem=f"the copy of {change.path} is no longer kept")
        if before.kind == "other" or (now and now.kind == "directory" != before.kind):
            return Reversal(back, action, text, problem=f"{change.path} is not a file that could be written again")
        if not self._folder(change.path):
            return Reversal(back, action, text, problem=f"the folder of {change.path} is gone")
        return Reversal(back, "meta" if now and before.kind == "directory" else action, text, kept=change.kept, old=before)

    _delete = _write

    def _filled(self, now: Object | None, change: Change) -> bool:
        """Whether a folder that the run has made, in a run or an undo that was cut off, holds nothing but what the run put there."""
        if not (now and change.after and now.ino == change.after.ino and now.kind == "directory" and change.before is None):
            return False
        made = {one.path: one.after for step in self.run.steps for one in step.changes if one.op == "write" and one.before is None}
        return all(
            (inner in self.moved and self.moved[inner] is None) or (inner in made and (same(look(inner, walk=True), made[inner]) or self.run.status is None)) for inner in _below(change.path)
        )

    def _meta(self, change: Change, finished: bool) -> Reversal | None:
        now, before = self._plain(change.path), change.before
        after = _unwalked(change.after)
        if same(now, before) or (finished and same(after, before)):
            return None
        back, text = Change("meta", change.path, before=now), f"give back its mode, owner and times: {change.path}"
        if now is None or before is None or now.ino not in (0, before.ino) or (finished and not _as_left(now, after)):
            return Reversal(back, "meta", text, problem=f"{change.path} {_NEWER if now else _GONE}")
        return Reversal(back, "meta", text, old=before)

    def _append(self, change: Change, finished: bool) -> Reversal | None:
        now, before = self.look(change.path), change.before
        if same(now, before) or (finished and same(change.after, before)):
            return None
        back, text = Change("write", change.path, before=now), f"cut off what was added: {change.path}"
        if now is None or before is None or now.ino not in (0, before.ino) or now.size < before.size or (finished and not _as_left(now, change.after)):
            return Reversal(back, "truncate", text, problem=f"{change.path} {_NEWER if now else _GONE}")
        return Reversal(back, "truncate", text, old=before)

    def _folder(self, path: str) -> bool:
        folder = os.path.dirname(path)
        return os.path.isdir(folder) or any(place == folder and found for place, found in self.moved.items()) or any(folder.startswith(place + "/") and found for place, found in self.moved.items())

    def _plain(self, path: str) -> Object | None:
        return self.moved[path] if path in self.moved else look(path)


def _back(now: Object | None, before: Object | None) -> bool:
    """Whether NOW is a copy of BEFORE that an undo has put back already."""
    return now is not None and before is not None and before.kind != "directory" and same(now._replace(ino=0), before._replace(ino=0))


def _below(folder: str) -> Iterator[str]:
    for here, names, others in os.walk(folder):
        for name in (*names, *others):
            yield os.path.join(here, name)


def _backwards(changes: list[Change], finished: bool) -> list[Change]:
    """CHANGES of one step in the order in which they are taken back: what the step deleted comes last, folders before what was in them."""
    gone = {change.path: change for change in changes if change.op in ("write", "delete") and change.before and not change.after and (finished or change.op == "delete")}
    return [*(change for change in reversed(changes) if change.path not in gone or change.op not in ("write", "delete")), *(gone[path] for path in sorted(gone))]


def _as_left(now: Object | None, after: Object | None) -> bool:
    """Whether the object is as the run left it, or as an earlier reversal makes it."""
    return bool(now and not now.ino) or same(now, after)


def _unwalked(found: Object | None) -> Object | None:
    return found._replace(count=1, bytes=found.size, newest=found.mtime) if found else None


def _unfolded(changes: tuple[Change, ...]) -> list[Change]:
    """CHANGES with a family (of a step without outcome) as the files that have appeared."""
    out: list[Change] = []
    for change in changes:
        if change.op == "family":
            out += [Change("write", path) for path in family(change.path) if path not in change.names]
        else:
            out.append(change)
    return out


def _in_trash(path: str, info: str) -> bool:
    return os.path.dirname(os.path.dirname(path)) == os.path.dirname(os.path.dirname(info)) and os.path.basename(os.path.dirname(path)) == "files"
