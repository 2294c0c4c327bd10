"""Lines that are no plan, taken apart: commands joined by ; || & or line ends, and the stages of a pipeline."""
from __future__ import annotations

from shellper.errors import Unparsed

from .parse import Reader


def commands(line: str) -> list[list[str]] | None:
    """The pipelines of LINE in order, each as the texts of its stages; None where it holds anything but lists of simple commands."""
    try:
        reader = Reader(line)
    except Unparsed:
        return None
    found: list[list[str]] = []
    return found if all(_collect(child, reader, found) for child in reader.root.children) and found else None


def _collect(node, reader: Reader, found: list[list[str]]) -> bool:
    if node.type in ("comment", ";", "&", "\n", "&&", "||"):
        return True
    if node.type in ("command", "redirected_statement", "declaration_command"):
        found.append([reader.text(node)])
        return True
    if node.type == "pipeline" and all(child.type in ("command", "redirected_statement", "|") for child in node.children):
        found.append([reader.text(child) for child in node.children if child.is_named])
        return True
    return node.type == "list" and all(_collect(child, reader, found) for child in node.children)
