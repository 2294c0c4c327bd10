"""Shell text taken apart into its simple commands, wherever they stand: lists, pipelines, loops, functions, substitutions."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from shellper.errors import Unparsed
from shellper.tools.pieces import Piece
from shellper.types import Word

from .parse import Reader

MOST_BYTES = 10_000
_THROUGH = {
    "program", "list", "subshell", "compound_statement", "do_group", "if_statement", "elif_clause", "else_clause", "while_statement", "for_statement", "c_style_for_statement", "case_statement", "case_item", "negated_command",
}
_SUBSTITUTIONS = ("command_substitution", "process_substitution")
_UNKNOWN = Piece((None,))


def pieces(text: str) -> list[Piece] | None:
    """All simple commands of TEXT; a part that is not understood is a command without a known word. None where the grammar fails."""
    if len(text) > MOST_BYTES or "\r" in text:
        return None
    try:
        reader = Reader(text)
        walk = _Walk(reader)
        found = list(walk.statement(reader.root))
    except (Unparsed, RecursionError):
        return None
    return [piece for piece in found if not (piece.words and piece.words[0] and piece.words[0].text in walk.functions and not piece.bomb)] or ([Piece()] if found else None)


class _Walk:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.functions: set[str] = set()

    def statement(self, node) -> Iterator[Piece]:
        kind = node.type
        if kind == "command":
            yield self.command(node)
        elif kind == "pipeline":
            before: tuple[Piece, ...] = ()
            for child in node.named_children:
                stages = list(self.statement(child))
                yield from (replace(stage, before=before + stage.before) for stage in stages)
                before += tuple(stages)
        elif kind == "redirected_statement":
            yield from self.redirected(node)
        elif kind == "function_definition":
            yield from self.function(node)
        elif kind in ("variable_assignment", "variable_assignments", "declaration_command"):
            yield Piece(texts=tuple(self.substituted(node)), names=tuple(self.assigned(node)))
            if re.search(r"'[^']*(\$\(|`)", self.reader.text(node)) and kind == "declaration_command":
                yield _UNKNOWN  # an index in brackets is evaluated, even where it is quoted
        elif kind == "test_command":
            text = self.reader.text(node)
            yield _UNKNOWN if "'" in text and ("$(" in text or "`" in text) else Piece(texts=tuple(self.substituted(node)))
        elif kind in _THROUGH:
            for child in node.named_children:
                if child.type in _THROUGH or child.type in ("command", "pipeline", "redirected_statement", "function_definition", "variable_assignment", "variable_assignments", "declaration_command", "test_command"):
                    yield from self.statement(child)
                elif texts := tuple(self.substituted(child)):
                    yield Piece(texts=texts)
                elif child.type.endswith("_statement"):
                    yield _UNKNOWN
        elif kind not in ("comment", "unset_command"):
            yield _UNKNOWN

    def command(self, node) -> Piece:
        words: list[Word | None] = []
        names: list[str] = []
        writes: list[Word | None] = []
        given: str | None = None
        for child in node.children:
            if child.type == "variable_assignment":
                names += self.assigned(child)
            elif child.type == "file_redirect":
                writes += self.written(child)
            elif child.type in ("herestring_redirect", "heredoc_redirect"):
                given = self.given(child)
            else:
                words += self.words(child.children[0] if child.type == "command_name" else child)
        return Piece(tuple(words), tuple(writes), tuple(names), given, tuple(self.substituted(node)))

    def words(self, node) -> list[Word | None]:
        try:
            return list(self.reader._word(node))
        except Unparsed:
            return [None]

    def redirected(self, node) -> Iterator[Piece]:
        body = node.child_by_field_name("body")
        found = list(self.statement(body)) if body else [Piece()]
        for child in node.children:
            if child.type == "file_redirect":
                found.append(Piece(writes=tuple(self.written(child)), texts=tuple(self.substituted(child))))
            elif child.type in ("herestring_redirect", "heredoc_redirect") and found:
                found[-1] = replace(found[-1], given=self.given(child), texts=(*found[-1].texts, *self.substituted(child)))
                text = self.reader.text(child)
                if child.type == "heredoc_redirect":
                    if not re.match(r"<<-?\s*['\"\\]", text) and "`" in text:
                        found.append(_UNKNOWN)  # the grammar has no node for it
                    for stage in child.named_children:
                        if stage.type in ("pipeline", "command", "list"):
                            found += [replace(piece, before=(*found[:1], *piece.before)) for piece in self.statement(stage)]
        return iter(found)

    def written(self, node) -> list[Word | None]:
        """Targets of output redirects; numbers are other descriptors."""
        operator = next((child.type for child in node.children if not child.is_named), "")
        if not operator.startswith((">", "&>", "<>")):
            return []
        target = node.child_by_field_name("destination")
        if target is None:
            return [None]
        return [] if operator.endswith("&") and re.fullmatch(r"\d+|-", self.reader.text(target)) else self.words(target)

    def given(self, node) -> str | None:
        """The text of a here-document or here-string where it is fixed."""
        if node.type == "herestring_redirect":
            words = self.words(node.named_children[-1]) if node.named_children else [None]
            return words[0].text if words[0] else None
        body = next((child for child in node.named_children if child.type == "heredoc_body"), None)
        return self.reader.text(body) if body else None

    def function(self, node) -> Iterator[Piece]:
        name = self.reader.text(node.child_by_field_name("name"))
        self.functions.add(name)
        body = list(self.statement(node.child_by_field_name("body")))
        again = [piece for piece in body if piece.words and piece.words[0] == Word(name)]
        text = self.reader.text(node)
        if again and (any(piece.before for piece in again) or re.search(r"(?<!&)&(?!&)", text)):
            yield Piece(bomb=True)
        yield from body

    def assigned(self, node) -> Iterator[str]:
        if node.type == "variable_name":
            yield self.reader.text(node)
        for child in node.named_children:
            if child.type in ("variable_assignment", "variable_name", "variable_assignments"):
                yield from self.assigned(child)

    def substituted(self, node) -> Iterator[str]:
        """The texts of the outermost substitutions in NODE."""
        for child in node.children:
            if child.type in _SUBSTITUTIONS:
                yield re.sub(r"^(\$\(|[<>]\(|`)|[)`]$", "", self.reader.text(child))
            else:
                yield from self.substituted(child)
