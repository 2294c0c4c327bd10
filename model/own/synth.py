"""Seeds and the teacher's conversations to examples: shards of variants, put together without repeats and contradictions."""
from __future__ import annotations

import functools
import hashlib
import json
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shellper.errors import BadInput
from shellper.student.artefact import BUILT_IN

from .checks import Seen, situations
from .conversations import Conversation, as_row, conversation_of, example_row, examples
from .engine import run_shards
from .expand import Expander
from .functions import Functions, functions_of
from .project import Project, json_lines, write_lines
from .settings import Synth

SHARD = 500  # variants
LEAST_NEW = 0.05  # where a round of shards brings fewer new examples than this share, the seeds are used up


@dataclass(frozen=True)
class Shard:
    """Work that a process anywhere can do: `task` is JSON of schemas, conversations and settings; variants FIRST to FIRST + COUNT."""

    task: str
    first: int
    count: int


def make(shard: Shard) -> list[dict[str, Any]]:
    """The variants of a shard as rows."""
    expander = _expander(shard.task)
    made = (expander.variant(number) for number in range(shard.first, shard.first + shard.count))
    return [as_row(conversation) for conversation in made if conversation]


@functools.lru_cache(2)
def _expander(task: str) -> Expander:
    parts = json.loads(task)
    return Expander([conversation_of(row) for row in parts["conversations"]], functions_of(parts["schemas"]), Synth(**parts["settings"]), parts["words"])


def synthesise(project: Project, taught: Sequence[Conversation], show: Callable[[str], None]) -> dict[str, int]:
    """Write build/examples.jsonl; shards that an earlier start finished are kept. Returns the number of examples by split."""
    settings, functions = project.settings.synth, project.functions
    base = [*project.conversations["train"], *taught]
    task = json.dumps({"schemas": functions.schemas, "conversations": [as_row(conversation) for conversation in base], "settings": asdict(settings), "words": _words()})
    shards = project.build / "shards" / hashlib.sha256(task.encode()).hexdigest()[:16]
    for old in shards.parent.glob("*"):
        if old != shards:
            shutil.rmtree(old)
    collected = _Collected(functions, settings.rows)
    for conversation in base:
        collected.add(conversation)
    calls = sum(bool(exchange.calls) for conversation in base for exchange in conversation.exchanges) / len(base)
    first, new = 0, settings.rows
    while collected.room > 0 and new >= LEAST_NEW * SHARD:
        count = max(1, math.ceil(min(collected.room, settings.rows) / (calls * SHARD)))
        before = len(collected.rows)
        _run(project, shards, [Shard(task, (first + at) * SHARD, SHARD) for at in range(count)], show)
        for at in range(first, first + count):
            for row in _lines(shards / f"{at:06}.jsonl"):
                collected.add(conversation_of(row))
        first, new = first + count, (len(collected.rows) - before) // count
        show(f"synth: {len(collected.rows)}/{settings.rows} examples from {first * SHARD} variants")
    dev = [example_row(example) for conversation in project.conversations["dev"] for example in examples(conversation, "dev")]
    write_lines(project.build / "examples.jsonl", json_lines([*collected.rows, *dev]))
    return {"train": len(collected.rows), "dev": len(dev), "repeated": collected.repeated, "contradicting": collected.contradicting}


class _Collected:
    """Examples so far, one for each situation."""

    def __init__(self, functions: Functions, most: int) -> None:
        self.seen, self.most = Seen(functions), most
        self.rows: list[dict[str, Any]] = []
        self.repeated = self.contradicting = 0
        self._known: set[int] = set()

    @property
    def room(self) -> int:
        return self.most - len(self.rows)

    def add(self, conversation: Conversation) -> None:
        """Add what is new of CONVERSATION, and nothing of one that contradicts an earlier one."""
        if next(self.seen.against(conversation), None):
            self.contradicting += 1
            return
        self.seen.add(conversation)
        for (situation, _), example in zip(situations(conversation), examples(conversation, "train"), strict=True):
            if (number := hash(situation)) in self._known:
                self.repeated += 1
            elif self.room > 0:
                self._known.add(number)
                self.rows.append(example_row(example))


def _run(project: Project, folder: Path, shards: Sequence[Shard], show: Callable[[str], None]) -> None:
    """Make the shards that FOLDER lacks."""
    missing = [shard for shard in shards if not (folder / f"{shard.first // SHARD:06}.jsonl").exists()]
    for done, (number, rows) in enumerate(run_shards(make, missing, project.settings.engine), 1):
        write_lines(folder / f"{missing[number].first // SHARD:06}.jsonl", json_lines(rows))
        show(f"synth: shard {done}/{len(missing)}")


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        try:
            yield from map(json.loads, lines)
        except ValueError as error:
            raise BadInput(f"{file} is damaged: {error}", hint="remove it; it is made again") from None


def _words() -> list[str]:
    """Whole words of the encoder's vocabulary, for made-up names."""
    vocabulary = json.loads((BUILT_IN / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return sorted(word for word in vocabulary if word.isascii() and word.isalpha() and 4 <= len(word) <= 9)
