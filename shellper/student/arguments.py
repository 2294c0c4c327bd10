"""What the student needs to know of a tool's arguments: how each one is spelled in tokens and which texts it accepts."""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shellper.errors import ToolFileInvalid

from .vocabulary import choice_name

FLAG, CHOICE, INTEGER, NUMBER, STRING, MIXED = "flag", "choice", "integer", "number", "string", "mixed"
_SHAPES = {INTEGER: re.compile(r"-?[0-9]{1,15}"), NUMBER: re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")}


@dataclass(frozen=True)
class Argument:
    """One argument of a tool. A flag is its token alone, a choice takes one enum token, every other kind is spelled in pieces.

    `schema` is that of one value: the items of an array, else the whole. `choices`: enum token name -> value.
    `unique`, `least` and `most` tell how many items an array takes.
    """

    name: str
    kind: str
    many: bool
    required: bool
    schema: Mapping[str, Any]
    choices: Mapping[str, Any]
    unique: bool = False
    least: int = 1
    most: int = 1

    def value(self, text: str) -> Any:
        """The JSON value that TEXT spells."""
        if self.kind == INTEGER or (self.kind == MIXED and _SHAPES[INTEGER].fullmatch(text)):
            return int(text)
        if self.kind == NUMBER:
            return float(text) if "." in text else int(text)
        return text

    def text(self, value: Any) -> str:
        """The spelling of a JSON value; `value(text(v)) == v`."""
        return value if isinstance(value, str) else repr(value)

    def accepts(self, text: str) -> bool:
        """Whether TEXT spells a value that the schema allows."""
        if self.kind in _SHAPES and not _SHAPES[self.kind].fullmatch(text):
            return False
        value, schema = self.value(text), self.schema
        if isinstance(value, str):
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
                return False
            if not value and (self.many or schema.get("format") == "path"):
                return False
            return "pattern" not in schema or re.search(schema["pattern"], value) is not None
        return schema.get("minimum", value) <= value <= schema.get("maximum", value) and (
            "exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"]
        )

    def may_grow(self, text: str) -> bool:
        """Whether TEXT can be the beginning of an accepted value; only number kinds say no."""
        if self.kind not in _SHAPES:
            return True
        if text == "-":
            return self.schema.get("minimum", -1) < 0
        if self.kind == NUMBER and text.endswith(".") and _SHAPES[INTEGER].fullmatch(text[:-1]):
            return True
        return _SHAPES[self.kind].fullmatch(text) is not None and abs(self.value(text)) <= abs(self.schema.get("maximum", 10**15))


Signatures = Mapping[str, tuple[Argument, ...]]  # tool name -> its arguments in schema order


def signatures(tools: Mapping[str, Any]) -> Signatures:
    """The arguments of every catalogue tool."""
    return {name: arguments_of(tool) for name, tool in tools.items()}


def arguments_of(tool: Any) -> tuple[Argument, ...]:
    """The arguments of a catalogue tool in schema order. Raises ToolFileInvalid for a type that cannot be spelled."""
    parameters = tool.parameters
    required = set(parameters.get("required", ()))
    return tuple(_argument(tool.name, name, schema, name in required) for name, schema in parameters.get("properties", {}).items())


def _argument(tool: str, name: str, schema: Mapping[str, Any], required: bool) -> Argument:
    many = schema.get("type") == "array"
    single = schema.get("items", {"type": "string"}) if many else schema
    kind, values = _kind(single)
    if kind is None:
        raise ToolFileInvalid(f"{tool}: /parameters/properties/{name}: the student cannot spell values of type {single.get('type')!r}")
    choices = {choice_name(value): value for value in values}
    most = min(schema.get("maxItems", 10**6), len(choices) if choices and schema.get("uniqueItems") else 10**6)
    unique = bool(many and schema.get("uniqueItems"))
    return Argument(name, kind, many, required, single, choices, unique, max(1, schema.get("minItems", 1)), most)


def _kind(schema: Mapping[str, Any]) -> tuple[str | None, list]:
    types = schema.get("type")
    if "enum" in schema:
        return CHOICE, list(schema["enum"])
    if types == "boolean":
        return (FLAG, []) if schema.get("const") is True else (CHOICE, [True, False])
    options = {types} if isinstance(types, str) else set(types or ())
    for choice in schema.get("anyOf", schema.get("oneOf", ())):
        options |= {"string"} if "enum" in choice else {choice.get("type")}
    if options <= {"integer"} and options:
        return INTEGER, []
    if options <= {"integer", "number"} and options:
        return NUMBER, []
    if options <= {"string"}:
        return STRING, []
    return (MIXED, []) if options <= {"string", "integer"} else (None, [])
