"""What is wrong with a project before anything is made of it: every fault with file, line and reason, and what looks odd."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from shellper.types import ToolCall

from .conversations import Conversation, Exchange, history, plain, problems, read_conversations, said
from .functions import Functions
from .project import Project
from .surfaces import find

FEW = 3  # conversations that call a function; fewer are worth a word


@dataclass(frozen=True)
class Findings:
    """Faults stop the training, notes do not."""

    faults: tuple[str, ...]
    notes: tuple[str, ...]
    conversations: int
    calls: int


def check(project: Project) -> Findings:
    """Look at tools, settings and conversations. Raises ShellperError where tools or settings are wrong."""
    functions, _ = project.functions, project.settings
    faults, notes, kept = [], [], []
    for file in project.sources:
        for where, found in read_conversations(file):
            wrong = [found] if isinstance(found, str) else list(problems(found, functions))
            faults += [f"{where}: {what}" for what in wrong]
            if not wrong:
                kept.append(found)
                notes += [f"{where}: {what}" for what in unfounded(found, functions)]
    faults += list(contradictions(kept, functions))
    seen: dict[str, str] = {}
    for conversation in kept:
        if conversation.key in seen:
            notes.append(f"{conversation.where}: the same as {seen[conversation.key]}")
        seen.setdefault(conversation.key, conversation.where)
    used = Counter(name for conversation in kept for name in {call.name for exchange in conversation.exchanges for call in exchange.calls})
    notes += [f"{project.path('tools.json')}: {name} is called in {used[name] or 'none'} of the conversations" for name in functions.tools if used[name] < FEW]
    calls = sum(len(exchange.calls) for conversation in kept for exchange in conversation.exchanges)
    return Findings(tuple(faults), tuple(notes), len(kept), calls)


def situations(conversation: Conversation) -> Iterator[tuple[tuple, Exchange]]:
    """What the student sees at each call (context, history and request, without regard to case and blanks), and the exchange."""
    for at, exchange in enumerate(conversation.exchanges):
        if exchange.calls:
            turns = tuple((plain(turn.request), turn.command, plain(turn.output)) for turn in history(conversation.exchanges[:at]))
            yield (conversation.context, turns, plain(exchange.user)), exchange


class Seen:
    """What is answered in each situation so far; tells where one is answered twice in different ways."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self._answers: dict[tuple, tuple[tuple[ToolCall, ...], str]] = {}

    def against(self, conversation: Conversation) -> Iterator[str]:
        """The contradictions of CONVERSATION with what was added before."""
        for situation, exchange in situations(conversation):
            calls, where = self._answers.get(situation, (exchange.calls, ""))
            if not self.functions.same(calls, exchange.calls):
                yield f"{exchange.user!r} is answered by {said(exchange.calls)}, but by {said(calls)} at {where}, after the same words"

    def add(self, conversation: Conversation) -> None:
        for situation, exchange in situations(conversation):
            self._answers.setdefault(situation, (exchange.calls, conversation.where or "an earlier row"))


def contradictions(conversations: Iterable[Conversation], functions: Functions) -> Iterator[str]:
    """Rows with the same context and request, and different calls."""
    seen = Seen(functions)
    for conversation in conversations:
        yield from (f"{conversation.where}: {what}" for what in seen.against(conversation))
        seen.add(conversation)


def unfounded(conversation: Conversation, functions: Functions) -> Iterator[str]:
    """Free texts in calls of which no word stands in the conversation up to there: nobody could know them."""
    heard = " ".join(conversation.context).casefold()
    for at, exchange in enumerate(conversation.exchanges):
        heard += f" {exchange.user}".casefold()
        for number, call in enumerate(exchange.calls):
            for name, text in texts(call, functions):
                words = re.findall(r"[^\W\d_]{3,}", text.casefold())
                if text.isdigit() and not find(text, heard):
                    yield f"/turns/{at}/calls/{number}/arguments/{name}: nobody said {text!r}"
                if words and not any(word[:4] in heard for word in words):
                    yield f"/turns/{at}/calls/{number}/arguments/{name}: no word of {text!r} was said"
        heard += f" {said(exchange.calls)} {exchange.says}".casefold()


def texts(call: ToolCall, functions: Functions) -> Iterator[tuple[str, str]]:
    """The free texts among the arguments of CALL: (name, text)."""
    for name, value in call.arguments.items():
        argument = functions.tools[call.name].arguments[name]
        items: list[Any] = value if isinstance(value, list) else [value]
        yield from ((name, item) for item in items if isinstance(item, str) and not argument.choices)
