"""Whether a plan looks for something that plainly is not there: a name, a line, a key, a column. Lowers its rank, never changes it."""
from __future__ import annotations

import fnmatch
import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from shellper.types import Plan

from .listing import MOST_ENTRIES, walk

_MOST_BYTES = 200_000  # of a file that is looked into; a longer one gives no doubt
_MOST_FILES = 8
_NAMES = {"name": False, "name_ignore_case": True}  # arguments of find -> whether case is ignored
_GAPS = {None: None, "\\t": "\t"}


def fruitless(plan: Plan, cwd: str) -> bool:
    """Whether a call of PLAN that reads files by their names would find nothing in them, as far as small files in CWD tell."""
    if any(call.name == "cd" for call in plan.calls):
        return False
    return any(_LOOKS[call.name](call.arguments, cwd) for call in plan.calls if call.name in _LOOKS and call.input is None)


def _no_names(arguments: Mapping[str, Any], cwd: str) -> bool:
    patterns = [(pattern, ignoring) for name, ignoring in _NAMES.items() for pattern in arguments.get(name, ())]
    if not patterns or any(os.path.isabs(path) or path.startswith(("~", "..")) for path in arguments.get("paths", ())):
        return False
    for path in arguments.get("paths", ["."]):
        names = walk(os.path.join(cwd, path))
        if len(names) >= MOST_ENTRIES or not names:
            return False
        if any(_fits(name.rstrip("/").rpartition("/")[2], pattern, ignoring) for name in names for pattern, ignoring in patterns):
            return False
    return True


def _fits(name: str, pattern: str, ignoring: bool) -> bool:
    return fnmatch.fnmatchcase(name.lower(), pattern.lower()) if ignoring else fnmatch.fnmatchcase(name, pattern)


def _no_lines(arguments: Mapping[str, Any], cwd: str) -> bool:
    texts, pattern = _texts(arguments.get("paths", ()), cwd), arguments.get("pattern", arguments.get("find", ""))
    if not texts or not pattern or arguments.get("invert") or arguments.get("files_without") or arguments.get("quiet"):
        return False
    try:
        found = re.compile(_expression(pattern, arguments.get("syntax")), re.MULTILINE | (re.IGNORECASE if arguments.get("ignore_case") else 0))
    except re.error:
        return False
    return not any(found.search(text) for text in texts)


def _expression(pattern: str, syntax: str | None) -> str:
    """PATTERN of grep or sed as one of re: in a basic expression it is the escaped signs that have a meaning."""
    if syntax == "fixed":
        return re.escape(pattern)
    for name, signs in (("digit", "0-9"), ("alpha", "A-Za-z"), ("alnum", "A-Za-z0-9"), ("upper", "A-Z"), ("lower", "a-z"), ("space", r"\s"), ("blank", r" \t"), ("punct", r"!-/:-@\[-`{-~")):
        pattern = pattern.replace(f"[:{name}:]", signs)
    if syntax is None:
        pattern = re.sub(r"\\?[(){}|+?]", lambda sign: sign[0][1:] if sign[0][0] == "\\" else "\\" + sign[0], pattern)
    return re.sub(r"\\[<>]", r"\\b", pattern)


def _no_key(arguments: Mapping[str, Any], cwd: str) -> bool:
    wanted = [arguments.get(name) for name in ("field", "where_field") if arguments.get(name)] + list(arguments.get("fields", ()))
    for text in _texts(arguments.get("paths", ()), cwd):
        try:
            value = json.loads(text)
        except ValueError:
            return False
        for step in filter(None, re.split(r"\.|\[\]", arguments.get("list", ""))):
            value = value.get(step) if isinstance(value, dict) else None
        if value is None or not all(_has(value, field) for field in wanted):
            return True
    return False


def _has(value: Any, field: str) -> bool:
    """Whether VALUE, or one of its entries, has FIELD: keys with dots between them."""
    for step in filter(None, re.split(r"\.|\[\d*\]", field)):
        inner = value if isinstance(value, list) else [value]
        inner = [entry[step] for entry in inner if isinstance(entry, dict) and step in entry]
        if not inner:
            return False
        value = [part for entry in inner for part in (entry if isinstance(entry, list) else [entry])]
    return True


def _no_column(arguments: Mapping[str, Any], cwd: str) -> bool:
    numbers = [arguments[name] for name in ("column", "where_column", "and_column", "group_column") if name in arguments] + list(arguments.get("columns", ()))
    gap = arguments.get("delimiter")
    gap = _GAPS.get(gap, gap)
    texts = _texts(arguments.get("paths", ()), cwd)
    rows = [line.split(gap) for text in texts for line in text.splitlines() if line.strip()]
    if not rows or not numbers or (gap is not None and len(gap) > 1):
        return False
    if max(map(len, rows)) < max(numbers):
        return True
    where, value = arguments.get("where_column"), arguments.get("value")
    if where and arguments.get("op") == "==" and value is not None:
        return not any(len(row) >= where and row[where - 1] == value for row in rows)
    return False


def _texts(paths: Iterable[str], cwd: str) -> list[str]:
    """The contents of PATHS; none where one of them is no small text file or is given by a pattern."""
    found = []
    for path in list(paths)[: _MOST_FILES + 1]:
        whole = os.path.join(cwd, os.path.expanduser(path))
        try:
            if not os.path.isfile(whole) or os.path.getsize(whole) > _MOST_BYTES or len(found) == _MOST_FILES:
                return []
            with open(whole, "rb") as file:
                content = file.read(_MOST_BYTES)
        except OSError:
            return []
        if b"\0" in content:
            return []
        found.append(content.decode("utf-8", "replace"))
    return found


_LOOKS = {
    "find": _no_names,
    **dict.fromkeys(("grep", "replace", "delete_matching_lines"), _no_lines),
    **dict.fromkeys(("json_get", "json_select", "json_aggregate", "json_sort", "json_csv"), _no_key),
    **dict.fromkeys(("filter_rows", "column_sum", "column_average", "column_extreme", "columns", "group_count", "group_sum"), _no_column),
}
