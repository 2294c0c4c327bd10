"""What the shell says of its last command: the line and its exit status always, what it printed only where the user wants that."""
from __future__ import annotations

import os
import re

from shellper import config
from shellper.types import Turn

COMMAND, STATUS = "SHELLPER_LAST_COMMAND", "SHELLPER_LAST_STATUS"  # set by the files in completions/
LONGEST = 1000  # characters of the line


def turns(words: str) -> tuple[Turn, ...]:
    """The last command as an earlier turn, secrets taken out; empty where the shell says nothing, or it was a call of this program. WORDS
    are those being typed now: they end what is captured."""
    from shellper.context import clean
    from shellper.redact import redact

    line = clean(os.environ.get(COMMAND, ""), LONGEST).strip()
    if not line or line.split()[0] == "shellper":
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
    ends = [at for at, row in enumerate(rows) if now and now in row]
    end = ends[-1] if ends else len(rows)
    prompted = re.compile(rf"\s{re.escape(first)}(\s{{2,}}\S.*)?$")  # after a prompt, with or without one on the right
    starts = [at for at, row in enumerate(rows[:end]) if prompted.search(row.rstrip())]
    return "\n".join(rows[starts[-1] + len(typed) : end]) if starts else ""
