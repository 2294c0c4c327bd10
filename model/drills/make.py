"""Many drills, drawn by weight."""
from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path

from shellper.errors import ShellperError

from .. import world as worlds
from .after import news, undos
from .drill import Drill, Unfit
from .follow import refinements, repeats, values
from .picks import measures, picks
from .tables import tables

KINDS = ((picks, 10), (measures, 3), (repeats, 5), (values, 4), (refinements, 6), (undos, 2), (news, 2), (tables, 6))


def make(seed: str, count: int, only: str | None = None) -> list[dict]:
    """COUNT examples drawn with SEED; ONLY names the one kind that is wanted."""
    draw, examples = random.Random(seed), []
    base = Path(tempfile.mkdtemp(prefix="drill-"))
    base.chmod(0o755)
    kinds, weights = zip(*((kind, weight) for kind, weight in KINDS if only in (None, kind.__name__)), strict=True)
    try:
        while len(examples) < count:
            drill = Drill(draw, str(base / draw.choice(("home", "work", "sam", "data"))))
            if os.getuid() == 0:
                os.chown(drill.top, worlds.NOBODY, worlds.NOBODY)
            os.chmod(drill.top, 0o777)
            kind = draw.choices(kinds, weights)[0]
            try:
                for example in kind(drill):
                    example["world"] = kind.__name__
                    examples.append(example)
            except (Unfit, ShellperError, OSError, IndexError):  # IndexError: nothing to choose from
                continue
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return examples
