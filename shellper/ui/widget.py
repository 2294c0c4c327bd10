"""What the key bindings call: the words on the line to commands for that line. Typed lines on stdout (verb, tab, text) and an exit status;
nothing is asked, nothing is run.

    take    a command to put on the line, best first
    note    what to show of the command before it
    say     what to show where there is no command: the words stay
"""
from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from shellper import config, pipeline, render
from shellper.errors import Cannot, ShellperError, Unparsed
from shellper.safety import show as visible
from shellper.types import Proposal, Request, Risk

from . import ask, effects, recent, show, students

Line = tuple[str, str]


def answer(words: str, shell: str, *, comments: bool = True, student: str | None = None) -> tuple[list[Line], int]:
    """The lines and the exit status for WORDS on the line of SHELL. Without COMMENTS that shell runs what stands after a #;
    STUDENT is the folder of another student."""
    try:
        pipeline.check(words)
        folder = os.getcwd()
        dialect = ask.dialect_of(config.value("shell"))
        request = Request(words, folder, recent.turns(words))
        proposal = pipeline.propose(request, students.chosen(student), dialect=dialect)
        show.refuse_abstention(proposal)
        others = _others(proposal, folder, dialect)[: config.value("alternatives")]
        lines = [line for at, found in enumerate([proposal, *others]) for line in _choice(found, shell, comments=comments, more=0 if at else len(others))]
    except OSError as error:
        return [("say", f"the current folder: {error.strerror}")], 2
    except ShellperError as error:
        return [("say", _words_of(error))], error.exit_code
    return lines, 0 if any(verb == "take" for verb, _ in lines) else 126


def explained(line: str) -> tuple[list[Line], int]:
    """What the command LINE does and how much it can cost, as lines to show, and the exit status."""
    try:
        proposal = pipeline.read_command(line, os.getcwd())
    except Unparsed as error:
        risk, why = pipeline.level_of(line, os.getcwd())
        return [("say", f"{risk.word}: {why}"), ("say", str(error))], error.exit_code
    except OSError as error:
        return [("say", f"the current folder: {error.strerror}")], 2
    except ShellperError as error:
        return [("say", _words_of(error))], error.exit_code
    return [("say", row) for row in show.explanation(proposal).split("\n")], 0


def written(lines: list[Line]) -> str:
    """LINES as they go to stdout; whatever could move the cursor or end a line early is made visible."""
    return "".join(f"{verb}\t{visible(text)}\n" for verb, text in lines)


def _choice(proposal: Proposal, shell: str, *, comments: bool, more: int) -> Iterator[Line]:
    """A command with its note; one of the system comes as a comment, one that must never run, or has characters that cannot be seen, only to look at."""
    risk = proposal.assessment.risk
    command = render.typed(proposal.command, shell) if proposal.command else ""
    changed = effects.changes(proposal)
    note = "; ".join([f"{risk.word}: {'; '.join(proposal.assessment.reasons) or proposal.explanation}", *([effects.counts(changed)] if changed else [])])
    if risk is Risk.BLOCKED or (risk is Risk.SYSTEM and not comments) or visible(command) != command:
        yield "say", f"{note}: {command}"
        return
    yield "take", f"# {command}" if risk is Risk.SYSTEM else command
    doubt = "" if proposal.sure else "not sure, "
    yield "note", note + (f" ({doubt}the key again: {more} more)" if more else f" ({doubt.rstrip(', ')})" if doubt else "")


def _others(proposal: Proposal, folder: str, dialect: str) -> list[Proposal]:
    """The runners-up with their own risk; those of a sure reading are read back from their text."""
    if proposal.others:
        return [replace(other, sure=True) for other in proposal.others]
    found = []
    for text, _ in proposal.alternatives:
        try:
            found.append(replace(pipeline.read_command(text, folder), dialect=dialect))
        except ShellperError:
            continue
    return found


def _words_of(error: ShellperError) -> str:
    return f"{error} ({error.hint})" if error.hint and not isinstance(error, Cannot) else str(error)
