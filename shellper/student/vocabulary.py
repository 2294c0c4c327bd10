"""The output vocabulary of the student: token names and their numbers, made from a catalogue and learned text pieces."""
from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAD, START, END = "<pad>", "<start>", "<end>"
PIPE, EACH, THEN = "<pipe>", "<each>", "<then>"
WRITE, APPEND = "<write>", "<append>"
COMMA, CLOSE = "<,>", "</v>"  # next array item, end of a value
SPECIALS = (PAD, START, END, PIPE, EACH, THEN, WRITE, APPEND, COMMA, CLOSE)
LINKS = {None: THEN, "pipe": PIPE, "each": EACH}  # how a call takes its input -> the token before it


@dataclass(frozen=True)
class Vocabulary:
    """Token names by number. Names, not numbers, are the identity: a checkpoint is loaded into a newer vocabulary by name.

    Kinds of names: the specials above, "tool:grep", "arg:paths", "enum:time", "b:41" (a byte in hexadecimal), "p:.log" (a piece of text).
    """

    tokens: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.tokens)

    @functools.cached_property
    def index(self) -> Mapping[str, int]:
        """Name -> number."""
        return {name: number for number, name in enumerate(self.tokens)}

    @functools.cached_property
    def spelled(self) -> Mapping[int, bytes]:
        """Number -> the bytes that it spells, for byte and piece tokens."""
        table = {}
        for number, name in enumerate(self.tokens):
            if name.startswith("b:"):
                table[number] = bytes([int(name[2:], 16)])
            elif name.startswith("p:"):
                table[number] = name[2:].encode()
        return table

    @functools.cached_property
    def pieces(self) -> Mapping[str, int]:
        """Text of a multi-character piece -> number."""
        return {name[2:]: number for number, name in enumerate(self.tokens) if name.startswith("p:")}

    @functools.cached_property
    def longest_piece(self) -> int:
        return max(map(len, self.pieces), default=0)

    @functools.cached_property
    def first_byte(self) -> int:
        """Number of "b:00"; the 256 bytes stand in order."""
        return self.index["b:00"]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.tokens, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        return cls(tuple(json.loads(path.read_text(encoding="utf-8"))))


def choice_name(value: Any) -> str:
    """The token name of one enum value (strings as they are, other values as JSON)."""
    return "enum:" + (value if isinstance(value, str) else json.dumps(value))


def build(tools: Mapping[str, Any], pieces: Iterable[str] = (), specials: Iterable[str] = SPECIALS) -> Vocabulary:
    """Make the vocabulary of a catalogue's TOOLS (name -> Tool) and of multi-character PIECES. Links and outputs that SPECIALS lack are never used."""
    from .arguments import arguments_of

    names: dict[str, None] = dict.fromkeys(specials)
    every = [argument for name in sorted(tools) for argument in arguments_of(tools[name])]
    names |= dict.fromkeys(f"tool:{name}" for name in sorted(tools))
    names |= dict.fromkeys(sorted({f"arg:{argument.name}" for argument in every}))
    names |= dict.fromkeys(sorted({choice for argument in every for choice in argument.choices}))
    names |= dict.fromkeys(f"b:{byte:02x}" for byte in range(256))
    names |= dict.fromkeys(f"p:{piece}" for piece in pieces if len(piece) > 1)
    return Vocabulary(tuple(names))
