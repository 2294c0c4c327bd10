"""A causal student: prompt with the tools, constrained answer, plan with a confidence."""
from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shellper.errors import ModelMissing, ShellperError
from shellper.types import Candidate, Context, Plan, ToolCall, Turn

from .chat import FAMILIES, Exchange
from .grammar import Grammar
from .network import CausalNetwork
from .search import search
from .tokens import TokenTable

MANIFEST, TOKENIZER = "manifest.json", "tokenizer.json"
_TURNS = 4
_LINES, _CHARACTERS = 40, 2000  # of the output of an earlier turn
Read = Callable[[str], Plan]
Writable = Callable[[Plan], bool]


@dataclass(frozen=True)
class CausalArtefact:
    """An opened folder of a causal student; `manifest` says family, tools and system prompt, and the files with their sizes."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def temperature(self) -> float:
        return float(self.manifest.get("temperature", 1.0))

    @property
    def threshold(self) -> float:
        """The confidence from which answers are sure; 1 until it has been measured."""
        return float(self.manifest.get("threshold", 1.0))


class CausalStudent:
    """TOOLS are what its prompt declares and its answers may call. The prompt's cache is computed with the first request and kept."""

    def __init__(self, tools: Mapping[str, Any], artefact: CausalArtefact, read: Read | None = None, network: Any = None, writable: Writable = lambda plan: True) -> None:
        self.artefact, self.tools = artefact, tools
        self.family = FAMILIES[artefact.manifest["family"]]
        try:
            self.table = TokenTable(artefact.folder / TOKENIZER, self.family)
            self.network = network or CausalNetwork(artefact.folder)
        except Exception as error:  # both libraries raise bare Exception for files that they cannot read
            raise ModelMissing(f"the student in {artefact.folder} cannot be loaded: {str(error).splitlines()[0]}") from None
        controlled = {name: self.table.controlled(value) if isinstance(value, str) else value for name, value in vars(self.family.syntax).items()}
        self.grammar = Grammar(tools, replace(self.family.syntax, **controlled | {"stops": tuple(map(self.table.controlled, self.family.syntax.stops))}))
        self.prefix = self.table.encode(self.family.prefix(tools.values(), artefact.manifest.get("system")))
        self._read, self._writable, self._prefix_cache = read, writable, None

    @property
    def threshold(self) -> float:
        return self.artefact.threshold

    def propose(self, request: str, context: Context, beams: int = 4) -> tuple[Candidate, ...]:
        """Up to BEAMS plans; first a `cannot` where the model would rather not call anything."""
        import numpy as np

        logits, cache = self.network.run(self.prompt(request, context), self.prefix_cache())
        begin = next(number for number, text in self.table.by_number.items() if text == self.grammar.syntax.begin[0])
        raw = logits.astype(np.float64) - logits.max()
        calling = float(np.exp(raw[begin]) / np.exp(raw).sum())
        candidates = []
        for answer in search(self.network, logits, cache, self.grammar, self.table, beams):
            plan = Plan(answer.calls, None, provenance(answer.calls, request, context.turns))
            if self._writable(plan):
                candidates.append(Candidate(plan, (calling * answer.probability) ** (1 / self.artefact.temperature)))
        if calling < 0.5 or not candidates:
            candidates.insert(0, Candidate(Plan((ToolCall("cannot", {"reason": "unsupported"}),)), 1 - calling))
        return tuple(candidates)

    def prompt(self, request: str, context: Context) -> list[int]:
        """What comes after the prefix: earlier turns and the words."""
        turns = [self._exchange(turn) for turn in context.turns[-_TURNS:]]
        return self.table.encode(self.family.request(turns, request, self.table.plain))

    def prefix_cache(self) -> Any:
        """The cache of the prompt with the tools, computed once."""
        if self._prefix_cache is None:
            _, self._prefix_cache = self.network.run(self.prefix)
        return self._prefix_cache

    def prepare(self) -> None:
        """Read the prompt with the tools before the first request comes."""
        self.prefix_cache()

    def forget_prefix(self) -> None:
        """Compute the prompt's cache anew with the next request."""
        self._prefix_cache = None

    def _exchange(self, turn: Turn) -> Exchange:
        calls: tuple[ToolCall, ...] = ()
        if self._read and turn.command:
            try:
                calls = self._read(turn.command).calls
            except ShellperError:  # shown as the line that it was
                calls = ()
        return Exchange(turn.request, calls, turn.command, "\n".join(turn.output.splitlines()[:_LINES])[:_CHARACTERS])


def provenance(calls: tuple[ToolCall, ...], request: str, turns: tuple[Turn, ...]) -> dict[str, str]:
    """Where each text of CALLS stands word for word: in the request, an earlier turn or its output; else it is spelled."""
    places = [("request", request), *(("history", f"{turn.request}\n{turn.command}") for turn in turns), *(("output", turn.output) for turn in turns)]

    def origin(value: Any) -> str:
        return next((name for name, text in places if str(value) in text), "spelled")

    found = {}
    for at, call in enumerate(calls):
        for name, value in call.arguments.items():
            if isinstance(value, list):
                found |= {f"{at}.{name}.{item}": origin(text) for item, text in enumerate(value)}
            elif not isinstance(value, bool):
                found[f"{at}.{name}"] = origin(value)
    return found


def open_causal(folder: Path, manifest: Mapping[str, Any], tools: Any, read: Read | None = None, writable: Writable = lambda plan: True) -> CausalStudent:
    """The causal student in FOLDER for those of the catalogue TOOLS that its manifest names. Raises ModelMissing."""
    family, names = manifest.get("family"), manifest.get("tools")
    if family not in FAMILIES:
        raise ModelMissing(f"the student in {folder} is of the family {family!r}; known are {', '.join(FAMILIES)}")
    if not isinstance(names, list) or not names:
        raise ModelMissing(f"the student in {folder} names no tools", hint="export it again: python -m model.causal")
    unknown = [name for name in names if name not in tools.tools]
    if unknown:
        raise ModelMissing(f"the student in {folder} calls tools that the catalogue lacks: {', '.join(unknown)}", hint="add their files to the tools folder, or export it with --tools")
    for name, entry in manifest.get("files", {}).items():
        if not (folder / name).is_file() or (folder / name).stat().st_size != entry["size"]:
            raise ModelMissing(f"the student in {folder} is incomplete: {name}")
    return CausalStudent({name: tools.tools[name] for name in names}, CausalArtefact(folder, manifest), read, writable=writable)


def read_manifest(folder: Path) -> Mapping[str, Any]:
    """The manifest of any student in FOLDER. Raises ModelMissing."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict):
        raise ModelMissing(f"there is no student in {folder}", hint="a folder written by `python -m model.export` or `python -m model.causal`")
    return manifest
