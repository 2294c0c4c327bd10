"""The parse table of one argv description: which words are switches, what they set, which places operands take."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shellper.tools import Tool, forms
from shellper.tools.pathvalues import path_value
from shellper.types import Word

from .argv import is_path


class Mismatch(Exception):
    """This tool does not read the words; `depth` says how far it got."""

    def __init__(self, reason: str, depth: int = 0) -> None:
        super().__init__(reason)
        self.depth = depth


def switch_of(item: Mapping[str, Any]) -> str:
    return item.get("option", item["arg"])


class Table:
    """Built from a tool and one of its argv descriptions; `option` reads a switch word into the found arguments."""

    def __init__(self, tool: Tool, items: list) -> None:
        self.tool, self.items = tool, items
        self.flags: dict[str, dict[str, Any]] = {}  # switch -> arguments that it sets
        self.valued: dict[str, list[Mapping[str, Any]]] = {}  # switch -> items that take its value
        self.ages: dict[str, list[tuple[Mapping[str, Any], str]]] = {}
        self.choices: dict[str, dict[str, dict[str, Any]]] = {}  # first word -> second word -> arguments
        self.subcommands: list[str] = []
        self.required_flags: set[str] = set()
        self.seen: set[str] = set()
        self.slots: list[Mapping[str, Any]] = []
        self.prefixes: dict[str, str] = {}
        self.redirect: str | None = None
        self.rest: str | None = None
        self.numbers: Mapping[str, Any] | None = None
        self.literals: list[Mapping[str, Any]] = []  # conditional words
        self.split_at: int | None = None  # slots before this one stand before `--`
        self.scripts: dict[str, Mapping[str, Any]] = {}  # switch whose value is a composed word
        self.trailing: dict[str, list[str]] = {}  # words that may follow a switch verbatim
        for item in items:
            self._add(item)
        self.ignored = set(tool.spec.get("ignore", ()))
        for switch, sets in tool.spec.get("imply", {}).items():
            self.flags.setdefault(switch, sets)
        self.before_rest = len(self.slots)
        self.dash_operands = sum(1 for slot in self.slots if slot.get("dash_ok") or "word" in slot)

    def _add(self, item: Any) -> None:
        if isinstance(item, str):
            if item.startswith("-"):
                self.required_flags.add(item)
                self.flags[item] = {}
            elif self.slots or self.rest:
                self.slots.append({"word": [{"text": item}]})
            else:
                self.subcommands.append(item)
        elif "literal" in item:
            self._add_literal(item)
        elif "prefix" in item:
            self.prefixes[item["prefix"]] = item["arg"]
        elif "flag" in item:
            for switch in [item["flag"], *item.get("also", [])]:
                self.flags[switch] = {item["arg"]: True}
            self.trailing[item["flag"]] = item.get("then", [])
        elif "option" in item:
            for switch in [item["option"], *item.get("also", [])]:
                self.valued.setdefault(switch.rstrip("="), []).append(item)
            if item.get("number"):
                self.numbers = item
        elif "age" in item:
            self.ages.setdefault(item["days"], []).append((item, "d"))
            self.ages.setdefault(item["minutes"], []).append((item, "m"))
        elif "choice" in item:
            self._add_choice(item)
        elif "redirect" in item:
            self.redirect = item["arg"]
        elif "rest" in item:
            self.rest = item["rest"]
        else:
            if item.get("each_option"):
                self.valued.setdefault(item["each_option"], []).append({"option": item["each_option"], "arg": item["operand"]})
            for switch in item.get("flags", []):
                self.scripts[switch] = item
            self.slots.append(item)

    def _add_literal(self, item: Mapping[str, Any]) -> None:
        if item["literal"] == "--":
            self.split_at = len(self.slots)
        else:
            self.literals.append(item)
            if item["literal"].startswith("-"):
                self.flags.setdefault(item["literal"], {})

    def _add_choice(self, item: Mapping[str, Any]) -> None:
        spellings = [(value, flags) for value, flags in item["flags"].items()]
        for value, extra in item.get("also", {}).items():
            spellings += [(value, one) for one in (extra if isinstance(extra, list) else [extra])]
        plain = {flag for _, flag in spellings if isinstance(flag, str) and flag and not flag.startswith("-")}
        for value, flags in spellings:
            if isinstance(flags, list) and len(flags) == 2:
                self.choices.setdefault(flags[0], {})[flags[1]] = {item["choice"]: value}
            elif isinstance(flags, str) or len(flags) == 1:  # longer ones are read as what they are
                for flag in [flags] if isinstance(flags, str) else flags:
                    if flag:
                        self.flags[flag] = {item["choice"]: value}
        if plain:
            forms_ = [{"text": flag, "set": {item["choice"]: value}} for value, flag in spellings if isinstance(flag, str) and flag in plain]
            self.slots.append({"word": forms_, "optional": any(flag == "" for _, flag in spellings)})

    def takes(self, text: str) -> bool:
        return text in self.valued or text.split("=", 1)[0] in self.valued or text[:2] in self.valued

    def option(self, text: str, words: list[Word], found: dict[str, Any]) -> bool:
        """Read the switch TEXT (its value may be the next of WORDS, which is then removed). False if it is none of ours."""
        if text in self.flags:
            then = self.trailing.get(text)
            if then and [word.text for word in words[: len(then)]] == then:
                del words[: len(then)]
            return self._set(text, found)
        if text in self.scripts and words:
            values = forms.decompose(self.scripts[text], words.pop(0).text)
            if values is None:
                return False
            found.update({name: self.typed(name, value) if isinstance(value, str) else value for name, value in values.items()})
            self.slots = [slot for slot in self.slots if slot is not self.scripts[text]]
            return True
        if text in self.choices and words and words[0].text in self.choices[text]:
            found.update(self.choices[text][words.pop(0).text])
            return True
        if text in self.ages and words:
            return self._age(text, words.pop(0).text, found)
        if text in self.valued and words:
            return self._value(text, words.pop(0), found)
        name, equals, value = text.partition("=") if text.startswith("--") or self.tool.style == "find" else (text, "", "")
        if equals and name in self.valued and not re.fullmatch(r"-\w", name):
            return self._value(name, Word(value), found)
        if text in self.ignored or (equals and name in self.ignored):
            return True
        if self.numbers and re.fullmatch(r"-\d+", text):
            return self._put(self.numbers, text[1:], found)
        return not text.startswith("--") and self._cluster(text, words, found)

    def _cluster(self, text: str, words: list[Word], found: dict[str, Any]) -> bool:
        """-abc as -a -b -c; the rest of the word is the value where a letter takes one (-n5, -F,)."""
        if self.tool.style == "find" or len(text) < 3:
            return False
        trial, left = dict(found), list(words)
        seen = set(self.seen)
        for at in range(1, len(text)):
            switch, tail = f"-{text[at]}", text[at + 1 :]
            if switch in self.valued:
                if tail:
                    ok = self._value(switch, Word(tail), trial)
                else:
                    ok = bool(left) and self._value(switch, left.pop(0), trial)
                if not ok:
                    self.seen = seen
                    return False
                break
            if switch in self.flags:
                self._set(switch, trial)
            elif switch not in self.ignored:
                self.seen = seen
                return False
        found.clear()
        found.update(trial)
        words[:] = left
        return True

    def _set(self, switch: str, found: dict[str, Any]) -> bool:
        self.seen.add(switch)
        for name, value in self.flags[switch].items():
            found[name] = [*found.get(name, []), *value] if isinstance(value, list) else value
        return True

    def _value(self, switch: str, word: Word, found: dict[str, Any]) -> bool:
        self.seen.add(switch)
        items = sorted((item for item in self.valued[switch] if not item.get("negate")), key=lambda item: -len(item.get("form", "")))
        return any(self._put(item, word, found) for item in items)

    def _put(self, item: Mapping[str, Any], word: Word | str, found: dict[str, Any]) -> bool:
        name = item["arg"]
        word = Word(word) if isinstance(word, str) else word
        before, _, after = item.get("form", "{}").partition("{}")
        text = path_value(word) if is_path(self.tool, name) else word.text
        if not (text.startswith(before) and text.endswith(after) and len(text) > len(before) + len(after) - (1 if not before and not after else 0)):
            return False
        text = text[len(before) : len(text) - len(after)]
        schema = self.tool.properties[name]
        if schema.get("type") == "array":
            if item.get("any") or item.get("negate") or item.get("repeat"):
                found.setdefault(name, [])
                found[name] = [*found[name], self.typed(name, text)]
            else:
                found[name] = [self.typed(name, one) for one in text.split(item.get("separator", ","))]
            return True
        if (schema.get("type") == "integer" and not re.fullmatch(r"[+-]?\d+", text)) or ("enum" in schema and text not in schema["enum"]):
            return False
        if "pattern" in schema and not re.search(schema["pattern"], text):
            return False
        if name in found and found[name] != self.typed(name, text):
            raise Mismatch(f"{switch_of(item)} twice", depth=3)
        found[name] = self.typed(name, text)
        return True

    def typed(self, name: str, text: str) -> Any:
        schema = self.tool.properties[name]
        schema = schema.get("items", schema) if schema.get("type") == "array" else schema
        kinds = schema.get("type", "string")
        if "integer" in kinds and re.fullmatch(r"-?\d+", text):
            return int(text)
        return text

    def _age(self, switch: str, text: str, found: dict[str, Any]) -> bool:
        for item, unit in self.ages[switch]:
            number = text[len(item["sign"]) :]
            if text.startswith(item["sign"]) and number.isdigit() and (item["sign"] or not text.startswith(("+", "-"))):
                count = int(number)
                if unit == "m" and count and count % 60 == 0:
                    count, unit = count // 60, "h"
                found[item["age"]] = f"{count}{unit}"
                return True
        return False


