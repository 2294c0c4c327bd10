"""What shell text that is no plan is made of."""
from __future__ import annotations

from dataclasses import dataclass

from shellper.types import Word


@dataclass(frozen=True)
class Piece:
    """One simple command in shell text that is no plan. A word is None where it is not known before it runs; `writes` are the targets of its
    redirects, `names` the variables set for it, `given` the text on its stdin where it is fixed, `texts` the commands in its substitutions,
    `before` the earlier stages of its pipeline; `bomb` marks a function that starts itself over and over."""

    words: tuple[Word | None, ...] = ()
    writes: tuple[Word | None, ...] = ()
    names: tuple[str, ...] = ()
    given: str | None = None
    texts: tuple[str, ...] = ()
    before: tuple[Piece, ...] = ()
    bomb: bool = False
