"""Per-file tools (rename by ending, prefix, …): their shell loop, its reading back, and the name that each file gets."""
from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from shellper.errors import PlanInvalid
from shellper.tools import Catalogue, Tool
from shellper.tools.pathvalues import path_word
from shellper.tools.plans import check_arguments
from shellper.types import Stage, ToolCall

from .words import shell

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def stage(tool: Tool, call: ToolCall) -> Stage:
    """Render CALL. Raises PlanInvalid where one expression cannot say the new name of all paths."""
    paths = tuple(path_word(value) for value in call.arguments.get(tool.loop["paths"], []))
    steps, folders = resolved(tool, call.arguments), {"/" in word.text for word in paths}
    if len(folders) > 1 and any(op in ("prepend", "strip_prefix") for op, *_ in steps):
        raise PlanInvalid(f"/arguments/{tool.loop['paths']}: names with and without a folder cannot be renamed together")
    if any(_CONTROL.search(value) for _, *values in steps for value in values):
        raise PlanInvalid("/arguments: control characters in a new name")
    return Stage(paths, loop={"do": verb(tool, call.arguments), "target": steps, "folders": True in folders})


def verb(tool: Tool, arguments: Mapping[str, Any]) -> list[str]:
    for name, words in tool.loop.get("do_if", {}).items():
        if arguments.get(name):
            return list(words)
    return list(tool.loop["do"])


def resolved(tool: Tool, arguments: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The tool's target operations with their arguments filled in; operations whose argument is absent fall away."""
    out = []
    for step in tool.loop["target"]:
        if "if" in step and not all(arguments.get(name, False) == value for name, value in step["if"].items()):
            continue
        keys = [key for key in ("arg", "arg2") if key in step]
        if keys and step["arg"] not in arguments and "text" not in step:
            continue
        values = [str(step.get("form", "{}") if key == "arg" and "form" in step else "{}").replace("{}", str(arguments.get(step[key], ""))) for key in keys]
        out.append((step["op"], *(values or ([step["text"]] if "text" in step else []))))
    return out


def target(path: str, steps: list[tuple[str, ...]]) -> str:
    """The new path of PATH, as the shell loop computes it."""
    for op, *values in steps:
        folder, slash, base = path.rpartition("/")
        if op == "strip_suffix":
            path = path.removesuffix(values[0])
        elif op == "append":
            path += values[0]
        elif op == "prepend":
            path = folder + slash + values[0] + base
        elif op == "strip_prefix":
            path = folder + slash + base.removeprefix(values[0])
        elif op == "replace_first":
            path = path.replace(values[0], values[1], 1)
        elif op == "replace_all":
            path = path.replace(values[0], values[1])
        else:
            path = path.lower() if op == "lower" else path.upper()
    return path


def text(stage: Stage) -> str:
    """The stage as a shell loop."""
    steps, folders = stage.loop["target"], stage.loop["folders"]
    inner, before, after = "$f", "", ""
    for op, *values in steps:
        if op == "append":
            after += _quoted(values[0])
        elif op == "prepend":
            before, inner = ("${f%/*}/" + _quoted(values[0]), "${f##*/}") if folders else (_quoted(values[0]) + before, inner)
        elif op == "strip_suffix":
            inner = "${f%" + _pattern(values[0]) + "}"
        elif op == "strip_prefix":
            before, inner = ("${f%/*}/", "${f##*/" + _pattern(values[0]) + "}") if folders else (before, "${f#" + _pattern(values[0]) + "}")
        elif op in ("replace_first", "replace_all"):
            inner = "${f/" + "/" * (op == "replace_all") + _pattern(values[0]) + "/" + _replacement(values[1]) + "}"
        else:
            inner = "${f,,}" if op == "lower" else "${f^^}"
    if inner == "$f" and re.match(r"\w", after):
        inner = "${f}"
    words = " ".join(shell(word) for word in stage.words)
    return f'for f in {words}; do {" ".join(stage.loop["do"])} "$f" "{before}{inner}{after}"; done'


def _quoted(value: str) -> str:
    return re.sub(r'([\\"$`])', r"\\\1", value)


def _replacement(value: str) -> str:
    """VALUE after the second slash of ${f/…/…}: a bare & would be what matched (bash 5.2), a brace the end."""
    return re.sub(r"[&'}]", r'"\g<0>"', _quoted(value))


def _pattern(value: str) -> str:
    return re.sub(r'([\\"\'$`*?\[\]}/#%])', r"\\\1", value)


_LOOP = re.compile(r'^\s*for\s+(\w+)\s+in\s+(.+?)\s*;\s*do\s+(mv|cp)((?:\s+-[a-z]+)*)\s+(?:--\s+)?"?\$\{?\1\}?"?\s+(.+?)\s*;?\s*done\s*$', re.DOTALL)


def parse(line: str, tools: Catalogue, words_of) -> ToolCall | None:
    """Read a rename loop: the target expression decides the tool. `words_of` splits the list of files into path values."""
    match = _LOOP.match(line)
    if not match:
        return None
    variable, files, do, _, expression = match.groups()
    steps = _steps(expression.strip(), variable)
    paths = words_of(files)
    if steps is None or not paths:
        return None
    for tool in tools.tools.values():
        if tool.loop:
            arguments = _arguments(tool, steps, do)
            if arguments is not None and not check_arguments(tool, call := {tool.loop["paths"]: paths, **arguments}):
                return ToolCall(tool.name, call)
    return None


def _steps(text: str, variable: str) -> list[tuple[str, ...]] | None:
    if text.startswith('"') and text.endswith('"'):
        text = text[1:-1]
    text = re.sub(r"""(?<!\\)"([&'}])\"""", r"\\\1", text)
    text = text.replace('"', "") if '\\"' not in text else text
    text = text.replace(f"${{{variable}}}", f"${variable}")
    name = re.escape(variable)
    lit = r"((?:\\.|[^$`\\}])*)"
    pat = r"((?:\\.|[^}\\/])+)"
    whole = [
        (rf"\$\{{{name}%/\*\}}/{lit}\$\{{{name}##\*/\}}", lambda m: [("prepend", m[1])]),
        (rf"\$\{{{name}%/\*\}}/\$\{{{name}##\*/{pat}\}}", lambda m: [("strip_prefix", m[1])]),
        (rf"{lit}\${name}{lit}", lambda m: [*([("prepend", m[1])] if m[1] else []), *([("append", m[2])] if m[2] else [])]),
        (rf"{lit}\$\{{{name}%%?{pat}\}}{lit}", lambda m: [*([("prepend", m[1])] if m[1] else []), ("strip_suffix", m[2]), *([("append", m[3])] if m[3] else [])]),
        (rf"\$\{{{name}##?{pat}\}}", lambda m: [("strip_prefix", m[1])]),
        (rf"\$\{{{name}//{pat}/?{lit}\}}", lambda m: [("replace_all", m[1], m[2])]),
        (rf"\$\{{{name}/{pat}/?{lit}\}}", lambda m: [("replace_first", m[1], m[2])]),
        (rf"\$\{{{name},,\}}", lambda m: [("lower",)]),
        (rf"\$\{{{name}\^\^\}}", lambda m: [("upper",)]),
    ]
    for regex, steps in whole:
        if found := re.fullmatch(regex, text):
            return [(op, *(re.sub(r"\\(.)", r"\1", value) for value in values)) for op, *values in steps(found)]
    return None


def _arguments(tool: Tool, steps: list[tuple[str, ...]], do: str) -> dict[str, Any] | None:
    """Arguments of TOOL that give exactly STEPS, or None; found by matching its operations in order."""
    flags: dict[str, Any] = {}
    if [do] != list(tool.loop["do"]):
        flag = next((name for name, words in tool.loop.get("do_if", {}).items() if list(words) == [do]), None)
        if flag is None:
            return None
        flags[flag] = True
    rows = tool.loop["target"]
    for reading in _readings(steps):
        for chosen in itertools.combinations(rows, len(reading)):
            found = _fill(tool, chosen, reading, flags)
            if found is not None and resolved(tool, found) == [tuple(step) for step in reading]:
                return found
    return None


def _readings(steps: list[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """The steps, and where an ending is taken off and comes back after something, also with that seen as a suffix before it."""
    readings = [steps]
    if len(steps) == 2 and steps[0][0] == "strip_suffix" and steps[1][0] == "append" and steps[1][1].endswith(steps[0][1]) and steps[1][1] != steps[0][1]:
        ending = steps[0][1]
        readings.append([steps[0], ("append", steps[1][1].removesuffix(ending)), ("append", ending)])
    return readings


def _fill(tool: Tool, rows, steps, flags) -> dict[str, Any] | None:
    found = dict(flags)
    for row, (op, *values) in zip(rows, steps):
        if row["op"] != op:
            return None
        found.update({name: value for name, value in row.get("if", {}).items() if value is not False})
        for key, value in zip(("arg", "arg2"), values):
            if key in row:
                form = row.get("form", "{}") if key == "arg" else "{}"
                before, _, after = form.partition("{}")
                if not value.startswith(before) or not value.endswith(after) or len(value) < len(before) + len(after):
                    return None
                inner = value[len(before) : len(value) - len(after)]
                if found.get(row[key], inner) != inner:
                    return None
                found[row[key]] = inner
    return {name: value for name, value in found.items() if value is not False}
