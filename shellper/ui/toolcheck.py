"""Whether a tool file can be used: its form fits, every example holds, and no other tool loses what it reads."""
from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shellper.errors import PlanInvalid, ShellperError, ToolFileInvalid, Unparsed
from shellper.render import explain, parse, render
from shellper.safety import assess, floor
from shellper.student.arguments import arguments_of
from shellper.tools import Catalogue, Tool, as_json, validate
from shellper.tools.catalog import tool_from
from shellper.tools.plans import check_arguments
from shellper.types import Plan, ToolCall

MOST_BYTES = 1_000_000
LONGEST_REASON = 300  # characters


def checked(file: Path, others: Mapping[str, Tool]) -> tuple[Tool, bytes]:
    """The tool in FILE and the bytes that were read, checked beside the OTHERS by name. Raises ToolFileInvalid (file, JSON pointer, reason)."""
    content = _content(file)
    try:
        tool = tool_from(content, file)
    except ToolFileInvalid as error:
        raise ToolFileInvalid(_short(str(error))) from None
    if problem := fault(tool, others):
        raise ToolFileInvalid(_short(f"{file}: {problem}"))
    return tool, content


def fault(tool: Tool, others: Mapping[str, Tool]) -> str | None:
    """What is wrong with TOOL beside OTHERS, a JSON pointer and the reason; None where nothing is."""
    rest = {name: other for name, other in others.items() if name != tool.name}
    tools = Catalogue(dict(sorted({**rest, tool.name: tool}.items())))
    where = "/parameters"
    try:
        arguments_of(tool)
        for at, row in enumerate(tool.spec["examples"]) if tool.name != "cannot" else ():
            where = f"/examples/{at}"
            if problem := _example(tool, row, tools) or _lowered(tool, row, Catalogue(rest), tools):
                return where + problem
        where = "/program"
        return _taken(tool, Catalogue(rest), tools)
    except ShellperError as error:
        return str(error).removeprefix(f"{tool.name}: ")
    except Exception as error:  # whatever a strange file makes the stages stumble over is a fault of the file
        return f"{where}: cannot be used: {type(error).__name__}: {error}"


def _content(file: Path) -> bytes:
    try:
        file.stat()
        if not file.is_file():  # a pipe or a device could be waited for without end
            raise ToolFileInvalid(f"{file}: is no regular file")
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ToolFileInvalid(f"{file}: cannot be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise ToolFileInvalid(f"{file}: larger than {MOST_BYTES:,} bytes")
    return content


def _example(tool: Tool, row: Mapping[str, Any], tools: Catalogue) -> str | None:
    """Why an example does not hold, as what follows its pointer."""
    if problem := check_arguments(tool, row["call"]):
        return f"/call{problem}".replace("/call/:", "/call:", 1)
    plan = Plan((ToolCall(tool.name, row["call"]),))
    validate(plan, tools)
    try:
        command = render(plan, tools=tools)
    except PlanInvalid as error:
        return f"/call: {error}"
    words = [word.text for word in command.stages[0].words]
    if row["argv"] != words if not tool.loop else command.text not in (" ".join(row["argv"]), row["argv"][-1]):
        return f"/argv: the call becomes {command.text if tool.loop else words}"
    try:
        found = parse(command.text, tools=tools)
    except Unparsed as error:
        return f"/argv: `{command.text}` is not read back: {error.reason}"
    if found != plan:
        return f"/argv: `{command.text}` is read back as {as_json(found)}"
    if {"program_bsd", "argv_bsd"} & set(tool.spec):
        _on_bsd(plan, tools)
    explain(plan, tools=tools)
    assess(plan, "/", tools=tools)
    return None


def _on_bsd(plan: Plan, tools: Catalogue) -> None:
    with contextlib.suppress(PlanInvalid):  # an option may be missing there
        render(plan, dialect="bsd", tools=tools)


def _lowered(tool: Tool, row: Mapping[str, Any], before: Catalogue, after: Catalogue) -> str | None:
    """An example that another tool reads too, and rates higher."""
    plan = Plan((ToolCall(tool.name, row["call"]),))
    line = render(plan, tools=after).text
    try:
        found = parse(line, tools=before)
    except Unparsed:
        return None
    level, other = floor(plan, after), floor(found, before)
    return f"/argv: `{line}` would count as {level.word}, but the tool {found.calls[0].name} says {other.word}" if level < other else None


def _taken(tool: Tool, before: Catalogue, after: Catalogue) -> str | None:
    """An example of another tool of the same program that TOOL would be read from; then that tool's level would no longer count."""
    rows = [row for rows in after.by_program.values() if any(one is tool for one, _ in rows) for row in rows]
    for name in dict.fromkeys(other.name for other, _ in rows if other is not tool):
        for example in before.tools[name].spec["examples"]:
            plan = Plan((ToolCall(name, example["call"]),))
            try:
                line = render(plan, tools=before).text
                kept = parse(line, tools=before) != plan or parse(line, tools=after) == plan
            except ShellperError:
                continue
            if not kept:
                return f"/argv: takes `{line}` away from the tool {name}"
    return None


def _short(text: str) -> str:
    """TEXT without its middle where jsonschema quotes half of the file."""
    half = LONGEST_REASON // 2
    return text if len(text) <= LONGEST_REASON else f"{text[:half]} … {text[-half:]}"
