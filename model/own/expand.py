"""Variants of conversations whose arguments stay grounded: other values, other words for the same call, other histories, noise.

A variant is a function of the conversations, the settings and its number alone, so that any process makes the same one.
"""
from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shellper.types import ToolCall

from . import noise
from .conversations import Conversation, Exchange, problems
from .functions import Functions
from .settings import Synth
from .surfaces import Surface, find, replace_all, values
from .swaps import Pool, swap

OTHER_WORDS, CUT = 0.35, 0.12  # share of the turns that get the words of another; of the variants that begin in the middle
_LEANS = re.compile(r"\b(it|its|them|that|those|these|this|same|again|instead|ones?|there|back|undo|other|too|also|previous|last|actually|sorry|meant|rather|no|then)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """Words that say a call whole: every argument is named in them, by its surface."""

    words: str
    call: ToolCall
    surfaces: dict[str, Surface]

    def saying(self, other: Form) -> str | None:
        """These words with the values of OTHER's call; None where they cannot be said so."""
        changes = {}
        for name, surface in self.surfaces.items():
            value = other.call.arguments[name]
            text = surface.text if value == self.call.arguments[name] else other.surfaces[name].text if isinstance(value, str) and surface.of(value) is None else surface.of(value)
            if text is None or surface.text in changes:
                return None
            changes[surface.text] = text
        words = replace_all(self.words, changes)
        return words if all(find(value, words) for value in other.call.arguments.values()) else None


class Expander:
    """Makes variants of CONVERSATIONS; WORDS are for made-up names."""

    def __init__(self, conversations: Sequence[Conversation], functions: Functions, settings: Synth, words: Sequence[str]) -> None:
        self.conversations, self.functions, self.settings = conversations, functions, settings
        self.pool = Pool.of(conversations, functions, words)
        self.forms: dict[tuple, list[Form]] = {}
        for conversation in conversations:
            for at, exchange in enumerate(conversation.exchanges):
                form = self._form(exchange)
                if form and self._opens(conversation, at):
                    self.forms.setdefault(_shape(form.call), []).append(form)

    def variant(self, number: int) -> Conversation | None:
        """Variant NUMBER; None where it came out wrong."""
        draw = random.Random(f"{self.settings.seed}:{number}")
        made = self.conversations[number % len(self.conversations)]
        if draw.random() < CUT:
            made = self._cut(made, draw)
        made = replace(made, exchanges=tuple(self._reworded(exchange, draw) for exchange in made.exchanges))
        if draw.random() < self.settings.swaps:
            made = swap(made, self.functions, self.pool, draw)
        if draw.random() < self.settings.joined:
            made = self._behind(draw.choice(self.conversations), made, draw)
        made = replace(made, exchanges=tuple(self._noisy(exchange, draw) for exchange in made.exchanges), source="augmented", split="", where="")
        return made if next(problems(made, self.functions), None) is None else None

    def _form(self, exchange: Exchange) -> Form | None:
        """The form of an exchange with one call, all of it said in its own words."""
        if len(exchange.calls) != 1 or any(isinstance(value, list) for value in exchange.calls[0].arguments.values()):
            return None
        call = exchange.calls[0]
        surfaces = {name: find(value, exchange.user) for name, value in call.arguments.items()}
        texts = [surface.text for surface in surfaces.values() if surface]
        if len(texts) < len(surfaces) or any(a in b for a in texts for b in texts if a is not b):
            return None
        return Form(exchange.user, call, surfaces)

    def _opens(self, conversation: Conversation, at: int) -> bool:
        """Whether the words of an exchange must name what is wanted: nothing before it was about the same function."""
        if at == 0:
            return True
        earlier = {call.name for exchange in conversation.exchanges[max(0, at - 2) : at] for call in exchange.calls}
        names = {call.name for call in conversation.exchanges[at].calls}
        return not earlier & names and not _LEANS.search(conversation.exchanges[at].user)

    def _reworded(self, exchange: Exchange, draw: random.Random) -> Exchange:
        form = self._form(exchange) if draw.random() < OTHER_WORDS else None
        others = self.forms.get(_shape(form.call), ()) if form else ()
        words = draw.choice(others).saying(form) if others else None
        return replace(exchange, user=words) if words else exchange

    def _cut(self, conversation: Conversation, draw: random.Random) -> Conversation:
        """What begins at a later exchange that says all of its call, where what follows needs nothing from before."""
        starts = [at for at in range(1, len(conversation.exchanges)) if self._opens(conversation, at) and self._form(conversation.exchanges[at])]
        if not starts:
            return conversation
        rest = conversation.exchanges[draw.choice(starts) :]
        heard = "\n".join(conversation.context)
        for exchange in rest:
            heard += f"\n{exchange.user}"
            if not all(find(value, heard) for call in exchange.calls for _, value in values(call)):
                return conversation
            heard += f"\n{exchange.says}"
        return replace(conversation, exchanges=rest)

    def _behind(self, earlier: Conversation, later: Conversation, draw: random.Random) -> Conversation:
        """LATER with the beginning of EARLIER before it, where nothing of that could be meant in it."""
        if earlier.context or later.context or len(later.exchanges) > 8 or not later.exchanges[0].calls:
            return later
        part = earlier.exchanges[: draw.randint(1, min(3, len(earlier.exchanges)))]
        names = {name for call in later.exchanges[0].calls for name in self._domain(call.name)}
        if any(names & self._domain(call.name) for exchange in part for call in exchange.calls) or not part[-1].calls:
            return later
        if not later.exchanges[0].calls[0].arguments and self.functions.tools[later.exchanges[0].calls[0].name].arguments:
            return later
        return replace(later, exchanges=(*part, *later.exchanges))

    def _domain(self, function: str) -> set:
        """What the arguments of a FUNCTION share with others: their names and choices, and the function itself."""
        arguments = self.functions.tools[function].arguments
        own = {function} if arguments else set()
        return own | set(arguments) | {choice for argument in arguments.values() for choice in argument.choices}

    def _noisy(self, exchange: Exchange, draw: random.Random) -> Exchange:
        """One kind of noise on the user's words, or none; free texts and codes that a call may copy stay as they are."""
        kept, numbers = [], []
        for call in exchange.calls:
            for name, value in values(call):
                choices = self.functions.tools[call.name].arguments[name].choices
                surface = find(value, exchange.user) if not choices or draw.random() < 0.5 else None
                if surface:
                    kept.append(surface.text)
                    numbers += [(surface.text, isinstance(value, str))] if surface.text.isdigit() else []
        words, chance, settings = exchange.user, draw.random(), self.settings
        if draw.random() < 0.25:
            words = noise.manners(words, kept, draw)
        if chance < settings.speech:
            words = noise.speech(noise.casing(words, kept, draw), kept, numbers, draw)
        elif chance < settings.speech + settings.slips:
            words = noise.slips(words, kept, draw)
        elif chance < settings.speech + settings.slips + 0.15:
            words = noise.casing(words, kept, draw)
        return replace(exchange, user=words) if words.strip() else exchange


def _shape(call: ToolCall) -> tuple:
    return call.name, frozenset(call.arguments)
