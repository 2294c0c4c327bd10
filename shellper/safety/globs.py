"""Shell patterns expanded in Python, as bash does without its options: hidden names only where asked for, no match = nothing."""
from __future__ import annotations

import glob
import os
import re

from shellper.tools.pathvalues import has_wildcard, unescape
from shellper.types import Word


def expand(word: Word, cwd: str) -> list[str]:
    """The paths that WORD stands for in CWD, sorted; a literal word is itself, a pattern without a match gives nothing."""
    if not word.pattern:
        return [word.text]
    home, rest = _home(word.text)
    if not has_wildcard(rest):
        return [home + unescape(rest)]
    pattern = glob.escape(home) + re.sub(r"\\([*?\[\]\\~])", lambda match: f"[{match[1]}]" if match[1] in "*?[" else match[1], rest).replace("[^", "[!")
    found = sorted(glob.glob(pattern) if os.path.isabs(pattern) else glob.glob(pattern, root_dir=cwd))
    return [path + "/" if rest.endswith("/") and not path.endswith("/") else path for path in found]


def _home(text: str) -> tuple[str, str]:
    """The folder that a leading tilde stands for, and the rest of the value."""
    head = re.match(r"~[\w-]*(?=/|$)", text)
    return (os.path.expanduser(head[0]), text[head.end() :]) if head else ("", text)
