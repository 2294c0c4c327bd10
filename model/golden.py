"""Write what an artefact answers to development examples, for the test that pins it: `python -m model.golden --data examples.jsonl`

Only confident answers are kept, so that kernels of other processors, which round differently, give the same plans.
"""
from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from shellper.student.artefact import BUILT_IN
from shellper.student.student import built_in_student
from shellper.tools import as_json
from shellper.types import Context

from .examples import read_examples

ROWS = Path(__file__).parents[1] / "tests/student_golden/rows.jsonl"
CONFIDENT = 0.8


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.golden", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="examples, JSON Lines")
    parser.add_argument("--artefact", type=Path, default=BUILT_IN)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--out", type=Path, default=ROWS)
    args = parser.parse_args(argv)
    student, rows = built_in_student(args.artefact), []
    for example in read_examples(args.data):
        if example.split != "dev" or len(rows) == args.rows:
            continue
        best = student.propose(example.request, Context(example.turns, example.names, example.columns))[0]
        if best.confidence > CONFIDENT:
            turns = [asdict(turn) for turn in example.turns]
            rows.append({"request": example.request, "turns": turns, "names": example.names, "columns": example.columns, "plan": as_json(best.plan), "confidence": round(best.confidence, 3)})
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
