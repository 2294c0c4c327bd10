"""Which student reads the words."""
from __future__ import annotations

from pathlib import Path

from shellper import pipeline, render


def student_in(folder: str | None) -> pipeline.Student:
    """The student in FOLDER, ours or a causal one; the shipped one without. Raises ModelMissing."""
    if not folder:
        return pipeline.shipped_student()
    from shellper.student.open import open_student

    return open_student(Path(folder).expanduser(), render.parse)
