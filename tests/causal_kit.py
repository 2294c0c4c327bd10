"""A network that answers what a test wants, and tokenizers of both families, without torch."""
from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from shellper.student.causal.chat import FAMILIES
from shellper.student.causal.student import TOKENIZER, CausalArtefact, CausalStudent
from shellper.tools import catalogue

TOOLS = ("find", "ls", "rm", "head", "columns", "cannot")
TEXTS = ("find all files", "remove the big log file", "show the first lines of notes.txt", '{"name": "find", "arguments": {"paths": ["', "true, false", "über café 中文")


class Guided:
    """Each row of tokens after the prompt gets the next token of ANSWER as the most likely one; all others are random. `read` counts tokens."""

    def __init__(self, size: int, answer: list[int], seed: int = 0) -> None:
        self.size, self.answer, self.read, self.random = size, answer, 0, np.random.default_rng(seed)

    def run(self, tokens, cache=None):
        self.read += len(tokens)
        said = (*(cache or ()), *tokens)
        logits = self.random.normal(size=self.size).astype(np.float32)
        at = len(said) - self.prompted if hasattr(self, "prompted") else 0
        if 0 <= at < len(self.answer) and list(said[len(said) - at :]) == self.answer[:at]:
            logits[self.answer[at]] += 30
        return logits, said


def tokenizer(family: str, folder: Path, size: int = 700) -> Path:
    """A folder with a tokenizer of FAMILY."""
    from model.causal_shapes import train_tokenizer

    train_tokenizer(family, [*TEXTS] * 3, size, folder / TOKENIZER)
    return folder


def student(family: str, folder: Path, calls=(), seed: int = 0, tools=TOOLS) -> CausalStudent:
    """A causal student of FAMILY whose network would answer CALLS."""
    artefact = CausalArtefact(tokenizer(family, folder), {"family": family, "tools": list(tools)})
    known = {name: catalogue().tools[name] for name in tools}
    made = CausalStudent(known, artefact, network=SimpleNamespace())
    answer = made.table.encode(FAMILIES[family].answer(calls, made.table.plain)) if calls else []
    made.network = Guided(max(made.table.by_number) + 20, answer, seed)
    return made


def propose(made: CausalStudent, words: str, context, beams: int = 4):
    made.network.prompted = len(made.prefix) + len(made.prompt(words, context))
    return made.propose(words, context, beams)
