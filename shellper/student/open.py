"""Any student in a folder: one of ours, or a causal one."""
from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from .causal.student import Read, open_causal, read_manifest


@functools.cache
def open_student(folder: Path, read: Read | None = None) -> Any:
    """The student in FOLDER for the present catalogue; READ turns an earlier command line into its calls. Raises ModelMissing."""
    manifest = read_manifest(folder)
    if manifest.get("kind") == "causal":
        from shellper.tools import catalogue

        return open_causal(folder, manifest, catalogue(), read)
    from .student import built_in_student

    return built_in_student(folder)
