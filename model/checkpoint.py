"""Checkpoints: everything that a run needs to go on, and warm starts into another vocabulary."""
from __future__ import annotations

import os
import pickle
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from shellper.errors import BadInput, ShellperError
from shellper.student.vocabulary import Vocabulary

from .data import Position
from .network import Student
from .optimise import Average

NAME = "checkpoint.pt"
FROZEN = "encoder.words.weight"  # comes from MiniLM and is never trained


@dataclass
class Progress:
    """How far a run is; `seconds` are of training alone. `earlier_…` counts the runs whose weights it began with."""

    step: int = 0
    seconds: float = 0.0
    examples: int = 0
    earlier_seconds: float = 0.0
    earlier_examples: int = 0

    @classmethod
    def after(cls, checkpoint: Path) -> Progress:
        """The beginning of a run that starts from the weights of CHECKPOINT."""
        before = cls(**read(checkpoint)["progress"])
        return cls(earlier_seconds=before.seconds + before.earlier_seconds, earlier_examples=before.examples + before.earlier_examples)


@dataclass(frozen=True)
class Run:
    """The parts of a run that change while it trains."""

    model: Student
    vocabulary: Vocabulary
    optimizer: torch.optim.Optimizer
    average: Average
    progress: Progress
    position: Position
    shared: torch.nn.Module | None = None  # the model as accelerate wraps it where several processes train it

    def save(self, folder: Path) -> None:
        """Write the checkpoint so that a crash leaves the old or the new one. Raises ShellperError where it cannot be written."""
        parts = {
            "model": {name: weight for name, weight in self.model.state_dict().items() if name != FROZEN},
            "average": self.average.weights,
            "moves": self.average.moves,
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "progress": asdict(self.progress),
            "position": asdict(self.position),
            "vocabulary": self.vocabulary.tokens,
            "config": asdict(self.model.config),
        }
        draft = folder / f"{NAME}.part"
        try:
            torch.save(parts, draft)
            os.replace(draft, folder / NAME)
        except (OSError, RuntimeError) as error:  # torch tells of a full disk in its own words
            draft.unlink(missing_ok=True)
            why = error.strerror if isinstance(error, OSError) else "is the disk full?"
            raise ShellperError(f"{draft} could not be written: {why}", hint="free some space and start again: it goes on from the checkpoint before") from None

    def restore(self, folder: Path) -> None:
        """Go on from the checkpoint in FOLDER."""
        parts = read(folder / NAME)
        self.model.load_state_dict(parts["model"], strict=False)
        self.optimizer.load_state_dict(parts["optimizer"])
        self.average.load(parts["average"], parts["moves"])
        torch.set_rng_state(parts["rng"])
        vars(self.progress).update(parts["progress"])
        vars(self.position).update(parts["position"])


def read(checkpoint: Path) -> dict[str, Any]:
    """The parts of a checkpoint, on the CPU. Raises BadInput where it is damaged."""
    try:
        parts = torch.load(checkpoint, map_location="cpu", weights_only=True)
        parts["config"], parts["average"], parts["vocabulary"], parts["progress"], parts["position"]
    except FileNotFoundError:
        raise BadInput(f"{checkpoint} is missing", hint="train first") from None
    except (OSError, EOFError, RuntimeError, KeyError, TypeError, ValueError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise BadInput(f"{checkpoint} is damaged: {(str(error).splitlines() or [type(error).__name__])[0][:120]}", hint="remove it to train again; what was made before is kept") from None
    return parts


def warm_start(model: Student, vocabulary: Vocabulary, checkpoint: Path) -> int:
    """Load the averaged weights of CHECKPOINT, vocabulary rows by name. Returns how many rows are new."""
    parts = read(checkpoint)
    theirs = {name: number for number, name in enumerate(parts["vocabulary"])}
    shared = [(number, theirs[name]) for number, name in enumerate(vocabulary.tokens) if name in theirs]
    here, there = (list(numbers) for numbers in zip(*shared, strict=True))
    state = dict(parts["average"])
    for name in ("rows.weight", "bias"):
        state[name] = model.state_dict()[name].clone()
        state[name][here] = parts["average"][name][there]
    _, unexpected = model.load_state_dict(state, strict=False)
    if unexpected:
        raise SystemExit(f"{checkpoint} is of another network: it has {unexpected[0]}")
    return len(vocabulary) - len(shared)
