"""The shipped student: a folder of graphs, tokenizer and vocabulary with a manifest that names every file's sha256."""
from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shellper.errors import ModelMissing

BUILT_IN = Path(__file__).with_name("artefact")
MANIFEST = "manifest.json"
TOOLS = "tools.json"  # the function schemas of a student that was trained for other tools than the catalogue's
# The graphs' weights may stand in files of their own beside these ("encoder.onnx.data").
FILES = ("encoder.onnx", "decoder.onnx", "tokenizer.json", "vocabulary.json", "config.json")


@dataclass(frozen=True)
class Artefact:
    """An opened artefact folder. `config` is the training's, `manifest` holds files, catalogue hash, temperature and numbers."""

    folder: Path
    manifest: Mapping[str, Any]
    config: Mapping[str, Any]

    def path(self, name: str) -> Path:
        return self.folder / name

    @property
    def catalogue(self) -> str:
        """The hash of the catalogue that the student was trained for."""
        return self.manifest["catalogue"]

    @property
    def temperature(self) -> float:
        """A plan of probability p has confidence p ** (1 / temperature), fitted on development examples."""
        return float(self.manifest.get("temperature", 1.0))

    @property
    def threshold(self) -> float:
        """Answers of at least this confidence were right in 95 of 100 development examples; below it, alternatives are offered."""
        return float(self.manifest.get("threshold", 0.0))

    def verify(self) -> None:
        """Compare every file with the manifest. Raises ModelMissing with the first that differs."""
        for name, expected in self.manifest["files"].items():
            if sha256(self.path(name)) != expected["sha256"]:
                raise ModelMissing(f"the student is damaged: {self.path(name)} is not the file that its manifest names")


def open_artefact(folder: Path | None = None) -> Artefact:
    """Open the artefact in FOLDER (default: the built-in one); sizes are checked here, contents by `verify`. Raises ModelMissing."""
    folder = folder or BUILT_IN
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ModelMissing(f"there is no student in {folder}") from None
    listed = manifest.get("files", {})
    for name in {**dict.fromkeys(FILES), **listed}:
        if name not in listed or not (folder / name).is_file() or (folder / name).stat().st_size != listed[name]["size"]:
            raise ModelMissing(f"the student in {folder} is incomplete: {name}")
    return Artefact(folder, manifest, config)


def write_manifest(folder: Path, catalogue: str, temperature: float, numbers: Mapping[str, Any], threshold: float = 0.0) -> None:
    """Describe the files of FOLDER in its manifest."""
    names = [*FILES, *sorted(file.name for file in folder.iterdir() if file.suffix == ".data" or file.name == TOOLS)]
    files = {name: {"sha256": sha256(folder / name), "size": (folder / name).stat().st_size} for name in names}
    manifest = {"version": 1, "files": files, "catalogue": catalogue, "temperature": temperature, "threshold": threshold, "numbers": dict(numbers)}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def sha256(file: Path) -> str:
    """The digest of FILE in one call, during which other threads run."""
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return hashlib.sha256(content).hexdigest()
