"""The student: words and context in, plans with a confidence out."""
from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from shellper import config
from shellper.errors import ModelMissing
from shellper.types import Candidate, Context, Plan, ToolCall

from .arguments import arguments_of
from .artefact import Artefact, open_artefact
from .source import Source, SourceBudget, SourceTokenizer, render
from .vocabulary import Vocabulary, choice_name


class Student(Protocol):
    """Anything that turns a request into plans."""

    @property
    def threshold(self) -> float:
        """The confidence from which answers are sure; see the artefact."""
        return self.artefact.threshold

    def propose(self, request: str, context: Context, beams: int = 4) -> tuple[Candidate, ...]:
        """At least one reading of REQUEST, the most probable first."""


class OnnxStudent:
    """The shipped student in onnxruntime. Tools that it was not trained for are left out of its grammar, plans that WRITABLE refuses out
    of its answers."""

    def __init__(self, tools: Any, artefact: Artefact, writable: Callable[[Plan], bool] = lambda plan: True) -> None:
        self.artefact = artefact
        # Files are hashed and onnxruntime loads for the most part outside the interpreter's lock, beside what is done here.
        whole = _Later(artefact.verify)
        tokenizer = _Later(lambda: SourceTokenizer(artefact.path("tokenizer.json")))
        _import_numpy()
        network = _Later(lambda: OnnxNetwork(artefact))
        from .decode import search
        from .grammar import Grammar
        from .sequence import steps_to_plan

        self.vocabulary = Vocabulary.load(artefact.path("vocabulary.json"))
        known = {name: tool for name, tool in tools.tools.items() if is_known(tool, self.vocabulary)}
        if not known:
            raise ModelMissing("the student was trained for none of these tools", hint="train one: shellper-train")
        self.unknown_tools = tuple(sorted(set(tools.tools) - set(known)))
        self.grammar = Grammar(known, self.vocabulary)
        self.budget = SourceBudget.of(artefact.config)
        self._search, self._plan, self._writable = search, steps_to_plan, writable
        network.wait()  # a thread that still loads a graph must not outlive the error below
        whole.result()
        self.tokenizer = tokenizer.result()
        self.network = network.result()

    def propose(self, request: str, context: Context, beams: int = 4) -> tuple[Candidate, ...]:
        """Up to BEAMS different plans; a `cannot` of confidence 0 where no plan could be finished."""
        source = render(request, context.turns, context.names, self.tokenizer, self.budget, context.columns)

        @functools.cache
        def plan_of(steps: tuple[int, ...]) -> Plan:
            return self._plan(steps, source, self.vocabulary, self.grammar.signatures)

        found = self._search(self.network, source, self.grammar, beams, self.artefact.config["steps"], lambda steps: self._writable(plan_of(steps)))
        candidates = [Candidate(plan_of(decoded.steps), min(decoded.probability, 1.0) ** (1 / self.artefact.temperature)) for decoded in found]
        return tuple(candidates) or (Candidate(Plan((ToolCall("cannot", {"reason": "unsupported"}),)), 0.0),)


class OnnxNetwork:
    """The two graphs of an artefact; see model/export.py for their inputs and outputs."""

    def __init__(self, artefact: Artefact) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = config.value("threads")
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # model/quantize.py did it
        self._encoder, self._decoder = (
            onnxruntime.InferenceSession(str(artefact.path(name)), options, providers=["CPUExecutionProvider"])
            for name in ("encoder.onnx", "decoder.onnx")
        )
        layers, _, _, heads, _, size = next(node.shape for node in self._decoder.get_inputs() if node.name == "cache")
        self._no_cache = (layers, 2, 1, heads, 0, size)

    def read(self, source: Source) -> dict[str, Any]:
        import numpy as np

        rows = {"ids": source.ids, "kinds": source.kinds, "ages": source.ages}
        outputs = self._encoder.run(None, {name: np.array(row, np.int64) for name, row in rows.items()})
        return dict(zip(("pointed", "pointer_keys", "cross"), outputs, strict=True))

    def step(self, reading: dict[str, Any], steps: Sequence[int], marks: Sequence[int], parents: Sequence[int], cache: Any) -> tuple[Any, Any]:
        import numpy as np

        rows = {"steps": steps, "marks": marks, "parents": parents}
        feed = {name: np.array(row, np.int64) for name, row in rows.items()}
        feed["cache"] = np.zeros(self._no_cache, np.float32) if cache is None else cache
        return tuple(self._decoder.run(None, feed | reading))


def _import_numpy() -> None:
    """Import numpy without the threads of its linear algebra, which take half of the time and are never used here."""
    setting = "OPENBLAS_NUM_THREADS"
    if "numpy" in sys.modules or setting in os.environ:
        return
    os.environ[setting] = "1"
    try:
        import numpy  # noqa: F401
    finally:
        del os.environ[setting]  # programs that are started later must not inherit it


class _Later:
    """What FUNCTION returns or raises, worked out in a thread of its own."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(function,), daemon=True)
        self._thread.start()

    def _run(self, function: Callable[[], Any]) -> None:
        try:
            self._value = function()
        except BaseException as error:
            self._error = error

    def wait(self) -> None:
        self._thread.join()

    def result(self) -> Any:
        self.wait()
        if self._error:
            raise self._error
        return self._value


def is_known(tool: Any, vocabulary: Vocabulary) -> bool:
    """Whether a student with this VOCABULARY can say calls of TOOL."""
    names = [f"tool:{tool.name}"]
    for argument in arguments_of(tool):
        names += [f"arg:{argument.name}", *map(choice_name, argument.choices.values())]
    return all(name in vocabulary.index for name in names)


@functools.cache
def built_in_student(folder: Path | None = None, writable: Callable[[Plan], bool] = lambda plan: True) -> OnnxStudent:
    """The student of the built-in artefact (or of FOLDER) for the present catalogue. Raises ModelMissing."""
    from shellper.tools import catalogue

    return OnnxStudent(catalogue(), open_artefact(folder), writable)
