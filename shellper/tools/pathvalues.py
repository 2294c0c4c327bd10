"""Values of path arguments: `*?[` and a leading `~` are live, a backslash before one of them makes it plain."""
from __future__ import annotations

import functools
import re

from shellper.types import Word

_META = re.compile(r"([*?\[\]\\])")
_LIVE = re.compile(r"(?<!\\)(?:\\\\)*[*?\[]")
_ESCAPED = re.compile(r"\\([*?\[\]\\~])")


def escape(text: str) -> str:
    """The path value that stands for exactly TEXT."""
    out = _META.sub(r"\\\1", text) if _META.search(text) else text
    return "\\" + out if out.startswith("~") else out


def unescape(value: str) -> str:
    """The literal text of a path value whose metacharacters are all escaped."""
    return _ESCAPED.sub(r"\1", value)


def has_wildcard(value: str) -> bool:
    return bool(_LIVE.search(value))


@functools.lru_cache(maxsize=1 << 15)
def path_word(value: str) -> Word:
    """The word of a path value: a pattern where it has a live metacharacter or a home tilde, else its literal text."""
    if not _META.search(value) and value[:1] != "~":
        return Word(value)
    return Word(value, True) if value.startswith("~") or has_wildcard(value) else Word(unescape(value))


def path_value(word: Word) -> str:
    """The path value of a word; the inverse of `path_word`."""
    return word.text if word.pattern else escape(word.text)
