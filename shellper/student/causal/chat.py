"""How each family of causal models is spoken to: prompt, declared tools, earlier turns, and the syntax of a tool call.

Written after the families' published chat templates; a template itself is never run. Text that is not ours (words, output) goes
through `plain`, so that a control token that stands in it stays text.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shellper.types import ToolCall

_DECLARED = ("type", "description", "enum", "items", "properties", "required", "minimum", "maximum")
Plain = Callable[[str], str]


@dataclass(frozen=True)
class Syntax:
    """The literal parts of tool calls. `key` holds {} for an argument's name; `stops` end the answer."""

    begin: str
    name_end: str
    key: str
    separator: str
    item_separator: str
    call_end: str
    again: str
    stops: tuple[str, ...]
    quote: str
    escapes: bool  # texts are JSON strings with backslashes, else they run to the closing quote


@dataclass(frozen=True)
class Exchange:
    """An earlier turn: what was asked, the calls that answered it (or its command line), and what that printed."""

    request: str
    calls: tuple[ToolCall, ...]
    command: str
    output: str


class FunctionGemma:
    """Gemma 3 with the control tokens of FunctionGemma."""

    name, byte_level = "functiongemma", False
    system = "You are a model that can do function calling with the following functions"
    controls = ("<escape>", "<start_function_call>", "<end_function_call>", "<start_function_response>", "<end_of_turn>")
    syntax = Syntax(
        begin="<start_function_call>call:", name_end="{", key="{}:", separator=",", item_separator=",", call_end="}<end_function_call>",
        again="<start_function_call>call:", stops=("<start_function_response>", "<end_of_turn>"), quote="<escape>", escapes=False,
    )  # fmt: skip

    def prefix(self, tools: Iterable[Any], system: str | None) -> str:
        declared = "".join(f"<start_function_declaration>{self._declaration(tool)}<end_function_declaration>" for tool in tools)
        return f"<bos><start_of_turn>developer\n{self.system if system is None else system}{declared}<end_of_turn>\n"

    def request(self, turns: Sequence[Exchange], words: str, plain: Plain) -> str:
        past = "".join(self._turn(turn, plain) for turn in turns)
        return f"{past}<start_of_turn>user\n{plain(words)}<end_of_turn>\n<start_of_turn>model\n"

    def _turn(self, turn: Exchange, plain: Plain) -> str:
        answer = self._calls(turn.calls, plain) or plain(turn.command)
        if turn.output and turn.calls:
            answer += f"<start_function_response>response:{turn.calls[-1].name}{self._value({'value': turn.output}, plain)}<end_function_response>"
        return f"<start_of_turn>user\n{plain(turn.request)}<end_of_turn>\n<start_of_turn>model\n{answer}<end_of_turn>\n"

    def answer(self, calls: Iterable[ToolCall], plain: Plain = str) -> str:
        """What a model answers that makes CALLS: the target of a fine-tuning."""
        return self._calls(calls, plain) + self.syntax.stops[0]

    def _calls(self, calls: Iterable[ToolCall], plain: Plain) -> str:
        return "".join(f"<start_function_call>call:{call.name}{self._value(dict(call.arguments), plain)}<end_function_call>" for call in calls)

    def _declaration(self, tool: Any) -> str:
        schema = tool.parameters
        properties = ",".join(f"{name}:{self._property(schema['properties'][name])}" for name in sorted(schema.get("properties", {})))
        parts = [f"properties:{{{properties}}}"] if properties else []
        if schema.get("required"):
            parts.append(f"required:{self._value(list(schema['required']))}")
        return f"declaration:{tool.name}{{description:<escape>{tool.description}<escape>,parameters:{{{','.join([*parts, 'type:<escape>OBJECT<escape>'])}}}}}"

    def _property(self, schema: Mapping[str, Any]) -> str:
        parts = [f"description:<escape>{schema.get('description', '')}<escape>"]
        if "enum" in schema:
            parts.append(f"enum:{self._value(list(schema['enum']))}")
        if "items" in schema:
            items = {"enum": schema["items"]["enum"]} if "enum" in schema["items"] else {}
            parts.append(f"items:{self._value({**items, 'type': _kind(schema['items']).upper()})}")
        return f"{{{','.join([*parts, f'type:<escape>{_kind(schema).upper()}<escape>'])}}}"

    def _value(self, value: Any, plain: Plain = str) -> str:
        if isinstance(value, str):
            return f"<escape>{plain(value)}<escape>"
        if isinstance(value, list):
            return f"[{','.join(self._value(item, plain) for item in value)}]"
        if isinstance(value, dict):
            return "{" + ",".join(f"{key}:{self._value(item, plain)}" for key, item in value.items()) + "}"
        return json.dumps(value)


class Qwen3:
    """Qwen3 without thinking: JSON in <tool_call> tags."""

    name, byte_level = "qwen3", True
    system = ""
    controls = ("<tool_call>", "</tool_call>", "<|im_end|>")
    syntax = Syntax(
        begin='<tool_call>\n{"name": "', name_end='", "arguments": {', key='"{}": ', separator=", ", item_separator=", ", call_end="}}\n</tool_call>",
        again='\n<tool_call>\n{"name": "', stops=("<|im_end|>",), quote='"', escapes=True,
    )  # fmt: skip

    def prefix(self, tools: Iterable[Any], system: str | None) -> str:
        system = self.system if system is None else system
        declared = "".join("\n" + _json({"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": _declared(tool.parameters)}}) for tool in tools)
        return (
            f"<|im_start|>system\n{system}{2 * chr(10) if system else ''}# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
            f"You are provided with function signatures within <tools></tools> XML tags:\n<tools>{declared}\n</tools>\n\n"
            "For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n"
            '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call><|im_end|>\n'
        )

    def request(self, turns: Sequence[Exchange], words: str, plain: Plain) -> str:
        past = "".join(self._turn(turn, plain) for turn in turns)
        return f"{past}<|im_start|>user\n{plain(words)}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"

    def _turn(self, turn: Exchange, plain: Plain) -> str:
        text = f"<|im_start|>user\n{plain(turn.request)}<|im_end|>\n<|im_start|>assistant\n{self._calls(turn.calls, plain) or plain(turn.command)}<|im_end|>\n"
        if turn.output:
            text += f"<|im_start|>user\n<tool_response>\n{plain(turn.output)}\n</tool_response><|im_end|>\n"
        return text

    def answer(self, calls: Iterable[ToolCall], plain: Plain = str) -> str:
        """What a model answers that makes CALLS: the target of a fine-tuning."""
        return self._calls(calls, plain) + self.syntax.stops[0]

    def _calls(self, calls: Iterable[ToolCall], plain: Plain) -> str:
        return "\n".join(f"<tool_call>\n{plain(_json({'name': call.name, 'arguments': dict(call.arguments)}))}\n</tool_call>" for call in calls)


FAMILIES = {family.name: family for family in (FunctionGemma(), Qwen3())}


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "string")
    return kind if isinstance(kind, str) else kind[0]


def _declared(schema: Any) -> Any:
    """SCHEMA without the keys that are ours alone."""
    if not isinstance(schema, dict):
        return schema
    shown = {key: schema[key] for key in _DECLARED if key in schema}
    if "properties" in shown:
        shown["properties"] = {name: _declared(value) for name, value in shown["properties"].items()}
    if "items" in shown:
        shown["items"] = _declared(shown["items"])
    return shown


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
