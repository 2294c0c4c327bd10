"""Which characters may come next in a tool call: a state machine over the tools' schemas and the syntax of a family."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shellper.types import ToolCall

from ..arguments import CHOICE, FLAG, INTEGER, MIXED, NUMBER, Argument, signatures

MOST_CALLS = 6
LONGEST_TOKEN = 256  # bytes; so far from its longest a text with a `maxLength` is still free
OPTIONS, TEXT, DIGITS, DONE = "options", "text", "digits", "done"
_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "n": "\n", "t": "\t"}
_CONTINUATIONS = "".join(map(chr, range(0x80, 0xC0)))


@dataclass(frozen=True, slots=True)
class State:
    """Where an answer stands. `options`: what may come, (rest of its characters, event, what). `given` are the arguments of the open
    call, `items` those of the open array; `text` is the value being spelled, its bytes as characters; `pending` the bytes of an unfinished
    character. From `closing` on the answer may only be brought to its end."""

    mode: str = OPTIONS
    options: tuple[tuple[str, str, Any], ...] = ()
    calls: tuple[ToolCall, ...] = ()
    tool: str = ""
    given: tuple[tuple[str, Any], ...] = ()
    argument: Argument | None = None
    items: tuple[Any, ...] = ()
    text: str = ""
    pending: str = ""
    escaping: bool = False
    closing: bool = False


class Grammar:
    """The legal answers for TOOLS. SYNTAX has its strings in the alphabet of the token table."""

    def __init__(self, tools: Mapping[str, Any], syntax: Any) -> None:
        self.tools, self.syntax = tools, syntax
        self.signatures = {name: {argument.name: argument for argument in known} for name, known in signatures(tools).items()}
        self._names = tuple((name + syntax.name_end, "name", name) for name in tools)

    def start(self) -> State:
        return State(options=((self.syntax.begin, "call", None),))

    def close(self, state: State) -> State:
        """STATE, from which the answer may only be brought to its end."""
        return replace(state, closing=True)

    def is_free(self, state: State) -> bool:
        """Whether any text may follow that is no more than one token."""
        if state.mode != TEXT or state.escaping or state.pending or state.closing:
            return False
        longest = state.argument.schema.get("maxLength")
        return longest is None or len(state.text) + LONGEST_TOKEN <= longest

    def follow(self, state: State) -> str | None:
        """The characters that may come next, among others that may not; None for any."""
        if state.mode == TEXT:
            if state.escaping:
                return "".join(_ESCAPED)
            return _CONTINUATIONS if state.pending else self.syntax.quote if self._must_end(state) else None
        heads = "".join({rest[0] for rest, _, _ in state.options})
        if state.mode != DIGITS:
            return heads
        ended = self._finish(state, state.argument.value(state.text)) if state.argument.accepts(state.text) else None
        return heads + "0123456789-." + (self.follow(ended) or "" if ended else "")

    def advance(self, state: State, character: str) -> State | None:
        """The state after CHARACTER, None where that is not legal."""
        if state.mode == TEXT:
            return self._spell(state, character)
        if state.mode == DIGITS:
            text = state.text + character
            if character in "0123456789-." and state.argument.may_grow(text) and (state.argument.kind != MIXED or text.isdigit()) and len(text) < 20:
                return replace(state, text=text, options=())
            if state.text and state.argument.accepts(state.text):
                return self.advance(self._finish(state, state.argument.value(state.text)), character)
        options = tuple((rest[1:], event, what) for rest, event, what in state.options if rest[0] == character)
        if not options:
            return None
        if options[0][0]:
            return replace(state, options=options)
        return self._enter(state, options[0][1], options[0][2])

    def _enter(self, state: State, event: str, what: Any) -> State:
        if event == "call":
            names = [option for option in self._names if option[2] != "cannot" or not state.calls]
            return replace(state, options=tuple(names))
        if event == "name":
            return self._after_value(replace(state, tool=what, given=()))
        if event == "argument":
            return self._open_value(replace(state, argument=self.signatures[state.tool][what], items=()))
        if event == "list":
            return self._open_item(state)
        if event == "text":
            return replace(state, mode=TEXT, options=(), text="")
        if event == "value":
            return self._finish(state, what)
        if event == "list end":
            return self._close_value(state, list(state.items))
        if event == "call end":
            return self._after_call(state)
        return replace(state, mode=DONE, options=())

    def _after_value(self, state: State) -> State:
        """Options once a tool or an argument is complete: arguments not yet given, or the end of the call."""
        known, given = self.signatures[state.tool], dict(state.given)
        missing = [name for name, argument in known.items() if argument.required and name not in given]
        open_names = missing if state.closing else [name for name in known if name not in given]
        separator = self.syntax.separator if given else ""
        options = [(separator + self.syntax.key.format(name), "argument", name) for name in open_names]
        if not missing:
            options.append((self.syntax.call_end, "call end", None))
        return replace(state, mode=OPTIONS, options=tuple(options), argument=None, items=(), text="")

    def _after_call(self, state: State) -> State:
        arguments = {name: value for name, value in state.given if not (value is False and self.signatures[state.tool][name].kind == FLAG)}
        calls = (*state.calls, ToolCall(state.tool, arguments))
        options = [(stop, "stop", None) for stop in self.syntax.stops]
        if len(calls) < MOST_CALLS and not state.closing and all(call.name != "cannot" for call in calls):
            options.append((self.syntax.again, "call", None))
        return replace(state, mode=OPTIONS, options=tuple(options), calls=calls, tool="", given=())

    def _open_value(self, state: State) -> State:
        return replace(state, options=(("[", "list", None),)) if state.argument.many else self._open_item(state)

    def _open_item(self, state: State) -> State:
        argument, quote = state.argument, self.syntax.quote
        if argument.kind == FLAG:
            return replace(state, mode=OPTIONS, options=(("true", "value", True), ("false", "value", False)))
        if argument.kind == CHOICE:
            values = [value for value in argument.choices.values() if not (argument.unique and value in state.items)]
            return replace(state, mode=OPTIONS, options=tuple((self._literal(value), "value", value) for value in values))
        digits, text = argument.kind in (INTEGER, NUMBER, MIXED), argument.kind not in (INTEGER, NUMBER)
        return replace(state, mode=DIGITS if digits else OPTIONS, text="", options=((quote, "text", None),) if text else ())

    def _finish(self, state: State, value: Any) -> State:
        """The state after one value or item."""
        argument = state.argument
        if not argument.many:
            return self._close_value(state, value)
        items = (*state.items, value)
        options = [("]", "list end", None)] if len(items) >= argument.least else []
        if len(items) < argument.most and not (state.closing and options):
            options.append((self.syntax.item_separator, "list", None))
        return replace(state, mode=OPTIONS, options=tuple(options), items=items, text="")

    def _close_value(self, state: State, value: Any) -> State:
        return self._after_value(replace(state, given=(*state.given, (state.argument.name, value))))

    def _spell(self, state: State, character: str) -> State | None:
        """One more character of a text."""
        if state.escaping:
            return replace(state, text=state.text + _ESCAPED[character], escaping=False) if character in _ESCAPED else None
        if not state.pending and character == self.syntax.quote:
            return self._finish(state, state.text.encode("latin-1").decode()) if self._accepts(state) else None
        if character > "\xff" or (self._must_end(state) and not state.pending):
            return None
        if state.pending or character >= "\x80":
            whole = utf8(state.pending + character)
            if whole is None:
                return None
            return replace(state, text=state.text + state.pending + character, pending="") if whole else replace(state, pending=state.pending + character)
        if self.syntax.escapes and character == "\\":
            return replace(state, escaping=True)
        if character == "\x7f" or (character < " " and (self.syntax.escapes or character not in "\n\t")):
            return None
        return replace(state, text=state.text + character)

    def _accepts(self, state: State) -> bool:
        text = state.text.encode("latin-1").decode()
        return _is_choice_free(state.argument, text) and state.argument.accepts(text) and not (state.argument.unique and text in state.items)

    def _must_end(self, state: State) -> bool:
        longest = state.argument.schema.get("maxLength")
        return (longest is not None and len(state.text) >= longest) or (state.closing and self._accepts(state))

    def _literal(self, value: Any) -> str:
        if isinstance(value, str):
            quote = self.syntax.quote
            inner = value.replace("\\", "\\\\").replace('"', '\\"') if self.syntax.escapes else value
            return quote + inner.encode().decode("latin-1") + quote
        return str(value).lower()


def utf8(text: str) -> bool | None:
    """Whether the bytes in TEXT are whole UTF-8 (True), a beginning of it (False), or neither."""
    try:
        text.encode("latin-1").decode()
    except UnicodeDecodeError as error:
        return False if error.reason == "unexpected end of data" else None
    except UnicodeEncodeError:
        return None
    return True


def _is_choice_free(argument: Argument, text: str) -> bool:
    """Whether a MIXED value spelled as text is not one that would be read as a number."""
    return argument.kind != MIXED or isinstance(argument.value(text), str)
