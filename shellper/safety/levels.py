"""The level of a call as its tool file declares it, and of an effect."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shellper.tools import Tool
from shellper.types import Effect, Risk

from . import processes
from .effects import LEVELS, WORDS


def declared(tool: Tool, arguments: Mapping[str, Any]) -> Risk:
    """The floor: what the tool file says, whatever the effects."""
    level = Risk[tool.spec["risk"].upper()]
    for name, rule in tool.spec.get("risk_if", {}).items():
        if name not in arguments or arguments[name] is False:
            continue
        word = rule.get(str(arguments[name]), rule.get("*")) if isinstance(rule, dict) else rule
        if word:
            level = max(level, Risk[word.upper()])
    return max(level, Risk.DESTRUCTIVE) if tool.spec["effects"].get("signals") and processes.ends(arguments) else level


def of_effect(effect: Effect, arguments: Mapping[str, Any]) -> Risk:
    if effect.kind == "signal":
        return Risk.DESTRUCTIVE if processes.ends(arguments) else Risk.WRITE
    if effect.kind == "net" and "sends" in effect.tags:
        return Risk.DESTRUCTIVE if effect.lost.startswith("what another machine") else Risk.WRITE
    return LEVELS[effect.kind]


def reason(effect: Effect) -> str:
    """The effect in a few words."""
    return f"{WORDS[effect.kind]} {effect.to if effect.kind == 'rename-over' else effect.path}"
