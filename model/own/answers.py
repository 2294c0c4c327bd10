"""A trained student at work: words and history in, calls out."""
from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

from shellper.student.artefact import TOOLS, open_artefact
from shellper.student.student import OnnxStudent
from shellper.types import Context, ToolCall

from .functions import Functions, functions_of

Ask = Callable[[str, Context], tuple[tuple[ToolCall, ...], float]]  # calls and confidence


@functools.lru_cache(2)
def open_student(folder: str) -> tuple[Ask, Functions]:
    """The student of the artefact in FOLDER as a function, and its functions. Raises ModelMissing."""
    artefact = open_artefact(Path(folder))
    functions = functions_of(json.loads(artefact.path(TOOLS).read_text(encoding="utf-8")))
    student = OnnxStudent(functions, artefact)

    def ask(request: str, context: Context) -> tuple[tuple[ToolCall, ...], float]:
        best = student.propose(request, context)[0]
        return (best.plan.calls, best.confidence) if best.confidence else ((), 0.0)

    return ask, functions
