"""Where the values of calls stand in the words, and other values put there: the words and the calls change together."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shellper.types import ToolCall

from .numerals import forms

JOINTS = {"as it is": lambda text: text, "blanks": lambda text: re.sub(r"[_-]", " ", text), "closed": lambda text: re.sub(r"[_-]", "", text), "hyphens": lambda text: text.replace("_", "-")}


@dataclass(frozen=True)
class Surface:
    """What stands for a value in the words: `text` (small letters) and the `kind` of saying it, in which another value can be said."""

    text: str
    kind: str

    def of(self, value: Any) -> str | None:
        """VALUE said in the same way, or with blanks where it is a name of several parts; None where it cannot be."""
        said = ways(value)
        if self.kind in JOINTS and said.keys() <= JOINTS.keys():
            return said.get("as it is" if "_" in self.text else "blanks", said.get("as it is"))
        return said.get(self.kind)


def ways(value: Any) -> dict[str, str]:
    """Kind -> text of the ways of saying VALUE."""
    if isinstance(value, bool):
        return {}
    if isinstance(value, int | float):
        return forms(repr(value))
    if re.fullmatch(r"\d+", value):
        return forms(value)
    said: dict[str, str] = {}
    for kind, write in JOINTS.items():
        if write(value) not in said.values():
            said[kind] = write(value)
    return said


def find(value: Any, words: str) -> Surface | None:
    """How VALUE is said in WORDS, if it is; the longest way wins, so that "1,500" is not found as "500"."""
    low = words.casefold()
    found = [Surface(text.casefold(), kind) for kind, text in ways(value).items() if text and whole(text.casefold()).search(low)]
    return max(found, key=lambda surface: len(surface.text), default=None)


def whole(text: str) -> re.Pattern[str]:
    """TEXT where it begins and ends with a word; digits do not go on behind a comma or a point."""
    before = r"(?<![\w])(?<!\d[.,])" if text[:1].isdigit() else r"(?<!\w)"
    after = r"(?!\w)(?![.,]\d)" if text[-1:].isdigit() else r"(?!\w)"
    return re.compile(before + re.escape(text) + after)


def replace_all(words: str, changes: Mapping[str, str]) -> str:
    """WORDS with all CHANGES (text in small letters -> text) made at once; a capital at the front stays one."""
    if not changes:
        return words
    pattern = re.compile("|".join(whole(old).pattern for old in sorted(changes, key=len, reverse=True)), re.IGNORECASE)

    def change(match: re.Match[str]) -> str:
        new = changes.get(match[0].casefold(), match[0])
        return new[0].upper() + new[1:] if match[0][:1].isupper() and new[:1].islower() else new

    return pattern.sub(change, words)


def map_values(call: ToolCall, change: Callable[[str, Any], Any]) -> ToolCall:
    """CALL with CHANGE(argument, value) in place of every value; items of a list one by one."""
    arguments = {name: [change(name, item) for item in value] if isinstance(value, list) else change(name, value) for name, value in call.arguments.items()}
    return ToolCall(call.name, arguments, call.input)


def values(call: ToolCall) -> list[tuple[str, Any]]:
    """(argument, value) pairs of CALL, the items of a list one by one."""
    return [(name, item) for name, value in call.arguments.items() for item in (value if isinstance(value, list) else [value])]
