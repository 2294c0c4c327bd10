"""Where the time of a warm request goes, and the share of what the machine's int8 units could do."""
from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PRODUCTS = {"MatMulInteger", "DynamicQuantizeMatMul", "MatMulIntegerToFloat"}
_ROWS, _INNER, _COLUMNS = 256, 1024, 1024  # of the product that the rate is measured with


class Counted:
    """A network that counts rows and seconds of its graphs."""

    def __init__(self, network: Any) -> None:
        self.network, self.tokens, self.steps, self.reading, self.stepping = network, 0, 0, 0.0, 0.0

    def read(self, source):
        started = time.perf_counter()
        found = self.network.read(source)
        self.reading, self.tokens = self.reading + time.perf_counter() - started, self.tokens + len(source)
        return found

    def step(self, reading, steps, *rest):
        started = time.perf_counter()
        found = self.network.step(reading, steps, *rest)
        self.stepping, self.steps = self.stepping + time.perf_counter() - started, self.steps + len(steps)
        return found


def parts(texts: Iterable[str], folder: str, rounds: int = 10) -> tuple[list[tuple[str, float]], float]:
    """Mean milliseconds of the parts of a request, and int8 operations a second while the graphs run."""
    from shellper import context, pipeline
    from shellper.student.decode import search
    from shellper.student.sequence import steps_to_plan
    from shellper.student.source import render
    from shellper.types import Request

    student = pipeline.shipped_student()
    rows, counted = [], Counted(student.network)
    for text in list(texts) * rounds:
        marks = [time.perf_counter()]
        seen = context.build(Request(text, folder))
        marks.append(time.perf_counter())
        student.tokenizer.encode.cache_clear()
        source = render(text, seen.turns, seen.names, student.tokenizer, student.budget, seen.columns)
        marks.append(time.perf_counter())
        before = counted.reading, counted.stepping
        decoded = search(counted, source, student.grammar, 4, student.artefact.config["steps"])
        marks.append(time.perf_counter())
        plans = [steps_to_plan(one.steps, source, student.vocabulary, student.grammar.signatures) for one in decoded]
        marks.append(time.perf_counter())
        for plan in plans:
            context.ground(plan, folder)
        marks.append(time.perf_counter())
        pipeline.propose(Request(text, folder), student)
        whole = time.perf_counter() - marks[-1]
        building, tokenizing, searching, reading_back, grounding = (after - start for start, after in itertools.pairwise(marks))
        encoding, stepping = counted.reading - before[0], counted.stepping - before[1]
        known = building + tokenizing + searching + reading_back + grounding
        rows.append((building, tokenizing, encoding, stepping, searching - encoding - stepping, grounding, max(0.0, whole - known)))
    names = ("look at the folder", "tokenize", "encode", "decode: graph", "decode: grammar", "ground", "render, assess, rank")
    operations = counted.tokens * operations_a_row(student.artefact.path("encoder.onnx")) + counted.steps * operations_a_row(student.artefact.path("decoder.onnx"))
    return [(name, statistics.mean(column) * 1000) for name, column in zip(names, zip(*rows, strict=True), strict=True)], operations / (counted.reading + counted.stepping)


def operations_a_row(graph: Path) -> int:
    """Multiplications and additions of the int8 products of GRAPH for one row (a source token, a step of a beam)."""
    import onnx

    model = onnx.load(graph, load_external_data=False)
    shapes = {weight.name: weight.dims for weight in model.graph.initializer}
    return sum(2 * shapes[name][0] * shapes[name][1] for node in model.graph.node if node.op_type in PRODUCTS for name in node.input if len(shapes.get(name, ())) == 2)


def int8_rate(rounds: int = 20) -> float:
    """Operations a second of one large int8 product in onnxruntime with the student's threads; the best of ROUNDS."""
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    weights = onnx.numpy_helper.from_array(np.random.default_rng(0).integers(-64, 64, (_INNER, _COLUMNS), np.int8), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["rows", "weights"], ["sums"])], "rate", [helper.make_tensor_value_info("rows", TensorProto.UINT8, (_ROWS, _INNER))],
        [helper.make_tensor_value_info("sums", TensorProto.INT32, (_ROWS, _COLUMNS))], [weights],
    )  # fmt: skip
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "rate.onnx")
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed, best = {"rows": np.ones((_ROWS, _INNER), np.uint8)}, float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        session.run(None, feed)
        best = min(best, time.perf_counter() - started)
    return 2 * _ROWS * _INNER * _COLUMNS / best
