"""What model/train.py needs to know of a student for other functions."""
from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

from shellper.student.vocabulary import CLOSE, COMMA, END, PAD, START, THEN

from ..data import Encoding, Row
from ..examples import Example
from ..train import Draw


def specials_for(examples: Path) -> tuple[str, ...]:
    """The special tokens that the plans in EXAMPLES need: calls are joined only where some are."""
    with examples.open(encoding="utf-8") as lines:
        joined = any(len(json.loads(line)["plan"]) > 1 for line in lines)
    return (PAD, START, END, *((THEN,) if joined else ()), COMMA, CLOSE)


def plain_rows(encoding: Encoding, examples: Sequence[Example]) -> Draw:
    """Examples as they are: their variants were made before."""

    def row(example: Example, draw: random.Random) -> Row:
        return encoding.row(example)

    return row
