"""The effects of one call, from what its tool file declares and what exists."""
from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from shellper.tools import Tool
from shellper.tools.pathvalues import path_word
from shellper.types import Effect

from . import packing, processes, targets
from .effects import Builder

CHANGING = ("creates", "overwrites", "appends", "deletes", "moves", "modes")
_NO_DECLARATION: Mapping[str, Any] = {}


def listed(value: Any) -> list:
    return value if isinstance(value, list) else [value]


def named(effect: list, arguments: Mapping[str, Any]) -> list[str]:
    """The argument names of an effect; an entry {"arg", "if" | "unless"} counts where that argument is given, or none of those is."""
    names = []
    for entry in effect:
        if isinstance(entry, str):
            names.append(entry)
        elif any(arguments.get(name) for name in listed(entry.get("if", entry.get("unless")))) is ("if" in entry):
            names.append(entry["arg"])
    return names


def changes_files(tool: Tool, arguments: Mapping[str, Any]) -> bool:
    """Whether the call can change files that its arguments name, or its own."""
    effects = tool.spec["effects"]
    return any(named(effects.get(kind, []), arguments) for kind in CHANGING) or any(effects.get(key) for key in ("beside", "unpacks", "family", "saves"))


def effects(tool: Tool, arguments: Mapping[str, Any], build: Builder, new_name=None, *, outside: bool = False) -> tuple[Effect, ...]:
    """What the call does, in order. Values of path arguments are patterns, expanded now. NEW_NAME gives a loop's new path of a path. With
    OUTSIDE a program does it all; else shellper itself deletes and renames, where that can be undone."""
    found = [effect for effect in _Call(tool, arguments, build, new_name, outside).all() if effect]
    if not outside and "own" in tool.spec["effects"] and any(effect.lost for effect in found):
        found = [effect for effect in _Call(tool, arguments, build, new_name, True).all() if effect]
    return tuple({(effect.kind, effect.path, effect.to, *[change.path for change in effect.changes[:2]]): effect for effect in found}.values())


class _Call:
    def __init__(self, tool: Tool, arguments: Mapping[str, Any], build: Builder, new_name, outside: bool) -> None:
        self.tool, self.arguments, self.build, self.new_name = tool, arguments, build, new_name
        self.spec = tool.spec["effects"]
        self.kinds = {kind: named(self.spec.get(kind, []), arguments) for kind in ("reads", *CHANGING)}
        self.going: set[str] = set()  # whole paths that are deleted so far
        self.into: Mapping[str, str] = self.spec.get("into", _NO_DECLARATION)
        # shellper does it itself unless the program has to ask, or to look at more than names
        own = self.spec.get("own")
        self.outside = outside or own is None or any(arguments.get(name) for name in (*own.get("unless", ()), "as_root"))

    def paths(self, name: str) -> Iterator[tuple[str, str]]:
        """(path, where the value stands) of an argument: "name" or "name.1"."""
        value = self.arguments.get(name, self.tool.properties.get(name, {}).get("default", []))
        for at, one in enumerate(listed(value)):
            for path in self.build.expand(path_word(str(one))):
                yield path, f"{name}.{at}" if isinstance(value, list) else name

    def all(self) -> Iterator[Effect | None]:
        if self.tool.loop:
            yield from self._loop()
            return
        placed = {*self.into, *self.into.values()}
        for destination, source in self.into.items():
            if destination in self.arguments or source in self.kinds["moves"]:
                yield from self._arrivals(destination, source)
        for name in self.kinds["deletes"]:
            if name in placed:
                for path, _ in self.paths(name):
                    yield Effect("delete-tree", path, lost="what is superfluous there is decided when it runs")
            else:
                yield from self._deletions(name)
        for name in dict.fromkeys((*self.kinds["creates"], *self.kinds["overwrites"], *self.kinds["appends"])):
            if name not in placed:
                yield from self._writings(name)
        for name in named(self.spec.get("edits", []), self.arguments):
            for path, _ in self.paths(name):
                yield self.build.edit(path)
        for name in self.kinds["modes"]:
            for path, origin in self.paths(name):
                yield self._marked(self.build.mode(path, tree=bool(self.arguments.get("recursive")), itself=bool(self.arguments.get("links_themselves"))), origin)
        yield from self._special()
        yield from self._programs()

    def _marked(self, effect: Effect | None, origin: str) -> Effect | None:
        """EFFECT with the place of the argument that named its object."""
        return effect._replace(tags=(*effect.tags, f"@{origin}")) if effect and self.build.origins else effect

    def _loop(self) -> Iterator[Effect | None]:
        copying = bool(self.kinds["reads"])
        for path, origin in self.paths(self.tool.loop["paths"]):
            new = self.new_name(path)
            if new == path or not self.build.exists(path):
                continue
            for effect in [self.build.write(new)] if copying else self.build.rename(path, new, outside=self.outside):
                yield self._marked(effect, origin)

    def _arrivals(self, destination: str, source: str) -> Iterator[Effect | None]:
        arguments = self.arguments
        moving, linking = source in self.kinds["moves"], self.spec.get("own") is None and self.tool.program() == "ln"
        sources = list(self.paths(source))
        place = next((path for path, _ in self.paths(destination)), "")
        if ":" in place.split("/")[0]:  # on another machine
            yield Effect("net", place, lost="what another machine has cannot be brought back", tags=("sends",))
            return
        if self.tool.program() == "rsync" and any(path.endswith("/") for path, _ in sources):
            sources = [(os.path.join(path, ".") if path.endswith("/") else path, origin) for path, origin in sources]
        if not place or (place.endswith("/") and not self.build.is_folder(place)):
            if not linking or place:
                yield Effect("miss", place, to="there is no such folder") if place else None
                return
        if linking:
            sources = [(path.rstrip("/"), origin) for path, origin in sources]
            place = place or "."
        existing = [(path, origin) for path, origin in sources if linking or ":" in path.split("/")[0] or self.build.exists(path)]
        going = targets.pairs([path for path, _ in sources], place, self.build.is_folder(place), keep_path=bool(arguments.get("keep_path")), as_file=bool(arguments.get("no_dereference")) and os.path.islink(os.path.join(self.build.cwd, place)))
        if not going and sources:
            yield Effect("miss", place, to="it is no folder, and several files cannot become one")
        origins = dict(existing)
        for old, new in going:
            if old in origins:
                for effect in self._arrival(old, new, moving=moving, linking=linking):
                    yield self._marked(effect, origins[old])
            else:
                yield Effect("miss", old, to=f"{self.tool.program()}: cannot stat {old!r}: No such file or directory")

    def _arrival(self, old: str, new: str, *, moving: bool, linking: bool) -> Iterator[Effect | None]:
        arguments, cwd = self.arguments, self.build.cwd
        taken = self.build.exists(new)
        if taken and arguments.get("no_overwrite"):
            return
        if moving:
            if old.endswith("/") and os.path.islink(os.path.join(cwd, old.rstrip("/"))):
                yield Effect("miss", old, to="it is a link: leave out the slash to move the link itself")
                return
            yield from self.build.rename(old.rstrip("/") or old, new, outside=self.outside)
        elif linking:
            if not taken:
                yield self.build.create(new)
            elif arguments.get("force") or arguments.get("interactive"):
                yield self.build.write(new, itself=True)
        elif self.build.is_folder(old) and not os.path.islink(os.path.join(cwd, old.rstrip("/"))):
            if self.tool.program() != "cp" or arguments.get("recursive") or arguments.get("archive"):
                for inner, target in targets.merged(old, new, cwd):
                    if not (arguments.get("no_overwrite") and self.build.exists(target)) and not self.build.is_folder(target):
                        effect = self.build.write(target)
                        yield effect._replace(tags=(*effect.tags, "folder")) if effect and self.build.is_folder(inner) else effect
        else:
            yield self.build.write(new)
        if arguments.get("backup") and taken:
            yield self.build.write(new, itself=True)
            yield self.build.write(new + "~", itself=True)

    def _deletions(self, name: str) -> Iterator[Effect | None]:
        recursive = bool(self.arguments.get("recursive")) or self.tool.program() not in ("rm", "rmdir")
        for path, origin in self.paths(name):
            if not self.outside and not path.endswith("/"):  # the usual case, looked at once
                effect = self.build.delete(path, tree=recursive)
                if effect and effect.before and effect.before.kind != "directory":
                    self.going.add(f"{self.build.cwd}/{path}")
                    yield self._marked(effect, origin)
                    continue
            whole = os.path.join(self.build.cwd, path)
            if path.endswith("/") and os.path.islink(path_of := whole.rstrip("/")) and path_of:
                yield Effect("miss", path, to="it is a link: leave out the slash to delete the link itself")
            elif self.tool.program() == "rm" and os.path.isdir(whole) and not os.path.islink(whole) and not recursive:
                empty = self.arguments.get("empty_folders") and packing.empties(whole, self.going)
                yield self._marked(self.build.delete(path, outside=self.outside), origin) if empty else Effect("miss", path, to=f"{self.tool.program()}: cannot remove {path!r}: {'Directory not empty' if self.arguments.get('empty_folders') else 'Is a directory'}")
            elif not self.build.exists(path):
                if not self.arguments.get("force"):
                    yield Effect("miss", path, to=f"{self.tool.program()}: cannot remove {path!r}: No such file or directory")
            elif self.tool.program() == "rmdir":
                yield from self._folders(path, origin)
            else:
                self.going.add(whole.rstrip("/"))
                yield self._marked(self.build.delete(path, outside=self.outside), origin)

    def _folders(self, path: str, origin: str) -> Iterator[Effect | None]:
        """rmdir: the folder where it is empty, with --parents those above that become so."""
        whole = os.path.join(self.build.cwd, path)
        while path and os.path.isdir(whole) and len(packing.entries(whole)) <= (origin == ""):
            yield self._marked(self.build.delete(path, outside=True), origin) if origin else self.build.delete(path, outside=True, tree=False)
            if not self.arguments.get("parents"):
                return
            path, whole, origin = os.path.dirname(path.rstrip("/")), os.path.dirname(whole.rstrip("/")), ""

    def _writings(self, name: str) -> Iterator[Effect | None]:
        append, overwrite = name in self.kinds["appends"], name in self.kinds["overwrites"]
        for path, origin in self.paths(name):
            whole = os.path.join(self.build.cwd, path)
            if not self.build.exists(path):
                ending = self.spec.get("ending", {}).get(name, "")
                if ending and "." not in os.path.basename(path):
                    yield self.build.write(path + ending)
                elif name in self.kinds["creates"] or name != self.tool.each:
                    yield self._marked(self.build.create(path, parents=bool(self.arguments.get("parents"))), origin)
            elif append or overwrite:
                yield self._marked(self.build.write(path, append=append, itself=False), origin)
                if os.path.islink(whole):  # some programs follow a link, some replace it
                    yield self._marked(self.build.write(path, itself=True), origin)
            elif self.tool.program() == "touch" or not self.build.is_folder(path):
                touched = self.build.mode(path) or (None if self.arguments.get("no_create") else self.build.write(path))  # through a link to nothing
                yield self._marked(touched, origin)

    def _special(self) -> Iterator[Effect | None]:
        arguments = self.arguments
        if beside := self.spec.get("beside"):
            yield from packing.beside(beside, arguments, list(self.paths(beside["arg"])), self.build, self._marked)
        if (unpacks := self.spec.get("unpacks")) and not arguments.get("to_stdout"):
            yield from packing.unpacked(arguments, next((path for path, _ in self.paths(unpacks)), ""), next((path for path, _ in self.paths("directory")), "."), self.build)
        if family := self.spec.get("family"):
            prefix = next((path for path, _ in self.paths(family["arg"])), family["default"])
            yield self.build.family(prefix, f"{prefix}…")
            for place in [] if prefix.endswith("/") else packing.alike(prefix, self.build.cwd):
                yield self.build.write(place)
        if saves := self.spec.get("saves"):
            if not saves.get("if") or arguments.get(saves["if"]):
                name = targets.from_address(str(arguments.get(saves["arg"], ""))) or saves.get("default", "index.html")
                folder = next((path for path, _ in self.paths("directory")), "") if "directory" in self.tool.properties else ""
                if not any(arguments.get(other) for other in saves.get("unless", ())):
                    yield self.build.write(os.path.join(folder, name)) if saves.get("over") else self.build.family(os.path.join(folder, name), os.path.join(folder, name))

    def _programs(self) -> Iterator[Effect | None]:
        arguments, program = self.arguments, self.tool.program()
        if self.spec.get("signals"):
            yield from processes.signals(self.tool.name, arguments)
        if self.spec.get("unknown"):
            yield Effect("spawn", str(arguments.get(self.spec["unknown"], program)) if isinstance(self.spec["unknown"], str) else program, lost="what it does is not known")
        if (kept := self.spec.get("state")) and self.tool.spec["risk"] != "read":
            yield Effect("state", kept, lost="" if self.spec.get("refs") else f"{kept} keeps that itself")
        if self.spec.get("privilege") is True or arguments.get("as_root"):
            yield Effect("system", f"runs {program} with all rights", lost="changes to the system cannot be taken back")
        if self.spec.get("network"):
            yield Effect("net", str(arguments.get("url") or arguments.get("host") or program), lost="what went over the network cannot be taken back", tags=("sends",) if arguments.get("data") else ())
