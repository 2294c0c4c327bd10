"""Every number of the student and its training in one place; written beside what it made."""
from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from shellper.student.source import SourceBudget


@dataclass(frozen=True)
class StudentConfig:
    """The shape of the network and the recipe of its training."""

    # encoder: MiniLM-L6-H384-uncased; layers above `encoder_layers` are left out
    encoder_layers: int = 6
    width: int = 384
    heads: int = 12
    encoder_inner: int = 1536
    # decoder
    decoder_layers: int = 3  # shallow: the decoder is paid once per step
    decoder_inner: int = 1024
    steps: int = 128  # longest target; longer training rows are left out
    # source: what the encoder reads, see shellper/student/source.py
    source_total: int = 192
    source_output: int = 90
    source_turns: int = 4  # earlier turns at most
    # optimisation
    tokens_per_batch: int = 4096  # source tokens, padding included
    rows_per_batch: int = 64  # short sources would make too few, too large steps
    learning_rate: float = 5e-4  # of new parameters
    encoder_rate: float = 1.5e-4  # of pretrained ones
    warm_up: float = 0.03  # share of the run
    weight_decay: float = 0.01
    dropout: float = 0.1
    label_smoothing: float = 0.0
    clip: float = 1.0
    frozen_layers: int = 0  # lowest encoder layers that stay as they are, embeddings too: a sixth of a step saved by two
    ema: float = 0.999  # per step; what is evaluated and exported
    seed: int = 1

    @property
    def budget(self) -> SourceBudget:
        return SourceBudget.of(asdict(self))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> StudentConfig:
        """Read a config; unknown keys are refused."""
        return cls.of(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, values: dict) -> StudentConfig:
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown setting {sorted(unknown)[0]!r}")
        return cls(**values)
