"""The expression language of find: tests joined by and, groups of alternatives, negation, -exec."""
from __future__ import annotations

import itertools
from typing import Any

from shellper.types import Word

from .table import Mismatch, Table

_OPEN, _CLOSE = Word("("), Word(")")
_OR, _NOT, _AND = ("-o", "-or"), ("!", "-not"), ("-a", "-and")
_EXEC = ("-exec", "-execdir", "-ok")


def read(table: Table, words: list[Word], found: dict[str, Any]) -> tuple[list[Word], list[list[Word]]]:
    """Read the tests into FOUND; give the starting folders and the words of each -exec."""
    words = list(words)
    folders: list[Word] = []
    while words and words[0].text in ("-L", "-P", "-H"):
        table.option(words.pop(0).text, words, found)
    while words and not words[0].text.startswith(("-", "(", "!")):
        folders.append(_plain(words.pop(0)))
    commands: list[list[Word]] = []
    seen: set[str] = set()
    _pruned(words, found)
    if any(word.text in _OR for word in _outside(words)):
        words = [_OPEN, *words, _CLOSE]
    while words:
        word = words.pop(0)
        if word.text in _AND:
            continue
        if word == _OPEN:
            _group(table, words, found, negate=False)
        elif word.text in _NOT:
            _negated(table, words, found)
        elif word.text in _EXEC:
            command = _command(words)
            if [one.text for one in command] != ["echo", "{}"]:  # which is what find prints anyway
                commands.append(command)
        elif word.text in seen and any(item.get("any") for item in table.valued.get(word.text, ())):
            raise Mismatch("find with the same test twice", depth=3)
        elif not table.option(word.text, words, found):
            raise Mismatch(f"find {word.text}", depth=2)
        seen.add(word.text)
    if len(commands) > 1:
        raise Mismatch("find with more than one -exec", depth=3)
    return folders, commands


def _pruned(words: list[Word], found: dict[str, Any]) -> None:
    """Read `-path X -prune -o …` as what it leaves out: X with all below it; X itself too where the rest has its own action."""
    actions = any(word.text in ("-print", "-print0", "-ls", "-delete", "-printf", *_EXEC) for word in words)
    while (size := _prune_length(words)) is not None:
        part, words[:] = words[:size], words[size:]
        for test, target in itertools.pairwise(part):
            if test.text in ("-path", "-wholename", "-name"):
                name = target.text.rstrip("/")
                below = f"*/{name}/*" if test.text == "-name" else f"{name}/*"
                found["exclude_path"] = [*found.get("exclude_path", []), *([name] if actions and test.text != "-name" else []), below]
                if actions and test.text == "-name":
                    found["exclude"] = [*found.get("exclude", []), name]


def _prune_length(words: list[Word]) -> int | None:
    """How many words a leading `… -prune -o` takes, or None where the line does not begin with one."""
    texts = [word.text for word in words]
    if "-prune" not in texts[:20]:
        return None
    at = texts.index("-prune")
    end = at + 1
    while texts[end : end + 1] == [")"]:
        end += 1
    allowed = {"(", ")", "-type", "d", "-path", "-wholename", "-name", *_OR, *_AND}
    free = all(text in allowed or texts[place - 1] in ("-path", "-wholename", "-name") for place, text in enumerate(texts[:at]))
    return end + 1 if free and texts[end : end + 1] and texts[end] in _OR else None


def _plain(word: Word) -> Word:
    return Word(word.text[2:], word.pattern) if word.text.startswith("./-") else word


def _outside(words: list[Word]) -> list[Word]:
    depth, out = 0, []
    for word in words:
        depth += (word == _OPEN) - (word == _CLOSE)
        if not depth:
            out.append(word)
    return out


def _command(words: list[Word]) -> list[Word]:
    command = []
    while words:
        word = words.pop(0)
        if word.text == ";" or (word.text == "+" and command and command[-1].text == "{}"):
            return command
        command.append(word)
    if Word("{}") in command:
        return command  # the line's own end was its `;`
    raise Mismatch("-exec without end", depth=3)


def _negatable(table: Table, switch: str) -> list:
    return [item for item in table.valued.get(switch, []) if item.get("negate")]


def _negated(table: Table, words: list[Word], found: dict[str, Any]) -> None:
    word = words.pop(0) if words else Word("")
    if word == _OPEN:
        return _group(table, words, found, negate=True)
    for item in table.items:
        if isinstance(item, dict) and item.get("negate") and item.get("flag") == word.text:
            found[item["arg"]] = True
            return
    if not words or not any(table._put(item, words[0], found) for item in _negatable(table, word.text)):
        raise Mismatch(f"find -not {word.text}", depth=3)
    words.pop(0)


def _group(table: Table, words: list[Word], found: dict[str, Any], *, negate: bool) -> None:
    """( -name A -o -name B … ): the same test over alternatives; also one in which all carry the same -type."""
    inside: list[list[Word]] = [[]]
    while words and words[0] != _CLOSE:
        word = words.pop(0)
        if word == _OPEN:
            raise Mismatch("find with nested groups", depth=3)
        if word.text in _OR:
            inside.append([])
        elif word.text not in _AND:
            inside[-1].append(word)
    if not words:
        raise Mismatch("find with an open group", depth=3)
    words.pop(0)
    common = [word for word in inside[0] if len(inside) > 1 and all(word in part for part in inside)]
    shared: dict[str, Any] = {}
    if len(inside) > 1 and Word("-type") in common:
        kind = inside[0][inside[0].index(Word("-type")) + 1]
        for part in inside:
            at = part.index(Word("-type"))
            if part[at + 1 : at + 2] != [kind]:
                raise Mismatch("find with mixed alternatives", depth=3)
            del part[at : at + 2]
        table.option("-type", [kind], shared)
    for part in inside:
        if len(part) != 2:
            if len(inside) == 1 and not negate:
                rest = list(part)
                while rest:
                    word = rest.pop(0)
                    if word.text in _NOT:
                        _negated(table, rest, found)
                    elif not table.option(word.text, rest, found):
                        raise Mismatch(f"find {word.text}", depth=3)
                continue
            raise Mismatch("find with mixed alternatives", depth=3)
        items = _negatable(table, part[0].text) if negate else [item for item in table.valued.get(part[0].text, []) if item.get("any")]
        if part[0].text != inside[0][0].text or not any(table._put(item, part[1], found) for item in items if item.get("negate", False) == negate):
            raise Mismatch("find with mixed alternatives", depth=3)
    found.update(shared)
