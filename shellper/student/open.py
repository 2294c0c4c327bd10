"""Any student in a folder: one of ours, or a causal one."""
from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from .causal.student import Read, Writable, open_causal, read_manifest


@functools.cache
def open_student(folder: Path, read: Read | None = None, writable: Writable = lambda plan: True) -> Any:
    """The student in FOLDER for the present catalogue; READ turns an earlier command line into its calls; plans that
    WRITABLE refuses are no answers. Raises ModelMissing."""
    manifest = read_manifest(folder)
    if manifest.get("kind") == "causal":
        from shellper.tools import catalogue

        return open_causal(folder, manifest, catalogue(), read, writable)
    from .student import built_in_student

    return built_in_student(folder, writable)
