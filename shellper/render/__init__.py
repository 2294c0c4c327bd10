"""Plan to Command to text, and text back to a Plan, by the catalogue's tables."""
from .command import render
from .explain import explain
from .parse import parse, parse_words, plan_of
from .pieces import pieces

__all__ = ["explain", "parse", "parse_words", "pieces", "plan_of", "render"]
