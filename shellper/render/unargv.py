"""The words of one program call back to a tool call, by the same items that render it."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from shellper.errors import Unparsed
from shellper.tools import Catalogue, Tool, forms
from shellper.tools.pathvalues import path_value
from shellper.tools.plans import check_arguments
from shellper.types import ToolCall, Word

from . import findexpr
from .argv import conditional, default, is_path
from .table import Mismatch, Table

_ALIASES = {"gawk": "awk", "mawk": "awk", "nawk": "awk", "gsed": "sed", "ggrep": "grep", "gfind": "find"}


def call(words: Sequence[Word], tools: Catalogue, *, each: bool = False, pipe: bool = False, stdin: Word | None = None) -> tuple[ToolCall, list]:
    """The tool call that WORDS make, and find's trailing -exec commands (word lists). Raises Unparsed."""
    words, root = _stripped(list(words))
    if not words or words[0].pattern:
        raise Unparsed("no program")
    program = words[0].text.rsplit("/", 1)[-1] if words[0].text.startswith(("/bin/", "/usr/bin/", "/usr/local/bin/")) else words[0].text
    rows = tools.by_program.get(_ALIASES.get(program, program), ())
    if not rows:
        raise Unparsed(f"unknown program: {program}")
    best, reasons = None, []
    for order, (tool, form) in enumerate(rows):
        try:
            found, extra, score = _match(tool, form, words[1:], each, stdin, root)
        except Mismatch as error:
            reasons.append((error.depth, f"{tool.name}: {error}"))
            continue
        rank = (score, -len(found), -order)
        if best is None or rank > best[0]:
            best = rank, ToolCall(tool.name, found, "each" if each else "pipe" if pipe else None), extra
    if best is None:
        raise Unparsed(max(reasons, key=lambda row: row[0])[1])
    return best[1], best[2]


def _stripped(words: list[Word]) -> tuple[list[Word], bool]:
    root = False
    while words and words[0].text in ("sudo", "command", "exec"):
        root = root or words[0].text == "sudo"
        words = words[1:]
    return words, root


def _match(tool: Tool, form: Mapping[str, Any], words: list[Word], each: bool, stdin: Word | None, root: bool) -> tuple[dict, list, int]:
    if each and not tool.each:
        raise Mismatch("takes no paths from a list")
    table = Table(tool, form["argv"])
    found: dict[str, Any] = dict(form.get("set", {}))
    score = 0
    for literal in table.subcommands:
        if not words or words[0] != Word(literal):
            raise Mismatch(f"not `{literal}`", depth=score)
        words, score = words[1:], score + 10
    for item in table.literals:
        if not item["literal"].startswith("-") and words and words[0] == Word(item["literal"]):
            words = words[1:]
            table.seen.add(item["literal"])
    extra: list = []
    split = None
    if tool.style == "find":
        operands, extra = findexpr.read(table, words, found)
    else:
        operands, split = _options(table, words, found)
    missing = table.required_flags - table.seen
    if missing:
        raise Mismatch(f"without {sorted(missing)[0]}", depth=score)
    for item in table.literals:
        if "unless" in item and item["literal"] not in table.seen and conditional(item, found):
            raise Mismatch(f"without {item['literal']}", depth=score)
    score += 5 * len(table.required_flags)
    if root:
        name = table.prefixes.get("sudo")
        if not name:
            raise Mismatch("sudo", depth=50)
        found[name] = True
    operands = [word for word in operands if not (each and word == Word("{}"))]
    if each and operands[-1:] == [Word("/dev/null")] and "with_filename" in tool.properties:
        operands.pop()  # the old way to have the file's name printed even where it is the only one
        found["with_filename"] = True
    if split is not None and table.split_at is not None:
        score += _assign(table, table.slots[: table.split_at], operands[:split], found, each, depth=score)
        score += _assign(table, table.slots[table.split_at :], operands[split:], found, each, depth=score)
    else:
        score += _assign(table, table.slots, operands, found, each, depth=score)
    if stdin is not None:
        _read_stdin(table, stdin, found)
    found = {name: value for name, value in _ordered(tool, found).items() if value != default(tool, name)}
    problem = check_arguments(tool, found, each=each)
    if problem:
        raise Mismatch(problem, depth=score + 1)
    return found, extra, score


def _ordered(tool: Tool, found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in tool.properties if name in found}


def _options(table: Table, words: list[Word], found: dict[str, Any]) -> tuple[list[Word], int | None]:
    """Read switches into FOUND; give the operands, and how many stood before `--`."""
    operands: list[Word] = []
    words = list(words)
    if table.tool.spec.get("bare_cluster") and words and re.fullmatch(r"[A-Za-z]+", words[0].text) and f"-{words[0].text[0]}" in table.flags:
        words[0] = Word("-" + words[0].text)
    while words:
        word = words.pop(0)
        text = word.text
        if table.rest and (operands or not text.startswith("-") or text == "--") and len(operands) >= table.before_rest:
            return operands + _rest(table, words if text == "--" else [word, *words], len(operands), found), None
        if word == Word("--"):
            if table.rest:
                return operands + _rest(table, words, len(operands), found), None
            return operands + words, len(operands)
        if text.startswith("-") and len(text) > 1 and not (word.pattern and text not in table.flags and not table.takes(text)):
            if not table.option(text, words, found):
                if table.dash_operands and (len(operands) < table.dash_operands or any(slot.get("joined") for slot in table.slots)):
                    operands.append(word)
                    continue
                raise Mismatch(f"option {text}", depth=2)
        else:
            operands.append(word)
    return operands, None


def _rest(table: Table, words: list[Word], before: int, found: dict[str, Any]) -> list[Word]:
    """Take WORDS as the nested command, but for the operands that are still due before it; gives those."""
    due = max(table.before_rest - before, 0)
    if any(word.pattern for word in words[due:]):
        raise Mismatch("a pattern inside a nested command")
    if words[due:]:
        found[table.rest] = [word.text for word in words[due:]]
    return words[:due]


def _assign(table: Table, slots: list, operands: list[Word], found: dict[str, Any], each: bool, depth: int) -> int:
    """Give the operands to the positional items; the array takes what the fixed ones leave. Gives a bonus for composed words."""
    tool = table.tool
    slots = [item for item in slots if not _filled(item, found) and not (each and item.get("operand") == tool.each)]
    for item in list(slots):
        if "match" in item and operands and not _is_array(tool, item) and not re.search(item["match"], operands[slots.index(item) if slots.index(item) < len(operands) else -1].text):
            if _needs(tool, item):
                raise Mismatch(f"{item['operand']} cannot be that", depth=depth)
            slots.remove(item)
    arrays = [at for at, item in enumerate(slots) if _is_array(tool, item)]
    needed = [at for at, item in enumerate(slots) if _needs(tool, item)]
    count = len(operands)
    if not arrays and count > len(slots):
        raise Mismatch("too many operands", depth=depth + 1)
    if count < len(needed):
        raise Mismatch("too few operands", depth=depth + 1)
    taking = list(range(len(slots)))
    for at in reversed(range(len(slots))):
        if len(taking) > count and at not in needed:
            taking.remove(at)
    at, bonus = 0, 0
    for place, index in enumerate(taking):
        item = slots[index]
        take = count - at - (len(taking) - place - 1) if index in arrays else 1
        chosen, at = operands[at : at + take], at + take
        bonus += _give(table, item, chosen, found, depth)
    if at < count:
        raise Mismatch("too many operands", depth=depth + 1)
    for item in slots:
        if "word" in item and item not in [slots[i] for i in taking]:
            found.update(forms.decompose(item, "") or {})
    return bonus


def _give(table: Table, item: Mapping[str, Any], words: list[Word], found: dict[str, Any], depth: int) -> int:
    tool = table.tool
    if "word" in item:
        if words[0].pattern:
            raise Mismatch("a pattern where text belongs", depth=depth)
        values = forms.decompose(item, words[0].text)
        if values is None:
            raise Mismatch("a form that the catalogue does not know", depth=depth + 1)
        for name in values.keys() & tool.properties.keys():  # the others only have to agree with themselves
            value = values[name]
            found[name] = table.typed(name, str(value)) if isinstance(value, str) else value
        return 3
    name = item["operand"]
    if "match" in item and not all(re.search(item["match"], word.text) for word in words):
        raise Mismatch(f"{name} cannot be that", depth=depth)
    if is_path(tool, name):
        values = [path_value(word) for word in words]
    else:
        if any(word.pattern for word in words):
            if item.get("joined"):
                raise Mismatch("a pattern where text belongs", depth=depth)
            words = [Word(word.text) for word in words]
        if item.get("joined"):
            words = [Word(" ".join(word.text for word in words))]
        values = [table.typed(name, word.text) for word in words]
    found[name] = values if tool.properties[name].get("type") == "array" else values[0]
    return 0


def _filled(item: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    return item.get("operand") in found


def _is_array(tool: Tool, item: Mapping[str, Any]) -> bool:
    return item.get("joined", False) or ("operand" in item and tool.properties[item["operand"]].get("type") == "array")


def _needs(tool: Tool, item: Mapping[str, Any]) -> bool:
    if "word" in item:
        return not item.get("optional") and forms.decompose(item, "") is None
    return item["operand"] in tool.required


def _read_stdin(table: Table, stdin: Word, found: dict[str, Any]) -> None:
    name = table.redirect
    if name is None and table.tool.stdin:
        arrays = [item["operand"] for item in table.slots if "operand" in item and is_path(table.tool, item["operand"])]
        name = next((one for one in arrays if one not in found), None)
    if name is None:
        raise Mismatch("input redirect", depth=3)
    value = path_value(stdin)
    found[name] = [value] if table.tool.properties[name].get("type") == "array" else value
