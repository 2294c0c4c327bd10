"""Shards of work on the processes of this machine, or on a Ray cluster that stands already. No scheduler of our own."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from shellper.errors import BadInput, ShellperError

from .settings import Engine

Shard, Result = TypeVar("Shard"), TypeVar("Result")


def run_shards(function: Callable[[Shard], Result], shards: Sequence[Shard], engine: Engine) -> Iterator[tuple[int, Result]]:
    """(number of the shard, FUNCTION of it) as they are done. FUNCTION stands at the top of a module; shards and results are plain data."""
    if engine.kind == "ray":
        yield from _on_ray(function, shards, engine.address)
        return
    workers = min(engine.workers or os.cpu_count() or 1, len(shards))
    if workers <= 1:
        yield from ((number, function(shard)) for number, shard in enumerate(shards))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        numbers = {pool.submit(function, shard): number for number, shard in enumerate(shards)}
        try:
            for done in as_completed(numbers):
                yield numbers[done], done.result()
        except BrokenProcessPool:
            raise ShellperError("a worker process was killed", hint="is there enough memory? fewer [engine] workers take less; what is done is kept") from None
        finally:
            for future in numbers:
                future.cancel()


def _on_ray(function: Callable[[Shard], Result], shards: Sequence[Shard], address: str) -> Iterator[tuple[int, Result]]:
    try:
        import ray
    except ImportError:
        raise BadInput("[engine] kind is 'ray', but Ray is not installed", hint="pip install 'shellper[ray]'") from None
    if not ray.is_initialized():
        try:
            ray.init(address=address or os.environ.get("RAY_ADDRESS"), log_to_driver=False, configure_logging=False, include_dashboard=False if not address else None)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ShellperError(f"no Ray cluster at {address or 'this machine'}: {str(error).splitlines()[0]}", hint="start one, or set [engine] kind = \"local\"") from None
    remote = ray.remote(function)
    waiting = {remote.remote(shard): number for number, shard in enumerate(shards)}
    while waiting:
        done, _ = ray.wait(list(waiting), num_returns=1)
        for reference in done:
            try:
                yield waiting.pop(reference), ray.get(reference)
            except ray.exceptions.RayError as error:
                raise ShellperError(f"a shard failed on the Ray cluster: {str(error).strip().splitlines()[-1]}", hint="what is done is kept") from None
