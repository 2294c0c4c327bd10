"""Effects on files, one builder: what stands at a path now, what a call makes of it, and whether that can be taken back."""
from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol

from shellper.objects import Places, Sight, look, summed
from shellper.types import Change, Effect, Object, Risk, Word

from .globs import expand

LEVELS = {
    "read": Risk.READ, "miss": Risk.READ, "create": Risk.WRITE, "append": Risk.WRITE, "rename": Risk.WRITE, "mode": Risk.WRITE, "edit": Risk.WRITE, "state": Risk.READ, "net": Risk.READ,
    "replace": Risk.DESTRUCTIVE, "rename-over": Risk.DESTRUCTIVE, "delete": Risk.DESTRUCTIVE, "delete-tree": Risk.DESTRUCTIVE, "mode-tree": Risk.DESTRUCTIVE,
    "signal": Risk.READ, "spawn": Risk.DESTRUCTIVE, "system": Risk.SYSTEM,
}
WORDS = {
    "edit": "opens for editing", "create": "creates", "append": "adds to", "replace": "overwrites", "rename": "renames", "rename-over": "overwrites", "delete": "deletes", "delete-tree": "deletes the folder", "mode": "changes mode, owner or times of",
    "mode-tree": "changes all in", "signal": "signals", "spawn": "runs", "net": "uses the network:", "system": "changes the system:", "state": "changes",
}
MOST_LISTED = 20_000  # objects of a tree that are kept one by one


class Keeper(Protocol):
    """What undo can keep: both give the reason why not, or ""."""

    def cannot_trash(self, path: str) -> str: ...
    def cannot_keep(self, size: int) -> str: ...


class Nothing:
    """A keeper that can keep all; for assessments that only ask for the level."""

    def cannot_trash(self, path: str) -> str:
        return ""

    def cannot_keep(self, size: int) -> str:
        return ""


class Builder:
    """Makes the effects of one call in CWD. Names stay as the command has them, changes hold whole paths."""

    def __init__(self, cwd: str, keeper: Keeper, world: dict[str, Object | None] | None = None, sight: Sight | None = None, places: Places | None = None, *, origins: bool = True) -> None:
        self.cwd, self.keeper, self.origins = cwd, keeper, origins
        self.sight = Sight() if sight is None else sight
        self.places = Places(cwd) if places is None else places
        self._apart: set[str] = set()  # folders of which no earlier call makes or takes away a part above
        self._found: dict[Word, list[str]] = {}
        self.world: dict[str, Object | None] = {} if world is None else world  # what earlier calls of the plan make or take away
        self._room = 0  # bytes that the call's kept copies need so far
        self._trash: dict[str, str] = {}

    def expand(self, word: Word) -> list[str]:
        """The paths that WORD stands for, looked up once."""
        if not word.pattern:
            return [word.text]
        if word not in self._found:
            self._found[word] = expand(word, self.cwd)
        return self._found[word]

    def look(self, whole: str, *, walk: bool = False) -> Object | None:
        """What stands at WHOLE when the call's turn comes; a thing that does not exist yet has no inode."""
        if self.world:
            if whole in self.world:
                return self.world[whole]
            folder = whole.rpartition("/")[0]
            above = "/" if folder in self._apart else folder
            while len(above) > 1:
                if above in self.world:
                    found = self.world[above]
                    if found is None:
                        return found
                    if found.ino == 0:
                        return None if found.kind == "directory" else _unborn("file")
                above = above.rpartition("/")[0]
            self._apart.add(folder)
        found = self.sight[whole]
        return summed(found, whole) if walk and found and found.kind == "directory" else found

    def exists(self, path: str) -> bool:
        return self.look(self.places[path]) is not None if self.world else os.path.lexists(os.path.join(self.cwd, path))

    def is_folder(self, path: str) -> bool:
        """Whether PATH is a folder, or a link to one."""
        if self.world and (found := self.world.get(self.places[path])):
            return found.kind in ("directory", "tree")
        return os.path.isdir(os.path.join(self.cwd, path))

    def remember(self, effect: Effect, kind: str) -> None:
        """Later calls of the plan find what EFFECT leaves; a thing that it makes is of KIND: "file", "directory" (empty) or "tree" (full)."""
        if not effect.before or effect.before.kind == "directory":
            self._apart.clear()
        for change in effect.changes:
            if change.op == "move":
                self.world[change.path] = None
                if change.to:
                    self.world[change.to] = change.before
            elif change.op == "delete":
                self.world[change.path] = None
            elif change.op == "write" and change.before is None:
                self.world[change.path] = _unborn("tree" if "folder" in effect.tags else kind)
        if effect.kind == "create" and kind == "directory":
            self.world[self.places[effect.path]] = _unborn(kind)
        if effect.kind == "rename" and effect.changes and effect.changes[0].op == "write":  # gzip: the file is gone under its old name
            self.world[self.places[effect.path]] = None

    def create(self, path: str, *, parents: bool = False) -> Effect:
        whole = self.through(path)
        top = whole
        while parents and self.look(os.path.dirname(top)) is None:
            top = os.path.dirname(top)
        return Effect("create", path, changes=(Change("write", top),))

    def through(self, path: str) -> str:
        """Where a write to PATH arrives: at the end of a link."""
        whole = self.places[path]
        found = None if whole in self.world else self.sight[whole]
        return os.path.realpath(whole) if found and found.kind == "link" else whole

    def write(self, path: str, *, append: bool = False, itself: bool = False) -> Effect | None:
        """A write to PATH: create, append or replace; None where nothing is lost or made (devices). ITSELF: a link is replaced, not followed."""
        whole = self.places[path] if itself else self.through(path)
        before = self.look(whole)
        if before is None:
            return self.create(path, parents=True)  # a program that makes the folders too, or fails
        if before.kind in ("other", "directory"):
            return None
        tags = self.links(path, whole, before)
        if append:
            return Effect("append", path, before=before, tags=tags, changes=(Change("append", whole, before=before),))
        lost = self._cannot_keep(before, [(whole, before)])
        return Effect("replace", path, before=before, lost=lost, tags=tags, changes=() if lost else (Change("write", whole, before=before),))

    def edit(self, path: str) -> Effect:
        """PATH opened in an editor, which may write it."""
        found = self.write(path)
        return found._replace(kind="edit") if found else Effect("edit", path, lost="it is no file")

    def links(self, path: str, whole: str, found: Object) -> tuple[str, ...]:
        """Marks of an object: a link that leads elsewhere, other hard links of the same file."""
        tags = () if whole.endswith(path) or self.places[path] == whole else (f"link to {whole}",)
        return (*tags, f"{found.links} hard links") if found.links > 1 and found.kind == "file" else tags

    def delete(self, path: str, *, outside: bool = False, tree: bool = True) -> Effect | None:
        """PATH deleted: into the trash, or (OUTSIDE) by a program that unlinks it, its files kept before; None where there is nothing."""
        whole = self.places[path]
        before = self.look(whole, walk=tree)
        if before is None:
            return None
        kind = "delete-tree" if before.kind == "directory" and before.count > 1 else "delete"
        if not outside:
            lost = self.cannot_trash(whole, before)
            return Effect(kind, path, before=before, lost=lost, changes=() if lost else (Change("move", whole, before=before),))
        changes, lost = self._tree(whole, before)
        return Effect(kind, path, before=before, lost=lost, changes=changes)

    def cannot_trash(self, whole: str, before: Object) -> str:
        folder = whole.rpartition("/")[0]
        if folder not in self._trash:
            self._trash[folder] = self.keeper.cannot_trash(whole)
        if not self._trash[folder] and before.kind == "directory" and os.path.ismount(whole):
            return "it is a mount point"
        return self._trash[folder]

    def rename(self, old: str, new: str, *, outside: bool = False) -> list[Effect]:  # one effect, or none where nothing happens
        """OLD becomes NEW. An existing NEW goes to the trash first; with OUTSIDE a program does it, and NEW is kept before."""
        source, target = self.places[old], self.places[new]
        before, there = self.look(source), self.look(target)
        if before is None or source == target or (there and there.ino and (there.dev, there.ino) == (before.dev, before.ino)):
            return []
        lost = "" if before.dev in (0, self._device(target)) else "it goes to another disk"
        if lost or outside:
            changes, kept = self._tree(source, self.look(source, walk=True))
            arrives = (Change("write", target, before=there),) if not there or there.kind != "directory" else ()
            lost = lost or kept or (self._cannot_keep(there, [(target, there)]) if there else "")
            return [Effect("rename-over" if there else "rename", old, new, before=there or before, lost=lost, changes=() if lost else (*changes, *arrives))]
        move = Change("move", source, target, before=before)
        if there is None:
            return [Effect("rename", old, new, before=before, changes=(move,))]
        lost = self.cannot_trash(target, there)
        return [Effect("rename-over", old, new, before=there, lost=lost, changes=() if lost else (Change("move", target, before=there), move))]

    def mode(self, path: str, *, tree: bool = False, itself: bool = False) -> Effect | None:
        """Mode, owner or times of PATH, with TREE of all in it too."""
        whole = self.places[path] if itself else self.through(path)
        before = self.look(whole)
        if before is None:
            return None
        if not tree or before.kind != "directory":
            return Effect("mode", path, before=before, tags=self.links(path, whole, before), changes=(Change("meta", whole, before=before),))
        found = [(place, thing) for place, thing in walked(whole, before) if thing.kind != "link"]
        total = self.look(whole, walk=True)
        lost = f"more than {MOST_LISTED:,} objects" if len(found) > MOST_LISTED else ""
        return Effect("mode-tree", path, before=total, lost=lost, changes=() if lost else tuple(Change("meta", place, before=thing) for place, thing in found))

    def family(self, prefix: str, shown: str) -> Effect:
        """New files whose names begin with PREFIX and are not known yet."""
        head, tail = os.path.split(os.path.join(self.cwd, prefix))
        return Effect("create", shown, changes=(Change("family", os.path.join(os.path.realpath(head), tail)),))

    def _tree(self, whole: str, before: Object) -> tuple[tuple[Change, ...], str]:
        """Each object of a tree as a program will delete it, parents first; or why that cannot be kept."""
        found = walked(whole, before)
        lost = f"more than {MOST_LISTED:,} objects" if len(found) > MOST_LISTED else self._cannot_keep(before, found)
        return (() if lost else tuple(Change("delete", place, before=thing) for place, thing in found)), lost

    def _cannot_keep(self, before: Object, found: Iterable[tuple[str, Object]]) -> str:
        """Why BEFORE, which is made of FOUND, cannot be kept; "" where it can."""
        if any(thing.kind == "file" and thing.ino and not os.access(place, os.R_OK) for place, thing in found):
            return "it cannot be read"
        self._room += before.bytes
        return self.keeper.cannot_keep(self._room)

    def _device(self, target: str) -> int:
        folder = os.path.dirname(target)
        while self.world and self.world.get(folder):
            folder = os.path.dirname(folder)
        try:
            return os.stat(folder).st_dev
        except OSError:
            return -1


def _unborn(kind: str) -> Object:
    return Object(kind, 0, 0, 0, 0, 0, 0, 0, 1)


def walked(whole: str, before: Object) -> list[tuple[str, Object]]:
    """The object and all below it, parents before their contents, at most one more than are kept."""
    found = [(whole, before)]
    for place, thing in found:
        if thing.kind == "directory":
            try:
                names = sorted(os.listdir(place))
            except OSError:
                continue
            found += [(inner, below) for name in names if (below := look(inner := os.path.join(place, name)))]
        if len(found) > MOST_LISTED:
            break
    return found
