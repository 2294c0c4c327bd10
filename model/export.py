"""Make the shipped artefact of a training run: int8 graphs, tokenizer, vocabulary, config, manifest and card."""
from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shellper.student.artefact import BUILT_IN, open_artefact, write_manifest
from shellper.tools import catalogue

from .graphs import export, student_of
from .network import minilm_folder
from .quantize import quantize

CARD = """\
# The student of shellper

A MiniLM-L6 encoder and a shallow pointer decoder that turn a request into tool calls. int8, for onnxruntime on a CPU.
Made by `python -m model.export` from a run of `python -m model.train`; the numbers below are in manifest.json too.

- encoder weights: sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), fine-tuned
- {parameters:.1f} million parameters, {size:.1f} MB, {layers} decoder layers, {vocabulary} output tokens
- training: {examples} examples seen in {minutes:.0f} minutes, all runs together; the last of them {steps} steps, {last} examples

{numbers}
"""


def write_tokenizer(path: Path) -> None:
    """MiniLM's tokenizer without its padding and truncation."""
    tokenizer = json.loads((minilm_folder() / "tokenizer.json").read_text(encoding="utf-8"))
    path.write_text(json.dumps(tokenizer | {"padding": None, "truncation": None}, ensure_ascii=False), encoding="utf-8")


def assemble(run: Path, folder: Path) -> None:
    """Export and quantize the student of RUN into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    student, config, _ = student_of(run)
    with tempfile.TemporaryDirectory() as graphs:
        export(student, Path(graphs))
        quantize(Path(graphs), folder)
    write_tokenizer(folder / "tokenizer.json")
    shutil.copy(run / "vocabulary.json", folder / "vocabulary.json")
    config.save(folder / "config.json")


def describe(run: Path, folder: Path, calibration: Mapping[str, Any]) -> None:
    """Write manifest and card of the artefact in FOLDER; CALIBRATION is what model/evaluate.py found: temperature and numbers."""
    student, config, parts = student_of(run)
    progress, numbers = parts["progress"], dict(calibration.get("numbers", {}))
    write_manifest(folder, catalogue().hash, calibration.get("temperature", 1.0), {"training": progress, "development": numbers}, calibration.get("threshold", 0.0))
    card = CARD.format(
        parameters=sum(weight.numel() for weight in student.parameters()) / 1e6,
        size=sum(entry["size"] for entry in open_artefact(folder).manifest["files"].values()) / 1e6,
        layers=config.decoder_layers, vocabulary=len(parts["vocabulary"]), steps=progress["step"], last=progress["examples"],
        examples=progress["examples"] + progress.get("earlier_examples", 0), minutes=(progress["seconds"] + progress.get("earlier_seconds", 0)) / 60, numbers="\n".join(f"- development {name}: {value}" for name, value in numbers.items()),
    )  # fmt: skip
    (folder / "README.md").write_text(card.rstrip() + "\n", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.export", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of a training run")
    parser.add_argument("--out", type=Path, default=BUILT_IN, help="artefact folder")
    parser.add_argument("--calibration", type=Path, help="what `python -m model.evaluate --calibrate` wrote")
    args = parser.parse_args(argv)
    calibration = json.loads(args.calibration.read_text(encoding="utf-8")) if args.calibration else {}
    assemble(args.run, args.out)
    describe(args.run, args.out, calibration)


if __name__ == "__main__":
    main()
