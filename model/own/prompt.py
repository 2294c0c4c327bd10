"""What the teacher is asked, and how its answer is read: rubbish around and between the conversations is passed over."""
from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from .conversations import Conversation, as_row
from .functions import Functions
from .settings import Teacher

VOICES = (
    "terse fragments, two to five words", "a polite older person in whole sentences", "a teenager with slang and abbreviations", "somebody in a hurry who corrects themself", "no capitals, no punctuation, some typing slips",
    "roundabout: says the goal, not the function", "speech recognition with fillers and a misheard word or two", "somebody whose first language is another", "chatty, with a reason before the wish", "an expert who names things exactly",
)  # fmt: skip
SHAPES = (
    "each begins with an incomplete wish that later turns complete", "later turns refer back: it, the other one, the same again", "the user changes their mind and corrects a value", "the wishes of one conversation are unrelated",
    "some turns cannot be served by any function but the one for that, if there is one", "one or two turns each", "four to six turns each",
)  # fmt: skip
_TASK = """You write training conversations for a small model that turns words into function calls. Rules:
- Every turn has the user's words and the call or calls that answer them, given all earlier turns.
- An argument that the user has not given (now or earlier, as still meant) is left out. Nothing is made up.
- Names, texts and numbers in the calls stand in the user's words or in earlier turns.
- Values fit the schemas. Use only these functions.
- Answer with JSON Lines only, one conversation a line, in exactly the form of the examples; no comments, no fences."""


def messages(teacher: Teacher, functions: Functions, seeds: Sequence[Conversation], batch: int, seed: int) -> list[dict[str, str]]:
    """The request for BATCH (its number): other functions, voices, shapes and examples each time."""
    draw = random.Random(f"{seed}:{batch}")
    wanted = draw.sample(sorted(functions.tools), min(3, len(functions.tools)))
    shown = [conversation for conversation in seeds if any(call.name in wanted for exchange in conversation.exchanges for call in exchange.calls)] or list(seeds)
    examples = [{key: value for key, value in as_row(conversation).items() if key in ("turns", "context")} for conversation in draw.sample(shown, min(6, len(shown)))]
    parts = [
        "Functions:", json.dumps(functions.schemas), "Examples:", *(json.dumps(row, ensure_ascii=False) for row in examples),
        f"Write {teacher.batch} new conversations, unlike the examples and each other. Among the functions called: {', '.join(wanted)}. The user: {draw.choice(VOICES)}. Shape: {draw.choice(SHAPES)}.", teacher.hints,
    ]  # fmt: skip
    return [{"role": "system", "content": _TASK}, {"role": "user", "content": "\n".join(filter(None, parts))}]


def rows_of(text: str) -> Iterator[dict[str, Any]]:
    """The objects in TEXT that may be conversations, in lines, lists, fences or prose."""
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        try:
            row, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        if "turns" in row or "question" in row:
            yield row
            at = end
        else:  # perhaps a list of conversations within
            at = at + 1 if '"turns"' in text[at:end] or '"question"' in text[at:end] else end
