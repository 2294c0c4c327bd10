"""OpenAI function schemas as the tools of a student: read, checked with file and JSON pointer, made ready for grammar and vocabulary."""
from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shellper.errors import BadInput, ToolFileInvalid
from shellper.student.arguments import Argument, arguments_of
from shellper.tools.schema import pointer
from shellper.types import ToolCall

_FORM = {
    "type": "object",
    "required": ["name", "description"],
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,63}$"},
        "description": {"type": "string", "minLength": 3},
        "parameters": {
            "type": "object",
            "properties": {
                "type": {"const": "object"},
                "properties": {"type": "object", "additionalProperties": {"type": "object"}, "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_.-]{0,63}$"}},
                "required": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}


@dataclass(frozen=True)
class Function:
    """A function with what the student needs of a tool; it takes no piped input."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    each: None = None
    stdin: bool = False

    @functools.cached_property
    def validator(self):
        """A jsonschema validator of the arguments."""
        import jsonschema

        return jsonschema.Draft202012Validator(self.parameters)

    @functools.cached_property
    def arguments(self) -> Mapping[str, Argument]:
        return {argument.name: argument for argument in arguments_of(self)}

    def problem(self, call: ToolCall) -> str | None:
        """What is wrong with the arguments of CALL (JSON pointer below them and reason), or None."""
        error = next(iter(sorted(self.validator.iter_errors(dict(call.arguments)), key=lambda error: list(error.absolute_path))), None)
        if error is not None:
            return f"{pointer(error.absolute_path)}: {error.message}"
        for name, value in call.arguments.items():
            for item in value if self.arguments[name].many else [value]:
                if not self.arguments[name].choices and not self.arguments[name].accepts(self.arguments[name].text(item)):
                    return f"/{name}: {item!r} cannot be spelled"
            if value == []:
                return f"/{name}: an empty list cannot be spelled: leave the argument out"
        return None

    def settled(self, call: ToolCall) -> tuple:
        """CALL with an argument that is not given replaced by its default: what makes two calls equivalent. Lists of unique items have no order."""
        given = {}
        for name, schema in self.parameters.get("properties", {}).items():
            value = call.arguments.get(name, schema.get("default"))
            if value is None:
                continue
            items = [_exact(item) for item in value] if isinstance(value, list) else _exact(value)
            given[name] = tuple(sorted(items, key=repr) if schema.get("uniqueItems") else items) if isinstance(value, list) else items
        return call.name, tuple(sorted(given.items()))


@dataclass(frozen=True)
class Functions:
    """All functions of a student by name, in name order; a stand-in for the catalogue. `schemas` is the file's content."""

    tools: Mapping[str, Function]
    schemas: tuple[Mapping[str, Any], ...]

    @functools.cached_property
    def hash(self) -> str:
        seen = {name: tool.parameters for name, tool in sorted(self.tools.items())}
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()

    def same(self, ours: tuple[ToolCall, ...], theirs: tuple[ToolCall, ...]) -> bool:
        """Tool call equivalence: the same functions in the same order, with the same arguments once defaults are filled in."""
        return len(ours) == len(theirs) and all(self._settled(a) == self._settled(b) for a, b in zip(ours, theirs))

    def _settled(self, call: ToolCall) -> tuple:
        tool = self.tools.get(call.name)
        return tool.settled(call) if tool else (call.name, None)


def read_functions(file: Path) -> Functions:
    """Read the function schemas in FILE. Raises ToolFileInvalid (file, JSON pointer, reason)."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{file} is missing", hint="shellper-train init FOLDER makes one to fill in") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ToolFileInvalid(f"{file}: not readable as JSON: {error}") from None
    return functions_of(content, str(file))


def functions_of(content: Any, file: str = "tools.json") -> Functions:
    """The functions of a parsed FILE. Raises ToolFileInvalid."""
    rows = content.get("tools", content) if isinstance(content, dict) else content
    if not isinstance(rows, list) or not rows:
        raise ToolFileInvalid(f"{file}: /: a list of function schemas is expected")
    tools: dict[str, Function] = {}
    for at, row in enumerate(rows):
        below = "/function" if isinstance(row, dict) and "function" in row else ""
        try:
            tool = _function(row["function"] if below else row)
        except _Wrong as wrong:
            raise ToolFileInvalid(f"{file}: /{at}{below}{str(wrong).rstrip()}") from None
        if tool.name in tools:
            raise ToolFileInvalid(f"{file}: /{at}{below}/name: {tool.name!r} stands twice")
        tools[tool.name] = tool
    return Functions(dict(sorted(tools.items())), tuple(rows))


class _Wrong(Exception):
    """A JSON pointer and a reason."""


def _function(row: Any) -> Function:
    import jsonschema

    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(_FORM).iter_errors(row))
    if error is not None:
        raise _Wrong(f"{pointer(error.absolute_path)}: {error.message}")
    given = row.get("parameters", {})
    try:
        jsonschema.Draft202012Validator.check_schema(given)
    except jsonschema.SchemaError as error:
        raise _Wrong(f"/parameters{pointer(error.absolute_path)}: {error.message}") from None
    properties = {name: _plain(schema, f"/parameters/properties/{name}") for name, schema in given.get("properties", {}).items()}
    for name in given.get("required", ()):
        if name not in properties:
            raise _Wrong(f"/parameters/required: {name!r} is no argument")
    parameters = {"type": "object", "properties": properties, "required": list(given.get("required", ())), "additionalProperties": False}
    tool = Function(row["name"], row["description"], parameters)
    try:
        arguments_of(tool)
    except ToolFileInvalid as error:
        raise _Wrong(str(error).removeprefix(f"{tool.name}: ")) from None
    for name, schema in properties.items():
        if "default" in schema and (problem := tool.problem(ToolCall(tool.name, {name: schema["default"]}))) and "required" not in problem:
            raise _Wrong(f"/parameters/properties/{name}/default: {problem.split(': ', 1)[1]}")
    return tool


def _plain(schema: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The schema without what only says that an argument may be left out."""
    for word in ("$ref", "allOf", "not", "if"):
        if word in schema:
            raise _Wrong(f"{where}/{word}: the student cannot spell such values; write the type out")
    out = dict(schema)
    if isinstance(out.get("type"), list):
        out["type"] = [kind for kind in out["type"] if kind != "null"]
        out["type"] = out["type"][0] if len(out["type"]) == 1 else out["type"]
    for word in ("anyOf", "oneOf"):
        if word in out:
            options = [option for option in out.pop(word) if option.get("type") != "null"]
            out |= _plain(options[0], where) if len(options) == 1 else {word: options}
    if "enum" in out:
        out["enum"] = [value for value in out["enum"] if value is not None]
    if "const" in out:
        out["enum"] = [out.pop("const")]
    if out.get("type") == "object":
        raise _Wrong(f"{where}: an object inside the arguments cannot be spelled; give its parts arguments of their own")
    if out.get("type") == "array":
        out["items"] = _plain(out.get("items", {"type": "string"}), f"{where}/items")
        if out["items"].get("type") == "array":
            raise _Wrong(f"{where}/items: a list of lists cannot be spelled")
    if out.get("default", 0) is None:
        del out["default"]
    return out


def _exact(value: Any) -> Any:
    """VALUE such that True is not 1 and 1.0 is 1."""
    return ("bool", value) if isinstance(value, bool) else value
