"""Examples on disk -> length-bucketed batches of tensors."""
from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shellper.student.arguments import Signatures, signatures
from shellper.student.grammar import Grammar
from shellper.student.sequence import plan_to_steps
from shellper.student.source import Source, SourceTokenizer, render
from shellper.student.vocabulary import PAD, START, Vocabulary

from .config import StudentConfig
from .examples import Example
from .network import END_MARK, START_MARK, TOKEN_MARK

CHUNK = 4096  # examples that are drawn, augmented and bucketed together


@dataclass(frozen=True)
class Row:
    """An example as numbers: its source and its target steps, <end> included."""

    source: Source
    steps: tuple[int, ...]


@dataclass(frozen=True)
class Batch:
    """ids, kinds, ages: int64 (B, S); mask: bool (B, S); inputs, marks, targets: int64 (B, T), targets -100 where padded."""

    ids: Tensor
    kinds: Tensor
    ages: Tensor
    mask: Tensor
    inputs: Tensor
    marks: Tensor
    targets: Tensor

    @property
    def sources(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.ids, self.kinds, self.ages, self.mask

    def __len__(self) -> int:
        return len(self.ids)

    def to(self, device: torch.device) -> Batch:
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))


class Encoding:
    """Turns examples into rows for one vocabulary, catalogue and budget."""

    def __init__(self, config: StudentConfig, vocabulary: Vocabulary, tools: Any, tokenizer: SourceTokenizer) -> None:
        self.config, self.vocabulary, self.tokenizer = config, vocabulary, tokenizer
        self.signatures: Signatures = signatures(tools)
        self.grammar = Grammar(tools, vocabulary)

    def source(self, example: Example) -> Source:
        return render(example.request, example.turns, example.names, self.tokenizer, self.config.budget, example.columns)

    def row(self, example: Example) -> Row:
        """Raises KeyError where the plan names something that the catalogue lacks, ValueError where it is too long."""
        source = self.source(example)
        steps = plan_to_steps(example.plan, source, self.vocabulary, self.signatures)
        if len(steps) > self.config.steps:
            raise ValueError(f"{len(steps)} steps")
        return Row(source, tuple(steps))


def usable(examples: Sequence[Example], encoding: Encoding) -> tuple[list[Example], dict[str, int]]:
    """The examples whose target the decoder can produce, and how many of the others there are by reason."""
    kept, refused = [], {}
    for example in examples:
        try:
            row = encoding.row(example)
            reason = None if encoding.grammar.accepts(row.steps, row.source) else f"grammar: {example.plan.calls[0].name}"
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}"
        if reason is None:
            kept.append(example)
        else:
            refused[reason] = refused.get(reason, 0) + 1
    return kept, refused


@dataclass
class Position:
    """Where in the endless stream of batches training stands."""

    epoch: int = 0
    chunk: int = 0
    batch: int = 0


def stream(
    examples: Sequence[Example], encoding: Encoding, draw_row: Callable[[Example, random.Random], Row], position: Position
) -> Iterator[Batch]:
    """Batches without end from POSITION on, which is moved along; the same seed and position give the same batches."""
    while True:
        order = _epoch(examples, random.Random(f"{encoding.config.seed}:{position.epoch}"))
        while position.chunk * CHUNK < len(order):
            draw = random.Random(f"{encoding.config.seed}:{position.epoch}:{position.chunk}")
            part = order[position.chunk * CHUNK : (position.chunk + 1) * CHUNK]
            rows = [draw_row(examples[at], draw) for at in part]
            batches = bucket(rows, encoding.config, draw)
            while position.batch < len(batches):
                position.batch += 1
                yield collate(batches[position.batch - 1], encoding.vocabulary, encoding.tokenizer.pad)
            position.chunk, position.batch = position.chunk + 1, 0
        position.epoch, position.chunk = position.epoch + 1, 0


def _epoch(examples: Sequence[Example], draw: random.Random) -> list[int]:
    order = [at for at, example in enumerate(examples) for _ in range(int(example.weight + draw.random()))]
    draw.shuffle(order)
    return order


def bucket(rows: Sequence[Row], config: StudentConfig, draw: random.Random | None = None) -> list[list[Row]]:
    """Rows of like source (then target) length together, within the config's size of a batch; shuffled with DRAW."""
    batches: list[list[Row]] = [[]]
    for row in sorted(rows, key=lambda row: (len(row.source) // 2, len(row.steps))):
        rows_then = len(batches[-1]) + 1
        if rows_then > 1 and (rows_then > config.rows_per_batch or rows_then * len(row.source) > config.tokens_per_batch):
            batches.append([])
        batches[-1].append(row)
    if draw:
        draw.shuffle(batches)
    return [batch for batch in batches if batch]


def collate(rows: Sequence[Row], vocabulary: Vocabulary, pad: int) -> Batch:
    """Pad ROWS to one batch."""
    size, width, height = len(vocabulary), max(len(row.source) for row in rows), max(len(row.steps) for row in rows)
    source = np.zeros((3, len(rows), width), np.int64)
    source[0] = pad
    mask = np.zeros((len(rows), width), bool)
    inputs = np.full((len(rows), height), vocabulary.index[PAD], np.int64)
    marks = np.full((len(rows), height), TOKEN_MARK, np.int64)
    targets = np.full((len(rows), height), -100, np.int64)
    for at, row in enumerate(rows):
        source[:, at, : len(row.source)] = row.source.ids, row.source.kinds, row.source.ages
        mask[at, : len(row.source)] = True
        targets[at, : len(row.steps)] = row.steps
        inputs[at, 0] = vocabulary.index[START]
        inputs[at, 1 : len(row.steps)] = row.steps[:-1]
        marks[at, 1 : len(row.steps)] = step_marks(row.steps[:-1], size)
    return Batch(*map(torch.from_numpy, (*source, mask, inputs, marks, targets)))


def step_marks(steps: Sequence[int], size: int) -> list[int]:
    """The mark of every step: pointers alternate between the begin and the end of a span."""
    marks: list[int] = []
    for step in steps:
        opened = bool(marks) and marks[-1] == START_MARK
        marks.append(TOKEN_MARK if step < size else END_MARK if opened else START_MARK)
    return marks
