"""What the shell says of its last command: the line and its exit status always, what it printed only where the user wants that."""
from __future__ import annotations

import os

from shellper import config
from shellper.types import Turn

COMMAND, STATUS = "SHELLPER_LAST_COMMAND", "SHELLPER_LAST_STATUS"  # set by the files in completions/
LONGEST = 1000  # characters of the line


def turns(words: str) -> tuple[Turn, ...]:
    """The last command as an earlier turn, secrets taken out; empty where the shell says nothing. WORDS are those being typed now: they end
    what is captured."""
    from shellper.context import clean
    from shellper.redact import redact

    line = clean(os.environ.get(COMMAND, ""), LONGEST).strip()
    if not line:
        return ()
    said = os.environ.get(STATUS, "")
    output = ""
    if config.value("capture"):
        from shellper import execute

        output = printed(execute.screen(os.environ), line, words)
    return (Turn("", redact(line), output, int(said) if said.isascii() and said.isdigit() else 0),)


def printed(screen: str, line: str, words: str) -> str:
    """What stands on the SCREEN between the line that ran LINE and the one on which WORDS are being typed; "" where LINE is not to be seen."""
    rows = screen.rstrip().split("\n")
    typed = line.split("\n")
    first, now = typed[0].rstrip(), words.strip().split("\n")[0].rstrip()
    ends = [at for at, row in enumerate(rows) if now and row.rstrip().endswith(now)]
    end = ends[-1] if ends else len(rows)
    starts = [at for at, row in enumerate(rows[:end]) if row.rstrip().endswith(first) and row.rstrip() != first]
    return "\n".join(rows[starts[-1] + len(typed) : end]) if starts else ""
