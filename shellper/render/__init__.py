"""Plan to Command to text, and text back to a Plan, by the catalogue's tables."""
from .command import render, writable
from .explain import explain
from .lists import commands
from .parse import parse, parse_words, plan_of
from .pieces import pieces
from .shells import typed

__all__ = ["commands", "explain", "parse", "parse_words", "pieces", "plan_of", "render", "typed", "writable"]
