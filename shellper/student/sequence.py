"""Plans as rows of steps and back.

    TOOL ARG value… ARG value… [<pipe>|<each>|<then>] TOOL … [<write>|<append> path </v>] <end>

A step below `len(vocabulary)` is a token, any other points at a source position. A flag is its argument token alone, a choice
has one enum token; other values are pieces, closed by </v>; items of an array are parted by <,>.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shellper.types import Plan, Redirect, ToolCall

from .arguments import CHOICE, FLAG, Argument, Signatures
from .pieces import segment, spell
from .source import Source
from .vocabulary import APPEND, CLOSE, COMMA, EACH, END, LINKS, PIPE, THEN, WRITE, Vocabulary, choice_name

_INPUTS = {token: how for how, token in LINKS.items()}


def plan_to_steps(plan: Plan, source: Source, vocabulary: Vocabulary, signatures: Signatures) -> list[int]:
    """The target row of a plan, <end> included. Raises KeyError for a name that the vocabulary lacks."""
    index = vocabulary.index
    steps: list[int] = []
    for at, call in enumerate(plan.calls):
        if at:
            steps.append(index[LINKS[call.input]])
        steps.append(index[f"tool:{call.name}"])
        known = signatures[call.name]
        unknown = set(call.arguments) - {argument.name for argument in known}
        if unknown:
            raise KeyError(f"{call.name}: {sorted(unknown)[0]}")
        for argument in known:
            if argument.name in call.arguments:
                steps.append(index[f"arg:{argument.name}"])
                steps += _value_steps(argument, call.arguments[argument.name], source, vocabulary)
    if plan.output:
        steps.append(index[APPEND if plan.output.append else WRITE])
        steps += [*segment(plan.output.path, source, vocabulary), index[CLOSE]]
    return [*steps, index[END]]


def _value_steps(argument: Argument, value: Any, source: Source, vocabulary: Vocabulary) -> list[int]:
    if argument.kind == FLAG:
        return []
    if argument.kind == CHOICE and not argument.many:
        return [vocabulary.index[choice_name(value)]]
    steps: list[int] = []
    for item in value if argument.many else [value]:
        if steps:
            steps.append(vocabulary.index[COMMA])
        if argument.kind == CHOICE:
            steps.append(vocabulary.index[choice_name(item)])
        else:
            steps += segment(argument.text(item), source, vocabulary)
    return [*steps, vocabulary.index[CLOSE]]


def steps_to_plan(steps: Sequence[int], source: Source, vocabulary: Vocabulary, signatures: Signatures) -> Plan:
    """The plan that a legal row of steps spells, with the provenance of every copied or spelled value."""
    return _Reader(steps, source, vocabulary, signatures).plan()


class _Reader:
    """Walks a row of steps once."""

    def __init__(self, steps: Sequence[int], source: Source, vocabulary: Vocabulary, signatures: Signatures) -> None:
        self.steps, self.source, self.vocabulary, self.signatures = steps, source, vocabulary, signatures
        self.at = 0
        self.provenance: dict[str, str] = {}

    def plan(self) -> Plan:
        calls: list[ToolCall] = []
        link, output = THEN, None
        while link in (THEN, PIPE, EACH):
            calls.append(self._call(len(calls), _INPUTS[link] if calls else None))
            link = self._next()
        if link in (WRITE, APPEND):
            output = Redirect(self._spelled("output.path"), link == APPEND)
            self._next()
        return Plan(tuple(calls), output, self.provenance)

    def _peek(self) -> str:
        step = self.steps[self.at] if self.at < len(self.steps) else self.vocabulary.index[END]
        return self.vocabulary.tokens[step] if step < len(self.vocabulary) else ""

    def _next(self) -> str:
        name = self._peek()
        self.at += 1
        return name

    def _call(self, number: int, how: str | None) -> ToolCall:
        name = self._next().removeprefix("tool:")
        known = {argument.name: argument for argument in self.signatures[name]}
        arguments = {}
        while self._peek().startswith("arg:"):
            argument = known[self._next().removeprefix("arg:")]
            arguments[argument.name] = self._value(argument, f"{number}.{argument.name}")
        return ToolCall(name, arguments, how)

    def _value(self, argument: Argument, key: str) -> Any:
        if argument.kind == FLAG:
            return True
        if not argument.many:
            return argument.choices[self._next()] if argument.kind == CHOICE else argument.value(self._spelled(key))
        items: list[Any] = []
        while not items or self.vocabulary.tokens[self.steps[self.at - 1]] == COMMA:
            if argument.kind == CHOICE:
                items.append(argument.choices[self._next()])
                self._next()
            else:
                items.append(argument.value(self._spelled(f"{key}.{len(items)}")))
        return items

    def _spelled(self, key: str) -> str:
        """Read pieces up to and with the <,> or </v> behind them."""
        start = self.at
        while self._peek() not in (COMMA, CLOSE, END):
            self.at += 1
        text, self.provenance[key] = spell(self.steps[start : self.at], self.source, self.vocabulary)
        self.at += 1
        return text
