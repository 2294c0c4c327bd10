"""Learn the multi-character pieces of the vocabulary: what many values have in common and no source offers for copying."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from shellper.student.pieces import BYTE, PIECE

from .data import Encoding, Example

LONGEST, ROUND = 16, 50


def learn_pieces(examples: Iterable[Example], bare: Encoding, most: int = 800, least: int = 4) -> list[str]:
    """Up to MOST pieces that save most steps over the texts that EXAMPLES spell byte by byte, each seen LEAST times or more.

    BARE encodes with a vocabulary that has no pieces.
    """
    runs = Counter(run for example in examples for run in _spelled_runs(example, bare))
    chosen: list[str] = []
    while len(chosen) < most:
        counts = Counter()
        for run, count in runs.items():
            for start in range(len(run)):
                for end in range(start + 2, min(len(run), start + LONGEST) + 1):
                    counts[run[start:end]] += count
        ranked = sorted(((count * (BYTE * len(text) - PIECE), text) for text, count in counts.items() if count >= least), reverse=True)
        fresh: list[str] = []
        for _, text in ranked:
            if len(fresh) >= min(ROUND, most - len(chosen)):
                break
            if not any(text in other or other in text for other in fresh):
                fresh.append(text)
        if not fresh:
            break
        chosen += fresh
        runs = _without(runs, fresh)
    return chosen


def _without(runs: Counter[str], pieces: Sequence[str]) -> Counter[str]:
    """What is left of RUNS where PIECES are cut out, the longest first."""
    left: Counter[str] = Counter()
    for run, count in runs.items():
        parts = [run]
        for piece in sorted(pieces, key=len, reverse=True):
            parts = [part for whole in parts for part in whole.split(piece)]
        for part in parts:
            if len(part) > 1:
                left[part] += count
    return left


def _spelled_runs(example: Example, bare: Encoding) -> list[str]:
    """The stretches of two or more characters that the target of EXAMPLE spells byte by byte."""
    try:
        row = bare.row(example)
    except (KeyError, ValueError, TypeError, AttributeError):
        return []
    runs, run = [], bytearray()
    for step in row.steps:
        spelled = bare.vocabulary.spelled.get(step)
        if spelled:
            run += spelled
        elif run:
            runs.append(run.decode())
            run = bytearray()
    return [text for text in runs if len(text) > 1]
