"""What the student reads: request, names in the folder and earlier turns as one row of tokens; the same for training and serving.

    [CLS] request [SEP] name | name | … [SEP] table , 1 column 2 column … [SEP] newest request [SEP] its command [SEP] 1: line 2: line … [SEP] next older turn …

Every token keeps its offsets into `Source.text`, so that a span of tokens is copied verbatim. Tokens may be left out of a long
line: a span over the gap still copies the whole text.
"""
from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shellper.types import Turn

REQUEST, LISTING, PAST_REQUEST, PAST_COMMAND, PAST_OUTPUT = range(5)  # kinds of segment
ORIGINS = {REQUEST: "request", LISTING: "listing", PAST_REQUEST: "history", PAST_COMMAND: "history", PAST_OUTPUT: "output"}
OLDEST = 4  # ages: 0 now, 1 newest turn, … OLDEST and anything before
_LONGEST_TEXT = 2000  # characters of one request, name or line that are looked at
_HEAD = 10  # tokens kept at the front of a line that is cut
_LS_DETAILS = re.compile(r"[-dlbcps](\S{9}\S? +\d+ +\S+ +\S+) +\d")  # mode, links, owner and group of an `ls -l` line
_LS_TOTAL = re.compile(r"total \d[\d.,]*[KMGT]?")

Tokens = tuple[tuple[int, int, int], ...]  # (WordPiece id, start, end) with offsets in characters


@dataclass(frozen=True)
class SourceBudget:
    """Most tokens that each part may take; the request is served first, then the listing, then turns from the newest on."""

    total: int = 192
    request: int = 160
    listing: int = 48
    columns: int = 48
    turns: int = 4
    past_request: int = 40
    past_command: int = 60
    output: int = 90  # of the newest turn
    older_output: int = 30
    line: int = 24  # of one output line, its number not counted

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> SourceBudget:
        """The budget that a training's CONFIG names."""
        return cls(total=config["source_total"], output=config["source_output"], turns=config.get("source_turns", cls.turns))


@dataclass(frozen=True)
class Source:
    """Token rows of equal length n. `groups[i]` names the unit (request, name, command, line) that a span with token i must
    not leave; -1 for tokens that cannot be pointed at."""

    ids: tuple[int, ...]
    kinds: tuple[int, ...]
    ages: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    groups: tuple[int, ...]
    text: str

    def __len__(self) -> int:
        return len(self.ids)

    def span(self, first: int, last: int) -> str:
        """The text from token FIRST to token LAST, verbatim."""
        return self.text[self.starts[first] : self.ends[last]]

    def origin(self, token: int) -> str:
        return ORIGINS[self.kinds[token]]

    @functools.cached_property
    def group_ends(self) -> tuple[int, ...]:
        """For each token, one past the last token of its group."""
        last = {group: at + 1 for at, group in enumerate(self.groups)}
        return tuple(last[group] for group in self.groups)

    @functools.cached_property
    def openings(self) -> dict[str, list[int]]:
        """First character of a token's text -> the tokens that can be pointed at and begin with it."""
        table: dict[str, list[int]] = {}
        for at, (start, group) in enumerate(zip(self.starts, self.groups, strict=True)):
            if group >= 0:
                table.setdefault(self.text[start], []).append(at)
        return table

    @functools.cached_property
    def request_runs(self) -> frozenset[str]:
        """The texts of letters and digits that one to four neighbouring tokens of the request make up."""
        length = next((at for at, kind in enumerate(self.kinds) if kind != REQUEST), len(self))
        pairs = ((first, last) for first in range(length) for last in range(first, min(first + 4, length)))
        texts = {self.span(first, last) for first, last in pairs if min(self.groups[first], self.groups[last]) >= 0}
        return frozenset(filter(str.isalnum, texts))


class SourceTokenizer:
    """The encoder's WordPiece without padding, truncation and special tokens; remembers what it has seen."""

    def __init__(self, path: Path, remember: int = 4096) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.cls, self.sep, self.pad = (self._tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]", "[PAD]"))
        self.bar, self.dots = (self._tokenizer.token_to_id(name) for name in ("|", "…"))
        self.encode = functools.lru_cache(remember)(self._encode)

    def _encode(self, text: str) -> Tokens:
        encoding = self._tokenizer.encode(text[:_LONGEST_TEXT], add_special_tokens=False)
        return tuple((number, start, end) for number, (start, end) in zip(encoding.ids, encoding.offsets, strict=True) if end > start)


def render(
    request: str,
    turns: Sequence[Turn],
    names: Iterable[str],
    tokenizer: SourceTokenizer,
    budget: SourceBudget = SourceBudget(),
    columns: Iterable[str] = (),
) -> Source:
    """The source for REQUEST with TURNS (newest last), NAMES (best first) and COLUMNS (lines about tables) within BUDGET."""
    row = _Row(tokenizer, budget.total)
    row.mark(tokenizer.cls, REQUEST, 0)
    row.unit(request, _cut(tokenizer.encode(request), budget.request, tokenizer.dots), REQUEST, 0)
    row.close(REQUEST, 0)
    _add_listing(row, names, min(budget.listing, row.room - 2))
    _add_columns(row, columns, min(budget.columns, row.room - 2))
    for back, turn in enumerate(reversed(turns[-budget.turns :])):
        if not _add_turn(row, turn, min(back + 1, OLDEST), budget):
            break
    return row.source()


class _Row:
    """A source being built."""

    def __init__(self, tokenizer: SourceTokenizer, total: int) -> None:
        self.tokenizer, self.total = tokenizer, total
        self.columns: tuple[list[int], ...] = tuple([] for _ in range(6))
        self.texts: list[str] = []
        self.length = self.group = 0

    @property
    def room(self) -> int:
        return self.total - len(self.columns[0])

    def mark(self, number: int, kind: int, age: int) -> None:
        """Add a token that stands for no text."""
        self._push(number, kind, age, self.length, self.length, -1)

    def unit(self, text: str, tokens: Tokens, kind: int, age: int, *, pointable: bool = True) -> None:
        """Add TEXT, of which TOKENS are shown, as a unit that spans stay within."""
        for number, start, end in tokens:
            shown = pointable and number != self.tokenizer.dots
            self._push(number, kind, age, self.length + start, self.length + end, self.group if shown else -1)
        self.group += 1
        self.texts.append(text + "\n")
        self.length += len(text) + 1

    def close(self, kind: int, age: int) -> None:
        self.mark(self.tokenizer.sep, kind, age)

    def _push(self, *cells: int) -> None:
        for column, cell in zip(self.columns, cells, strict=True):
            column.append(cell)

    def source(self) -> Source:
        return Source(*map(tuple, self.columns), text="".join(self.texts))


def _add_listing(row: _Row, names: Iterable[str], room: int) -> None:
    used = 0
    for name in names:
        tokens = row.tokenizer.encode(name)
        used += len(tokens) + 1
        if used > room:
            break
        if used > len(tokens) + 1:
            row.mark(row.tokenizer.bar, LISTING, 0)
        row.unit(name, tokens, LISTING, 0)
    if used:
        row.close(LISTING, 0)


def _add_columns(row: _Row, lines: Iterable[str], room: int) -> None:
    """Lines about tables, each cut at its end. """
    used = 0
    for line in lines:
        tokens = row.tokenizer.encode(line)[: room - used - 1]
        if len(tokens) < 4:
            break
        used += len(tokens) + 1
        row.unit(line, tokens, LISTING, 0)
        row.close(LISTING, 0)


def _add_turn(row: _Row, turn: Turn, age: int, budget: SourceBudget) -> bool:
    """Add an earlier turn; False where not even its request and command fit."""
    encode, dots = row.tokenizer.encode, row.tokenizer.dots
    request = _cut(encode(turn.request), budget.past_request, dots)
    command = _cut(encode(turn.command), budget.past_command, dots)
    room = row.room - len(request) - len(command) - 3
    if room < 0:
        return False
    row.unit(turn.request, request, PAST_REQUEST, age)
    row.close(PAST_REQUEST, age)
    row.unit(turn.command, command, PAST_COMMAND, age)
    row.close(PAST_COMMAND, age)
    most = budget.output if age == 1 else budget.older_output
    shown = False
    for text, tokens, pointable in _output(turn, min(most, room), row.tokenizer, budget.line):
        row.unit(text, tokens, PAST_OUTPUT, age, pointable=pointable)
        shown = True
    if shown:
        row.close(PAST_OUTPUT, age)
    return True


def _output(turn: Turn, room: int, tokenizer: SourceTokenizer, line_limit: int) -> list[tuple[str, Tokens, bool]]:
    """Units (text, tokens, pointable) of a turn's output: its first lines and, where there are more, the last two, each
    after its number; an exit status that is not 0 comes first."""
    units, lines = [], turn.output.splitlines()
    if turn.exit_code:
        units.append((text := f"exit {turn.exit_code}", tokenizer.encode(text), False))
    if lines and _LS_TOTAL.fullmatch(lines[0]):
        units.append((lines[0], tokenizer.encode(lines[0]), False))
        lines = lines[1:]
    room -= sum(len(tokens) for _, tokens, _ in units)
    if room < 0:
        return []

    def numbered(at: int) -> list[tuple[str, Tokens, bool]]:
        number, line = f"{at + 1}: ", lines[at]
        return [(number, tokenizer.encode(number), False), (line, _line(line, tokenizer, line_limit), True)]

    def cost(parts: list[tuple[str, Tokens, bool]]) -> int:
        return sum(len(tokens) for _, tokens, _ in parts)

    tail_start = max(len(lines) - 2, 0)
    tail = [part for at in range(tail_start, len(lines)) for part in numbered(at)]
    room -= cost(tail)
    if room < 0:
        tail, tail_start, room = [], len(lines), room + cost(tail)
    for at in range(tail_start):
        if not lines[at].strip():
            continue
        head = numbered(at)
        room -= cost(head)
        if room < 0:
            break
        units += head
    return units + tail


def _line(line: str, tokenizer: SourceTokenizer, limit: int) -> Tokens:
    tokens = tokenizer.encode(line)
    details = _LS_DETAILS.match(line)
    if details:
        tokens = tuple(token for token in tokens if not details.start(1) <= token[1] < details.end(1))
    return _cut(tokens, limit, tokenizer.dots)


def _cut(tokens: Tokens, limit: int, dots: int) -> Tokens:
    """At most LIMIT tokens: the first few, a mark, and the end, where file names tend to stand."""
    if len(tokens) <= limit:
        return tokens
    head = min(_HEAD, limit // 2)
    gap = tokens[head][1]
    return (*tokens[:head], (dots, gap, gap), *tokens[len(tokens) - (limit - head - 1) :])
