"""The schema of a tool file, and what a schema cannot say: every argument is rendered, every item names an argument."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import forms

_TEXT = {"type": "string"}
_NAMES = {"type": "array", "items": _TEXT}
_LEVEL = {"enum": ["read", "write", "destructive", "system"]}
_FORMS = {"type": "array", "items": {"type": "object", "required": ["text"], "properties": {"text": _TEXT, "set": {"type": "object"}}}}
_PLACES = {"type": "object", "additionalProperties": _TEXT}
_EFFECT = {
    "type": "array",
    "items": {"anyOf": [_TEXT, {"type": "object", "required": ["arg"], "additionalProperties": False, "properties": {"arg": _TEXT, "if": {"anyOf": [_TEXT, _NAMES]}, "unless": {"anyOf": [_TEXT, _NAMES]}}}]},
}
_ITEM = {
    "anyOf": [
        {"type": "string"},
        *(
            {"type": "object", "required": required, "properties": {**dict.fromkeys(required, _TEXT), "flags": {"type": ["object", "array"]}, "word": _FORMS}}
            for required in (["flag", "arg"], ["option", "arg"], ["choice", "flags"], ["operand"], ["word"], ["age", "sign", "days", "minutes"],
                             ["redirect", "arg"], ["prefix", "arg"], ["rest"], ["literal"])
        ),
    ]
}
TOOL_FILE = {
    "type": "object",
    "required": ["name", "description", "parameters", "phrase", "risk", "effects", "program", "examples"],
    "additionalProperties": False,
    "anyOf": [{"required": ["argv"]}, {"required": ["loop"]}],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "description": {"type": "string", "minLength": 3},
        "phrase": {"type": "string", "minLength": 2},
        "risk": _LEVEL,
        "risk_if": {"type": "object", "additionalProperties": {"anyOf": [_LEVEL, {"type": "object", "additionalProperties": _LEVEL}]}},
        "parameters": {
            "type": "object",
            "required": ["type", "properties", "additionalProperties"],
            "properties": {"type": {"const": "object"}, "additionalProperties": {"const": False}, "properties": {"type": "object"}, "required": _NAMES},
        },
        "effects": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                **dict.fromkeys(("reads", "creates", "overwrites", "appends", "deletes", "moves", "modes", "edits"), _EFFECT),
                **{kind: {"type": ["boolean", "string", "array"]} for kind in ("network", "privilege", "processes", "spawns", "unknown")},
                **{key: {"type": "boolean"} for key in ("signals", "temporary", "refs")},
                **dict.fromkeys(("state", "unpacks"), _TEXT),
                **dict.fromkeys(("into", "ending"), _PLACES),
                "environment": {"enum": ["wide"]},
                "own": {"type": "object", "additionalProperties": False, "properties": {"unless": _NAMES}},
                "beside": {"type": "object", "required": ["arg", "endings"], "additionalProperties": False, "properties": {"arg": _TEXT, "endings": _PLACES, "unpack": {"type": "boolean"}}},
                "family": {"type": "object", "required": ["arg", "default"], "additionalProperties": False, "properties": {"arg": _TEXT, "default": _TEXT}},
                "saves": {"type": "object", "required": ["arg"], "additionalProperties": False, "properties": {"arg": _TEXT, "if": _TEXT, "unless": _NAMES, "over": {"type": "boolean"}}},
            },
        },
        "program": {"type": "string"},
        "program_bsd": {"type": "string"},
        "builtin": {"type": "boolean"},
        "style": {"enum": ["getopt", "find"]},
        "argv": {"type": "array", "items": _ITEM},
        "argv_bsd": {"type": "array", "items": _ITEM},
        "also_argv": {"type": "array", "items": {"type": "object", "required": ["argv"]}},
        "loop": {"type": "object", "required": ["paths", "do", "target"]},
        "ignore": _NAMES,
        "imply": {"type": "object"},
        "each": {"type": "string"},
        "stdin": {"type": "boolean"},
        "merge": {"type": "boolean"},
        "merge_value": {"type": "boolean"},
        "bare_cluster": {"type": "boolean"},
        "dashdash": {"type": "boolean"},
        "examples": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["ask", "call", "argv"], "properties": {"ask": _TEXT, "call": {"type": "object"}, "argv": _NAMES}}},
    },
}


def check_tool(spec: Any, stem: str) -> str | None:
    """Say what is wrong with a tool file's content (JSON pointer and reason), or None."""
    import jsonschema

    errors = sorted(jsonschema.Draft202012Validator(TOOL_FILE).iter_errors(spec), key=lambda error: list(error.absolute_path))
    if errors:
        return f"{pointer(errors[0].absolute_path)}: {errors[0].message}"
    if spec["name"] != stem:
        return f"/name: {spec['name']!r} is not the file's name"
    try:
        jsonschema.Draft202012Validator.check_schema(spec["parameters"])
    except jsonschema.SchemaError as error:
        return f"/parameters{pointer(error.absolute_path)}: {error.message}"
    for path in _references(spec["parameters"]["properties"]):
        return f"/parameters/properties{pointer(path)}: a reference is not followed, write the schema out"
    return _check_arguments(spec)


def _check_arguments(spec: Mapping[str, Any]) -> str | None:
    properties = spec["parameters"]["properties"]
    for key in ("argv", "argv_bsd"):
        for at, item in enumerate(spec.get(key, [])):
            for name in arguments_of(item):
                if name not in properties:
                    return f"/{key}/{at}: names {name!r}, which is no argument"
            for form in item.get("word", []) if isinstance(item, dict) else []:
                for _, kind in forms.places(form["text"]):
                    if kind not in forms.KINDS:
                        return f"/{key}/{at}: there is no placeholder kind {kind!r}"
    rendered = {name for item in spec.get("argv", []) for name in arguments_of(item)}
    if "loop" not in spec and spec["program"]:
        for name in properties:
            if name not in rendered:
                return f"/parameters/properties/{name}: no item of argv renders it"
    for kind, declared in spec["effects"].items():
        for name in _effect_arguments(declared):
            if name not in properties:
                return f"/effects/{kind}: {name!r} is no argument"
    for name in [*spec["parameters"].get("required", []), *([spec["each"]] if "each" in spec else [])]:
        if name not in properties:
            return f"/parameters/required: {name!r} is no argument"
    return None


def _references(schema: Any, path: tuple = ()) -> Iterator[tuple]:
    """Where in a schema another one is referred to, which jsonschema would look for, even on the network."""
    if isinstance(schema, dict):
        yield from ((*path, key) for key in ("$ref", "$dynamicRef") if isinstance(schema.get(key), str))
    for key, part in schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ():
        yield from _references(part, (*path, key))


def _effect_arguments(declared: Any) -> Iterator[str]:
    """The argument names that a declared effect speaks of."""
    for entry in declared if isinstance(declared, list) else [declared] if isinstance(declared, dict) and "arg" in declared else []:
        if isinstance(entry, dict):
            yield entry["arg"]
            for key in ("if", "unless"):
                yield from entry.get(key, []) if isinstance(entry.get(key), list) else [entry[key]] if key in entry else []
        else:
            yield entry


def arguments_of(item: Any) -> Iterator[str]:
    """The argument names that one argv item renders."""
    if isinstance(item, str):
        return
    for key in ("arg", "choice", "operand", "age", "rest"):
        if isinstance(item.get(key), str):
            yield item[key]
    for form in item.get("word", []):
        yield from forms.names(form)


def pointer(path) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path) or "/"


_PLAIN = frozenset(
    "type properties required additionalProperties items minItems minLength minimum maximum enum const pattern description phrase format kind default".split()  # noqa: SIM905
)
_TYPES = {"string": str, "boolean": bool, "array": list, "object": dict}


def fits(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether VALUE certainly fits SCHEMA. False may also mean that only jsonschema can tell."""
    if not schema.keys() <= _PLAIN or not isinstance(schema.get("type"), str):
        return False
    kind = schema["type"]
    if kind == "integer":
        if type(value) is not int or not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            return False
    elif kind not in _TYPES or not isinstance(value, _TYPES[kind]):
        return False
    if ("enum" in schema and value not in schema["enum"]) or ("const" in schema and value != schema["const"]):
        return False
    if kind == "string":
        return len(value) >= schema.get("minLength", 0) and ("pattern" not in schema or re.search(schema["pattern"], value) is not None)
    if kind == "array":
        return len(value) >= schema.get("minItems", 0) and all(fits(schema["items"], item) for item in value)
    if kind == "object":
        known = schema.get("properties", {})
        return set(schema.get("required", ())) <= set(value) <= set(known) and all(fits(known[name], item) for name, item in value.items())
    return True
