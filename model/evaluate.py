"""Measure the student: exact plans by source of the examples, calibration of its confidence, time per request.

`python -m model.evaluate --data examples.jsonl [--artefact FOLDER] [--calibrate calibration.json] [--report report.md]`
"""
from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from shellper.student.artefact import BUILT_IN
from shellper.student.grammar import DONE
from shellper.student.sequence import steps_to_plan
from shellper.student.student import built_in_student
from shellper.types import Context, Plan

from .calibration import best_temperature, calibration_error, threshold
from .config import StudentConfig
from .data import Encoding, Row, bucket, collate
from .examples import Example, read_examples
from .network import END_MARK, START_MARK, TOKEN_MARK, Student


@torch.no_grad()
def greedy(model: Student, encoding: Encoding, rows: Sequence[Row]) -> list[Plan | None]:
    """The most probable legal step each time, for a batch of rows; None where no plan was finished."""
    grammar, size = encoding.grammar, len(encoding.vocabulary)
    device = model.bias.device
    batch = collate(rows, encoding.vocabulary, encoding.tokenizer.pad).to(device)
    states = [grammar.start() for _ in rows]
    taken: list[list[int]] = [[] for _ in rows]
    with torch.autocast(device.type, torch.bfloat16):
        reading, past = model.read(*batch.sources), None
        steps, marks = batch.inputs[:, :1], batch.marks[:, :1]
        for _ in range(encoding.config.steps):
            scores, past = model.step(steps, marks, reading, past)
            logits = scores.float().cpu().numpy()
            steps, marks = steps.clone(), marks.clone()
            for number, (row, state) in enumerate(zip(rows, states, strict=True)):
                allowed = grammar.allowed(state, row.source)
                if state.phase == DONE or not allowed.any():
                    continue
                scores = logits[number, : len(allowed)]
                scores[~allowed] = -torch.inf
                step = int(scores.argmax())
                taken[number].append(step)
                opened = state.opened >= 0
                states[number] = grammar.advance(state, step, row.source)
                steps[number, 0] = step
                marks[number, 0] = TOKEN_MARK if step < size else END_MARK if opened else START_MARK
            if all(state.phase == DONE for state in states):
                break
    finished = zip(rows, taken, states, strict=True)
    return [
        steps_to_plan(steps, row.source, encoding.vocabulary, encoding.signatures) if state.phase == DONE else None
        for row, steps, state in finished
    ]


def exact_by_source(model: Student, encoding: Encoding, examples: Sequence[Example]) -> dict[str, tuple[int, int]]:
    """Source of the examples -> (exactly right plans, examples); "all" sums up."""
    model.eval()
    rows = [encoding.row(example) for example in examples]
    owner = {id(row): example for row, example in zip(rows, examples, strict=True)}
    scores: dict[str, list[int]] = {}
    for part in bucket(rows, encoding.config):
        for row, plan in zip(part, greedy(model, encoding, part), strict=True):
            example = owner[id(row)]
            for key in (example.source, "all"):
                score = scores.setdefault(key, [0, 0])
                score[0] += plan == example.plan
                score[1] += 1
    model.train()
    return {key: (right, count) for key, (right, count) in sorted(scores.items())}


@dataclass(frozen=True)
class Answer:
    """What the shipped student said to an example: `rank` of the right plan among its candidates (None: not there)."""

    source: str
    confidence: float
    rank: int | None
    same_tools: bool
    seconds: float
    given: Plan
    due: bool  # whether the right answer is an abstention

    @property
    def right(self) -> bool:
        return self.rank == 0


def answers(folder: Path, examples: Iterable[Example], beams: int = 4) -> list[Answer]:
    """Ask the artefact in FOLDER about every example."""
    student, found = built_in_student(folder), []
    for example in examples:
        began = time.perf_counter()
        candidates = student.propose(example.request, Context(example.turns, example.names, example.columns), beams)
        seconds = time.perf_counter() - began
        rank = next((at for at, candidate in enumerate(candidates) if candidate.plan == example.plan), None)
        tools = [[call.name for call in plan.calls] for plan in (candidates[0].plan, example.plan)]
        best = candidates[0]
        found.append(Answer(example.source, best.confidence, rank, tools[0] == tools[1], seconds, best.plan, example.plan.cannot is not None))
    return found


def encoding_of(folder: Path) -> Encoding:
    """How the artefact in FOLDER turns examples into rows."""
    from shellper.tools import catalogue

    student = built_in_student(folder)
    return Encoding(StudentConfig(steps=10**6), student.vocabulary, catalogue().tools, student.tokenizer)


def calibrate(file: Path, found: Sequence[Answer], temperature: float) -> str:
    """Fit temperature and threshold on one half of the answers, given at TEMPERATURE, measure on the other; write both to FILE."""
    own, others = found[::2], found[1::2]
    best = best_temperature(own, temperature)
    own, others = ([replace(answer, confidence=answer.confidence ** (temperature / best)) for answer in part] for part in (own, others))
    least = threshold(own)
    sure = [answer.right for answer in others if answer.confidence >= least]
    numbers = {**summary(others), "sure": round(len(sure) / len(others), 4), "sure_and_right": round(sum(sure) / max(len(sure), 1), 4)}
    file.write_text(json.dumps({"temperature": round(best, 3), "threshold": round(least, 4), "numbers": numbers}, indent=2) + "\n", encoding="utf-8")
    return f"temperature {best:.3f}, threshold {least:.3f}; on the other half: {json.dumps(numbers)}"


def abstentions(found: Sequence[Answer]) -> dict[str, float]:
    """The share of abstentions that are due and made, and of answers wrongly refused; left out where nothing counts."""
    due, other = [answer for answer in found if answer.due], [answer for answer in found if not answer.due]
    parts = {"cannot_where_due": due, "cannot_wrongly": other}
    return {name: round(sum(answer.given.cannot is not None for answer in part) / len(part), 4) for name, part in parts.items() if part}


def summary(found: Sequence[Answer]) -> dict[str, float | int]:
    """The numbers of a set of answers."""
    count = len(found)
    milliseconds = sorted(1000 * answer.seconds for answer in found)
    return {
        "examples": count,
        "exact": round(sum(answer.right for answer in found) / count, 4),
        "among_candidates": round(sum(answer.rank is not None for answer in found) / count, 4),
        "same_tools": round(sum(answer.same_tools for answer in found) / count, 4),
        **abstentions(found),
        "calibration_error": round(calibration_error(found), 4),
        "p50_ms": round(statistics.median(milliseconds), 1),
        "p95_ms": round(milliseconds[int(0.95 * (count - 1))], 1),
    }


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="examples, JSON Lines")
    parser.add_argument("--artefact", type=Path, default=BUILT_IN)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--beams", type=int, default=4)
    parser.add_argument("--limit", type=int, help="first examples only")
    parser.add_argument("--report", type=Path, help="write the failures, grouped, to this file")
    parser.add_argument("--calibrate", type=Path, help="fit the temperature and write it with the numbers to this file")
    args = parser.parse_args(argv)
    examples = [example for example in read_examples(args.data) if example.split == args.split][: args.limit]
    if not examples:
        parser.error(f"no example of split {args.split!r} in {args.data}")
    found = answers(args.artefact, examples, args.beams)
    for source in sorted({answer.source for answer in found}):
        print(source, json.dumps(summary([answer for answer in found if answer.source == source])))
    numbers = summary(found)
    print("all", json.dumps(numbers))
    if args.report:
        from .report import report

        args.report.write_text(report([(example, answer.given) for example, answer in zip(examples, found, strict=True)], encoding_of(args.artefact)), encoding="utf-8")
    if args.calibrate:
        print(calibrate(args.calibrate, found, built_in_student(args.artefact).artefact.temperature))


if __name__ == "__main__":
    main()
