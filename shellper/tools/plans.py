"""Plans as JSON and back, and the check that a plan fits the catalogue."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shellper.errors import PlanInvalid
from shellper.types import Plan, Redirect, ToolCall

from .catalog import Catalogue, Tool, catalogue


def as_json(plan: Plan) -> list[dict]:
    """The plan as a list of {"name", "arguments", "input"?}, the last with "output" where it is redirected."""
    calls = []
    for call in plan.calls:
        row: dict[str, Any] = {"name": call.name, "arguments": dict(call.arguments)}
        if call.input:
            row["input"] = call.input
        calls.append(row)
    if plan.output:
        calls[-1]["output"] = {"path": plan.output.path, "append": plan.output.append}
    return calls


def plan_from_json(rows: Any, tools: Catalogue | None = None) -> Plan:
    """Read a plan and validate it. Raises PlanInvalid, whose message begins with a JSON pointer."""
    if not isinstance(rows, list) or not rows:
        raise PlanInvalid("/: a plan is a list of at least one call")
    calls, output = [], None
    for at, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            raise PlanInvalid(f"/{at}: a call is an object with a name")
        extra = set(row) - {"name", "arguments", "input", "output"}
        if extra:
            raise PlanInvalid(f"/{at}/{sorted(extra)[0]}: not part of a call")
        if not isinstance(row.get("arguments", {}), dict):
            raise PlanInvalid(f"/{at}/arguments: must be an object")
        calls.append(ToolCall(row["name"], row.get("arguments", {}), row.get("input")))
        if "output" in row:
            if at != len(rows) - 1:
                raise PlanInvalid(f"/{at}/output: only the last call can have one")
            output = _redirect(row["output"], at)
    plan = Plan(tuple(calls), output)
    validate(plan, tools)
    return plan


def _redirect(row: Any, at: int) -> Redirect:
    if not isinstance(row, dict) or not isinstance(row.get("path"), str) or not row["path"] or not isinstance(row.get("append", False), bool) or set(row) - {"path", "append"}:
        raise PlanInvalid(f"/{at}/output: must be {{path, append?}}")
    return Redirect(row["path"], row.get("append", False))


def validate(plan: Plan, tools: Catalogue | None = None) -> None:
    """Raise PlanInvalid (JSON pointer and reason) where the plan does not fit the catalogue."""
    tools = tools or catalogue()
    for at, call in enumerate(plan.calls):
        tool = tools.tools.get(call.name)
        if tool is None:
            raise PlanInvalid(f"/{at}/name: no tool is called {call.name!r}")
        if call.input not in (None, "pipe", "each"):
            raise PlanInvalid(f"/{at}/input: must be \"pipe\" or \"each\"")
        if call.input and not at:
            raise PlanInvalid(f"/{at}/input: the first call has no previous one")
        if call.input == "each" and not tool.each:
            raise PlanInvalid(f"/{at}/input: {call.name} takes no paths")
        if call.input == "each" and tool.each in call.arguments:
            raise PlanInvalid(f"/{at}/arguments/{tool.each}: comes from the previous call")
        if call.name == "cannot" and len(plan.calls) > 1:
            raise PlanInvalid(f"/{at}/name: cannot stands alone")
        problem = check_arguments(tool, call.arguments, each=call.input == "each")
        if problem:
            raise PlanInvalid(f"/{at}/arguments{problem}")
    if plan.output and plan.cannot:
        raise PlanInvalid("/0/output: nothing to write")


def check_arguments(tool: Tool, arguments: Mapping[str, Any], *, each: bool = False) -> str | None:
    """Say what is wrong (pointer and reason), or None. With `each`, the each argument need not be given."""
    from .schema import fits, pointer

    required = [name for name in tool.required if name != tool.each] if each else tool.required
    if fits({**tool.parameters, "required": required}, dict(arguments)):  # jsonschema takes longer to import than the student to answer
        return None
    for error in (tool.each_validator if each else tool.validator).iter_errors(dict(arguments)):
        return f"{pointer(error.absolute_path)}: {error.message}"
    return None
