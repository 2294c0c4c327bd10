"""Risk from (tool, argument, existing objects), never from text."""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from shellper.tools import Catalogue, Tool, catalogue
from shellper.tools.pathvalues import path_word
from shellper.types import Assessment, Plan, Risk, ToolCall

from . import guards
from .globs import expand

_REMOVING = ("deletes", "moves", "modes")
_CHANGING = ("creates", "overwrites", *_REMOVING)
_MANY = 20  # more files than this in one change are handled like a destruction
_NARROWS_NOTHING = {"paths", "delete", "type", "contents_first", "as_root"}  # arguments of find that leave the whole tree selected


def assess(plan: Plan, cwd: str, *, tools: Catalogue | None = None, read: Callable[[list[str]], ToolCall | None] = lambda words: None) -> Assessment:
    """Assess PLAN as it would run in CWD: level, reasons, the existing paths that it names, and those that do not exist.
    READ gives the call that the words of a nested command (timeout 5 rm x) make, None where it is not known."""
    if plan.cannot:
        return Assessment(Risk.READ)
    tools = tools or catalogue()
    judge = _Judge(cwd, tools, read)
    before: ToolCall | None = None
    for call in plan.calls:
        judge.call(call)
        if call.input == "each" and before:
            judge.each(tools.tools[call.name], call, before)
        if call.name == "cd":
            judge.enter(call.arguments)
        before = call
    if plan.output:
        judge.redirect(plan.output.path, plan.output.append)
    return judge.verdict()


class _Judge:
    """Collects what the calls of one plan would do, the worst deciding."""

    def __init__(self, cwd: str, tools: Catalogue, read: Callable[[list[str]], ToolCall | None]) -> None:
        self.cwd, self.tools, self.read, self.risk = cwd, tools, read, Risk.READ
        self.reasons: list[str] = []
        self.paths: list[str] = []
        self.missing: list[str] = []
        self.made: list[str] = []  # whole paths that calls of the plan create
        self.changed = 0

    def verdict(self) -> Assessment:
        if self.changed > _MANY and self.risk is Risk.WRITE:
            self.rate(Risk.DESTRUCTIVE, f"changes {self.changed} files")
        return Assessment(self.risk, tuple(dict.fromkeys(self.reasons)), tuple(dict.fromkeys(self.paths)), tuple(dict.fromkeys(self.missing)))

    def rate(self, risk: Risk, reason: str) -> None:
        self.risk = max(self.risk, risk)
        if risk > Risk.READ:
            self.reasons.append(reason)

    def enter(self, arguments: Mapping[str, Any]) -> None:
        folder = next(iter(expand(path_word(arguments.get("path", "~")), self.cwd)), "")
        self.cwd = os.path.normpath(os.path.join(self.cwd, folder))

    def call(self, call: ToolCall) -> None:
        tool, arguments = self.tools.tools[call.name], call.arguments
        effects = tool.spec["effects"]
        self.rate(_level(tool, arguments), tool.description[0].lower() + tool.description[1:])
        if arguments.get("as_root"):
            self.rate(Risk.SYSTEM, "runs as root")
        named = {kind: _named(effects.get(kind, []), arguments) for kind in ("reads", *_CHANGING)}
        for name, schema in tool.properties.items():
            if "path" not in (schema.get("format"), schema.get("items", {}).get("format")):
                continue
            kinds = {kind for kind, names in named.items() if name in names}
            if name in arguments or kinds - {"reads"}:
                for value in _listed(arguments.get(name, schema.get("default", []))):
                    self._path(value, kinds, schema.get("kind", schema.get("items", {}).get("kind")))
        sources = [path for name in (*named["reads"], *named["moves"]) for value in _listed(arguments.get(name, [])) for path in expand(path_word(value), self.cwd)]
        for name in named["overwrites"]:
            if name != tool.each:
                self._overwritten(_listed(arguments.get(name, [])), sources)
        if tool.style == "find" and arguments.get("delete"):
            self._selected(arguments)
        for name in effects.get("spawns", ()):
            if name in arguments:
                self._nested(arguments[name])
        if effects.get("processes"):
            self._processes(arguments.get("pids", []))

    def each(self, tool: Tool, call: ToolCall, before: ToolCall) -> None:
        """A call whose paths are the lines of the previous one: what it changes lies below the paths that one was given."""
        effects = tool.spec["effects"]
        if any(tool.each in _named(effects.get(kind, []), call.arguments) for kind in _CHANGING):
            self._selected(before.arguments)

    def _nested(self, words: list[str]) -> None:
        inner = self.read(words)
        if inner is None:
            self.rate(Risk.DESTRUCTIVE, f"runs {words[0]}, whose effects are not known")
        else:
            self.call(inner)

    def redirect(self, value: str, append: bool) -> None:
        target = next(iter(expand(path_word(value), self.cwd)), value)
        if target == "/dev/null":
            return
        if append:
            self.rate(Risk.WRITE, f"adds to {target}")
        elif os.path.exists(os.path.join(self.cwd, target)):
            self.rate(Risk.DESTRUCTIVE, f"overwrites {target}")
        else:
            self.rate(Risk.WRITE, f"creates {target}")
        self._guard(target, removes=not append)

    def _path(self, value: str, kinds: set[str], wanted: str | None) -> None:
        """Judge one path value. WANTED is "file" or "directory" where the tool takes nothing else: the other kind counts as missing."""
        found = expand(path_word(value), self.cwd)
        if not found:
            self.missing.append(value)
        changes, removes = bool(kinds - {"reads"}), bool(kinds & set(_REMOVING))
        for path in found:
            if os.path.lexists(os.path.join(self.cwd, path)):
                self.paths.append(path)
                self.changed += changes
                if wanted and not value.endswith("*") and os.path.isdir(os.path.join(self.cwd, path)) is (wanted == "file"):
                    self.missing.append(path)
            elif kinds & {"reads", *_REMOVING} and not self._made(path):
                self.missing.append(path)
            if "creates" in kinds:
                self.made.append(os.path.normpath(os.path.join(self.cwd, path)))
            if changes:
                self._guard(path, removes=removes, only_mode=not kinds - {"reads", "modes"})
        if removes and value.rpartition("/")[2].strip("*") == "":  # everything in a folder is as much as the folder
            for folder in expand(path_word(value.rpartition("/")[0] or ("/" if value.startswith("/") else ".")), self.cwd):
                self._guard(folder, removes=True)

    def _made(self, path: str) -> bool:
        """Whether an earlier call of the plan makes PATH or a folder above it."""
        whole = os.path.normpath(os.path.join(self.cwd, path))
        return any(whole == made or whole.startswith(made + "/") for made in self.made)

    def _overwritten(self, values: list[str], sources: list[str]) -> None:
        for target in (path for value in values for path in expand(path_word(value), self.cwd)):
            inside = [os.path.join(target, os.path.basename(source.rstrip("/"))) for source in sources]
            for path in inside if os.path.isdir(os.path.join(self.cwd, target)) else [target]:
                whole = os.path.join(self.cwd, path)
                if os.path.lexists(whole) and not os.path.isdir(whole):
                    self.rate(Risk.DESTRUCTIVE, f"overwrites {path}")

    def _selected(self, arguments: Mapping[str, Any]) -> None:
        """Files that are found below the given folders when the command runs."""
        for value in _listed(arguments.get("paths", ["."])):
            for path in expand(path_word(value), self.cwd):
                self._guard(path, removes=not set(arguments) - _NARROWS_NOTHING)

    def _guard(self, path: str, *, removes: bool, only_mode: bool = False) -> None:
        verdict = guards.verdict(path, self.cwd, removes=removes, only_mode=only_mode)
        if verdict:
            self.rate(*verdict)

    def _processes(self, pids: Any) -> None:
        for number in map(str, _listed(pids)):
            if number.lstrip("-").isdigit() and (int(number) <= 1 or int(number) in guards.ancestors()):
                self.rate(Risk.BLOCKED, f"would end process {number}, which this shell needs")


def _listed(value: Any) -> list:
    return value if isinstance(value, list) else [value]


def _named(effect: list, arguments: Mapping[str, Any]) -> list[str]:
    """The argument names of an effect; an entry {"arg", "if" | "unless"} counts where that argument is given, or none of those is."""
    names = []
    for entry in effect:
        if isinstance(entry, str):
            names.append(entry)
        elif any(arguments.get(name) for name in _listed(entry.get("if", entry.get("unless")))) is ("if" in entry):
            names.append(entry["arg"])
    return names


def _level(tool: Tool, arguments: Mapping[str, Any]) -> Risk:
    level = Risk[tool.spec["risk"].upper()]
    for name, rule in tool.spec.get("risk_if", {}).items():
        if name not in arguments or arguments[name] is False:
            continue
        word = rule.get(str(arguments[name])) if isinstance(rule, dict) else rule
        if word:
            level = max(level, Risk[word.upper()])
    return level
