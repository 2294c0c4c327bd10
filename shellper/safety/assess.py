"""Risk from (tool, argument, effects on what exists), never from text."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from shellper.objects import Sight
from shellper.tools import Catalogue, Tool, catalogue
from shellper.tools.pathvalues import has_wildcard, path_word
from shellper.types import Assessment, Effect, Object, Plan, Risk, ToolCall

from . import calls, guards, levels, pins, raises
from .calls import CHANGING, listed, named
from .effects import Builder, Keeper, Nothing
from .globs import expand
from .scripts import UNKNOWN
from .show import show

_REMOVING = ("deletes", "moves", "modes")
_NARROWS_NOTHING = {"paths", "delete", "type", "contents_first", "prune", "show", "format", "details", "as_root"}  # arguments of find that leave the whole tree selected
MOST_REASONS = 5
_DECODERS = {"base64", "xxd", "zcat", "gunzip", "bunzip2", "unxz"}

Reader = Callable[[list[str]], "ToolCall | None"]
Unread = Callable[[list[str], str], tuple[Risk, str]]
Namer = Callable[[Tool, Mapping[str, Any]], Callable[[str], str]]


def assess(
    plan: Plan, cwd: str, *, tools: Catalogue | None = None, read: Reader = lambda words: None, keeper: Keeper | None = None,
    listing: pins.Listing | None = None, new_name: Namer = lambda tool, arguments: str, said: str | None = None, unread: Unread = lambda words, cwd: UNKNOWN,
) -> Assessment:
    """Assess PLAN as it would run in CWD: level, reasons, the existing paths that it names, those that do not exist, and its effects.
    READ gives the call that the words of a nested command (timeout 5 rm x) make, None where it is not known; KEEPER tells what undo can
    keep; LISTING runs reading calls and gives their lines; NEW_NAME the new path of a loop's file; SAID is the request, None where a
    person wrote the command; UNREAD gives the level of a nested command that is no call."""
    if plan.cannot:
        return Assessment(Risk.READ)
    tools = tools or catalogue()
    keeper, sight = keeper or Nothing(), Sight()
    first = _Judge(plan, cwd, tools, read, keeper, new_name, sight, unread).judge()
    if first.risk is Risk.READ or not pins.open_ended(plan, tools):
        return raises.raised(first, plan, cwd, said, None)
    pinned = pins.pin(plan, cwd, tools, listing, sight) if listing and first.risk < Risk.BLOCKED else None
    if pinned is None:
        lost = Effect("delete", "…", lost="which files these are is decided when it runs")
        effects = tuple((*row, lost) if _open(call) else row for row, call in zip(first.effects, plan.calls))
        verdict = replace(first, risk=max(first.risk, Risk.DESTRUCTIVE), effects=effects, reasons=(*first.reasons, "which files these are is decided when it runs"))
        return raises.raised(verdict, plan, cwd, said, None)
    spelled, origins = pinned
    second = _Judge(spelled, cwd, tools, read, keeper, new_name, sight, unread, marked=bool(plan.provenance)).judge()
    verdict = replace(second, risk=max(first.risk, second.risk), reasons=tuple(dict.fromkeys((*first.reasons, *second.reasons))), pinned=spelled)
    return raises.raised(verdict, plan, cwd, said, origins)


def floor(plan: Plan, tools: Catalogue | None = None) -> Risk:
    """The level that the tools of PLAN and their options have, whatever their objects are."""
    tools = tools or catalogue()
    return max((levels.declared(tools.tools[call.name], call.arguments) for call in plan.calls), default=Risk.READ)


def _few(reasons: Iterable[str]) -> tuple[str, ...]:
    """The first reasons, and how many more: a thousand overwritten files are one reason."""
    rows = list(reasons)
    return tuple(rows[:MOST_REASONS]) + ((f"and {len(rows) - MOST_REASONS:,} more",) if len(rows) > MOST_REASONS else ())


def _open(call: ToolCall) -> bool:
    return call.input == "each" or bool(call.name == "find" and call.arguments.get("delete"))


class _Judge:
    """Collects what the calls of one plan would do, the worst deciding."""

    def __init__(self, plan: Plan, cwd: str, tools: Catalogue, read: Reader, keeper: Keeper, new_name: Namer, sight: Sight, unread: Unread, *, marked: bool = False) -> None:
        self.sight, self.unread = sight, unread
        self.marked = marked or bool(plan.provenance)
        self.plan, self.cwd, self.tools, self.read, self.keeper, self.new_name = plan, cwd, tools, read, keeper, new_name
        self.risk = Risk.READ
        self.reasons: list[str] = []
        self.paths: list[str] = []
        self.missing: list[str] = []
        self.made: list[str] = []  # whole paths that calls of the plan create
        self.effects: list[list[Effect]] = []
        self.world: dict[str, Object | None] = {}
        self._at(cwd)

    def judge(self) -> Assessment:
        before: ToolCall | None = None
        for at, call in enumerate(self.plan.calls):
            self.effects.append([])
            piped = call.input == "pipe" or (at + 1 < len(self.plan.calls) and self.plan.calls[at + 1].input == "pipe")
            self.call(call, outside=piped)
            if call.input == "each" and before:
                self.each(self.tools.tools[call.name], call, before)
            if self.tools.tools[call.name].spec["effects"].get("unknown"):
                self._program_text(at)
            if call.name == "cd":
                self.enter(call.arguments)
            before = call
        if self.plan.output:
            self.redirect(self.plan.output.path, self.plan.output.append)
        self._uploads()
        self._whole_folders()
        return Assessment(self.risk, _few(dict.fromkeys(self.reasons)), tuple(dict.fromkeys(self.paths)), tuple(dict.fromkeys(self.missing)), tuple(map(tuple, self.effects)))

    def rate(self, risk: Risk, reason: str) -> None:
        self.risk = max(self.risk, risk)
        if risk > Risk.READ:
            self.reasons.append(reason)

    def enter(self, arguments: Mapping[str, Any]) -> None:
        folder = next(iter(expand(path_word(arguments.get("path", "~")), self.cwd)), "")
        self._at(os.path.normpath(os.path.join(self.cwd, folder)))

    def _at(self, cwd: str) -> None:
        self.cwd, self.guard = cwd, guards.Guard(cwd, self.sight)
        self.build = Builder(cwd, self.keeper, self.world, self.sight, self.guard.places, origins=self.marked)

    def call(self, call: ToolCall, *, outside: bool = False) -> None:
        tool, arguments = self.tools.tools[call.name], call.arguments
        declared = tool.spec["effects"]
        level = levels.declared(tool, arguments)
        self.rate(level, tool.description[0].lower() + tool.description[1:])
        if arguments.get("as_root"):
            self.rate(Risk.SYSTEM, "runs as root")
        kinds = {kind: named(declared.get(kind, []), arguments) for kind in ("reads", *CHANGING)}
        for name, schema in tool.properties.items():
            if "path" not in (schema.get("format"), schema.get("items", {}).get("format")):
                continue
            own = {kind for kind, names in kinds.items() if name in names}
            if name in arguments or own - {"reads"}:
                self._paths(listed(arguments.get(name, schema.get("default", []))), own, schema.get("kind", schema.get("items", {}).get("kind")))
        if tool.style == "find" and arguments.get("delete"):
            self._selected(arguments)
        for name in declared.get("spawns", ()):
            if name in arguments:
                self._nested(arguments[name])
        if declared.get("signals"):
            self._processes(arguments.get("pids", []))
        for name in ("url", "host"):
            if isinstance(arguments.get(name), str) and show(arguments[name]) != arguments[name]:
                self.rate(Risk.BLOCKED, f"hidden characters in {name}")
        if self.risk is Risk.BLOCKED:
            return  # it never runs: no need to look through all of a disk
        if level is not Risk.READ or calls.changes_files(tool, arguments) or declared.get("unknown") or declared.get("network") or declared.get("signals"):
            for effect in calls.effects(tool, arguments, self.build, self.new_name(tool, arguments) if tool.loop else None, outside=outside):
                self._effect(effect, arguments, level, "directory" if tool.program() == "mkdir" else "file")

    def _effect(self, effect: Effect, arguments: Mapping[str, Any], declared: Risk, kind: str) -> None:
        self.effects[-1].append(effect)
        if len(self.plan.calls) > 1:
            self.build.remember(effect, kind)
        level = levels.of_effect(effect, arguments)
        if level > declared:  # else the tool's own words say it
            self.rate(level, levels.reason(effect))
        self.risk = max(self.risk, level)
        if effect.kind in ("miss", "net", "state", "spawn", "system"):
            return
        if effect.kind == "signal":
            if effect.before and (effect.before.ino <= 1 or effect.before.ino in guards.ancestors()):
                self.rate(Risk.BLOCKED, f"would end process {effect.path}, which this shell needs")
            return
        removes, only_mode = effect.kind not in ("create", "append"), effect.kind in ("mode", "mode-tree")
        self._guard(effect.path, removes=removes, only_mode=only_mode)
        if effect.to:
            self._guard(effect.to, removes=removes, only_mode=only_mode)

    def each(self, tool: Tool, call: ToolCall, before: ToolCall) -> None:
        """A call whose paths are the lines of the previous one: what it changes lies below the paths that one was given."""
        declared = tool.spec["effects"]
        if any(tool.each in named(declared.get(kind, []), call.arguments) for kind in CHANGING):
            self._selected(before.arguments)

    def _nested(self, words: list[str]) -> None:
        inner = self.read(words)
        if inner is None:
            risk, why = self.unread(words, self.cwd)
            self.rate(max(risk, Risk.DESTRUCTIVE), why if risk > Risk.DESTRUCTIVE else f"runs {words[0]}, whose effects are not known")
            self.effects[-1].append(Effect("spawn", " ".join(words), lost="what it does is not known"))
        else:
            self.call(inner, outside=True)

    def _program_text(self, at: int) -> None:
        """A call that runs code at AT: never text that comes out of the network or a decoder."""
        if self.plan.calls[at].input != "pipe":
            return
        while at > 0 and self.plan.calls[at].input is not None:
            at -= 1
            earlier = self.plan.calls[at]
            if self.tools.tools[earlier.name].spec["effects"].get("network") or earlier.name in _DECODERS:
                self.rate(Risk.BLOCKED, f"would run program text that comes from {earlier.name}")

    def redirect(self, value: str, append: bool) -> None:
        target = next(iter(expand(path_word(value), self.cwd)), value)
        if target == "/dev/null":
            return
        effect = self.build.write(target, append=append)
        if effect:
            self.effects[-1].append(effect._replace(tags=(*effect.tags, "@output")))
            self.rate(levels.of_effect(effect, {}), levels.reason(effect))
        else:
            self.rate(Risk.WRITE, f"writes to {target}")
        self._guard(target, removes=not append)

    def _paths(self, values: list[str], kinds: set[str], wanted: str | None) -> None:
        """Judge the values of one path argument. WANTED is "file" or "directory" where the tool takes nothing else: the other kind counts as missing."""
        changes, removes, needed = bool(kinds - {"reads"}), bool(kinds & set(_REMOVING)), bool(kinds & {"reads", *_REMOVING})
        only_mode, creates = not kinds - {"reads", "modes"}, "creates" in kinds
        for value in values:
            word = path_word(value)
            found = self.build.expand(word)
            if not found:
                self.missing.append(value)
            known = word.pattern and not self.world and has_wildcard(value)  # the names come from the disk, just now
            for path in found:
                if known or self._stands(path):
                    self.paths.append(path)
                    if wanted and value[-1:] != "*" and os.path.isdir(os.path.join(self.cwd, path)) is (wanted == "file"):
                        self.missing.append(path)
                elif needed and not self._made(path):
                    self.missing.append(path)
                if creates:
                    self.made.append(os.path.normpath(os.path.join(self.cwd, path)))
                if changes and (verdict := self.guard.verdict(path, removes=removes, only_mode=only_mode)):
                    self.rate(*verdict)
            if removes and value[-1:] in ("", "/", "*") and value.rpartition("/")[2].strip("*") == "":  # everything in a folder is as much as the folder
                for folder in expand(path_word(value.rpartition("/")[0] or ("/" if value.startswith("/") else ".")), self.cwd):
                    self._guard(folder, removes=True)

    def _stands(self, path: str) -> bool:
        """Whether there is anything at PATH now; a name with a slash at its end has to be a folder."""
        return os.path.lexists(os.path.join(self.cwd, path)) if path[-1:] in ("/", ".") else self.sight[self.guard.places[path]] is not None

    def _made(self, path: str) -> bool:
        """Whether an earlier call of the plan makes PATH or a folder above it."""
        whole = os.path.normpath(os.path.join(self.cwd, path))
        return any(whole == made or whole.startswith(made + "/") for made in self.made)

    def _selected(self, arguments: Mapping[str, Any]) -> None:
        """Files that are found below the given folders when the command runs."""
        for value in listed(arguments.get("paths", ["."])):
            for path in expand(path_word(value), self.cwd):
                self._guard(path, removes=not set(arguments) - _NARROWS_NOTHING)

    def _guard(self, path: str, *, removes: bool, only_mode: bool = False) -> None:
        verdict = self.guard.verdict(path, removes=removes, only_mode=only_mode)
        if verdict:
            self.rate(*verdict)

    def _processes(self, pids: Any) -> None:
        for number in map(str, listed(pids)):
            if number.lstrip("-").isdigit() and (int(number) <= 1 or int(number) in guards.ancestors()):
                self.rate(Risk.BLOCKED, f"would end process {number}, which this shell needs")

    def _uploads(self) -> None:
        """Keys never leave this machine: a plan that sends and reads below their folders."""
        sends = any("sends" in effect.tags for effects in self.effects for effect in effects) or any(str(call.arguments.get("data", "")).startswith("@") for call in self.plan.calls)
        files = [str(call.arguments["data"])[1:] for call in self.plan.calls if str(call.arguments.get("data", "")).startswith("@")]
        for path in [*self.paths, *files] if sends else []:
            if self.guard.secret(self.guard.object(os.path.expanduser(path), follow=True)):
                self.rate(Risk.BLOCKED, f"would send keys away: {path}")

    def _whole_folders(self) -> None:
        gone: Iterable[Effect] = (effect for effects in self.effects for effect in effects if effect.kind in ("delete", "delete-tree", "rename", "rename-over"))
        folder = self.guard.all_of([change.path for effect in gone for change in effect.changes if change.op != "write"])
        if folder:
            self.rate(Risk.BLOCKED, f"would remove or change all of {folder}")
