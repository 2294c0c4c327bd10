"""Foreign text made safe to look at: control, bidi and invisible characters become visible escapes."""
from __future__ import annotations

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def show(text: str, *, keep: str = "") -> str:
    """TEXT with every character that could move the cursor, hide or reorder text written as an escape; those in KEEP stay."""
    return "".join(char if char in keep else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    category = unicodedata.category(char)
    if category not in _HIDDEN and not (category == "Zs" and char != " "):
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_LONGEST = 100  # characters of a name that are shown
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")  # their letters look alike


def name(text: str) -> str:
    """A name or address as one safe, quoted piece: blanks that could push text out of sight as a count, the middle of a long one cut, and a
    warning where letters of scripts that look alike stand in one word."""
    marked = re.sub(r" {5,}", lambda match: f"[{len(match[0])} blanks]", show(text))
    if text and unicodedata.category(text[0]) == "Mn":
        marked = f"\\u{ord(text[0]):04x}" + marked[1:]
    if len(marked) > _LONGEST:
        marked = f"{marked[:60]}[... {len(marked):,} characters ...]{marked[-20:]}"
    return f"'{marked}'" + (" [mixed script]" if mixed(text) else "")


def mixed(text: str) -> bool:
    """Whether a word of TEXT has letters of several scripts that look alike."""
    if text.isascii():
        return False
    return any(len({script for char in word for script in _SCRIPTS if unicodedata.name(char, "").startswith(script)}) > 1 for word in re.findall(r"[^\W\d_]+", text))
