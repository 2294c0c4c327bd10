"""Hypothesis strategies for calls of catalogue tools, drawn from their JSON schemas."""
from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from shellper.tools import Tool
from shellper.tools.pathvalues import escape
from shellper.types import ToolCall

ODD_NAMES = ("a.txt", "my file.txt", "-rf", "--help", "it's", 'say "hi"', "*", "a[1].txt", "~", "~root", "back\\slash", "$HOME", "`id`", "$(id)", "a;b", "#x", "!!", "ünï 日本.md", ".hidden", "a\tb", "a\nb", "{a,b}", "=x", "😀", "dir/sub/x y", "/tmp/abs", "../up")
PATTERNS = ("*.txt", "~/notes.md", "src/*.py", "img?.png", "log[0-9].gz", "my file*", "~")
_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)
_WORDS = st.sampled_from(("TODO", "a b", "it's", "$x", "a/b", "x|y", "^start", "end$", "*", "\\d+", "-v", "=", "ü", "\t", "a\"b", "100%", "a,b", "&", "1-3"))
_TEXTS = st.one_of(_WORDS, _TEXT)
_PATHS = st.one_of(st.sampled_from(ODD_NAMES).map(escape), st.sampled_from(PATTERNS), st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=8).map(escape))


def values(schema: dict[str, Any]) -> st.SearchStrategy:
    """Values that fit SCHEMA."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema.get("type", "string")
    if isinstance(kinds, list):
        return st.one_of(*(values({**schema, "type": kind}) for kind in kinds))
    if kinds == "integer":
        return st.integers(schema.get("minimum", -1000), schema.get("maximum", 1000))
    if kinds == "boolean":
        return st.booleans()
    if kinds == "array":
        return st.lists(values(schema.get("items", {})), min_size=schema.get("minItems", 0), max_size=schema.get("maxItems", 3), unique=schema.get("uniqueItems", False))
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True).filter(lambda text: "\x00" not in text and text.isprintable())
    if schema.get("format") == "path":
        return _PATHS
    return _TEXTS.filter(lambda text: schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 99))


def _shaped(value: Any, shape: str | None) -> bool:
    """Whether a value is one that its operand would read back (a commit does not look like a path)."""
    return shape is None or all(re.search(shape, str(one)) for one in (value if isinstance(value, list) else [value]))


@st.composite
def calls(draw, tool: Tool) -> ToolCall:
    """A call with the required arguments and up to four others; one that equals its default is left out, as parsing does."""
    optional = [name for name in tool.properties if name not in tool.required]
    chosen = {*tool.required, *(draw(st.lists(st.sampled_from(optional), max_size=4, unique=True)) if optional else ())}
    shapes = {item["operand"]: item["match"] for item in tool.argv() if isinstance(item, dict) and "operand" in item and "match" in item}
    arguments = {name: draw(values(schema).filter(lambda value, name=name: _shaped(value, shapes.get(name)))) for name, schema in tool.properties.items() if name in chosen}
    return ToolCall(tool.name, {name: value for name, value in arguments.items() if value != tool.properties[name].get("default")})
