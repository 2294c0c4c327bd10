"""Values as pieces: spans of the source (two pointers) and spelled text, and back."""
from __future__ import annotations

from collections.abc import Sequence

from .source import LISTING, PAST_OUTPUT, REQUEST, Source
from .vocabulary import Vocabulary

SPAN, PIECE, BYTE = 0.5, 1.0, 1.5  # costs of the dynamic programme
_SYMBOLS = 1.6  # a span without letters and digits: dearer than one byte, cheaper than two
_LETTER = 1.4  # one letter may stand in the request by chance ("a")
_CHANCE = 1.6  # so may one character of the context, or a scrap of a longer word
_COPYABLE = 1.25  # on top of a piece that hides text which the request offers
_TRUST = {"output": 3, "listing": 2, "history": 1, "request": 0}  # provenance of a mixed value is its least trusted part


def pointer(token: int, vocabulary: Vocabulary) -> int:
    """The step that points at a source token: steps from `len(vocabulary)` on are source positions."""
    return len(vocabulary) + token


def segment(value: str, source: Source, vocabulary: Vocabulary) -> list[int]:
    """The cheapest steps that spell VALUE. Raises ValueError for text that is not valid Unicode."""
    steps, _ = segment_with_cost(value, source, vocabulary)
    return steps


def segment_with_cost(value: str, source: Source, vocabulary: Vocabulary) -> tuple[list[int], float]:
    """The cheapest steps that spell VALUE and their cost."""
    # best[i]: (cost, steps) of the cheapest way to spell value[:i]
    best: list[tuple[float, tuple[int, ...]] | None] = [None] * (len(value) + 1)
    best[0] = (0.0, ())

    def offer(end: int, cost: float, steps: tuple[int, ...]) -> None:
        if best[end] is None or cost < best[end][0] - 1e-9:
            best[end] = (cost, steps)

    for at in range(len(value)):
        cost, steps = best[at]
        for first, last, end, price in _spans(value, at, source):
            offer(end, cost + price, (*steps, pointer(first, vocabulary), pointer(last, vocabulary)))
        for end in range(at + 2, min(len(value), at + vocabulary.longest_piece) + 1):
            piece = vocabulary.pieces.get(value[at:end])
            if piece is not None:
                offer(end, cost + PIECE + (_COPYABLE if _offered(value[at:end], source) else 0.0), (*steps, piece))
        spelled = value[at].encode()
        offer(at + 1, cost + BYTE * len(spelled), (*steps, *(vocabulary.first_byte + byte for byte in spelled)))
    return list(best[-1][1]), best[-1][0]


def spell(steps: Sequence[int], source: Source, vocabulary: Vocabulary) -> tuple[str, str]:
    """The text of a value's STEPS and its provenance: "request", "history", "listing", "output" or "spelled"."""
    text, origin, at = bytearray(), "spelled", 0
    while at < len(steps):
        token = steps[at] - len(vocabulary)
        if token < 0:
            text += vocabulary.spelled[steps[at]]
            at += 1
            continue
        text += source.span(token, steps[at + 1] - len(vocabulary)).encode()
        if _TRUST[source.origin(token)] >= _TRUST.get(origin, -1):
            origin = source.origin(token)
        at += 2
    return text.decode(), origin


def _spans(value: str, at: int, source: Source):
    """Yield (first, last, end, price) for every run of source tokens whose text is value[at:end]."""
    for first in source.openings.get(value[at], ()):
        for last in range(first, source.group_ends[first]):
            if source.groups[last] < 0:
                continue
            text = source.span(first, last)
            if not value.startswith(text, at):
                break
            yield first, last, at + len(text), _price(text, first, last, source)


def _price(text: str, first: int, last: int, source: Source) -> float:
    """The cost of copying a span; among equals the request wins, then newer output, then other turns, then the listing."""
    kind, age = source.kinds[first], source.ages[first]
    rank = 0 if kind == REQUEST else 99 if kind == LISTING else 4 * age + (kind != PAST_OUTPUT)
    tie = 1e-3 * rank + 1e-6 * first
    if not any(map(str.isalnum, text)):
        return _SYMBOLS + tie
    if len(text) <= 2 and _inside_word(text, first, last, source):
        return _CHANCE * len(text) + tie
    if len(text) == 1 and (kind != REQUEST or text.isalpha()):
        return (_CHANCE if kind != REQUEST else _LETTER) + tie
    return SPAN + tie


def _inside_word(text: str, first: int, last: int, source: Source) -> bool:
    """Whether a span begins or ends amid a word; digits may be followed by a unit ("5mb")."""
    before = source.text[source.starts[first] - 1 : source.starts[first]]
    after = source.text[source.ends[last] : source.ends[last] + 1]
    return (before.isalnum() and text[0].isalnum()) or (after.isalnum() and not (text[-1].isdigit() and after.isalpha()))


def _offered(piece: str, source: Source) -> bool:
    """Whether the request offers a run of two or more letters and digits in PIECE for copying."""
    return any(run in source.request_runs for run in _runs(piece))


def _runs(text: str) -> list[str]:
    return [run for run in "".join(char if char.isalnum() else " " for char in text).split() if len(run) > 1]
