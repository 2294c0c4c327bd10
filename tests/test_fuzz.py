"""Whatever is asked, with whatever context: every reading fits the catalogue and can be written as a command."""
from __future__ import annotations

import random

import pytest
from student_kit import ARTEFACT

from shellper.pipeline import shipped_student
from shellper.render import render
from shellper.tools import validate
from shellper.types import Context, Turn

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (ARTEFACT / "manifest.json").is_file(), reason="no artefact is built")]
WORDS = """
    find show list the a all files folders logs bigger smaller than 100M 3 days second last it them that delete copy move rename to into report.txt 'my notes.md' src/ *.py count lines
    sort by column , ; : total each git commit push undo who what where why never and then pipe | > >> && $(rm -rf /) `id` -rf -- / ~ .. \\ " ' é 猫 😀 \u202e NULL 0 -1 1e9 % {} [] ^$
""".split()  # noqa: SIM905
SHARD = 1000


def text(draw: random.Random) -> str:
    """Words, letters, any characters, or a mixture that goes on for long."""
    kind = draw.random()
    if kind < 0.5:
        return " ".join(draw.choices(WORDS, k=draw.randint(1, 14)))
    if kind < 0.8:
        return "".join(chr(draw.choice((draw.randint(32, 126), draw.randint(32, 126), draw.randint(0xA0, 0x2FF), draw.randint(0x400, 0xD7FF), draw.randint(0x1F300, 0x1F6FF)))) for _ in range(draw.randint(1, 60)))
    return " ".join(draw.choices(WORDS, k=draw.randint(15, 300)))


def around(draw: random.Random) -> Context:
    """Turns, names and columns as odd as the request."""
    turns = tuple(Turn(text(draw), text(draw), "\n".join(text(draw) for _ in range(draw.randint(0, 6))), draw.choice((0, 0, 1, 127))) for _ in range(draw.choice((0, 0, 1, 3))))
    return Context(turns, tuple(text(draw)[:80] for _ in range(draw.choice((0, 3, 20)))), tuple(text(draw)[:60] for _ in range(draw.choice((0, 0, 1)))))


@pytest.mark.parametrize("shard", range(10))
def test_ten_thousand_odd_requests_give_valid_plans_only(shard):
    draw, student = random.Random(shard), shipped_student()
    for _ in range(SHARD):
        request, context = text(draw), around(draw)
        candidates = student.propose(request, context)
        assert candidates
        for candidate in candidates:
            validate(candidate.plan)
            assert 0 <= candidate.confidence <= 1
            assert candidate.plan.cannot or render(candidate.plan)
