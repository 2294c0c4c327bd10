"""An explanation composed from the catalogue's phrases; it cannot disagree with the command."""
from __future__ import annotations

from typing import Any

from shellper.tools import Catalogue, Tool, catalogue
from shellper.types import Plan, ToolCall


def explain(plan: Plan, *, tools: Catalogue | None = None) -> str:
    """PLAN in one sentence of plain words."""
    tools = tools or catalogue()
    if plan.cannot:
        return f"cannot: {plan.cannot}"
    parts = []
    for call in plan.calls:
        head = {"pipe": "pass the lines on: ", "each": "for each of them: ", None: "then " if parts else ""}[call.input]
        parts.append(head + _sentence(tools.tools[call.name], call))
    text = "; ".join(parts)
    if plan.output:
        text += f"; {'add the output to' if plan.output.append else 'write the output to'} {plan.output.path}"
    return text


def _sentence(tool: Tool, call: ToolCall) -> str:
    words = [tool.spec["phrase"]]
    for name, schema in tool.properties.items():
        if name in call.arguments:
            words.append(_phrase(name, schema, call.arguments[name]))
        elif isinstance(schema.get("phrase"), dict):
            words.append(schema["phrase"].get("", ""))  # what the argument's absence means
    return " ".join(word for word in words if word)


def _phrase(name: str, schema: dict, value: Any) -> str:
    phrase = schema.get("phrase")
    if isinstance(phrase, dict):
        return phrase.get(str(value), f"{name.replace('_', ' ')} {value}")
    if phrase is None:
        phrase = name.replace("_", " ") if value is True else name.replace("_", " ") + " {value}"
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return phrase.replace("{value}", shown)
