"""Where the student fails: answers grouped by tool, by wrong argument, by what the request leans on, and by where values come from."""
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from shellper.types import Plan, ToolCall

from .data import Encoding, Example
from .intervals import wilson

_REFERENCES = {
    "place in a list": r"\b(first|second|third|fourth|fifth|sixth|\d(st|nd|rd|th)|last|middle|top|bottom)\b|#\s?\d",
    "superlative": r"\b(big|small|long|short|new|old|large|heavi|light|few|late|earli)\w*(est|er)\b|\b(most|least|fewest|latest)\b",
    "the other": r"\b(other|remaining|left)\b",
    "same again": r"\b(same|again|too|also|as well|what about|likewise)\b|^and\b",
    "taken back": r"\b(undo|back|revert|no,|actually|meant|instead|wrong)\b",
    "pronoun": r"\b(it|its|that|them|they|those|these|this|there|one)\b",
}


def reference(example: Example) -> str:
    """What a request leans on, by its words: "nothing" where no turn came before."""
    if not example.turns:
        return "nothing (first request)"
    found = (kind for kind, words in _REFERENCES.items() if re.search(words, example.request, re.IGNORECASE))
    return next(found, "no such word")


def origins(example: Example, encoding: Encoding) -> str:
    """Where the least sure value of the right plan stands: output, listing, history, request, or nowhere (spelled)."""
    row = encoding.row(example)
    size = len(encoding.vocabulary)
    found = {row.source.origin(step - size) for step in row.steps if step >= size}
    return next((kind for kind in ("output", "history", "listing", "request") if kind in found), "spelled or none")


def wrong_arguments(given: Plan, right: Plan) -> Iterator[str]:
    """What is wrong in GIVEN, as "tool.argument: missing | not wanted | another value", or "tool instead of tool"."""
    for ours, theirs in zip_longest(given.calls, right.calls):
        if ours is None or theirs is None:
            yield f"call missing: {theirs.name}" if ours is None else f"call not wanted: {ours.name}"
        elif ours.name != theirs.name:
            yield f"{ours.name} instead of {theirs.name}"
        else:
            yield from _differences(ours, theirs)
    if given.output != right.output:
        yield f"output: {'missing' if given.output is None else 'not wanted' if right.output is None else 'another'}"


def _differences(ours: ToolCall, theirs: ToolCall) -> Iterator[str]:
    for name in sorted({*ours.arguments, *theirs.arguments}):
        if name not in ours.arguments:
            yield f"{theirs.name}.{name}: missing"
        elif name not in theirs.arguments:
            yield f"{theirs.name}.{name}: not wanted"
        elif ours.arguments[name] != theirs.arguments[name]:
            yield f"{theirs.name}.{name}: another value"
    if ours.input != theirs.input:
        yield f"{theirs.name}: joined otherwise"


def report(pairs: Sequence[tuple[Example, Plan]], encoding: Encoding, most: int = 25) -> str:
    """Markdown tables about PAIRS of an example and the plan that the student gave."""
    kinds = {
        "Tools of the right plan": lambda example: " | ".join(call.name for call in example.plan.calls),
        "Calls in the right plan": lambda example: str(len(example.plan.calls)),
        "The request leans on": reference,
        "Values come from": lambda example: origins(example, encoding),
        "Source": lambda example: example.source,
        "Turn of the conversation": lambda example: str(len(example.turns) + 1) if len(example.turns) < 4 else "5 and later",
        "Abstention": lambda example: "due" if example.plan.cannot else "not due",
    }
    parts = [f"# {len(pairs)} examples, {_share([given == example.plan for example, given in pairs])} exactly right"]
    for title, key in kinds.items():
        groups: dict[str, list[bool]] = defaultdict(list)
        for example, given in pairs:
            groups[key(example)].append(given == example.plan)
        worst = sorted(groups.items(), key=lambda row: (-row[1].count(False), row[0]))[:most]
        parts.append(f"## {title}\n\n| group | right |\n| --- | --- |\n" + "\n".join(f"| {name.replace('|', chr(92) + '|')} | {_share(rights)} |" for name, rights in worst))
    faults: dict[str, list[str]] = defaultdict(list)
    for example, given in pairs:
        for fault in wrong_arguments(given, example.plan):
            faults[fault].append(example.request)
    rows = sorted(faults.items(), key=lambda row: -len(row[1]))[: 2 * most]
    parts.append("## What is wrong\n\n| fault | times | for example |\n| --- | --- | --- |\n" + "\n".join(f"| {fault} | {len(asks)} | {_cell(asks)} |" for fault, asks in rows))
    return "\n\n".join(parts) + "\n"


def _share(rights: Iterable[bool]) -> str:
    rights = list(rights)
    low, high = wilson(sum(rights), len(rights))
    return f"{sum(rights)}/{len(rights)} = {sum(rights) / max(len(rights), 1):.1%} ({low:.0%}–{high:.0%})"


def _cell(asks: Sequence[str]) -> str:
    return " · ".join(ask.replace("|", "\\|").replace("\n", " ")[:60] for ask in asks[:3])
