"""Other values for a conversation: what is said and what is called change together, and only where every use of a value was said."""
from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shellper.student.arguments import INTEGER, NUMBER, Argument

from .conversations import Conversation
from .functions import Functions
from .surfaces import find, map_values, replace_all, values, ways, whole

FRESH = 0.5  # share of free texts that get made-up words in place of those that other conversations have
SHORT = 3  # a choice of so few letters ("on") is only exchanged where the word says nothing else in the conversation
Key = tuple[type, Any]


@dataclass(frozen=True)
class Pool:
    """What values may be put in: free texts by argument name, the choices that people name by their word, and words for made-up names."""

    texts: Mapping[str, Sequence[str]]
    choices: frozenset[Any]
    words: Sequence[str]

    @classmethod
    def of(cls, conversations: Sequence[Conversation], functions: Functions, words: Sequence[str]) -> Pool:
        texts: dict[str, dict[str, None]] = {}
        choices = set()
        for conversation in conversations:
            for exchange in conversation.exchanges:
                for call in exchange.calls:
                    for name, value in values(call):
                        argument = functions.tools[call.name].arguments[name]
                        if argument.choices and find(value, exchange.user):
                            choices.add(value)
                        elif isinstance(value, str) and not argument.choices:
                            texts.setdefault(name, {})[value] = None
        for tool in functions.tools.values():
            for name, argument in tool.arguments.items():
                if not argument.choices:
                    texts.setdefault(name, {}).update(dict.fromkeys(text for text in argument.schema.get("examples", ()) if isinstance(text, str)))
        return cls({name: tuple(found) for name, found in texts.items()}, frozenset(choices), words)


def key(value: Any) -> Key:
    return (float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)), value


def swap(conversation: Conversation, functions: Functions, pool: Pool, draw: random.Random) -> Conversation:
    """The conversation with some of its values exchanged; itself where none can be."""
    users = _uses(conversation, functions)
    spoken = "\n".join([*conversation.context, *(f"{exchange.user}\n{exchange.says}" for exchange in conversation.exchanges)]).casefold()
    words: dict[str, str] = {}
    called: dict[Key, Any] = {}
    for old, arguments in users.items():
        if arguments is None or old in called or draw.random() < 0.2:
            continue
        new = _another(old[1], arguments, pool, draw)
        if new is None or key(new) in called.values():
            continue
        both = key(new) in users
        if both and (users[key(new)] is None or not all(a.choices for a in (*arguments, *users[key(new)]))):
            continue
        if not both and find(new, spoken):
            continue
        said = _said(old[1], new, spoken, conversation)
        back = _said(new, old[1], spoken, conversation) if both else {}
        if not said or back is None or (both and not back) or words.keys() & (said.keys() | back.keys()):
            continue
        words |= said | back
        called[old] = new
        if both:
            called[key(new)] = old[1]
    if not called:
        return conversation

    def change(name: str, value: Any) -> Any:
        return called.get(key(value), value)

    exchanges = tuple(
        replace(exchange, user=replace_all(exchange.user, words), says=replace_all(exchange.says, words), calls=tuple(map_values(call, change) for call in exchange.calls))
        for exchange in conversation.exchanges
    )
    return replace(conversation, exchanges=exchanges, context=tuple(replace_all(name, words) for name in conversation.context))


def _uses(conversation: Conversation, functions: Functions) -> dict[Key, list[Argument] | None]:
    """Every value of the calls with the arguments that it stands for; None where it was not said before it was called."""
    users: dict[Key, list[Argument] | None] = {}
    derived: set[str] = set()  # numeric arguments with a value that was worked out from another
    heard = "\n".join(conversation.context)
    for exchange in conversation.exchanges:
        heard += f"\n{exchange.user}"
        for call in exchange.calls:
            for name, value in values(call):
                argument = functions.tools[call.name].arguments[name]
                if not find(value, heard):
                    users[key(value)] = None
                    derived |= {name} if argument.kind in (INTEGER, NUMBER) else set()
                elif users.setdefault(key(value), []) is not None:
                    users[key(value)].append(argument)
        heard += f"\n{exchange.says}"
    return {value: None if arguments and any(argument.name in derived for argument in arguments) else arguments for value, arguments in users.items()}


def _said(old: Any, new: Any, spoken: str, conversation: Conversation) -> dict[str, str] | None:
    """How OLD is said in the conversation -> how NEW is said in that way; None or nothing where that does not go."""
    said = {}
    for kind, text in ways(old).items():
        low = text.casefold()
        if not whole(low).search(spoken):
            continue
        found = find(old, low)
        other = found.of(new) if found and found.kind == kind else None
        if other is None:
            return None
        said[low] = other
    if isinstance(old, str) and len(old) <= SHORT and not old.isdigit():
        for exchange in conversation.exchanges:
            here = len(re.findall(whole(old.casefold()).pattern, exchange.user.casefold()))
            if here and (here > 1 or not any(value == old for call in exchange.calls for _, value in values(call))):
                return None
    return said


def _another(value: Any, arguments: Sequence[Argument], pool: Pool, draw: random.Random) -> Any:
    """Another value for all ARGUMENTS; None where there is none."""
    first = arguments[0]
    if first.choices:
        options = [choice for choice in first.choices.values() if choice != value and choice in pool.choices]
        return draw.choice(options) if options else None
    if isinstance(value, int | float):
        return _number(value, first.schema, draw)
    if re.fullmatch(r"\d+", value):
        return "".join(draw.choice("0123456789") for _ in value)
    options = [text for text in pool.texts.get(first.name, ()) if text != value]
    if options and draw.random() >= FRESH:
        return draw.choice(options)
    made = " ".join(draw.choice(pool.words) for _ in range(max(1, min(3, len(re.split(r"[\s_]+", value)) + draw.choice((-1, 0, 0, 1))))))
    made = made.title() if value[:1].isupper() else made
    return made.replace(" ", "_") if "_" in value else made


def _number(value: float, schema: Mapping[str, Any], draw: random.Random) -> float:
    """A number of the same size and roundness within the schema's bounds."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None and high - low < 1000 and isinstance(value, int):
        return draw.randint(int(low), int(high))
    if isinstance(value, float) and value != int(value):
        return round(draw.uniform(0.5, 3) * abs(value), len(repr(value).partition(".")[2]))
    size = 10 ** max(0, len(str(abs(int(value)))) - 1)
    step = next(step for step in (1000, 500, 100, 50, 25, 10, 5, 1) if int(value) % step == 0 and (step <= size or step == 1))
    step = step if draw.random() < 0.6 else 1
    least = max(1, size // 2 // step)
    return step * draw.randint(least, max(least + 1, 12 * size // step))
