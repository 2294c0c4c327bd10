"""Beam search over the student's steps under the grammar; one call of the decoder a step for all beams."""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .grammar import DONE, Grammar, State
from .source import Source
from .vocabulary import CLOSE, COMMA, START

BEGIN_MARK, END_MARK, TOKEN_MARK = range(3)  # what the decoder is told of the step before: span begin, span end, token
_HOPELESS = 7.0  # a beam this far (natural logarithm) behind the best one is not followed,
_NOT_OFFERED = 4.6  # nor one this far behind a finished plan: 1 % of its probability


class Network(Protocol):
    """The two graphs of the student, or anything that stands in for them."""

    def read(self, source: Source) -> Any:
        """Encode a source once."""

    def step(self, reading: Any, steps: Sequence[int], marks: Sequence[int], parents: Sequence[int], cache: Any) -> tuple[np.ndarray, Any]:
        """Logits (B, V + S) after one more step of B beams, and the new cache; PARENTS are rows of CACHE (None at first)."""


@dataclass(frozen=True)
class Decoded:
    """A finished row of steps and its probability."""

    steps: tuple[int, ...]
    probability: float


@dataclass(frozen=True)
class _Beam:
    """`said` is what the steps mean, apart from where a text was copied from; beams that say the same are one."""

    state: State
    score: float = 0.0
    steps: tuple[int, ...] = ()
    said: tuple = ()
    parent: int = 0

    @property
    def meaning(self) -> tuple:
        return self.said, self.state.text, self.state.opened


def search(
    network: Network, source: Source, grammar: Grammar, width: int = 4, limit: int = 128, accepts: Callable[[tuple[int, ...]], bool] = lambda steps: True
) -> list[Decoded]:
    """Up to WIDTH finished plans of at most LIMIT steps that ACCEPTS takes, most probable first; empty where none could be brought to an end."""
    reading, cache = network.read(source), None
    live, finished = [_Beam(grammar.start())], []
    for _ in range(limit):
        steps, marks = zip(*(_input(beam, grammar) for beam in live), strict=True)
        logits, cache = network.step(reading, steps, marks, [beam.parent for beam in live], cache)
        grown = [beam for row, beam in enumerate(live) for beam in _grow(beam, row, logits[row], source, grammar, width)]
        best = _merge(sorted(grown, key=lambda beam: -beam.score)[: 2 * width])
        finished = _merge([*finished, *(beam for beam in best if beam.state.phase == DONE and accepts(beam.steps))])[:width]
        floor = max((beam.score for beam in best), default=0.0) - _HOPELESS
        if finished:
            floor = max(floor, finished[0].score - _NOT_OFFERED)
        if len(finished) == width:  # what falls behind the last of them can no longer be among the answers
            floor = max(floor, finished[-1].score)
        live = [beam for beam in best if beam.state.phase != DONE and beam.score > floor][:width]
        if not live:
            break
    finished = [beam for beam in finished if beam.score > finished[0].score - _NOT_OFFERED]
    return [Decoded(beam.steps, math.exp(beam.score)) for beam in finished]


def _input(beam: _Beam, grammar: Grammar) -> tuple[int, int]:
    """The step that the decoder reads next and its mark."""
    if not beam.steps:
        return grammar.vocabulary.index[START], TOKEN_MARK
    step = beam.steps[-1]
    if step < len(grammar.vocabulary):
        return step, TOKEN_MARK
    return step, BEGIN_MARK if beam.state.opened >= 0 else END_MARK


def _grow(beam: _Beam, row: int, logits: np.ndarray, source: Source, grammar: Grammar, width: int) -> list[_Beam]:
    """The WIDTH best continuations of BEAM, which is row ROW of the cache; probabilities are of the legal steps alone."""
    options = np.flatnonzero(grammar.allowed(beam.state, source))
    if not len(options):
        return []
    scores = logits[options].astype(np.float64)
    scores -= scores.max()
    scores -= math.log(np.exp(scores).sum())
    best = np.argsort(-scores)[:width]
    return [_continue(beam, row, int(options[at]), float(scores[at]), source, grammar) for at in best]


def _continue(beam: _Beam, row: int, step: int, score: float, source: Source, grammar: Grammar) -> _Beam:
    size, said = len(grammar.vocabulary), beam.said
    if step < size:
        if grammar.vocabulary.tokens[step] in (CLOSE, COMMA):
            said = (*said, beam.state.text, step)
        elif step not in grammar.vocabulary.spelled:
            said = (*said, step)
    return _Beam(grammar.advance(beam.state, step, source), beam.score + score, (*beam.steps, step), said, row)


def _merge(beams: Sequence[_Beam]) -> list[_Beam]:
    """Beams of one meaning as the best of them with their probabilities added."""
    merged: dict[tuple, _Beam] = {}
    for beam in beams:
        kept = merged.setdefault(beam.meaning, beam)
        if kept is not beam:
            better, other = (kept, beam) if kept.score >= beam.score else (beam, kept)
            score = better.score + math.log1p(math.exp(other.score - better.score))
            merged[beam.meaning] = _Beam(better.state, score, better.steps, better.said, better.parent)
    return sorted(merged.values(), key=lambda beam: -beam.score)
