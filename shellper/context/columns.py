"""The shape of tables that a request speaks of: separator and column names, which no listing shows.

    harvest.csv , 1 tree 2 kg 3 picked on          the first line of a table, numbered
    crew.json { items title done version           the keys of a JSON document, in their order
"""
from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence

from shellper.types import Turn

from .clean import clean
from .listing import matches

MOST_FILES = 2
MOST_COLUMNS = 16
_READ = 4096  # bytes of a table's beginning
_JSON = 200_000  # bytes; a longer document is not read
_TEXT = re.compile(r"\.(csv|tsv|tab|psv|txt|dat|log|list|lst|passwd)$|/?[^./]+$", re.IGNORECASE)
_ENDING = re.compile(r"\.\w{1,5}$")  # "all csv files" speaks of no table
_SIGNS = {",": ",", ";": ";", "\t": "tab", "|": "|", ":": ":", None: "blank"}


def columns(request: str, names: Iterable[str], turns: Sequence[Turn], cwd: str) -> tuple[str, ...]:
    """A line for each of at most two files of NAMES (relative to CWD) that REQUEST or, if it names none, the newest command
    speaks of. Files that cannot be read, or are no table, have none."""
    lines: list[str] = []
    files = [name for name in names if not name.endswith("/") and (_TEXT.search(name) or name.endswith(".json"))]
    named = [name for name in files if name.rpartition("/")[2].lower() in request.lower()]
    spoken = named or [name for name in files if matches(request, [_ENDING.sub("", name)])]
    if not spoken and turns:
        spoken = [name for name in files if name in turns[-1].command]
    for name in spoken[: 2 * MOST_FILES]:
        line = _shape(os.path.join(cwd, name), name)
        if line and len(lines) < MOST_FILES:
            lines.append(clean(line).rstrip("\n"))
    return tuple(lines)


def _shape(path: str, name: str) -> str:
    try:
        if not os.path.isfile(path):
            return ""
        with open(path, "rb") as file:
            start = file.read(_READ if not name.endswith(".json") else _JSON)
        text = start.decode("utf-8", "replace")
    except OSError:
        return ""
    if "\0" in text:
        return ""
    keys = _keys(text) if name.endswith(".json") else ""
    return (keys and f"{name} {keys}") or _table(text, name)


def _keys(text: str) -> str:
    """The keys of a JSON object or of the first object of an array; those of an array inside follow its own key."""
    try:
        value = json.loads(text)
    except ValueError:
        return ""
    mark, top = ("[", value[0]) if isinstance(value, list) and value else ("{", value)
    if not isinstance(top, dict):
        return ""
    parts: list[str] = []
    for key, inner in top.items():
        parts.append(key)
        first = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(first, dict):
            parts += [("[ " if isinstance(inner, list) else "{ ") + " ".join(first)]
    return " ".join([mark, *parts[:MOST_COLUMNS]])


def _table(text: str, name: str) -> str:
    rows = [row for row in text.splitlines()[:4] if row.strip()]
    if not rows or (len(text) >= _READ and len(rows) == 1):
        return ""
    for gap, sign in _SIGNS.items():
        counts = {len(row.split(gap)) for row in rows}
        if len(counts) == 1 and (width := counts.pop()) > 1 and (gap is not None or (2 < width <= MOST_COLUMNS and len(rows) > 1)) and (gap != ":" or width > 2):
            fields = [" ".join(field.split())[:24].strip('"') for field in rows[0].split(gap)[:MOST_COLUMNS]]
            return f"{name} {sign} " + " ".join(f"{at} {field}" for at, field in enumerate(fields, 1))
    return ""
