"""The tokens of a causal student as texts, and which of them may come next under a grammar.

A token's text has one character a byte (below 256) and one character above that for each control token of its family.
"""
from __future__ import annotations

import functools
import re
from bisect import bisect_left
from pathlib import Path
from typing import Any

import numpy as np

from .grammar import Grammar, State, utf8

_CUT = "\0"
_FEW = 16  # so many tokens are tried one by one


class TokenTable:
    """The tokenizer of a causal student. FAMILY names the control tokens and how bytes are written."""

    def __init__(self, path: Path, family: Any) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        added = {token.content: number for number, token in self._tokenizer.get_added_tokens_decoder().items()}
        missing = [name for name in family.controls if name not in added]
        if missing:
            raise ValueError(f"its tokenizer has no token {missing[0]}")
        self.symbols = {name: chr(256 + at) for at, name in enumerate(family.controls)}
        self._kept_apart = [name for name in added if len(name) > 1 and name.strip()]
        spell = _byte_level if family.byte_level else _sentence_piece
        texts = {number: spell(name) for name, number in self._tokenizer.get_vocab(with_added_tokens=True).items() if name not in added or not name.strip("\u2581 \n\t")}
        texts |= {added[name]: symbol for name, symbol in self.symbols.items()}
        self.by_number = {number: text for number, text in texts.items() if text}
        ranked = sorted((text, number) for number, text in self.by_number.items())
        self._texts = [text for text, _ in ranked]
        self._numbers = np.array([number for _, number in ranked])

    def encode(self, text: str) -> list[int]:
        """The tokens of TEXT, in which control tokens count unless `plain` has taken them apart."""
        return [number for part in text.split(_CUT) for number in self._tokenizer.encode(part, add_special_tokens=False).ids]

    def plain(self, text: str) -> str:
        """TEXT for `encode`, with every name of an added token cut apart."""
        text = text.replace(_CUT, " ").strip()
        for name in self._kept_apart:
            if name in text:
                text = text.replace(name, name[0] + _CUT + name[1:])
        return text

    def controlled(self, text: str) -> str:
        """TEXT in the alphabet of the tokens' texts: bytes, and control tokens as one character."""
        parts = re.split("|".join(map(re.escape, self.symbols)), text)
        found = re.findall("|".join(map(re.escape, self.symbols)), text)
        return "".join(part.encode().decode("latin-1") + symbol for part, symbol in zip(parts, [*(self.symbols[name] for name in found), ""], strict=True))

    def legal(self, state: State, grammar: Grammar) -> np.ndarray:
        """The numbers of the tokens that may follow STATE."""
        if grammar.is_free(state):
            content, others = self._content
            return np.concatenate([content, [self._numbers[at] for at in others if self._passes(at, state, 0, grammar)]]).astype(np.int64)
        found: list[int] = []
        self._collect(state, grammar, 0, len(self._texts), 0, found)
        return self._numbers[found]

    def advance(self, state: State, token: int, grammar: Grammar) -> State:
        """The state after a legal TOKEN."""
        for character in self.by_number[token]:
            state = grammar.advance(state, character)
        return state

    def _collect(self, state: State, grammar: Grammar, low: int, high: int, depth: int, found: list[int]) -> None:
        """Add the places of all tokens among LOW:HIGH, which share DEPTH characters, that are legal from STATE on."""
        heads = grammar.follow(state)
        if heads is None or high - low <= _FEW:
            found += [at for at in range(low, high) if self._passes(at, state, depth, grammar)]
            return
        while low < high and len(self._texts[low]) == depth:
            found.append(low)
            low += 1
        prefix = self._texts[low][:depth] if low < high else ""
        for head in heads:
            first = bisect_left(self._texts, prefix + head, low, high)
            last = bisect_left(self._texts, prefix + chr(ord(head) + 1), first, high)
            after = grammar.advance(state, head) if first < last else None
            if after is not None:
                self._collect(after, grammar, first, last, depth + 1, found)

    def _passes(self, at: int, state: State | None, depth: int, grammar: Grammar) -> bool:
        for character in self._texts[at][depth:]:
            state = grammar.advance(state, character)
            if state is None:
                return False
        return True

    @functools.cached_property
    def _content(self) -> tuple[np.ndarray, list[int]]:
        """Tokens that are plain text wherever text is free, and the places of those that must be looked at."""
        content, others = [], []
        for at, text in enumerate(self._texts):
            if text.isascii() and text.isprintable():
                (others if '"' in text or "\\" in text else content).append(at)
            elif text[0] > "\xff" or text.isascii():
                others.append(at)
            elif not any(character < " " or character in '"\\\x7f' for character in text) and utf8(text) is not None:
                content.append(at)
            elif utf8(text) is not None:
                others.append(at)
        return self._numbers[content], others


@functools.cache
def _byte_characters() -> dict[str, str]:
    """The printable characters that byte-level tokenizers write for bytes -> the byte."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): chr(byte) for byte in shown} | {chr(256 + at): chr(byte) for at, byte in enumerate(hidden)}


def _byte_level(name: str) -> str:
    table = _byte_characters()
    return "".join(table.get(character, "") for character in name)


def _sentence_piece(name: str) -> str:
    if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):
        return chr(int(name[3:5], 16))
    return name.replace("\u2581", " ").encode().decode("latin-1")
