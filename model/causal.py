"""Export a fine-tuned FunctionGemma or Qwen3 to a causal student: one int8 graph for onnxruntime, its tokenizer and a manifest.

    python -m model.causal --model CHECKPOINT --out FOLDER [--tools ls,grep,…] [--system TEXT]

CHECKPOINT is a folder in Hugging Face's form (config.json, weights, tokenizer.json) of model_type gemma3_text or qwen3.
"""
from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shellper.errors import BadInput, ShellperError
from shellper.student.artefact import sha256
from shellper.student.causal.chat import FAMILIES
from shellper.student.causal.network import GRAPH
from shellper.student.causal.student import MANIFEST, TOKENIZER
from shellper.student.causal.tokens import TokenTable
from shellper.tools import catalogue

MODEL_TYPES = {"gemma3_text": "functiongemma", "qwen3": "qwen3"}
SHELLPER_TOOLS = tuple("cat cd cp diff du echo find grep ls mkdir mv pwd rm rmdir sort tail touch wc".split())  # noqa: SIM905


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.causal", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--out", type=Path, required=True, help="folder of the student")
    parser.add_argument("--tools", default=",".join(SHELLPER_TOOLS), help="catalogue tools it was trained for, with commas (default: %(default)s)")
    parser.add_argument("--system", help="system text it was trained with (default: that of its family)")
    args = parser.parse_args(argv)
    try:
        export(args.model, args.out, args.tools.split(","), args.system)
    except ShellperError as error:
        print(f"model.causal: {error}" + (f" ({error.hint})" if error.hint else ""), file=sys.stderr)
        sys.exit(error.exit_code)
    print(f"wrote {args.out}; use it: shellper --student {args.out} WORDS")


def export(checkpoint: Path, folder: Path, tools: Sequence[str], system: str | None = None) -> None:
    """Export, quantize and describe CHECKPOINT in FOLDER. Raises BadInput where it cannot be a student for TOOLS."""
    family = family_of(checkpoint)
    unknown = [name for name in tools if name not in catalogue().tools]
    if unknown:
        raise BadInput(f"no tool is called {unknown[0]!r}", hint="shellper tools lists them")
    try:
        TokenTable(checkpoint / TOKENIZER, FAMILIES[family])
    except Exception as error:  # tokenizers raises bare Exception
        raise BadInput(f"{checkpoint / TOKENIZER}: {error}", hint="a fast tokenizer with the family's control tokens is needed") from None
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as draft:
        graph = export_graph(checkpoint, Path(draft))
        _quantize(graph, folder / GRAPH)
    shutil.copy(checkpoint / TOKENIZER, folder / TOKENIZER)
    names = (GRAPH, f"{GRAPH}.data", TOKENIZER)
    files = {name: {"sha256": sha256(folder / name), "size": (folder / name).stat().st_size} for name in names}
    manifest: dict[str, Any] = {"version": 1, "kind": "causal", "family": family, "tools": list(tools), "system": system, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def family_of(checkpoint: Path) -> str:
    """The chat family of CHECKPOINT by its model_type. Raises BadInput."""
    try:
        kind = json.loads((checkpoint / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError):
        raise BadInput(f"{checkpoint} is no checkpoint: config.json cannot be read") from None
    if kind not in MODEL_TYPES:
        raise BadInput(f"{checkpoint}: model_type {kind!r} is not supported; known are {', '.join(MODEL_TYPES)}")
    return MODEL_TYPES[kind]


def export_graph(checkpoint: Path, draft: Path) -> Path:
    """The fp32 graph with past key values in a folder of its own in DRAFT, by optimum; its logits are those of the last token."""
    from optimum.exporters.onnx import main_export

    main_export(str(checkpoint), str(draft / "fp32"), task="text-generation-with-past", do_validation=False, no_post_process=True, library_name="transformers")
    _read_last_only(draft / "fp32" / GRAPH)
    return draft / "fp32" / GRAPH


def _read_last_only(path: Path) -> None:
    """Compute logits of the last position only: those of a whole prompt take gigabytes at a vocabulary of 262,144."""
    import numpy as np
    import onnx

    model = onnx.load(path)
    graph = model.graph
    head = next(node for node in graph.node if "logits" in node.output)
    if head.op_type != "MatMul":
        raise BadInput(f"{path}: its logits come from {head.op_type}, not from a matrix product")
    graph.initializer.append(onnx.numpy_helper.from_array(np.array([-1], np.int64), "last_position"))
    graph.node.insert(list(graph.node).index(head), onnx.helper.make_node("Gather", [head.input[0], "last_position"], ["last_hidden"], axis=1))
    head.input[0] = "last_hidden"
    next(node for node in graph.output if node.name == "logits").type.tensor_type.shape.dim[1].dim_value = 1
    for file in path.parent.glob(f"{GRAPH}?data"):
        file.unlink()
    onnx.save(model, path, save_as_external_data=True, location=f"{GRAPH}.data")


def _quantize(graph: Path, target: Path) -> None:
    """The int8 twin of GRAPH, optimised offline; the recipe is that of our own student."""
    from optimum.onnxruntime import ORTQuantizer
    from optimum.onnxruntime.configuration import AutoQuantizationConfig

    from .quantize import fuse

    recipe = AutoQuantizationConfig.avx512_vnni(is_static=False, per_channel=True)
    recipe.reduce_range = True
    int8 = graph.parent / "int8"
    ORTQuantizer.from_pretrained(graph.parent, file_name=graph.name).quantize(save_dir=int8, quantization_config=recipe, file_suffix="")
    fuse(int8 / graph.name, target)


if __name__ == "__main__":
    main()
