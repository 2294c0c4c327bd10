"""Request to Context."""
from __future__ import annotations

from dataclasses import replace

from shellper.types import Context, Request

from .clean import clean
from .columns import columns
from .listing import nearest, walk

KEPT_TURNS = 4
KEPT_NAMES = 40


def build(request: Request) -> Context:
    """The newest turns with their output cleaned, names below the request's folder, and the shape of tables that it speaks of.
    An unreadable folder gives no names."""
    turns = tuple(replace(turn, output=clean(turn.output)) for turn in request.history[-KEPT_TURNS:])
    names = tuple(nearest(request.text, walk(request.cwd), limit=KEPT_NAMES))
    return Context(turns, names, columns(request.text, names, turns, request.cwd))
