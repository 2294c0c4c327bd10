"""Ask the teacher until there are enough conversations: batches in parallel, each answer sifted and kept at once, so that a stop loses nothing."""
from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shellper.errors import BadInput

from .checks import Seen, unfounded
from .conversations import Conversation, Malformed, as_row, conversation_of, plain, problems
from .endpoint import Answer, NoAnswer, TeacherFailed, ask, check_address
from .functions import Functions
from .project import Project, unwritable
from .prompt import messages, rows_of
from .settings import Teacher

NEAR = 0.75  # share of common word triples from which two conversations are near-duplicates
PATIENCE = 5  # batches in a row without anything usable


class Sieve:
    """Keeps what is valid, grounded, new and in line with the rest."""

    def __init__(self, functions: Functions, known: list[Conversation]) -> None:
        self.functions, self.seen = functions, Seen(functions)
        self._triples: dict[str, list[int]] = {}
        self._sizes: list[int] = []
        for conversation in known:
            self._add(conversation)

    def keep(self, row: dict[str, Any]) -> tuple[Conversation | None, str]:
        """The conversation of ROW, or None and why not."""
        try:
            conversation = replace(conversation_of(row, "the teacher"), source="teacher", split="")
        except Malformed:
            return None, "another form"
        if next(problems(conversation, self.functions), None):
            return None, "against the schema"
        if next(unfounded(conversation, self.functions), None):
            return None, "not grounded"
        if self._near(conversation):
            return None, "near-duplicate"
        if next(self.seen.against(conversation), None):
            return None, "contradiction"
        self._add(conversation)
        return conversation, ""

    def _add(self, conversation: Conversation) -> None:
        self.seen.add(conversation)
        number, triples = len(self._sizes), _triples(conversation)
        self._sizes.append(len(triples))
        for triple in triples:
            self._triples.setdefault(triple, []).append(number)

    def _near(self, conversation: Conversation) -> bool:
        triples = _triples(conversation)
        common = Counter(number for triple in triples for number in self._triples.get(triple, ()))
        return any(count >= NEAR * (len(triples) + self._sizes[number] - count) for number, count in common.items())


def _triples(conversation: Conversation) -> set[str]:
    found = set()
    for exchange in conversation.exchanges:
        words = ["^", *re.findall(r"\w+", plain(exchange.user)), "$", *(call.name for call in exchange.calls)]
        found |= {" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))}
    return found


@dataclass
class Tally:
    """How far the asking is. `cost` is in the currency of the prices."""

    wanted: int
    kept: list[Conversation] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0

    def __str__(self) -> str:
        why = ", ".join(f"{count} {reason}" for reason, count in self.refused.most_common())
        return f"teacher: {min(len(self.kept), self.wanted)}/{self.wanted} kept, {self.refused.total()} refused{f' ({why})' if why else ''}, {self.tokens_in + self.tokens_out:,} tokens, cost {self.cost:.2f}"


def teach(project: Project, show: Callable[[str], None]) -> list[Conversation]:
    """The conversations that the teacher wrote, earlier ones included; [] where there is no teacher. Raises TeacherFailed, BadInput."""
    settings, log = project.settings, project.build / "teacher.jsonl"
    teacher = settings.teacher
    if not teacher.url:
        return []
    check_address(teacher)
    seeds, tally = project.conversations["train"], Tally(teacher.conversations)
    entries = list(_entries(log))
    sieve = Sieve(project.functions, [*seeds, *project.conversations["dev"]])  # dev rows must not come in by the back door
    for entry in entries:
        _count(tally, entry, teacher)
        for row in entry["kept"]:
            conversation, why = sieve.keep(row)
            if conversation:
                tally.kept.append(conversation)
            else:
                tally.refused[why] += 1
    if len(tally.kept) >= tally.wanted:
        return tally.kept[: tally.wanted]
    show(str(tally))
    next_batch, barren = 1 + max((entry["batch"] for entry in entries), default=-1), 0
    with ThreadPoolExecutor(teacher.parallel) as pool:
        waiting: dict[Future, int] = {}
        try:
            while len(tally.kept) < tally.wanted and not (teacher.most_cost and tally.cost >= teacher.most_cost):
                while len(waiting) < teacher.parallel:
                    asked = messages(teacher, project.functions, seeds, next_batch, settings.synth.seed)
                    waiting[pool.submit(_patiently, teacher, asked)] = next_batch
                    next_batch += 1
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    entry = _sift(waiting.pop(future), future.result(), sieve, tally)
                    _count(tally, entry, teacher)
                    _append(log, entry)
                    barren = 0 if entry["kept"] else barren + 1
                    show(str(tally))
                    if barren >= PATIENCE:
                        raise TeacherFailed(
                            f"{teacher.url}: nothing usable in {barren} batches in a row ({next(iter(entry['refused']), 'empty answers')})",
                            hint=f"{len(tally.kept)} conversations are kept; start again to go on, or set [teacher] conversations = {len(tally.kept)}",
                        )
        finally:
            for future in waiting:
                future.cancel()
    return tally.kept[: tally.wanted]


def _patiently(teacher: Teacher, asked: list[dict[str, str]]) -> Answer | str:
    """The answer to one batch, tried again with growing pauses; why there is none in the end."""
    why = ""
    for attempt in range(teacher.attempts):
        try:
            return ask(teacher, asked)
        except NoAnswer as error:
            why = str(error)
            if attempt + 1 < teacher.attempts:
                time.sleep(error.wait or min(0.5 * 2**attempt, 30.0))
    return why


def _sift(batch: int, answer: Answer | str, sieve: Sieve, tally: Tally) -> dict[str, Any]:
    """What is kept of an answer, as an entry of the log."""
    refused: Counter[str] = Counter()
    if isinstance(answer, str):
        return {"batch": batch, "in": 0, "out": 0, "kept": [], "refused": {answer: 1}}
    kept = []
    for row in rows_of(answer.text):
        conversation, why = sieve.keep(row)
        if conversation:
            kept.append(as_row(conversation))
            tally.kept.append(conversation)
        else:
            refused[why] += 1
    if not kept and not refused:
        refused["no conversation in the answer"] += 1
    return {"batch": batch, "in": answer.tokens_in, "out": answer.tokens_out, "kept": kept, "refused": dict(refused)}


def _count(tally: Tally, entry: dict[str, Any], teacher: Teacher) -> None:
    tally.batches += 1
    tally.tokens_in += entry["in"]
    tally.tokens_out += entry["out"]
    tally.cost = (tally.tokens_in * teacher.price_in + tally.tokens_out * teacher.price_out) / 1e6
    tally.refused.update(entry["refused"])


def _entries(log: Path) -> Iterator[dict[str, Any]]:
    """The entries of the log; a last line that a stop tore off is cut away. Raises BadInput where another is damaged."""
    if not log.exists():
        return
    content = log.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(log, len(whole))
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            entry = json.loads(line)
            entry["batch"], entry["in"], entry["out"], entry["kept"], entry["refused"]
        except (ValueError, KeyError, TypeError):
            raise BadInput(f"{log}:{number}: damaged", hint="take the line out; the rest is kept") from None
        yield entry


def _append(log: Path, entry: dict[str, Any]) -> None:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as out:
            out.write(json.dumps(entry, ensure_ascii=False) + "\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise unwritable(log, error) from None
