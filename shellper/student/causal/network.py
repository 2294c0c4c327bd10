"""The graph of a causal student: tokens in, logits of the next token out, with a key-value cache between calls."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shellper import config

GRAPH = "model.onnx"
_CHUNK = 256  # tokens read at once: bounds the memory of attention and feed-forward layers


class CausalNetwork:
    """MODEL.onnx as `python -m model.causal` writes it. A cache is a list of arrays (1, kv heads, tokens, head size), key and value a layer."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = config.value("threads")
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # the export did it
        self._session = onnxruntime.InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"])
        inputs = {node.name: node for node in self._session.get_inputs()}
        self._past = [name for name in inputs if name.startswith("past_key_values.")]
        self._shapes = [(1, inputs[name].shape[1], 0, inputs[name].shape[3]) for name in self._past]
        self._positions = "position_ids" in inputs
        self._outputs = ["logits", *(name.replace("past_key_values", "present") for name in self._past)]

    def run(self, tokens: Sequence[int], cache: list[Any] | None = None) -> tuple[Any, list[Any]]:
        """Logits (V,) after TOKENS, of which there is at least one, and the cache with them."""
        import numpy as np

        cache = [np.zeros(shape, np.float32) for shape in self._shapes] if cache is None else cache
        logits = None
        for start in range(0, len(tokens), _CHUNK):
            part, known = np.array([tokens[start : start + _CHUNK]], np.int64), cache[0].shape[2]
            feed = {"input_ids": part, "attention_mask": np.ones((1, known + part.shape[1]), np.int64), **dict(zip(self._past, cache, strict=True))}
            if self._positions:
                feed["position_ids"] = np.arange(known, known + part.shape[1], dtype=np.int64)[None]
            logits, *cache = self._session.run(self._outputs, feed)
        return logits[0, -1], cache
