"""Taking runs of the session back: by command, by key, and by words."""
from __future__ import annotations

import re

from shellper import pipeline
from shellper.errors import BadInput, Refused

from .. import undo
from .keys import Question
from .state import Session

_OPENING = r"(?:(?:no|nope|oh|oops|ups|hm+|ah|wait|sorry|ok|okay|please|pls|actually|(?:can|could) you|just)[,.!]* )*"
_ALL = re.compile(_OPENING + r"(?:(?:undo|revert)(?: (?:that|it|this|(?:the )?last (?:one|command|run|change|thing)))?|take (?:that|it|this) back)(?: again)?(?:,? (?:please|pls|thanks))?[.!]*")


def meant(session: Session, words: str) -> int:
    """The number of the session's last change where WORDS are nothing but "undo that" and the journal can take it back exactly; else 0,
    and the student reads them like any others."""
    last = session.last_change()
    if last is None or not last.run or not _ALL.fullmatch(" ".join(words.lower().split())):
        return 0
    return last.run if any(step.action and not step.problem for step in pipeline.reversals(pipeline.find_run(last.run))) else 0


def take_back(session: Session, number: int | None = None) -> None:
    """Take run NUMBER back, or the session's last one. Raises BadInput, Refused and NotUndone."""
    if number is None:
        last = session.last_run()
        if last is None:
            raise BadInput("nothing to undo: no run of this session has changed any file", hint="/history lists older runs, /undo N takes one back")
        number = last.run
    undo.take_back(number, yes=False, dry_run=False, agree=_agree)
    session.undone(number)


def _agree(lines: list[str]) -> None:
    while True:
        key = Question("take it back? y / N, l/? ", "y", "l", settle=True).answer()
        if key == "l":
            print("\n".join(f"    {line}" for line in lines))
        elif key == "?":
            print("    y  take it back\n    n  leave it (Enter)\n    l  list all that would be done")
        elif key != "y":
            raise Refused("not undone")
        else:
            return


def hint(session: Session) -> str:
    """What could be taken back, in words; empty where nothing can."""
    last = session.last_run()
    return f"/undo takes back: {last.turn.command or f'run {last.run}'}" if last else ""


def mentioned(words: str) -> bool:
    """Whether WORDS may speak of taking something back."""
    return bool(re.search(r"\b(undo|revert|take .*back|put .*back|bring .*back|restore)\b", words.lower()))
