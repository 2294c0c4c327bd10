"""The most probable legal answers: each is followed greedily to its end, then the best place where another token was nearly as good.

Unlike a beam, a sure answer costs one row of steps, and no cache is copied.
"""
from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from shellper.types import ToolCall

from .grammar import DONE, Grammar, State
from .tokens import TokenTable

MOST_TOKENS = 256
CLOSING = 192  # from here on an answer may only be brought to its end
_NOT_OFFERED = 4.6  # natural logarithm: an answer of less than 1 % of the best one's probability is not followed
_BRANCHES = 4  # other tokens that are remembered at each step


class Network(Protocol):
    """What `CausalNetwork` is, or anything that stands in for it."""

    def run(self, tokens: Sequence[int], cache: Any = None) -> tuple[np.ndarray, Any]: ...


@dataclass(frozen=True)
class Answer:
    """Calls and their probability among the legal answers."""

    calls: tuple[ToolCall, ...]
    probability: float


@dataclass(frozen=True)
class _Path:
    tokens: tuple[int, ...]
    state: State
    score: float


def search(network: Network, logits: np.ndarray, cache: Any, grammar: Grammar, table: TokenTable, width: int) -> list[Answer]:
    """Up to WIDTH different answers, most probable first, after a prompt that gave LOGITS and CACHE. Equal calls that are spelled in
    different tokens are one answer."""
    number = itertools.count()
    waiting: list[tuple[float, int, _Path]] = [(0.0, next(number), _Path((), grammar.start(), 0.0))]
    found: dict[str, Answer] = {}
    for _ in range(4 * width):
        if not waiting or len(found) >= width:
            break
        _, _, path = heapq.heappop(waiting)
        best = max((answer.probability for answer in found.values()), default=0.0)
        if best and path.score < math.log(best) - _NOT_OFFERED:
            break
        end, turns = _follow(path, network, logits, cache, grammar, table)
        for turn in turns:
            heapq.heappush(waiting, (-turn.score, next(number), turn))
        if end is not None:
            meaning = repr(end.state.calls)
            known = found[meaning].probability if meaning in found else 0.0
            found[meaning] = Answer(end.state.calls, min(1.0, known + math.exp(end.score)))
    return sorted(found.values(), key=lambda answer: -answer.probability)


def _follow(path: _Path, network: Network, logits: np.ndarray, cache: Any, grammar: Grammar, table: TokenTable) -> tuple[_Path | None, list[_Path]]:
    """PATH taken greedily to its end (None where it has none), and the turnings passed on the way."""
    unread, turns = list(path.tokens), []
    while len(path.tokens) < MOST_TOKENS:
        if path.state.mode == DONE:
            return path, turns
        legal = table.legal(path.state, grammar)
        if not len(legal):
            break
        if len(legal) > 1 and unread:
            logits, cache = network.run(unread, cache)
            unread = []
        scores = _log_softmax(logits[legal]) if len(legal) > 1 else np.zeros(1)
        order = np.argsort(-scores)[: _BRANCHES + 1] if len(legal) <= 4096 else _largest(scores)
        steps = [_step(path, int(legal[at]), float(scores[at]), grammar, table) for at in order]
        path, others = steps[0], steps[1:]
        turns += [turn for turn in others if turn.score > path.score - _NOT_OFFERED]
        unread.append(path.tokens[-1])
    return None, turns


def _step(path: _Path, token: int, score: float, grammar: Grammar, table: TokenTable) -> _Path:
    state = table.advance(path.state, token, grammar)
    if len(path.tokens) >= CLOSING and not state.closing:
        state = grammar.close(state)
    return _Path((*path.tokens, token), state, path.score + score)


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    scores = scores.astype(np.float64) - scores.max()
    return scores - math.log(np.exp(scores).sum())


def _largest(scores: np.ndarray) -> np.ndarray:
    """The places of the largest scores, best first, without sorting all."""
    some = np.argpartition(-scores, _BRANCHES)[: _BRANCHES + 1]
    return some[np.argsort(-scores[some])]
