"""How far confidences can be believed: the temperature that corrects them, and from where on answers are sure."""
from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Protocol


class Answered(Protocol):
    """An answer with its confidence and whether it was right."""

    @property
    def confidence(self) -> float: ...

    @property
    def right(self) -> bool: ...


def best_temperature(found: Sequence[Answered], temperature: float = 1.0) -> float:
    """The temperature that makes confidences, given at TEMPERATURE, likeliest; searched on a grid from 0.4 to 8."""

    def surprise(candidate: float) -> float:
        total = 0.0
        for answer in found:
            chance = min(max(answer.confidence ** (temperature / candidate), 1e-6), 1 - 1e-6)
            total -= math.log(chance if answer.right else 1 - chance)
        return total

    return min((0.4 * 1.05**step for step in range(62)), key=surprise)


def calibration_error(found: Sequence[Answered], bins: int = 10) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over equally filled bins."""
    ordered = sorted(found, key=lambda answer: answer.confidence)
    total = 0.0
    for at in range(bins):
        part = ordered[at * len(ordered) // bins : (at + 1) * len(ordered) // bins]
        total += abs(sum(answer.confidence - answer.right for answer in part))
    return total / len(ordered)


def threshold(found: Sequence[Answered], wanted: float = 0.95) -> float:
    """The least confidence above which a share WANTED of the answers are right; 1 where there is none."""
    best, right, count = 1.0, 0, 0
    ordered = sorted(found, key=lambda answer: -answer.confidence)
    for confidence, tied in itertools.groupby(ordered, key=lambda answer: answer.confidence):
        rights = [answer.right for answer in tied]
        right, count = right + sum(rights), count + len(rights)
        if right >= wanted * count and count >= 20:
            best = confidence
    return best
