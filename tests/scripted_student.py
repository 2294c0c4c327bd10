"""A student for the tests of the session: a script says what each request is read as, and what it was given to look at is written down.

    python scripted_student.py SCRIPT SEEN [ARGUMENTS OF shellper …]

SCRIPT is JSON: request -> readings, best first, each [command line, confidence]. In a line `{2}` stands for line 2 of what the newest turn
has printed (its value is marked as copied from output), `{-1}` for the last word of the newest turn's command. A request without an entry is
read as the command line that it is; the reason of an abstention as that abstention."""
from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fake_student import REASONS

from shellper import render
from shellper.errors import Unparsed
from shellper.types import Candidate, Context, Plan, ToolCall, Turn


class ScriptedStudent:
    threshold = 0.6

    def __init__(self, script: Path, seen: Path) -> None:
        self.script, self.seen = json.loads(script.read_text()), seen

    def propose(self, request: str, context: Context, beams: int = 4) -> Sequence[Candidate]:
        with self.seen.open("a") as file:
            file.write(json.dumps({"request": request, "turns": [[turn.request, turn.command, turn.output, turn.exit_code] for turn in context.turns]}) + "\n")
        if request == "wait":
            time.sleep(30)
        rows = self.script.get(request, [[request, 0.9]])
        return [candidate for line, confidence in rows for candidate in self._candidates(line, confidence, context.turns)]

    def _candidates(self, line: str, confidence: float, turns: Sequence[Turn]) -> list[Candidate]:
        newest = turns[-1] if turns else Turn("", "")
        lines, words = newest.output.splitlines(), newest.command.split()
        try:
            said = re.sub(r"\{(\d+)\}", lambda match: lines[int(match[1]) - 1], line).replace("{-1}", words[-1] if words else "")
            plan = Plan((ToolCall("cannot", {"reason": line}),)) if line in REASONS else render.parse(said)
        except IndexError:
            plan = Plan((ToolCall("cannot", {"reason": "missing"}),))
        except Unparsed:
            plan = Plan((ToolCall("cannot", {"reason": "unsupported"}),))
        if re.search(r"\{\d+\}", line) and not plan.cannot:
            places = [f"{at}.{name}" + (f".{item}" if isinstance(value, list) else "") for at, call in enumerate(plan.calls) for name, value in call.arguments.items() for item in range(len(value) if isinstance(value, list) else 1)]
            plan = replace(plan, provenance=dict.fromkeys(places, "output"))
        return [Candidate(plan, confidence)]


if __name__ == "__main__":
    from shellper import pipeline
    from shellper.ui.cli import main

    student = ScriptedStudent(Path(sys.argv[1]), Path(sys.argv[2]))
    pipeline.shipped_student = lambda: student
    main(sys.argv[3:])
