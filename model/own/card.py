"""The card of a student: what it is, what it was measured to do and what not; as the artefact's README."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .score import in_words, table

_CARD = """\
# A student for {count} functions

Turns words, with the turns before them, into calls of: {names}.
A MiniLM-L6 encoder (sentence-transformers/all-MiniLM-L6-v2, Apache-2.0, fine-tuned) and a shallow pointer decoder, int8, for onnxruntime on a CPU.
{parameters:.1f} million parameters, {size:.1f} MB. Only calls that fit the schemas can come out. Made by `shellper-train`; the figures are in manifest.json too.

## Measured on {conversations} development conversations that it was not trained on

{figures}

Two calls are the same where function and arguments are, an argument that is not given counting as its default.

| function due | right |
| --- | --- |
{functions}

Confidence: temperature {temperature}, answers from {threshold} on were right in 95 of 100.

## Training

{examples} examples from {seeds} conversations{taught}; {seen} examples seen in {minutes:.1f} minutes, {steps} steps.

## Wrong on these, surest first

{faults}

## Use

    shellper-train ask PROJECT "some words"

```python
from shellper.types import Context
from model.own.answers import open_student
ask, functions = open_student("{folder}")
calls, confidence = ask("some words", Context())
```
"""


def card(parts: Mapping[str, Any], folder: str) -> str:
    """The text of the card from what the steps kept: "functions", "evaluation", "training", "synth", "size", "parameters"."""
    evaluation, training, synth = parts["evaluation"], parts["training"], parts["synth"]
    rows = [f"| {name} | {in_words(found)} |" for name, found in evaluation["by_function"].items()]
    wrong = [f"- `{_flat(fault['request'])}` → {_flat(fault['given']) or 'nothing'}; due: {_flat(fault['wanted'])}" for fault in evaluation["faults"][:12]]
    return _CARD.format(
        count=len(parts["functions"]), names=", ".join(f"`{name}`" for name in parts["functions"]), parameters=parts["parameters"] / 1e6, size=parts["size"] / 1e6,
        conversations=evaluation["conversations"], figures="\n".join(f"- {line}" for line in table(evaluation["figures"]).split("\n")), functions="\n".join(rows),
        temperature=evaluation["temperature"], threshold=evaluation["threshold"], examples=synth["train"], seeds=synth["seeds"],
        taught=f" and {synth['taught']} by a teacher" if synth["taught"] else "", seen=training["examples"], minutes=training["seconds"] / 60, steps=training["step"],
        faults="\n".join(wrong) or "- nothing", folder=folder,
    )  # fmt: skip


def _flat(text: str) -> str:
    return " ".join(text.replace("`", "'").replace("|", "/").split())[:120]
