"""The shipped student answers as recorded; `python -m model.golden` records anew when the artefact changes."""
from __future__ import annotations

import json

import pytest
from student_kit import ARTEFACT

from shellper.student.student import built_in_student
from shellper.tools import as_json, validate
from shellper.types import Context, Turn

RECORDED = ARTEFACT.parents[2] / "tests/student_golden/rows.jsonl"
ROWS = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()] if RECORDED.is_file() else []
pytestmark = pytest.mark.skipif(not (ARTEFACT / "manifest.json").is_file(), reason="no artefact is built")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["request"])
def test_the_shipped_student_answers_as_recorded(row):
    context = Context(tuple(Turn(**turn) for turn in row["turns"]), tuple(row["names"]), tuple(row.get("columns", ())))
    best = built_in_student().propose(row["request"], context)[0]
    assert as_json(best.plan) == row["plan"]
    assert best.confidence == pytest.approx(row["confidence"], abs=0.15)


@pytest.mark.parametrize("request_text", ["", "?", "rm -rf /", "zeig mir die größten Dateien", "😀" * 50, "word " * 400, "a\x00b\nc"])
def test_whatever_is_asked_the_plans_fit_the_catalogue(request_text):
    context = Context((Turn("list", "ls", "\n".join(f"file {n}" for n in range(500)), 2),), ("ä b.txt", "-n", "x" * 300))
    for candidate in built_in_student().propose(request_text, context):
        validate(candidate.plan)
        assert 0 <= candidate.confidence <= 1
