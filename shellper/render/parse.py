"""A shell line back to a plan: tree-sitter-bash gives words, the catalogue gives them meaning. Fails closed with Unparsed."""
from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import replace

from shellper.errors import Unparsed
from shellper.tools import Catalogue, catalogue, validate
from shellper.tools.pathvalues import path_value
from shellper.types import Plan, Redirect, ToolCall, Word

from . import loops, unargv, xargs
from .words import ansi_c, braces, join

_FORBIDDEN = {
    "command_substitution": "command substitution", "process_substitution": "process substitution", "simple_expansion": "variable", "expansion": "variable",
    "subshell": "subshell", "arithmetic_expansion": "arithmetic", "heredoc_redirect": "here-document", "herestring_redirect": "here-string",
}


def parse(line: str, *, tools: Catalogue | None = None) -> Plan:
    """Read LINE as a plan of catalogue calls. Raises Unparsed with the reason."""
    tools = tools or catalogue()
    if len(line) > 10_000:
        raise Unparsed("too long")
    line = re.sub(r"(?<!\\);\s*$", "", line.strip()).rstrip()
    if line.startswith("for "):
        found = loops.parse(line, tools, functools.partial(_path_values, tools=tools))
        if found is None:
            raise Unparsed("loop")
        return _checked(Plan((found,)), tools)
    return _checked(Reader(line, tools).plan(), tools)


def parse_words(words: list[str]) -> ToolCall | None:
    """The call that the literal words of one command make, None where the catalogue does not know it."""
    try:
        call, inner = unargv.call([Word(text) for text in words], catalogue())
    except Unparsed:
        return None
    return None if inner else call


def plan_of(words: Sequence[Word], *, pipe: bool = False) -> Plan | None:
    """The plan that the words of one command make, None where the catalogue does not know it; PIPE says that it reads what another one writes."""
    try:
        found, inner = unargv.call(words, catalogue(), pipe=pipe)
        calls = [replace(found, input=None), *(unargv.call(command, catalogue(), each=True)[0] for command in inner)]
        return _checked(Plan(tuple(calls)), catalogue())
    except Unparsed:
        return None


def _checked(plan: Plan, tools: Catalogue) -> Plan:
    try:
        validate(plan, tools)
    except Exception as error:
        raise Unparsed(str(error)) from None
    return plan


def _path_values(text: str, tools: Catalogue) -> list[str]:
    reader = Reader(f"ls {text}", tools)
    return [path_value(word) for word in reader.words_of_single()[1:]]


@functools.cache
def _parser():
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class Reader:
    """Walks the syntax tree of one line."""

    def __init__(self, line: str, tools: Catalogue | None = None) -> None:
        self.source, self.tools = line.encode("utf-8", "surrogateescape"), tools or catalogue()
        self.root = _parser().parse(self.source).root_node
        if self.root.has_error:
            raise Unparsed("syntax")
        self.calls: list[ToolCall] = []
        self.output: Redirect | None = None

    def words_of_single(self) -> list[Word]:
        nodes = list(self.root.named_children)
        if len(nodes) != 1 or nodes[0].type != "command":
            return []
        return self._words(nodes[0])[0]

    def plan(self) -> Plan:
        nodes = [child for child in self.root.children if child.type != "comment"]
        if any(node.type in (";", "&") for node in nodes) or len(nodes) != 1:
            raise Unparsed("several commands")
        self._statement(nodes[0], linked=None)
        return Plan(tuple(self.calls), self.output)

    def _statement(self, node, linked: str | None) -> None:
        if self.output is not None:
            raise Unparsed("output redirect before the end")
        if node.type == "command":
            self._command(node, linked, None)
        elif node.type == "declaration_command" and self.text(node).startswith("export "):
            self._export(node, linked)
        elif node.type == "unset_command":
            self._call([Word(self.text(node.children[0])), *(word for child in node.named_children for word in self._word(child))], linked, None)
        elif node.type == "redirected_statement":
            self._redirected(node, linked)
        elif node.type == "subshell" and len(node.named_children) == 1 and node.named_children[0].type in ("command", "pipeline"):
            before = len(self.calls)
            self._statement(node.named_children[0], linked)
            if any(self.tools.tools[call.name].builtin for call in self.calls[before:]):
                raise Unparsed("subshell")  # what it sets ends with it
        elif node.type == "pipeline":
            if any(child.type in ("!", "|&") for child in node.children):
                raise Unparsed("|& or !")
            for at, child in enumerate(child for child in node.children if child.is_named):
                self._statement(child, "pipe" if at else linked)
        elif node.type == "list":
            operator = next(child.type for child in node.children if not child.is_named)
            if operator != "&&":
                raise Unparsed(f"operator {operator}")
            left, right = [child for child in node.children if child.is_named]
            self._statement(left, linked)
            self._statement(right, None)
        else:
            raise Unparsed(_FORBIDDEN.get(node.type, node.type.replace("_", " ")))

    def _export(self, node, linked: str | None) -> None:
        words = [Word("export")]
        for child in node.named_children:
            if child.type != "variable_assignment":
                words += self._word(child)
                continue
            name, value = child.named_children[0], child.named_children[1:]
            word = self._word(value[0])[0] if value else Word("")
            words.append(Word(f"{self.text(name)}={word.text}"))
        self._call(words, linked, None)

    def _redirected(self, node, linked: str | None) -> None:
        body = node.child_by_field_name("body")
        if body is None:
            raise Unparsed("redirect alone")
        stdin = output = None
        after: list[Word] = []  # words of the command that stand behind a redirect
        for child in node.children:
            if child.type != "file_redirect":
                if child.type in _FORBIDDEN:
                    raise Unparsed(_FORBIDDEN[child.type])
                continue
            text = self.text(child)
            if re.fullmatch(r"2>>?\s*/dev/null|2>&1", text):
                continue
            operator = child.children[0].type
            target, *others = child.children_by_field_name("destination") or [None]
            if operator != "<":
                after += [word for other in others for word in self._word(other)]
            elif others:
                raise Unparsed("redirect to several files")
            if child.children[0].type == "file_descriptor" and re.fullmatch(r"2>>?\s*/dev/null", text[: target.end_byte - child.start_byte] if target else ""):
                continue
            if operator not in ("<", ">", ">>", ">|") or target is None:
                raise Unparsed(f"redirect {text.split()[0][:4]}")
            words = self._word(target)
            if len(words) != 1:
                raise Unparsed("redirect to several files")
            if operator == "<":
                stdin = words[0]
            elif output is None:
                output = Redirect(path_value(words[0]), operator == ">>")
            else:
                raise Unparsed("two output redirects")
        if body.type == "command":
            self._command(body, linked, stdin, after)
        elif stdin is not None or after:
            raise Unparsed("redirect of a pipeline")
        else:
            self._statement(body, linked)
        self.output = output

    def _command(self, node, linked: str | None, stdin: Word | None, after: Sequence[Word] = ()) -> None:
        words, inner = self._words(node)
        self._call([*words, *after], linked, inner or stdin)

    def _words(self, node) -> tuple[list[Word], Word | None]:
        words: list[Word] = []
        stdin = None
        for child in node.children:
            if child.type == "command_name":
                words += self._word(child.children[0])
            elif child.type == "variable_assignment":
                raise Unparsed("assignment")
            elif child.type == "file_redirect":
                operator = child.children[0].type
                if re.fullmatch(r"2>>?\s*/dev/null", self.text(child)):
                    continue
                if operator != "<":
                    raise Unparsed("redirect in the middle")
                stdin = self._word(child.child_by_field_name("destination"))[0]
            elif child.type in ("herestring_redirect", "heredoc_redirect"):
                raise Unparsed(_FORBIDDEN[child.type])
            else:
                words += self._word(child)
        return words, stdin

    def _call(self, words: list[Word], linked: str | None, stdin: Word | None) -> None:
        if words and words[0].text == "xargs":
            joined = xargs.words_joined(words[1:])
            if joined is not None and stdin is None:
                self.calls.append(ToolCall("join_words", joined, "pipe" if linked == "pipe" else None))
                return
            if linked != "pipe" or not self.calls:
                raise Unparsed("xargs without a pipe")
            words = xargs.command_of(words[1:])
            call, extra = unargv.call(words, self.tools, each=True)
        else:
            call, extra = unargv.call(words, self.tools, pipe=linked == "pipe", stdin=stdin)
        self.calls.append(_drop_print0(call))
        for command in extra:
            if Word("{}") not in command:
                raise Unparsed("-exec without {}")
            inner, _ = unargv.call(command, self.tools, each=True)
            self.calls.append(inner)

    def text(self, node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")

    def _word(self, node) -> list[Word]:
        """The word(s) of a node: several after brace expansion."""
        parts = list(self._parts(node))
        if len(parts) == 1 and parts[0][1] == "bare" and "{" in parts[0][0]:
            return [join([(text, "bare")]) for text in braces(parts[0][0])]
        if any(kind == "bare" and re.search(r"\{[^{}]*,", text) for text, kind in parts) or (any(kind == "bare" and "{" in text for text, kind in parts) and any("," in text for text, kind in parts if kind == "bare")):
            marked = "".join(text if kind == "bare" else "".join(chr(0xE000 + ord(c)) if ord(c) < 0x1000 else c for c in text) for text, kind in parts)
            return [join([("".join(chr(ord(c) - 0xE000) if 0xE000 <= ord(c) < 0xF000 else c for c in run), "quoted" if 0xE000 <= ord(run[0]) < 0xF000 else "bare")
                           for run in re.findall(r"[\ue000-\uefff]+|[^\ue000-\uefff]+", one)]) for one in braces(marked)]
        return [join(parts)]

    def _parts(self, node):
        """(text, "bare" | "quoted") pieces of a word."""
        kind = node.type
        if kind in _FORBIDDEN:
            if kind in ("simple_expansion", "expansion") and self.text(node) in ("$HOME", "${HOME}"):
                yield "~", "home"
                return
            raise Unparsed(_FORBIDDEN[kind])
        if kind in ("word", "number", "extglob_pattern", "test_operator", "regex", "special_variable_name", "variable_name", "file_descriptor", "brace_expression"):
            yield self.text(node), "bare"
        elif kind == "raw_string":
            yield self.text(node)[1:-1], "quoted"
        elif kind == "string":
            for child in node.named_children:
                if child.type in _FORBIDDEN:
                    yield from self._parts(child)
                elif child.type != "string_content":
                    raise Unparsed(child.type.replace("_", " "))
            if not any(child.type in _FORBIDDEN for child in node.named_children):
                yield re.sub(r"\\([\\\"$`\n])", r"\1", self.text(node)[1:-1]), "quoted"
            else:
                yield self.text(node)[1:-1].replace("${HOME}", "").replace("$HOME", ""), "quoted"
        elif kind == "ansi_c_string":
            yield ansi_c(self.text(node)[2:-1]), "quoted"
        elif kind == "concatenation":
            at = node.start_byte
            for child in node.children:
                if child.start_byte > at:
                    yield self.source[at : child.start_byte].decode(), "bare"
                if child.is_named:
                    yield from self._parts(child)
                else:
                    yield self.text(child), "bare"
                at = child.end_byte
        else:
            if not node.is_named:
                yield self.text(node), "bare"
                return
            raise Unparsed(kind.replace("_", " "))


def _drop_print0(call: ToolCall) -> ToolCall:
    return replace(call, arguments={name: value for name, value in call.arguments.items() if name != "null_separated"})
