"""Which student reads the words: that of the flag, of the settings, or the shipped one."""
from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shellper import config

if TYPE_CHECKING:
    from shellper.pipeline import Student


def _whole(_context: click.Context, _option: click.Parameter, folder: str | None) -> str | None:
    return folder and os.path.abspath(os.path.expanduser(folder))  # as seen from where it was typed, whatever --cwd says


option = click.option("--student", metavar="DIR", type=click.Path(), callback=_whole, help="Another student than the shipped one.")


def chosen(folder: str | None = None) -> Student:
    """The student in FOLDER or, without, in that of the settings, ours or a causal one; else the shipped one. Raises BadInput and ModelMissing."""
    from shellper import pipeline

    folder = folder or os.path.expanduser(config.value("student"))
    return pipeline.student_in(Path(folder)) if folder else pipeline.shipped_student()
