"""Which step may come next: a state machine over the catalogue, so that every finished plan fits the tools' schemas."""
from __future__ import annotations

import codecs
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .arguments import CHOICE, FLAG, INTEGER, NUMBER, STRING, Argument, signatures
from .source import Source
from .vocabulary import APPEND, CLOSE, COMMA, EACH, END, PIPE, THEN, WRITE, Vocabulary

MOST_CALLS = 6
MOST_STEPS = 96  # from here on a plan may only be brought to its end
TOOL, ARGUMENT, VALUE, SPAN, ENDING, DONE = "tool", "argument", "value", "span", "ending", "done"
REDIRECT = Argument("", STRING, False, True, {"type": "string", "format": "path"}, {})
_CONTROLS = frozenset(range(32)) - {9, 10} | {127}


@dataclass(frozen=True, slots=True)
class State:
    """Where a plan in the making stands. `position`: the first argument of the tool that may still come. `text`: the bytes of
    the item being spelled; `items`: the finished ones before it; `opened`: the token that the open span begins with."""

    phase: str = TOOL
    link: str | None = None
    tool: str = ""
    calls: int = 0
    position: int = 0
    argument: Argument | None = None
    text: bytes = b""
    items: tuple[str, ...] = ()
    opened: int = -1
    steps: int = 0


class Grammar:
    """The legal rows of steps for a catalogue and a vocabulary."""

    def __init__(self, tools: Mapping[str, Any], vocabulary: Vocabulary) -> None:
        self.tools, self.vocabulary = tools, vocabulary
        self.signatures = signatures(tools)
        spelled = vocabulary.spelled
        self._pieces = self._mask(n for n, text in spelled.items() if _starts_character(text) and not _CONTROLS & set(text))
        self._digits = [n for n, text in spelled.items() if text.isascii() and text.strip(b"0123456789") in (b"", b"-", b".")]

    def start(self) -> State:
        return State()

    def allowed(self, state: State, source: Source) -> np.ndarray:
        """Mask over vocabulary and source positions, bool (V + n,); all False where the plan is done or has no way on."""
        mask = np.zeros(len(self.vocabulary) + len(source), bool)
        tokens = mask[: len(self.vocabulary)]
        closing = state.steps >= MOST_STEPS
        if state.phase == TOOL:
            tokens[:] = self._tools_after(state.link)
        elif state.phase == ARGUMENT:
            tokens[:] = self._after_argument(state.tool, state.link == EACH, state.position, state.calls, closing)
        elif state.phase == VALUE:
            self._allow_value(state, source, mask, closing)
        elif state.phase == SPAN:
            self._allow_span_end(state, source, mask[len(self.vocabulary) :])
        elif state.phase == ENDING:
            tokens[self.vocabulary.index[END]] = True
        return mask

    def advance(self, state: State, step: int, source: Source) -> State:
        """The state after a legal STEP."""
        state = replace(state, steps=state.steps + 1)
        token = step - len(self.vocabulary)
        if state.phase == SPAN:
            return replace(state, phase=VALUE, text=state.text + source.span(state.opened, token).encode(), opened=-1)
        if token >= 0:
            return replace(state, phase=SPAN, opened=token)
        name = self.vocabulary.tokens[step]
        if state.phase == TOOL:
            return replace(state, phase=ARGUMENT, tool=name.removeprefix("tool:"), calls=state.calls + 1, position=0)
        if state.phase == VALUE:
            return self._advance_value(state, step, name)
        if name == END:
            return replace(state, phase=DONE)
        if name in (THEN, PIPE, EACH):
            return replace(state, phase=TOOL, link=name)
        if name in (WRITE, APPEND):
            return replace(state, phase=VALUE, argument=REDIRECT, text=b"", items=())
        return self._open_argument(state, name.removeprefix("arg:"))

    def accepts(self, steps: Sequence[int], source: Source) -> bool:
        """Whether STEPS are a whole legal plan."""
        state = self.start()
        for step in steps:
            if not self.allowed(state, source)[step]:
                return False
            state = self.advance(state, step, source)
        return state.phase == DONE

    # Tools and arguments

    @functools.cache  # noqa: B019 (a grammar lives as long as its process)
    def _tools_after(self, link: str | None) -> np.ndarray:
        def fits(tool: Any) -> bool:
            if link is None:
                return True
            return tool.name != "cannot" and (link != EACH or tool.each is not None) and (link != PIPE or getattr(tool, "stdin", True))

        return self._mask(self.vocabulary.index[f"tool:{name}"] for name, tool in self.tools.items() if fits(tool))

    @functools.cache  # noqa: B019
    def _after_argument(self, tool: str, each: bool, position: int, calls: int, closing: bool) -> np.ndarray:
        index, names, complete = self.vocabulary.index, [], True
        for argument in self.signatures[tool][position:]:
            if each and argument.name == self.tools[tool].each:
                continue
            if argument.required or not closing:
                names.append(f"arg:{argument.name}")
            if argument.required:
                complete = False
                break
        if complete:
            names.append(END)
            if tool != "cannot" and not closing:
                names += [WRITE, APPEND] + ([THEN, PIPE, EACH] if calls < MOST_CALLS else [])
        return self._mask(index[name] for name in names if name in index)

    def _open_argument(self, state: State, name: str) -> State:
        known = self.signatures[state.tool]
        at = next(at for at, argument in enumerate(known) if argument.name == name)
        phase = ARGUMENT if known[at].kind == FLAG else VALUE
        return replace(state, phase=phase, position=at + 1, argument=known[at], text=b"", items=())

    # Values

    def _allow_value(self, state: State, source: Source, mask: np.ndarray, closing: bool) -> None:
        argument, index = state.argument, self.vocabulary.index
        if argument.kind == CHOICE and not state.text:
            mask[[index[name] for name in argument.choices]] = True
            if argument.unique:
                mask[[index[name] for name in state.items]] = False
            return
        pending = _pending(state.text)
        if pending:
            first = self.vocabulary.first_byte
            mask[[first + byte for byte in range(128, 192) if _begins_character(pending + bytes([byte]))]] = True
            return
        text = state.text.decode()
        finished = argument.kind == CHOICE or (argument.accepts(text) and not (argument.unique and text in state.items))
        count = len(state.items) + 1
        if finished and count >= argument.least:
            mask[index[CLOSE]] = True
            if closing:
                return
        if finished and argument.many and count < argument.most:
            mask[index[COMMA]] = True
        if argument.kind != CHOICE:
            self._allow_growth(argument, text, source, mask)

    def _allow_growth(self, argument: Argument, text: str, source: Source, mask: np.ndarray) -> None:
        """Allow the pieces and span beginnings that may follow TEXT."""
        size = len(self.vocabulary)
        if argument.kind in (INTEGER, NUMBER):
            spelled = self.vocabulary.spelled
            mask[[n for n in self._digits if argument.may_grow(text + spelled[n].decode())]] = True
            for first in range(len(source)):
                mask[size + first] = source.groups[first] >= 0 and argument.may_grow(text + source.span(first, first))
        elif len(text) < argument.schema.get("maxLength", len(text) + 1):
            mask[:size] |= self._pieces
            mask[size:] = np.asarray(source.groups) >= 0

    def _allow_span_end(self, state: State, source: Source, mask: np.ndarray) -> None:
        numeric, text = state.argument.kind in (INTEGER, NUMBER), state.text.decode()
        for last in range(state.opened, source.group_ends[state.opened]):
            if source.groups[last] == source.groups[state.opened]:
                mask[last] = not numeric or state.argument.may_grow(text + source.span(state.opened, last))

    def _advance_value(self, state: State, step: int, name: str) -> State:
        if name == CLOSE:
            return replace(state, phase=ENDING if state.argument is REDIRECT else ARGUMENT, argument=None, text=b"", items=())
        if name == COMMA:
            return replace(state, items=(*state.items, state.text.decode()), text=b"")
        if state.argument.kind != CHOICE:
            return replace(state, text=state.text + self.vocabulary.spelled[step])
        if state.argument.many:
            return replace(state, text=name.encode())
        return replace(state, phase=ARGUMENT, argument=None)

    def _mask(self, numbers) -> np.ndarray:
        mask = np.zeros(len(self.vocabulary), bool)
        mask[list(numbers)] = True
        return mask


def _starts_character(text: bytes) -> bool:
    return _begins_character(text[:1]) if len(text) == 1 else True


def _begins_character(text: bytes) -> bool:
    """Whether TEXT is a beginning of valid UTF-8."""
    if text[:1] == b"\xed" and text[1:2] >= b"\xa0":  # a surrogate, which the decoder only refuses at its third byte
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return False
    return True


def _pending(text: bytes) -> bytes:
    """The bytes of an unfinished character at the end of TEXT."""
    for back in range(1, min(4, len(text) + 1)):
        byte = text[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return text[-back:] if back < length else b""
        if byte < 0x80:
            return b""
    return b""
