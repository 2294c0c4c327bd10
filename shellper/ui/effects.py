"""The effects of a command in words: one line an object, counts, what cannot be undone."""
from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from shellper.safety import name, show
from shellper.types import Effect, Object, Proposal, Risk

FIRST = 10
_WORDS = {
    "create": "creates", "append": "adds to", "replace": "overwrites", "rename": "renames", "rename-over": "overwrites", "delete": "deletes", "delete-tree": "deletes", "mode": "changes mode, owner or time of",
    "mode-tree": "changes mode or owner of all in", "edit": "opens for editing", "signal": "signals process", "spawn": "runs", "net": "network:", "system": "system:", "state": "changes",
}
_QUIET = ("read", "miss")


def changes(proposal: Proposal) -> list[Effect]:
    return [effect for effect in proposal.assessment.changes if effect.kind not in _QUIET]


def objects(proposal: Proposal) -> int:
    """How many files, folders and processes are changed."""
    return sum(effect.before.count if effect.before and effect.kind in ("delete-tree", "mode-tree") else 1 for effect in changes(proposal) if effect.kind not in ("net", "state", "system", "spawn"))


def summary(proposal: Proposal, untracked: frozenset[str]) -> list[str]:
    """The first objects, how many more, and what cannot be undone."""
    found = changes(proposal)
    lines = [f"    {line(effect, untracked)}" for effect in found[:FIRST]]
    if len(found) > FIRST:
        lines += [f"    and {len(found) - FIRST:,} more (l lists all)", f"  in all: {counts(found)}"]
    elif len(found) > 1:
        lines.append(f"  in all: {counts(found)}")
    lines += [f"  not done: {show(effect.to)}" for effect in proposal.assessment.changes if effect.kind == "miss" and effect.path not in proposal.assessment.missing][:FIRST]
    lost = list(dict.fromkeys(effect.lost for effect in found if effect.lost))
    files = [effect for effect in found if effect.changes or (effect.kind == "state" and not effect.lost)]
    if lost:
        lines.append(f"  cannot be undone: {show('; '.join(lost[:3]))}" + (f" (of {len(files)} changes the files can)" if any(effect.changes for effect in files) else ""))
    elif files:
        lines.append("  can be undone: shellper undo")
    return lines


def everything(proposal: Proposal, untracked: frozenset[str]) -> list[str]:
    return [line(effect, untracked) for effect in changes(proposal)]


def line(effect: Effect, untracked: frozenset[str] = frozenset()) -> str:
    """One effect: what it does, to what, what was there."""
    place = effect.changes[0].path if effect.changes else ""
    over = effect.kind == "rename-over"
    text = f"{_WORDS[effect.kind]} {name(effect.to if over else effect.path)}"
    if over:
        text += f" with {name(effect.path)}"
    elif effect.to:
        text += f" -> {name(effect.to)}"
    if effect.before and effect.kind != "signal":
        text += f" ({described(effect.before)})"
    tags = [tag for tag in effect.tags if tag not in ("folder", "sends")] + (["sends data"] if "sends" in effect.tags else []) + (["not in git"] if place in untracked else [])
    return text + "".join(f" [{show(tag)}]" for tag in tags)


def described(found: Object) -> str:
    """What stands there: its kind or size and its date."""
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.mtime / 1e9))
    if found.kind == "link":
        return f"a link to {name(found.target)}"
    if found.kind == "directory":
        return f"folder with {found.count - 1:,} objects, {size(found.bytes)}" if found.count > 1 else "folder"
    return f"{size(found.size)}, {day}"


def counts(found: Iterable[Effect]) -> str:
    """How many objects each verb has, and the bytes that it takes."""
    tally: Counter[str] = Counter()
    weight: Counter[str] = Counter()
    for effect in found:
        tally[_WORDS[effect.kind]] += effect.before.count if effect.before and effect.kind in ("delete-tree", "mode-tree") else 1
        if effect.before and effect.kind in ("delete", "delete-tree", "replace", "rename-over"):
            weight[_WORDS[effect.kind]] += effect.before.bytes
    return ", ".join(f"{verb} {number:,}" + (f" ({size(weight[verb])})" if weight[verb] else "") for verb, number in tally.items())


def size(number: int) -> str:
    """Bytes as people write them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return f"{number:,.0f} {unit}" if unit == "bytes" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    return ""


def as_rows(proposal: Proposal) -> list[dict[str, Any]]:
    """The effects for JSON: kind, path and what else there is to say."""
    rows = []
    for effect in changes(proposal):
        row: dict[str, Any] = {"kind": effect.kind, "path": effect.path}
        if effect.to:
            row["to"] = effect.to
        if effect.before and effect.before.kind != "process":
            row |= {"objects": effect.before.count, "bytes": effect.before.bytes}
        rows.append(row | ({"cannot_undo": effect.lost} if effect.lost else {}) | ({"marks": list(effect.tags)} if effect.tags else {}))
    return rows


def word(proposal: Proposal) -> str:
    """What has to be typed to run it: "" Enter, "y", "yes", a word from the plan, "system", or "never"."""
    risk, found = proposal.assessment.risk, changes(proposal)
    if risk is not Risk.DESTRUCTIVE:
        return {Risk.READ: "", Risk.WRITE: "y", Risk.SYSTEM: "system", Risk.BLOCKED: "never"}[risk]
    number = objects(proposal)
    outside = any("outside this folder" in effect.tags for effect in found)
    if undoable(proposal) and number <= 20 and not outside:
        return "yes"
    if number > 1:
        return str(number)
    names = [effect.to if effect.kind == "rename-over" else effect.path.split()[0] if effect.kind in ("signal", "spawn") else effect.path for effect in found if effect.kind != "net"]
    typed = names[0].rstrip("/").rpartition("/")[2] if names else ""
    return typed if typed and typed.isascii() and typed.isprintable() and " " not in typed and len(typed) <= 30 else "yes, really"


def undoable(proposal: Proposal) -> bool:
    """Whether all that is lost by it comes back with undo."""
    return all(not effect.lost for effect in changes(proposal)) and bool(changes(proposal))
