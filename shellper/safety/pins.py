"""Plans that choose their objects when they run (find -delete, … | xargs rm) with the list spelled out now."""
from __future__ import annotations

import os
from collections.abc import Callable

from shellper.objects import Sight
from shellper.tools import Catalogue
from shellper.tools.pathvalues import escape
from shellper.types import Plan, Risk, ToolCall

from .calls import changes_files
from .levels import declared

MOST_BYTES = 100_000  # of one argument list
Listing = Callable[[Plan, str], "list[str] | None"]


def open_ended(plan: Plan, tools: Catalogue) -> bool:
    """Whether a call that changes things gets its objects from another one when it runs."""
    return any(_deletes(call) or (call.input == "each" and _changes(call, tools)) for call in plan.calls)


def pin(plan: Plan, cwd: str, tools: Catalogue, listing: Listing, sight: Sight) -> tuple[Plan, tuple[int, ...]] | None:
    """PLAN with each such call given its list, and the place in PLAN of each of its calls. None where a list cannot be told beforehand."""
    calls: list[ToolCall] = []
    origins: list[int] = []
    for at, call in enumerate(plan.calls):
        if not _deletes(call) and not (call.input == "each" and _changes(call, tools)):
            calls.append(call)
            origins.append(at)
            continue
        chain = _chain(plan, at, calls, tools)
        followed = at + 1 < len(plan.calls) and plan.calls[at + 1].input is not None
        if chain is None or (at + 1 < len(plan.calls) and plan.calls[at + 1].input == "each"):
            return None
        names = listing(Plan(chain), cwd)
        if names is None:
            return None
        made = _spelled(call, _standing(names, cwd, sight), tools)
        if made is None or (followed and len(made) > 1):
            return None
        kept = len(calls) - (len(chain) - _deletes(call))
        del calls[kept:], origins[kept:]
        calls += made or chain
        origins += [at] * len(made or chain)
    return Plan(tuple(calls), plan.output), tuple(origins)


def _standing(names: list[str], cwd: str, sight: Sight) -> list[str]:
    """Those of NAMES that exist, but for the folder itself."""
    places = sight.places(cwd)
    return [name for name in dict.fromkeys(names) if (sight[places[name]] if name[-1:] not in ("/", ".") else name not in (".", "./") and os.path.lexists(os.path.join(cwd, name)))]


def _chain(plan: Plan, at: int, before: list[ToolCall], tools: Catalogue) -> tuple[ToolCall, ...] | None:
    """The reading calls whose lines the call at AT takes, or None where one of them does more than read."""
    call = plan.calls[at]
    if _deletes(call):
        arguments = {name: value for name, value in call.arguments.items() if name != "delete"}
        chain = (ToolCall("find", {**arguments, "contents_first": True}),)
        return chain if call.input is None and not arguments.get("as_root") else None
    start = len(before) - 1
    while start > 0 and before[start].input is not None:
        start -= 1
    chain = tuple(before[start:])
    if start > 0 and any(earlier.name in ("cd", "export") or declared(tools.tools[earlier.name], earlier.arguments) > Risk.READ for earlier in before[:start]):
        return None  # what is found depends on what has been done by then
    return chain if all(_reads(link, tools) for link in chain) else None


def _reads(call: ToolCall, tools: Catalogue) -> bool:
    tool = tools.tools[call.name]
    effects = tool.spec["effects"]
    loud = any(effects.get(key) for key in ("network", "processes", "spawns", "unknown", "state", "environment")) or call.arguments.get("as_root") or call.arguments.get("follow")
    return declared(tool, call.arguments) is Risk.READ and not changes_files(tool, call.arguments) and not _deletes(call) and not loud


def _spelled(call: ToolCall, names: list[str], tools: Catalogue) -> list[ToolCall] | None:
    """CALL on the files NAMES: one call, several where the list is long or the tool takes one path."""
    if _deletes(call):
        return [ToolCall("rm", {"paths": part, "empty_folders": True}) for part in _parts([escape(name) for name in names])]
    tool = tools.tools[call.name]
    name = tool.each or ""
    if tool.properties[name].get("type") == "array":
        return [ToolCall(call.name, {name: part, **call.arguments}) for part in _parts([escape(one) for one in names])]
    return [ToolCall(call.name, {name: escape(one), **call.arguments}) for one in names]


def _parts(names: list[str]) -> list[list[str]]:
    parts: list[list[str]] = []
    room = 0
    for name in names:
        size = (len(name) if name.isascii() else len(os.fsencode(name))) + 9
        if not parts or room + size > MOST_BYTES:
            parts.append([])
            room = 0
        parts[-1].append(name)
        room += size
    return parts


def _deletes(call: ToolCall) -> bool:
    return call.name == "find" and bool(call.arguments.get("delete"))


def _changes(call: ToolCall, tools: Catalogue) -> bool:
    tool = tools.tools[call.name]
    return changes_files(tool, call.arguments) or bool(tool.loop)


