"""A command as a line of the shell that will read it: bash as it is rendered, zsh and fish with their own patterns and quotes."""
from __future__ import annotations

import re

from shellper.types import Command, Word

from .command import line
from .words import quote, shell

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\udc80-\udcff]")
_LETTERS = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def typed(command: Command, name: str) -> str:
    """COMMAND as one line for the shell NAME: bash, zsh or fish."""
    if name == "zsh":
        return re.sub(r"\$\{f(,,|\^\^)\}", lambda match: "${f:l}" if match[1] == ",," else "${f:u}", line(command.stages, command.output, _zsh))
    if name == "fish":
        if any(stage.loop or any(word.pattern and _beyond_fish(word.text) for word in stage.words) for stage in command.stages):
            return f"bash -c {_fish_quoted(command.text)}"
        return line(command.stages, command.output, _fish)
    return command.text


def _zsh(word: Word) -> str:
    """`[!a]` would be history, and with EXTENDED_GLOB a bare ^ or ~ is a pattern."""
    text = re.sub(r"(?<!\\)\[!", "[^", word.text) if word.pattern else word.text
    return shell(Word(text, word.pattern), lambda part: f"'{part}'" if re.search(r"[~^]", part) and quote(part) == part else quote(part))


def _beyond_fish(pattern: str) -> bool:
    """Whether PATTERN needs what fish has not, or not in every version: ? and brackets."""
    return bool(re.search(r"(?<!\\)(?:\\\\)*[?\[]", pattern))


def _fish(word: Word) -> str:
    if not word.pattern:
        return _fish_quoted(word.text)
    return shell(Word(re.sub(r"\*{2,}", "*", word.text), True), _fish_quoted)


def _fish_quoted(text: str) -> str:
    """TEXT as one literal word of fish, which knows \\\\ and \\' between single quotes and \\n or \\xff only outside."""
    if text and quote(text) == text and "^" not in text and "%" not in text:
        return text
    if not text:
        return "''"
    parts = re.split(rf"({_CONTROL.pattern}+)", text)
    return "".join(_fish_codes(part) if at % 2 else "'" + part.replace("\\", "\\\\").replace("'", "\\'") + "'" for at, part in enumerate(parts) if part)


def _fish_codes(text: str) -> str:
    return "".join(_LETTERS.get(char) or "".join(f"\\X{byte:02x}" for byte in char.encode("utf-8", "surrogateescape")) for char in text)
