"""A student for the tests that takes the request itself for the plan: a command line, or a plan as JSON."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from shellper import render
from shellper.errors import Unparsed
from shellper.tools import plan_from_json
from shellper.types import Candidate, Context, Plan, ToolCall

REASONS = ("chat", "missing", "impossible", "unsupported", "unsafe")


class FakeStudent:
    """`rm a.txt` is answered with that very command, `chat` with an abstention; "from output: CMD" marks every argument as copied from output;
    "CMD or CMD" gives both, none of them surely."""

    threshold = 0.6

    def propose(self, request: str, context: Context, beams: int = 4) -> Sequence[Candidate]:
        if request in REASONS:
            return [Candidate(Plan((ToolCall("cannot", {"reason": request}),)), 0.9)]
        if " or " in request:
            return [replace(self.propose(part, context)[0], confidence=0.5 / at) for at, part in enumerate(request.split(" or "), 1)]
        copied, line = request.startswith("from output: "), request.removeprefix("from output: ")
        try:
            plan = plan_from_json(json.loads(line)) if line.startswith("[") else render.parse(line)
        except Unparsed:
            return [Candidate(Plan((ToolCall("cannot", {"reason": "unsupported"}),)), 0.4)]
        if copied:
            plan = replace(plan, provenance={f"{at}.{name}": "output" for at, call in enumerate(plan.calls) for name in call.arguments})
        return [Candidate(plan, 0.9)]


if __name__ == "__main__":
    from shellper import pipeline
    from shellper.ui.cli import main

    pipeline.shipped_student = FakeStudent
    main()
