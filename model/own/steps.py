"""The steps from seeds to an artefact. Each remembers what it was made from, is skipped while that is unchanged, and goes on where it was stopped."""
from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shellper.errors import BadInput
from shellper.student.artefact import TOOLS, open_artefact, write_manifest

from .. import calibration
from . import score
from .card import card
from .checks import check
from .conversations import plain
from .project import Project, read_json, unwritable, write
from .synth import synthesise
from .teaching import teach

Show = Callable[[str], None]
_LENGTH = ("save_every", "threads", "minutes", "steps")  # settings of a training that may change while it goes on


@dataclass(frozen=True)
class Step:
    """`inputs` gives what the step depends on (plain data and files), `outputs` the files below build/ that it leaves, `run` does it."""

    name: str
    inputs: Callable[[Project], list[Any]]
    outputs: tuple[str, ...]
    run: Callable[[Project, Show], None]


def run_step(project: Project, step: Step, show: Show, again: bool = False) -> bool:
    """Run STEP unless it is done already; True where it ran. Raises ShellperError."""
    made_from = fingerprint(step.inputs(project))
    done = _done(project)
    whole = all((project.build / name).exists() for name in step.outputs)
    if not again and whole and done.get(step.name, {}).get("inputs") == made_from:
        show(f"{step.name}: done already")
        return False
    began = time.monotonic()
    show = show if first_process() else lambda text: None
    show(f"{step.name}: begins")
    try:
        step.run(project, show)
    except OSError as error:
        raise unwritable(Path(error.filename or project.build), error) from None
    if first_process():
        seconds = round(time.monotonic() - began, 1)
        write(project.build / "steps.json", json.dumps(_done(project) | {step.name: {"inputs": made_from, "seconds": seconds}}, indent=2) + "\n")
        show(f"{step.name}: done in {seconds:.0f} s")
    return True


def fingerprint(parts: list[Any]) -> str:
    """A digest of plain data and of the contents of files. Raises BadInput where a file is missing."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            try:
                digest.update(hashlib.sha256(part.read_bytes()).digest())
            except OSError as error:
                raise BadInput(f"{part}: {error.strerror}", hint="run the step before, or `shellper-train all`") from None
        else:
            digest.update(json.dumps(part, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def first_process() -> bool:
    """Whether this is the only process, or the first of those that `accelerate launch` started."""
    return os.environ.get("RANK", "0") == "0"


def _done(project: Project) -> dict[str, Any]:
    file = project.build / "steps.json"
    return read_json(file) if file.exists() else {}


def _synth(project: Project, show: Show) -> None:
    found = check(project)
    if found.faults:
        raise BadInput(found.faults[0], hint=f"shellper-train check lists all {len(found.faults)} faults" if len(found.faults) > 1 else "")
    taught = teach(project, show)
    counts = synthesise(project, taught, show)
    parts = project.conversations
    write(project.build / "synth.json", json.dumps(counts | {"seeds": len(parts["train"]), "taught": len(taught)}) + "\n")


def _train(project: Project, show: Show) -> None:
    from ..config import StudentConfig  # torch is loaded here and not before
    from ..train import Task, train
    from .task import plain_rows, specials_for

    settings, run = project.settings.train, project.build / "run"
    made_from = fingerprint([project.build / "examples.jsonl", project.path("tools.json"), {**asdict(settings), **dict.fromkeys(_LENGTH)}])
    mark = run / "inputs.txt"
    if first_process() and (not mark.exists() or mark.read_text(encoding="utf-8") != made_from):
        shutil.rmtree(run, ignore_errors=True)
        write(mark, made_from)
    try:
        config = StudentConfig.of(asdict(StudentConfig(source_total=settings.source, source_turns=settings.turns)) | dict(settings.student or {}))
    except ValueError as error:
        raise BadInput(f"{project.path('train.toml')}: [train] student: {error}") from None
    goes_on = (run / "checkpoint.pt").exists()
    if goes_on and first_process():
        show("train: goes on from its checkpoint")
    args = argparse.Namespace(
        data=project.build / "examples.jsonl", out=run, minutes=settings.minutes, steps=settings.steps or None, threads=settings.threads or os.cpu_count(),
        resume=True, init=Path(settings.init) if settings.init and not goes_on else None, log_every=20, dev_every=500, dev_size=200, save_every=settings.save_every,
    )  # fmt: skip
    train(args, config, Task(project.functions.tools, specials_for(args.data), plain_rows))


def _export(project: Project, show: Show) -> None:
    from ..graphs import export, student_of

    student, _, parts = student_of(project.build / "run")
    export(student, project.build / "graphs")
    write(project.build / "training.json", json.dumps(parts["progress"] | {"parameters": sum(weight.numel() for weight in student.parameters())}) + "\n")


def _quantize(project: Project, show: Show) -> None:
    from ..export import write_tokenizer
    from ..quantize import quantize

    folder, run = project.build / "artefact", project.build / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    quantize(project.build / "graphs", folder)
    write_tokenizer(folder / "tokenizer.json")
    for name in ("vocabulary.json", "config.json"):
        shutil.copy(run / name, folder / name)
    write(folder / TOOLS, json.dumps(project.functions.schemas, ensure_ascii=False, indent=1) + "\n")
    write_manifest(folder, project.functions.hash, 1.0, {})


def _evaluate(project: Project, show: Show) -> None:
    folder, dev = project.build / "artefact", project.conversations["dev"]
    judged = score.evaluate(folder, dev, project.settings.engine, show)
    with (project.build / "examples.jsonl").open(encoding="utf-8") as lines:
        heard = {plain(row["request"]) for row in map(json.loads, lines) if row["split"] == "train"}
    turns = [turn for conversation in judged for turn in conversation]
    figures, now = score.numbers(judged, heard), open_artefact(folder).temperature
    best = calibration.best_temperature(turns, now)
    sure = calibration.threshold([_tempered(turn.confidence ** (now / best), turn.right) for turn in turns])
    report = {
        "conversations": len(judged), "figures": figures, "by_function": score.by_function(judged), "faults": score.faults(judged),
        "temperature": round(best, 3), "threshold": round(sure, 4), "calibration_error": round(calibration.calibration_error(turns), 4) if len(turns) >= 10 else None,
    }  # fmt: skip
    write(project.build / "evaluation.json", json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    show(score.table(figures))


@dataclass(frozen=True)
class _tempered:
    confidence: float
    right: bool


def _card(project: Project, show: Show) -> None:
    folder = project.build / "artefact"
    evaluation, training = read_json(project.build / "evaluation.json"), read_json(project.build / "training.json")
    write_manifest(folder, project.functions.hash, evaluation["temperature"], {"training": training, "development": evaluation["figures"]}, evaluation["threshold"])
    size = sum(entry["size"] for entry in open_artefact(folder).manifest["files"].values())
    parts = {"functions": list(project.functions.tools), "evaluation": evaluation, "training": training, "synth": read_json(project.build / "synth.json"), "size": size}
    write(folder / "README.md", card(parts | {"parameters": training["parameters"]}, str(folder)))
    show(f"card: {folder / 'README.md'}")


def _taught(project: Project) -> list[Any]:
    teacher = project.settings.teacher
    return [teacher.url, teacher.model, teacher.conversations] if teacher.url else []


def _files(project: Project) -> dict[str, Any]:
    return read_json(project.build / "artefact" / "manifest.json")["files"]


_SYNTH = Step("synth", lambda project: [project.path("tools.json"), *project.sources, asdict(project.settings.synth), *_taught(project)], ("examples.jsonl", "synth.json"), _synth)
_TRAIN = Step(
    "train", lambda project: [project.build / "examples.jsonl", project.path("tools.json"), {**asdict(project.settings.train), **dict.fromkeys(_LENGTH[:2])}], ("run/checkpoint.pt", "run/vocabulary.json"), _train
)
_EXPORT = Step("export", lambda project: [project.build / "run/checkpoint.pt"], ("graphs/encoder.onnx", "graphs/decoder.onnx", "training.json"), _export)
_QUANTIZE = Step("quantize", lambda project: [project.build / "graphs/encoder.onnx", project.build / "graphs/decoder.onnx", project.build / "run/vocabulary.json"], ("artefact/manifest.json",), _quantize)
_EVALUATE = Step("evaluate", lambda project: [_files(project), [repr(part) for part in project.conversations["dev"]]], ("evaluation.json",), _evaluate)
_CARD = Step("card", lambda project: [project.build / "evaluation.json", project.build / "training.json", project.build / "synth.json", _files(project)], ("artefact/README.md",), _card)
STEPS = {step.name: step for step in (_SYNTH, _TRAIN, _EXPORT, _QUANTIZE, _EVALUATE, _CARD)}
