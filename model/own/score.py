"""How right a student is: tool call equivalence per call with the right history before it, and whole conversations on its own history."""
from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shellper.types import Context

from ..intervals import wilson
from .answers import Ask, open_student
from .conversations import Conversation, Exchange, as_row, conversation_of, history, plain, said
from .engine import run_shards
from .functions import Functions
from .settings import Engine

SHARD = 20  # conversations


@dataclass(frozen=True)
class Shard:
    """Conversations for one process: `folder` of the artefact, and rows."""

    folder: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Judged:
    """One turn: how it was answered with the right history, and with the student's own. `confidence` and `seconds` are of the former."""

    request: str
    wanted: str
    given: str
    right: bool
    function: bool  # whether the functions were right
    own: bool
    confidence: float
    seconds: float


def evaluate(folder: Path, conversations: Sequence[Conversation], engine: Engine, show: Callable[[str], None]) -> list[list[Judged]]:
    """The turns of every conversation as the artefact in FOLDER answers them."""
    shards = [Shard(str(folder), [as_row(conversation) for conversation in conversations[at : at + SHARD]]) for at in range(0, len(conversations), SHARD)]
    found: dict[int, list[list[Judged]]] = {}
    for number, judged in run_shards(judge_shard, shards, engine):
        found[number] = judged
        show(f"evaluate: {len(found)}/{len(shards)} parts")
    return [turns for number in sorted(found) for turns in found[number]]


def judge_shard(shard: Shard) -> list[list[Judged]]:
    ask, functions = open_student(shard.folder)
    return [judge(conversation_of(row), ask, functions) for row in shard.rows]


def judge(conversation: Conversation, ask: Ask, functions: Functions) -> list[Judged]:
    """Every turn with a call, asked twice: after the right calls, and after those that the student itself gave."""
    own: list[Exchange] = []
    turns = []
    for at, exchange in enumerate(conversation.exchanges):
        if not exchange.calls:
            own.append(exchange)
            continue
        began = time.perf_counter()
        calls, confidence = ask(exchange.user, Context(history(conversation.exchanges[:at]), conversation.context))
        seconds = time.perf_counter() - began
        same_past = tuple(own) == conversation.exchanges[:at]
        alone = calls if same_past else ask(exchange.user, Context(history(own), conversation.context))[0]
        own.append(replace(exchange, calls=alone))
        names = [call.name for call in calls] == [call.name for call in exchange.calls]
        turns.append(
            Judged(exchange.user, said(exchange.calls), said(calls), functions.same(calls, exchange.calls), names, functions.same(alone, exchange.calls), confidence, seconds)
        )
    return turns


def numbers(conversations: Sequence[Sequence[Judged]], heard: Iterable[str] = ()) -> dict[str, Any]:
    """The figures of a set of conversations, shares as [right, of, low, high] with the 95 % interval. HEARD: requests of the training."""
    turns = [turn for conversation in conversations for turn in conversation]
    known = set(heard)
    milliseconds = sorted(1000 * turn.seconds for turn in turns)
    return {
        "calls": share(turn.right for turn in turns),
        "functions": share(turn.function for turn in turns),
        "calls_with_new_words": share(turn.right for turn in turns if plain(turn.request) not in known),
        "calls_on_own_history": share(turn.own for turn in turns),
        "conversations_on_own_history": share(all(turn.own for turn in conversation) for conversation in conversations if conversation),
        "p50_ms": round(statistics.median(milliseconds), 1) if turns else 0.0,
        "p95_ms": round(milliseconds[int(0.95 * (len(turns) - 1))], 1) if turns else 0.0,
    }


def share(rights: Iterable[bool]) -> list[float]:
    rights = list(rights)
    low, high = wilson(sum(rights), len(rights))
    return [sum(rights), len(rights), round(max(low, 0.0), 4), round(min(high, 1.0), 4)]


def by_function(conversations: Sequence[Sequence[Judged]]) -> dict[str, list[float]]:
    """The right calls by the function that was due."""
    groups: dict[str, list[bool]] = {}
    for turn in (turn for conversation in conversations for turn in conversation):
        groups.setdefault("; ".join(part.partition("(")[0] for part in turn.wanted.split("; ")), []).append(turn.right)
    return {name: share(rights) for name, rights in sorted(groups.items())}


def faults(conversations: Sequence[Sequence[Judged]], most: int = 200) -> list[dict[str, str]]:
    """The wrong answers, the surest first."""
    wrong = [turn for conversation in conversations for turn in conversation if not turn.right]
    wrong.sort(key=lambda turn: -turn.confidence)
    return [{"request": turn.request, "wanted": turn.wanted, "given": turn.given, "confidence": f"{turn.confidence:.3f}"} for turn in wrong[:most]]


def table(figures: Mapping[str, Any]) -> str:
    """The figures for a reader, one a line."""
    names = {
        "calls": "calls, after the right history", "functions": "functions alone", "calls_with_new_words": "calls whose words the training never had",
        "calls_on_own_history": "calls, after its own history", "conversations_on_own_history": "whole conversations, on its own history",
    }  # fmt: skip
    lines = [f"{text}: {in_words(figures[name])}" for name, text in names.items()]
    return "\n".join([*lines, f"a request takes {figures['p50_ms']} ms (median), {figures['p95_ms']} ms (95 of 100)"])


def in_words(part: Sequence[float]) -> str:
    right, count, low, high = part
    return f"{right}/{count} = {right / count:.1%} (95 % interval {low:.1%}–{high:.1%})" if count else "none"
