"""How weights move: the optimizer, the schedule of its rate, and the moving average that is kept."""
from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .config import StudentConfig


def optimizer_for(model: nn.Module, config: StudentConfig) -> torch.optim.Optimizer:
    """AdamW with the encoder's own rate for pretrained weights and no decay of norms, biases and embeddings."""
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            pretrained = name.startswith("encoder.") and not name.startswith(("encoder.kinds", "encoder.ages"))
            rate = config.encoder_rate if pretrained else config.learning_rate
            decay = config.weight_decay if weight.dim() > 1 and "positions" not in name and "rows" not in name else 0.0
            groups.setdefault((rate, decay), []).append(weight)
    sets = [{"params": weights, "lr": rate, "base": rate, "weight_decay": decay} for (rate, decay), weights in groups.items()]
    return torch.optim.AdamW(sets, betas=(0.9, 0.98), fused=True)


def rate_factor(share: float, warm_up: float) -> float:
    """The part of the full rate that belongs to a SHARE (0..1) of the run: linear warm-up, then a cosine down to 2 %."""
    if share < warm_up:
        return max(share / warm_up, 0.01)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up)))


class Average:
    """An exponential moving average of the trained parameters, moved every few steps because it reads all of them."""

    EVERY = 4

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.weights = {name: weight.detach().clone() for name, weight in model.named_parameters() if weight.requires_grad}
        self.decay, self.moves = decay**self.EVERY, 0

    def move(self, model: nn.Module) -> None:
        self.moves += 1
        current = dict(model.named_parameters())
        decay = min(self.decay, self.moves / (self.moves + 10))  # a young average forgets its beginning
        torch._foreach_lerp_(list(self.weights.values()), [current[name].detach() for name in self.weights], 1 - decay)

    def load(self, weights: dict[str, Tensor], moves: int) -> None:
        self.moves = moves
        for name, weight in self.weights.items():
            weight.copy_(weights[name])

    @contextlib.contextmanager
    def inside(self, model: nn.Module) -> Iterator[None]:
        """Within, MODEL carries the averaged weights."""
        own = {name: weight.detach().clone() for name, weight in model.named_parameters() if weight.requires_grad}
        model.load_state_dict(self.weights, strict=False)
        try:
            yield
        finally:
            model.load_state_dict(own, strict=False)
