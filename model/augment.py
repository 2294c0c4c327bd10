"""Variants of an example, drawn anew in every epoch: less context, other names and numbers, small slips of the writer."""
from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shellper.student.source import LISTING, PAST_COMMAND, PAST_OUTPUT, PAST_REQUEST
from shellper.types import Plan, Redirect, ToolCall, Turn

from .data import Encoding, Example, Row

DROP_LISTING, DROP_TURNS, DROP_OLDER, ADD_TURN, SWAP, SLIP = 0.25, 0.30, 0.5, 0.15, 0.35, 0.05
MOVE_LINE, SHUFFLE, RENAME_OTHERS = 0.6, 0.4, 0.5
_LEANS = re.compile(  # a request with such a word may need the earlier turns even where it copies nothing from them
    r"^(and|no|now|but|so|ok|then|also|actually|wait|same)\b"
    r"|\b(it|its|them|they|that|those|these|this|same|again|instead|ones?|there|back|undo|others?|only|too|previous|last|first|second|third|more|less|just)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[\d\W_]*\d[\d\W_]*[A-Za-z%]{0,2}")  # also dates, addresses and numbers with a unit
_ORDINALS = ("first|1st|top", "second|2nd", "third|3rd", "fourth|4th", "fifth|5th", "sixth|6th", "seventh|7th", "eighth|8th", "ninth|9th", "tenth|10th")
_ORDINAL = re.compile(  # counts the lines of an output, from the front or ("last") from the end
    rf"\b({'|'.join(_ORDINALS)}|last|bottom|final)(?=( (one|file|folder|directory|line|entry|item|name|thing|result|match|hit|row|of|in|on|from|is|was|down)\b|[.?!,]|$))", re.IGNORECASE
)
_POSITION = re.compile(  # may speak of where a line stands
    r"\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(st|nd|rd|th)|last|middle|top|bottom|upper|lower|next|previous|above|below|penultimate|final|number|no\.|line|row|rows|lines|position|"
    r"beginning|end|ends|highest|lowest|head|tail|former|latter|after|before|between|neighbour|neighbor|around)\b|#\s?\d|\b\d\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(r"\b(newest|oldest|latest|earliest|recent|biggest|largest|smallest|longest|shortest|best|worst|winner|leader|alphabet\w*|order|sort\w*)\b", re.IGNORECASE)
_SUM = re.compile(r"total .*|\s*\d+ total|.*\btotal\s*")
_NAME = re.compile(r"[\w./ -]{3,40}")
_ODD_LETTERS = "äöüßéñçøåłżд猫"


@dataclass(frozen=True)
class Copied:
    """A text that the target copies, and whether the request holds it."""

    text: str
    asked: bool


@dataclass(frozen=True)
class Facts:
    """What an example's own target tells: the segment kinds that it points into, what it copies, how many tokens it spells."""

    row: Row
    kinds: frozenset[int]
    copied: tuple[Copied, ...]
    spelled: int
    oldest: bool = False  # it copies from a turn before the newest two


class Augmenter:
    """Callable (example, random) -> row of a variant. WORDS are whole words for fresh names, such as those of the encoder; TURNS of other
    examples are what may stand before a request that does not lean on anything."""

    def __init__(self, encoding: Encoding, words: Sequence[str], turns: Sequence[Turn] = ()) -> None:
        self.encoding, self.words, self.turns = encoding, words, turns
        self._facts: dict[int, Facts] = {}

    def __call__(self, example: Example, draw: random.Random) -> Row:
        """The row of a variant; of the example itself where the variant has no legal row or would have to spell what was copied."""
        if id(example) not in self._facts:
            self._facts[id(example)] = self._facts_of(example)
        facts = self._facts[id(example)]
        variant = self.vary(example, facts, draw)
        try:
            row = self.encoding.row(variant)
        except (KeyError, ValueError):
            return facts.row
        fits = self._spelled(row) <= facts.spelled and self.encoding.grammar.accepts(row.steps, row.source)
        return row if fits else facts.row

    def vary(self, example: Example, facts: Facts, draw: random.Random) -> Example:
        if example.names and LISTING not in facts.kinds and draw.random() < DROP_LISTING:
            example = replace(example, names=())
        leaning = facts.kinds & {PAST_REQUEST, PAST_COMMAND, PAST_OUTPUT} or _LEANS.search(example.request)
        if len(example.turns) > 2 and draw.random() < DROP_OLDER and not facts.oldest:
            example = replace(example, turns=example.turns[-2:])
        if example.turns and not leaning and draw.random() < DROP_TURNS:
            example = replace(example, turns=())
        elif self.turns and not example.turns and draw.random() < ADD_TURN and not _LEANS.search(example.request):
            turn = draw.choice(self.turns)  # a key of the shell tells of the last command, which had no words of its own
            example = replace(example, turns=(replace(turn, request="") if draw.random() < 0.5 else turn,))
        picked = [span.text for span in facts.copied if not span.asked]
        if PAST_OUTPUT in facts.kinds and len(picked) == 1:
            example, moved = reorder(example, picked[0], draw)
            if moved is not None:
                facts = replace(facts, copied=tuple(replace(span, text=moved) if span.text == picked[0] else span for span in facts.copied))
        for span in facts.copied:
            if draw.random() < SWAP:
                example = swap(example, span, self.words, draw)
        if draw.random() < RENAME_OTHERS:
            example = rename_others(example, self.words, draw)
        return slip(example, [span.text for span in facts.copied], draw)

    def _facts_of(self, example: Example) -> Facts:
        row, size = self.encoding.row(example), len(self.encoding.vocabulary)
        pointers = [step - size for step in row.steps if step >= size]
        kinds = frozenset(row.source.kinds[token] for token in pointers)
        texts = dict.fromkeys(row.source.span(*pair) for pair in zip(pointers[::2], pointers[1::2], strict=True))
        copied = tuple(Copied(text, text in example.request) for text in texts)
        return Facts(row, kinds, copied, self._spelled(row), any(row.source.ages[token] > 2 for token in pointers))

    def _spelled(self, row: Row) -> int:
        return sum(step in self.encoding.vocabulary.spelled for step in row.steps)


def swap(example: Example, span: Copied, words: Sequence[str], draw: random.Random) -> Example:
    """Put a fresh text in place of SPAN everywhere; the example itself where that could change what the request means."""
    old = span.text
    numeric = _NUMBER.fullmatch(old) is not None
    if len(old) < (2 if numeric else 3) or not old[0].isalnum() or not old[-1].isalnum() or (not span.asked and _described(example.request, old)):
        return example
    new = fresh_number(old, draw) if numeric else fresh_name(old, words, draw)
    if new in example.request or any(new in name for name in example.names):
        return example
    pattern = re.compile(rf"(?<![^\W_]){re.escape(old)}(?![^\W_])")
    asked = len(pattern.findall(example.request))
    if (span.asked and not asked) or (numeric and asked > 1):
        return example
    quote = '"' if " " in new and not re.search(rf"""["'`]{re.escape(old)}""", example.request) else ""

    def change(text: str) -> str:
        return pattern.sub(lambda _: new, text)

    return Example(
        pattern.sub(lambda _: quote + new + quote, example.request),
        tuple(Turn(change(turn.request), change(turn.command), change(turn.output), turn.exit_code) for turn in example.turns),
        tuple(map(change, example.names)),
        map_plan(example.plan, change, lambda number: int(change(str(number))) if numeric else number),
        example.source, example.split, example.weight, tuple(map(change, example.columns)),
    )


def reorder(example: Example, picked: str, draw: random.Random) -> tuple[Example, str | None]:
    """Put the lines of the newest output into another order where the target copies PICKED out of one of them. A request that
    counts lines then means what has come to stand in that line. Returns the example and what it copies now, None where nothing changed."""
    turn = example.turns[-1]
    lines = turn.output.splitlines()
    fixed = {at for at, line in enumerate(lines) if _SUM.fullmatch(line) or not line.strip()}
    free = [at for at in range(len(lines)) if at not in fixed]
    holders = [at for at in free if _whole(picked).search(lines[at])]
    if len(holders) != 1 or len(free) < 2 or len(free) > 12:
        return example, None
    here = holders[0]
    if not _POSITION.search(example.request):
        if draw.random() >= SHUFFLE or _ORDERED.search(example.request):
            return example, None
        order = draw.sample(free, len(free))
        shuffled = dict(zip(free, order, strict=True))
        return _with_output(example, [lines[shuffled.get(at, at)] for at in range(len(lines))]), picked
    if draw.random() >= MOVE_LINE or _described(example.request, picked) or _counted(example.request, len(free)) != free.index(here):
        return example, None
    there = draw.choice([at for at in free if at != here])
    value = _same_field(lines[here], picked, lines[there])
    if value is None or value == picked or _described(example.request, value) or any(value in text for text in map(str, _texts(example.plan))):
        return example, None
    lines[here], lines[there] = lines[there], lines[here]
    changed = map_plan(example.plan, lambda text: _whole(picked).sub(lambda _: value, text), lambda number: number)
    return replace(_with_output(example, lines), plan=changed), value


def _counted(request: str, lines: int) -> int | None:
    """The index of the one line of LINES that REQUEST counts out, None where it does not do so plainly."""
    found, words = _ORDINAL.findall(request), _POSITION.findall(request)
    if len(found) != 1 or len(words) != 1:
        return None
    word = found[0][0].lower()
    return next((at for at, names in enumerate(_ORDINALS) if word in names.split("|")), lines - 1)


def _with_output(example: Example, lines: Sequence[str]) -> Example:
    return replace(example, turns=(*example.turns[:-1], replace(example.turns[-1], output="".join(line + "\n" for line in lines))))


def _same_field(line: str, picked: str, other: str) -> str | None:
    """What stands in OTHER where PICKED stands in LINE: the whole line, or the field of the same number."""
    if line == picked:
        return other
    for gap in (",", ";", "|", "\t", ":", None):
        fields, others = line.split(gap), other.split(gap)
        if picked in fields and len(fields) == len(others) and fields.count(picked) == 1:
            return others[fields.index(picked)]
    return None


def _texts(plan: Plan) -> list[str]:
    texts: list[str] = []
    map_plan(plan, lambda text: texts.append(text) or text, lambda number: number)
    return texts


def _whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){re.escape(text)}(?![^\W_])")


def rename_others(example: Example, words: Sequence[str], draw: random.Random) -> Example:
    """Give some of the names that neither the request nor the target speaks of fresh ones, so that what is copied does not stand out."""
    spoken = "\n".join((example.request, *_texts(example.plan), *(turn.request for turn in example.turns), *(turn.command for turn in example.turns))).lower()
    parts = dict.fromkeys(part for name in example.names[:16] for part in name.rstrip("/").split("/"))
    parts |= dict.fromkeys(line for turn in example.turns for line in turn.output.splitlines()[:12] if _NAME.fullmatch(line))
    changes: dict[str, str] = {}
    for part in parts:
        stem = part.rpartition(".")[0] or part
        if len(stem) < 3 or part.startswith((".", "-")) or stem.lower() in spoken or _described(spoken, stem) or draw.random() < 0.5:
            continue
        new = fresh_name(part, words, draw)
        if new.lower() not in spoken and not _described(example.request, new):
            changes[part] = new
    if not changes:
        return example
    pattern = re.compile("|".join(rf"(?<![^\W_]){re.escape(old)}(?![^\W_])" for old in sorted(changes, key=len, reverse=True)))

    def change(text: str) -> str:
        return pattern.sub(lambda found: changes[found[0]], text)

    turns = tuple(replace(turn, output=change(turn.output)) for turn in example.turns)
    return replace(example, turns=turns, names=tuple(map(change, example.names)), columns=tuple(map(change, example.columns)))


def _described(request: str, name: str) -> bool:
    """Whether REQUEST may speak of NAME in other words: a word of it begins like a word of the name."""
    begins = {word[:3].lower() for word in re.findall(r"[^\W\d_]{3,}", name)}
    return any(word[:3].lower() in begins for word in re.findall(r"[^\W\d_]{3,}", request))


def map_plan(plan: Plan, text: Callable[[str], str], number: Callable[[int], int]) -> Plan:
    """The plan with TEXT and NUMBER applied to every value."""

    def value(old: Any) -> Any:
        if isinstance(old, str):
            return text(old)
        if isinstance(old, list | tuple):
            return [value(item) for item in old]
        return number(old) if isinstance(old, int) and not isinstance(old, bool) else old

    calls = tuple(ToolCall(call.name, {name: value(old) for name, old in call.arguments.items()}, call.input) for call in plan.calls)
    return Plan(calls, Redirect(text(plan.output.path), plan.output.append) if plan.output else None)


def fresh_number(old: str, draw: random.Random) -> str:
    """Digits of the same shape: as many of them, dates stay dates."""
    if re.fullmatch(r"(19|20)\d\d-\d\d-\d\d", old):
        return f"20{draw.randint(10, 26)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
    if re.fullmatch(r"(19|20)\d\d", old):
        return str(draw.randint(1990, 2029))
    return re.sub(r"\d+", lambda run: str(draw.randint(10 ** (len(run[0]) - 1), min(10 ** len(run[0]) - 1, 250 if len(run[0]) == 3 else 10**18))), old)


def fresh_name(old: str, words: Sequence[str], draw: random.Random) -> str:
    """A name in the shape of OLD: as many path components, the same ending, another stem."""
    return "/".join(_component(part, words, draw) for part in old.split("/"))


def _component(old: str, words: Sequence[str], draw: random.Random) -> str:
    if not any(map(str.isalpha, old)) or old.endswith(":"):  # "..", "http:"
        return old
    stem, dot, ending = old.rpartition(".")
    if not stem or len(ending) > 5:
        stem, dot, ending = old, "", ""
    parts = [_word(words, draw) for _ in range(1 if len(old) < 5 else draw.choice((1, 1, 1, 2, 2, 3)))]
    if len(parts) > 1 and draw.random() < 0.15:  # never alone: "the 48 lines" would say something else
        parts[draw.randrange(len(parts))] = str(draw.randint(0, 2030))
    joint = draw.choice(("_", "-", "", ".", "_", "-", " "))
    return joint.join(parts) + dot + ending


def _word(words: Sequence[str], draw: random.Random) -> str:
    chance = draw.random()
    if chance < 0.70:
        word = draw.choice(words)
    elif chance < 0.88:
        word = draw.choice(string.ascii_lowercase) + "".join(draw.choice(string.ascii_lowercase + string.digits) for _ in range(draw.randint(1, 6)))
    else:
        word = draw.choice(words)
        at = draw.randrange(len(word))
        word = word[:at] + draw.choice(_ODD_LETTERS) + word[at:]
    return draw.choice((str.lower, str.lower, str.lower, str.capitalize, str.upper))(word)


def slip(example: Example, copied: Sequence[str], draw: random.Random) -> Example:
    """Small case, no final stop, or two letters of a word that is not copied changed places."""
    request = example.request
    if draw.random() < SLIP and request[:1].isupper() and not any(request.startswith(text) for text in copied):
        request = request[0].lower() + request[1:]
    if draw.random() < SLIP and request[-1:] in ".?!" and not any(request.endswith(text) for text in copied):
        request = request[:-1]
    if draw.random() < SLIP:
        kept = {word.lower() for text in copied for word in re.findall(r"\w+", text)}
        spots = [run for run in re.finditer(r"(?<!\S)[a-z]{5,}(?!\S)", request) if run[0] not in kept]
        if spots:
            run = draw.choice(spots)
            at = run.start() + draw.randrange(1, len(run[0]) - 2)
            request = request[:at] + request[at + 1] + request[at] + request[at + 2 :]
    return replace(example, request=request) if request.strip() else example
