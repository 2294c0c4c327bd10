"""The words said in sessions: one JSON text a line, 0600, secrets replaced, the newest kept."""
from __future__ import annotations

import json
import os

from shellper.redact import redact

from . import records

FILE = "words.jsonl"
MOST = 5000  # lines that are read back
LONGEST = 2_000_000  # bytes; beyond that the older half goes


def remember(text: str) -> None:
    """Append TEXT. Raises StateUnusable."""
    row = json.dumps(redact(text)).encode() + b"\n"
    with records.opened(FILE) as handle:
        size = os.fstat(handle).st_size
        if size + len(row) > LONGEST:
            newer = os.pread(handle, LONGEST // 2, size - LONGEST // 2).partition(b"\n")[2]
            os.ftruncate(handle, 0)
            row = newer + row
        os.write(handle, row)


def remembered() -> list[str]:
    """The newest texts, oldest first; lines that cannot be read are left out."""
    found = []
    try:
        with open(records.file(FILE), "rb") as lines:
            for line in lines:
                try:
                    text = json.loads(line)
                except ValueError:
                    continue
                if isinstance(text, str):
                    found.append(text)
    except OSError:
        return []
    return found[-MOST:]
