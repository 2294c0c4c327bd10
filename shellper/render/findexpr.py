"""The expression language of find: tests joined by and, groups of alternatives, negation, -exec."""
from __future__ import annotations

import itertools
import re
from typing import Any

from shellper.types import Word

from .table import Mismatch, Table

_OPEN, _CLOSE = Word("("), Word(")")
_OR, _NOT, _AND = ("-o", "-or"), ("!", "-not"), ("-a", "-and")
_EXEC = ("-exec", "-execdir", "-ok")
_PRINTS = ("-print", "-print0", "-ls", "-delete", "-printf")
_ACTIONS = (*_PRINTS, *_EXEC)
_BSD: dict[str, dict[str, Any]] = {"-x": {"same_filesystem": True}, "-E": {"regex_type": "posix-extended"}}


def read(table: Table, words: list[Word], found: dict[str, Any]) -> tuple[list[Word], list[list[Word]]]:
    """Read the tests into FOUND; give the starting folders and the words of each -exec."""
    words = list(words)
    folders: list[Word] = []
    while words and words[0].text in ("-L", "-P", "-H", "-x", "-E"):
        option = words.pop(0).text
        if option in _BSD:
            found.update(_BSD[option])
        else:
            table.option(option, words, found)
    while words and not words[0].text.startswith(("-", "(", "!")):
        folders.append(_plain(words.pop(0)))
    line = list(words)
    commands: list[list[Word]] = []
    seen: set[str] = set()
    if words[:1] == [_OPEN] and _closing(words, 0) == len(words) - 1:
        words = words[1:-1]
    _pruned(words, found)
    words = _shallow(words, folders, found)
    if any(word.text in _OR for word in _outside(words)):
        words = [_OPEN, *words, _CLOSE]
    while words:
        word = words.pop(0)
        if word.text in _AND:
            continue
        if word.text == "-prune":
            raise Mismatch("find -prune", depth=3)
        if word == _OPEN:
            _group(table, words, found, negate=False)
        elif word.text in _NOT:
            _negated(table, words, found)
        elif word.text in _EXEC:
            command, end = _command(words)
            if word.text == "-ok":
                command = _asking(command)
            if [one.text for one in command] == ["echo", "{}"]:  # which is what find prints anyway
                continue
            alone = word.text == "-exec" and end == ";" and not commands and not any(one.text in _PRINTS for one in line)
            text = _echoed(command) if alone and "format" not in found else None
            if text:
                found["format"] = text
            else:
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
    actions = any(word.text in _ACTIONS for word in words)
    while (size := _prune_length(words)) is not None:
        part, words[:] = words[:size], words[size:]
        for test, target in itertools.pairwise(part):
            if test.text in ("-path", "-wholename", "-name"):
                name = target.text.rstrip("/")
                below = f"*/{name}/*" if test.text == "-name" else f"{name}/*"
                found["exclude_path"] = [*found.get("exclude_path", []), *([name] if actions and test.text != "-name" else []), below]
                if actions and test.text == "-name":
                    found["exclude"] = [*found.get("exclude", []), name]


def _closing(words: list[Word], at: int) -> int:
    """The place of the parenthesis that closes the one at AT, or -1."""
    depth = 0
    for place in range(at, len(words)):
        depth += (words[place] == _OPEN) - (words[place] == _CLOSE)
        if not depth:
            return place
    return -1


def _shallow(words: list[Word], folders: list[Word], found: dict[str, Any]) -> list[Word]:
    """Read a `-prune` that is part of the one conjunction: before all tests it is a depth of 0, behind `! -name .` a depth of 1, behind all
    tests the argument `prune`. Elsewhere it is refused."""
    texts = [word.text for word in words]
    if Word("-prune") not in _outside(words) or any(text in _OR or text == "," for text in texts) or texts.count("-prune") > 1:
        return words
    at = texts.index("-prune")
    before, after = texts[:at], texts[at + 1 :]
    if "-depth" in texts or "-delete" in texts or any(text in _ACTIONS for text in before) or any(text in ("-maxdepth", "-mindepth") for text in after):
        raise Mismatch("find -prune", depth=3)
    if not before:
        found["max_depth"] = 0
    elif before[0] == "-mindepth" and len(before) == 2 and before[1].isdigit():
        found["max_depth"] = int(before[1])
    elif before in (["!", "-name", "."], ["-not", "-name", "."]) and all(word.text.rstrip("/").rpartition("/")[2] == "." for word in folders):
        found["min_depth"] = found["max_depth"] = 1
        return words[4:]
    elif not after or after[0] in _ACTIONS:
        found["prune"] = True
    else:
        raise Mismatch("find -prune", depth=3)
    return words[:at] + words[at + 1 :]


def _asking(command: list[Word]) -> list[Word]:
    """The command of an -ok: rm can ask by itself, of the others the question would be lost."""
    if command[:1] != [Word("rm")] or any(re.match(r"-\w*f|--force", word.text) for word in command):
        raise Mismatch("find -ok", depth=3)
    return [command[0], Word("-i"), *command[1:]]


def _echoed(command: list[Word]) -> str | None:
    """The -printf format that prints what `echo …` would, None where that is another command."""
    texts = [word.text for word in command]
    if texts[:1] != ["echo"] or any(word.pattern for word in command) or len(texts) < 2 or texts[1].startswith("-"):
        return None
    return " ".join(texts[1:]).replace("\\", "\\\\").replace("%", "%%").replace("{}", "%p") + "\\n"


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
    loose = any(word.text in _OR for word in _outside(words[: at + 1]))  # then only the last alternative is pruned
    free = not loose and all(text in allowed or texts[place - 1] in ("-path", "-wholename", "-name") for place, text in enumerate(texts[:at]))
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


def _command(words: list[Word]) -> tuple[list[Word], str]:
    """The words of an -exec, and what ended it."""
    command: list[Word] = []
    while words:
        word = words.pop(0)
        if word.text == ";" or (word.text == "+" and command and command[-1].text == "{}"):
            return command, word.text
        command.append(word)
    if Word("{}") in command:
        return command, ";"  # the line's own end was its `;`
    raise Mismatch("-exec without end", depth=3)


def _negatable(table: Table, switch: str) -> list:
    return [item for item in table.valued.get(switch, []) if item.get("negate")]


def _negated(table: Table, words: list[Word], found: dict[str, Any]) -> None:
    word = words.pop(0) if words else Word("")
    if word == _OPEN:
        if (names := _left_out(words)) is not None:
            for test, name in names:
                found["exclude_path"] = [*found.get("exclude_path", []), *([name, f"{name}/*"] if test == "-path" else [f"*/{name}/*"])]
                if test == "-name":
                    found["exclude"] = [*found.get("exclude", []), name]
            return
        return _group(table, words, found, negate=True)
    for item in table.items:
        if isinstance(item, dict) and item.get("negate") and item.get("flag") == word.text:
            found[item["arg"]] = True
            return
    if not words or not any(table._put(item, words[0], found) for item in _negatable(table, word.text)):
        raise Mismatch(f"find -not {word.text}", depth=3)
    words.pop(0)


def _left_out(words: list[Word]) -> list[tuple[str, str]] | None:
    """The (-path | -name, value) of `! ( -path A -prune -o … )`, which is taken from WORDS behind its parenthesis; None for another group."""
    end = _closing([_OPEN, *words], 0) - 1
    inner = [word.text for word in words[: max(end, 0)]]
    found = []
    for part in _alternatives(inner):
        if len(part) != 3 or part[0] not in ("-path", "-wholename", "-name") or part[2] != "-prune":
            return None
        found.append(("-name" if part[0] == "-name" else "-path", part[1].rstrip("/")))
    del words[: end + 1]
    return found


def _alternatives(texts: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for text in texts:
        if text in _OR:
            parts.append([])
        elif text not in _AND:
            parts[-1].append(text)
    return parts


def _either(parts: list[list[Word]], found: dict[str, Any]) -> bool:
    """Read alternatives of kinds, of single permission bits and of missing owners, which have an argument of their own."""
    texts = [[word.text for word in part] for part in parts]
    if sorted(map(tuple, texts)) == [("-nogroup",), ("-nouser",)]:
        found["unowned"] = "user_or_group"
        return True
    if len(parts) < 2 or any(len(part) != 2 or part[0] != texts[0][0] for part in texts):
        return False
    values = [part[1] for part in texts]
    if texts[0][0] == "-type" and "type" not in found:
        kind = {("d", "f"): "file_or_directory", ("f", "l"): "file_or_link"}.get(tuple(sorted(values)))
        found.update({"type": kind} if kind else {})
        return kind is not None
    if texts[0][0] == "-perm" and "mode" not in found:
        if all(re.fullmatch(r"-0*[124]0*", value) for value in values):
            found["mode"] = f"/{sum({int(value[1:], 8) for value in values}):o}"
            return True
        if all(re.fullmatch(r"-[ugoa]=[rwxst]", value) for value in values):
            found["mode"] = "/" + ",".join(value[1:] for value in values)
            return True
    return False


def _group(table: Table, words: list[Word], found: dict[str, Any], *, negate: bool) -> None:
    """( -name A -o -name B … ): the same test over alternatives; also one in which all carry the same -type."""
    inside: list[list[Word]] = [[]]
    while words and words[0] != _CLOSE:
        word = words.pop(0)
        if word == _OPEN:
            raise Mismatch("find with nested groups", depth=3)
        if word.text == "-prune":
            raise Mismatch("find -prune", depth=3)
        if word.text in _OR:
            inside.append([])
        elif word.text not in _AND:
            inside[-1].append(word)
    if not words:
        raise Mismatch("find with an open group", depth=3)
    words.pop(0)
    if not negate and _either(inside, found):
        return
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
