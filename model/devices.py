"""Where a training runs: the CPU, one GPU, or the processes that `accelerate launch` starts."""
from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import torch
from torch import nn

T = TypeVar("T")


class Devices:
    """This process's device and its place among those that train together."""

    def __init__(self) -> None:
        from accelerate import Accelerator

        self._accelerator = Accelerator()
        self.device: torch.device = self._accelerator.device
        self.rank, self.count = self._accelerator.process_index, self._accelerator.num_processes

    @property
    def first(self) -> bool:
        """Whether this process writes files and reports."""
        return self.rank == 0

    def wait(self) -> None:
        """Until every process has come this far."""
        self._accelerator.wait_for_everyone()

    def share(self, model: nn.Module) -> nn.Module | None:
        """MODEL with its gradients averaged over all processes; None where this is the only one."""
        return self._accelerator.prepare_model(model) if self.count > 1 else None

    def part(self, items: Iterator[T]) -> Iterator[T]:
        """This process's part of a stream that every process draws alike: each in turn takes one."""
        while True:
            for rank in range(self.count):
                item = next(items)
                if rank == self.rank:
                    mine = item
            yield mine

    def agreed(self, value: float) -> float:
        """What the first process says, so that all stop at the same step."""
        if self.count == 1:
            return value
        from accelerate.utils import broadcast

        return broadcast(torch.tensor([value], device=self.device, dtype=torch.float64)).item()
