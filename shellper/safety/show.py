"""Foreign text made safe to look at: control, bidi and invisible characters become visible escapes."""
from __future__ import annotations

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
