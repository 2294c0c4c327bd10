"""Bind a plan's paths to what exists: a name that exists literally is meant literally, whatever characters it has."""
from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import Any

from shellper.tools import Catalogue, catalogue
from shellper.types import Plan, ToolCall


def ground(plan: Plan, cwd: str, *, tools: Catalogue | None = None) -> Plan:
    """PLAN with metacharacters escaped in path values that name an existing file or folder as they stand."""
    tools = tools or catalogue()
    here, calls = cwd, []
    for call in plan.calls:
        calls.append(_call(call, tools, here))
        target = call.arguments.get("path")
        if call.name == "cd" and isinstance(target, str):
            here = os.path.join(here, os.path.expanduser(target))
    return replace(plan, calls=tuple(calls))


def repeats_path(plan: Plan, *, tools: Catalogue | None = None) -> bool:
    """Whether a call of PLAN names the same path in two different arguments, or the output would replace a file that is read."""
    tools = tools or catalogue()
    if plan.output and not plan.output.append and any(plan.output.path in _paths(call, tools.tools[call.name].properties) for call in plan.calls):
        return True
    return any(_repeats(call, tools.tools[call.name].properties) for call in plan.calls)


def _paths(call: ToolCall, properties: Any) -> set[str]:
    found: set[str] = set()
    for name, value in call.arguments.items():
        if _is_path(properties.get(name, {})):
            found |= set(value if isinstance(value, list) else [value])
    return found


def _is_path(schema: Any) -> bool:
    return "path" in (schema.get("format"), schema.get("items", {}).get("format"))


def _repeats(call: ToolCall, properties: Any) -> bool:
    seen: set[str] = set()
    for name, value in call.arguments.items():
        if _is_path(properties.get(name, {})) and name != "output":
            values = {one.rstrip("/") for one in (value if isinstance(value, list) else [value])}
            if seen & values:
                return True
            seen |= values
    return False


def _call(call: ToolCall, tools: Catalogue, cwd: str) -> ToolCall:
    properties = tools.tools[call.name].properties
    arguments = dict(call.arguments)
    for name, value in arguments.items():
        if _is_path(properties.get(name, {})):
            arguments[name] = [_value(one, cwd) for one in value] if isinstance(value, list) else _value(value, cwd)
    return replace(call, arguments=arguments)


def _value(value: Any, cwd: str) -> Any:
    if not isinstance(value, str) or not re.search(r"[*?\[\]\\~]", value):
        return value
    if value.startswith(("~/", "/")) or "\\" in value or not os.path.lexists(os.path.join(cwd, value)):
        return value
    return re.sub(r"([*?\[\]\\])|^(~)", lambda match: "\\" + match[0], value)
