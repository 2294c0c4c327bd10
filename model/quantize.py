"""int8 twins of the ONNX graphs, optimised offline for onnxruntime."""
from __future__ import annotations

import tempfile
from pathlib import Path

from .graphs import DECODER, ENCODER


def quantize(graphs: Path, folder: Path) -> None:
    """Write the int8 twins of the graphs in GRAPHS to FOLDER: weights per channel in 7 bits, activations on the fly."""
    from optimum.onnxruntime import ORTQuantizer
    from optimum.onnxruntime.configuration import AutoQuantizationConfig
    from optimum.utils.logging import set_verbosity_error

    set_verbosity_error()  # it warns of a missing configuration of transformers, which there is none of

    with tempfile.TemporaryDirectory() as draft:
        for name in (ENCODER, DECODER):
            quantizer = ORTQuantizer.from_pretrained(graphs, file_name=name)
            recipe = AutoQuantizationConfig.avx512_vnni(is_static=False, per_channel=True)
            recipe.reduce_range = True  # 7 bits: without VNNI instructions sums of 8-bit products saturate
            quantizer.quantize(save_dir=draft, quantization_config=recipe, file_suffix="int8")
            fuse(Path(draft) / f"{Path(name).stem}_int8.onnx", folder / name)


def fuse(graph: Path, target: Path) -> None:
    """Write GRAPH as onnxruntime would optimise it at each start, which takes two thirds of the loading time off."""
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    model = onnx.load(target)
    used = {node.domain for node in model.graph.node}
    needed = [entry for entry in model.opset_import if entry.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(needed)
    weights = target.with_name(f"{target.name}.data")  # in a file of their own they are mapped, not parsed and copied
    weights.unlink(missing_ok=True)
    onnx.save(model, target, save_as_external_data=True, location=weights.name)
    weights.chmod(0o644)
