"""One tool call to the words of its program, by the items of its tool file."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shellper.errors import PlanInvalid
from shellper.tools import Tool, forms
from shellper.tools.pathvalues import path_word
from shellper.tools.schema import arguments_of
from shellper.types import Stage, ToolCall, Word


def stage(tool: Tool, call: ToolCall, dialect: str = "gnu") -> tuple[Stage, int | None]:
    """Render CALL. Also gives the place among the words where an `each` call's paths belong (None = at the end)."""
    writer = _Writer(tool, call, dialect)
    for at, item in enumerate(writer.items):
        writer.at = at
        writer.item(item)
    missing = [name for name in call.arguments if not any(name in arguments_of(item) for item in writer.items)]
    if missing:
        raise PlanInvalid(f"/arguments/{missing[0]}: {tool.name} cannot do that on this system")
    if call.arguments.get("prune") and not _prunable([word.text for word in writer.words]):
        raise PlanInvalid("/arguments/prune: only the folders that one row of tests finds can be left unsearched")
    return writer.stage(), writer.each_at


def _prunable(texts: list[str]) -> bool:
    """Whether -prune stands behind a test of its own and beside no alternatives, depths or deletion: elsewhere it means something else."""
    if "-prune" not in texts:
        return True
    start = next(at for at, text in enumerate(texts) if text.startswith("-") or text in "(!")
    tests = texts[start : texts.index("-prune")]
    return bool(tests) and tests != ["!", "-name", "."] and not {"(", "-o", "-depth", "-delete", "-maxdepth", "-mindepth"} & set(texts)


def default(tool: Tool, name: str) -> Any:
    return tool.properties[name].get("default")


def is_path(tool: Tool, name: str) -> bool:
    schema = tool.properties[name]
    return schema.get("format") == "path" or schema.get("items", {}).get("format") == "path"


def age(value: str, item: Mapping[str, Any]) -> list[str]:
    """A duration ("7d", "2w", "12h", "30m") as the two words of an age test: -mtime -7."""
    number, unit = re.fullmatch(r"(\d+)([mhdw])", value).groups()
    if unit in "dw":
        return [item["days"], f"{item['sign']}{int(number) * (7 if unit == 'w' else 1)}"]
    return [item["minutes"], f"{item['sign']}{int(number) * (60 if unit == 'h' else 1)}"]


def conditional(item: Mapping[str, Any], arguments: Mapping[str, Any]) -> bool:
    """Whether a conditional literal stands there with these ARGUMENTS."""
    key = "when" if "when" in item else "unless"
    asked = item[key] if isinstance(item[key], list) else [item[key]]
    return any(name in arguments for name in asked) is (key == "when")


class _Writer:
    def __init__(self, tool: Tool, call: ToolCall, dialect: str) -> None:
        self.tool, self.arguments, self.each = tool, call.arguments, call.input == "each"
        self.items, self.at = tool.argv(dialect), 0
        program = tool.program(dialect)
        self.words: list[Word] = [Word(program)] if program else []
        self.merge = tool.spec.get("merge", True) and tool.style == "getopt"
        self.open_cluster = False  # the last word is a cluster of short switches that may grow
        self.each_at: int | None = None
        self.stdin: Word | None = None
        self.guard = False  # operands have begun, nothing after them is an option

    def stage(self) -> Stage:
        return Stage(tuple(self.words), stdin=self.stdin, builtin=self.tool.builtin)

    def value(self, name: str) -> Any:
        return self.arguments.get(name, default(self.tool, name))

    def word(self, name: str, value: Any) -> Word:
        return path_word(value) if is_path(self.tool, name) else Word(str(value))

    def switch(self, text: str) -> None:
        short = bool(re.fullmatch(r"-[A-Za-z0-9]", text))
        if self.merge and short and self.open_cluster:
            self.words[-1] = Word(self.words[-1].text + text[1:])
        else:
            self.words.append(Word(text))
        self.open_cluster = short and self.merge

    def item(self, item: Any) -> None:
        if isinstance(item, str):
            return self.switch(item)
        kind = next(k for k in ("literal", "prefix", "flag", "option", "choice", "operand", "word", "age", "redirect", "rest") if k in item)
        getattr(self, f"_{kind}")(item)

    def _literal(self, item) -> None:
        """A word that stands there `when` one of the named arguments is given, or `unless` one is."""
        if conditional(item, self.arguments):
            self.switch(item["literal"])
            self.guard = self.guard or item["literal"] == "--"

    def _prefix(self, item) -> None:
        if self.arguments.get(item["arg"]):
            self.words.insert(0, Word(item["prefix"]))

    def _flag(self, item) -> None:
        if self.arguments.get(item["arg"]):
            if item.get("negate"):
                self.words.append(Word("-not"))
            self.switch(item["flag"])
            for text in item.get("then", []):
                self.plain(Word(text))

    def _option(self, item) -> None:
        name = item["arg"]
        if name not in self.arguments and "default" not in self.tool.properties[name]:
            return
        value = self.value(name)
        values = value if isinstance(value, list) else [value]
        if item.get("repeat"):
            for one in values:
                self._one_option(item, name, one)
        elif item.get("any") and len(values) > 1:
            if item.get("negate"):
                self.words.append(Word("-not"))
            self.words.append(Word("("))
            for at, one in enumerate(values):
                self.words += [Word("-o")] * bool(at)
                self._one_option({**item, "negate": False}, name, one)
            self.words.append(Word(")"))
        elif isinstance(value, list) and not item.get("any") and not item.get("negate"):
            self._one_option(item, name, item.get("separator", ",").join(map(str, value)))
        else:
            for one in values:
                self._one_option(item, name, one)

    def _one_option(self, item, name: str, value: Any) -> None:
        text = item.get("form", "{}").replace("{}", str(value))
        if item.get("negate"):
            self.words.append(Word("-not"))
        flag = item["option"]
        word = Word(text) if "form" in item or not is_path(self.tool, name) else path_word(value)
        if item.get("join"):
            if flag.startswith("--") and not flag.endswith("="):
                flag += "="
            self.words.append(Word(flag + word.text, word.pattern))
        elif self.open_cluster and self.tool.spec.get("merge_value") and re.fullmatch(r"-[A-Za-z]", flag):
            self.words[-1] = Word(self.words[-1].text + flag[1:])
            self.words.append(word)
        else:
            self.words += [Word(flag), word]
        self.open_cluster = False

    def _choice(self, item) -> None:
        value = self.value(item["choice"])
        flags = item["flags"].get(value, "") if value is not None else ""
        if isinstance(flags, list) and len(flags) > 1:
            self.open_cluster = False
        if isinstance(flags, list):
            for flag in flags:
                self.plain(Word(flag))
        elif flags:
            self.switch(flags) if flags.startswith("-") else self.plain(Word(flags))

    def plain(self, word: Word) -> None:
        self.words.append(word)
        self.open_cluster = False

    def _operand(self, item) -> None:
        name = item["operand"]
        if self.each and name == self.tool.each and name not in self.arguments:
            self.each_at = len(self.words)
            return
        if self.each_at is not None and item.get("each_option") and name in self.arguments:
            self.words[self.each_at : self.each_at] = [Word(item["each_option"]), self.word(name, self.arguments[name])]
            self.each_at += 2
            return
        value = self.value(name)
        if value is None:
            return
        for one in value if isinstance(value, list) else [value]:
            self.operand(self.word(name, one), dash_ok=item.get("dash_ok", False), path=is_path(self.tool, name))

    def later_options(self) -> bool:
        """Whether options may still follow the operand that is being written, so that `--` would swallow them."""
        return any(isinstance(item, dict) and ("option" in item or "flag" in item) for item in self.items[self.at + 1 :])

    def operand(self, word: Word, *, dash_ok: bool = False, path: bool = False) -> None:
        if word.text.startswith("-") and len(word.text) > 1 and not self.guard and not dash_ok:
            if self.tool.style == "find" or (path and self.later_options()):
                word = Word("./" + word.text, word.pattern)
            elif any(isinstance(item, dict) and item.get("arg") in self.arguments for item in self.items[self.at + 1 :]):
                raise PlanInvalid(f"/arguments: {word.text} would be taken for an option of {self.tool.name}")
            elif self.tool.spec.get("dashdash", True):
                self.words.append(Word("--"))
                self.guard = True
        self.plain(word)

    def _word(self, item) -> None:
        if item.get("optional") and not any(name in self.arguments for form in item["word"] for name in forms.names(form)):
            return
        arguments = {name: self.value(name) for name in self.tool.properties if self.value(name) is not None}
        text = forms.compose(item["word"], arguments)
        if text is None:
            raise PlanInvalid(f"/arguments: {self.tool.name} cannot combine {', '.join(sorted(self.arguments)) or 'nothing'} with these values")
        if text:
            self.operand(Word(text), dash_ok=True)

    def _age(self, item) -> None:
        if item["age"] in self.arguments:
            self.words += [Word(text) for text in age(self.arguments[item["age"]], item)]
            self.open_cluster = False

    def _redirect(self, item) -> None:
        if item["arg"] in self.arguments:
            self.stdin = self.word(item["arg"], self.arguments[item["arg"]])

    def _rest(self, item) -> None:
        words = self.arguments.get(item["rest"], [])
        if words and words[0].startswith("-") and item["rest"] in (self.tool.spec["effects"].get("spawns") or ()):
            raise PlanInvalid(f"/arguments/{item['rest']}: a command does not begin with a dash")
        for one in words:
            self.plain(Word(one))
