"""Terminal output as data: escape sequences and control characters removed, size capped."""
from __future__ import annotations

import re

CAP = 4096
_SEQUENCE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    r"|\x1b[PX^_].*?(?:\x1b\\|$)"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def clean(output: str, cap: int = CAP) -> str:
    """OUTPUT without escape sequences and control or invisible characters, at most CAP characters: its head and its last line."""
    text = _CONTROL.sub("", _SEQUENCE.sub("", output.replace("\r\n", "\n")))
    if len(text) <= cap:
        return text
    head = text[:cap].rsplit("\n", 1)[0]
    last = text.rstrip("\n").rsplit("\n", 1)[-1]
    return f"{head}\n{last[:200]}\n"
