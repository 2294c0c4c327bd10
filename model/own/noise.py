"""What happens to words on the way: speech recognition, slips of the fingers, politeness. Texts and numbers that are copied stay whole."""
from __future__ import annotations

import random
import re
from collections.abc import Iterable

from .numerals import forms

FILLERS = ("uh", "um", "like", "uh", "um", "er", "you know", "well", "so", "hmm")
BEFORE = ("please", "hey", "ok", "okay", "can you", "could you", "could you please", "i want you to", "would you", "hi,", "alright", "right,", "now")
AFTER = ("please", "for me", "will you", "if you can", "would you", "when you get a chance", "real quick")
_SOUNDS = {  # what recognition writes in place of a common word
    "to": ("too", "two"), "too": ("to",), "for": ("four", "fer"), "four": ("for",), "two": ("to", "too"), "your": ("you're",), "you're": ("your",), "their": ("there",), "there": ("their",), "its": ("it's",),
    "it's": ("its",), "what's": ("whats", "what"), "i'm": ("im",), "i'd": ("id",), "don't": ("dont",), "can't": ("cant",), "want": ("wanna",), "because": ("cuz",), "and": ("an", "n"), "right": ("write",), "know": ("no",),
    "new": ("knew",), "by": ("buy",), "one": ("won",), "eight": ("ate",), "wait": ("weight",), "is": ("s",), "are": ("r",), "dollars": ("bucks", "dollar"), "you": ("u",), "of": ("a",), "hundred": ("hunderd",),
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def speech(words: str, kept: Iterable[str], numbers: Iterable[tuple[str, bool]], draw: random.Random) -> str:
    """WORDS as a recogniser may write them; what is in KEPT is left whole, NUMBERS (digits, whether they are a code) may become words."""
    kept = list(kept)
    for digits, code in sorted(set(numbers)):
        said = [text for kind, text in forms(digits).items() if kind in (("digit by digit", "digit by digit, oh", "spaced", "pairs") if code else ("words", "words, no and", "hundreds"))]
        if said and draw.random() < 0.5:
            kept.append(draw.choice(said))
            words = re.sub(rf"(?<![\w.,]){re.escape(digits)}(?![\w]|[.,]\d)", kept[-1], words)
    safe = _safe(words, kept)
    parts, at = [], 0
    for match in _WORD.finditer(words):
        parts.append(words[at : match.start()])
        at = match.end()
        word = match[0]
        if not any(start <= match.start() and match.end() <= end for start, end in safe):
            word = _misheard(word, draw)
            if draw.random() < 0.07:
                word = f"{draw.choice(FILLERS)} {word}"
        parts.append(word)
    words = "".join([*parts, words[at:]])
    if draw.random() < 0.7:
        words = re.sub(r"[,?!;]|\.(?!\d)", "", words)
    if draw.random() < 0.3:
        words = f"{draw.choice(FILLERS)} {words}"
    return words


def _misheard(word: str, draw: random.Random) -> str:
    low, chance = word.lower(), draw.random()
    if low in _SOUNDS and chance < 0.25:
        return draw.choice(_SOUNDS[low])
    if low.endswith("ing") and len(low) > 5 and chance < 0.30:
        return word[:-1]
    if len(word) > 5 and chance < 0.10:  # torn in two
        cut = draw.randint(2, len(word) - 2)
        return f"{word[:cut]} {word[cut:]}"
    if len(word) > 4 and chance < 0.14:
        return re.sub(r"([aeiou])", lambda found: draw.choice("aeiou") if draw.random() < 0.4 else found[0], word)
    return word


def slips(words: str, kept: Iterable[str], draw: random.Random) -> str:
    """WORDS with one to three typing slips outside of what is KEPT."""
    for _ in range(draw.randint(1, 3)):
        safe = _safe(words, kept)
        spots = [match for match in re.finditer(r"[^\W\d_]{4,}", words) if not any(start <= match.start() and match.end() <= end for start, end in safe)]
        if not spots:
            break
        match = draw.choice(spots)
        words = words[: match.start()] + _mistyped(match[0], draw) + words[match.end() :]
    if draw.random() < 0.5:
        words = words.rstrip(".?!")
    return words


def _mistyped(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    kind = draw.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + draw.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :]


def manners(words: str, kept: Iterable[str], draw: random.Random) -> str:
    """WORDS with something polite before or behind them; a question gets nothing."""
    if words.rstrip().endswith("?") or len(words.split()) < 3:
        return words
    if draw.random() < 0.6:
        lead = draw.choice(BEFORE)
        words = f"{lead} {words if words[:2].isupper() or _touches(0, words, kept) else words[0].lower() + words[1:]}"
    if draw.random() < 0.4:
        words = f"{words.rstrip('.!')} {draw.choice(AFTER)}"
    return words


def casing(words: str, kept: Iterable[str], draw: random.Random) -> str:
    """WORDS in small letters or with a capital at the front, outside of what is KEPT."""
    if draw.random() < 0.5:
        return words[:1].upper() + words[1:] if not _touches(0, words, kept) else words
    safe = _safe(words, kept)
    return "".join(letter if any(start <= at < end for start, end in safe) else letter.lower() if len(letter.lower()) == 1 else letter for at, letter in enumerate(words))


def _safe(words: str, kept: Iterable[str]) -> list[tuple[int, int]]:
    """Where in WORDS what is KEPT stands."""
    low = words.casefold() if len(words.casefold()) == len(words) else words
    return [match.span() for text in set(kept) if text for match in re.finditer(re.escape(text.casefold()), low)]


def _touches(at: int, words: str, kept: Iterable[str]) -> bool:
    return any(start <= at < end for start, end in _safe(words, kept))
