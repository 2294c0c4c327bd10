"""A proposal shown, asked for, and run: the road from a reading to what it printed."""
from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from shellper import execute, pipeline
from shellper.errors import BadInput, Refused, ShellperError, Unparsed
from shellper.safety import show as visible
from shellper.types import Approved, Outcome, Proposal, Risk

from .. import consent, effects, show
from ..cli import say
from . import terminal
from .keys import MEANINGS, Question
from .recording import Recording, terminal_itself
from .state import Session


@dataclass(frozen=True)
class Hands:
    """What a review needs of the session around it: a line edited by the person (None: given up), the last run taken back, the words said
    again (after something else was taken back)."""

    edit: Callable[[str], str | None]
    undo: Callable[[], None]
    again: Callable[[], Proposal]


def review(session: Session, words: str, proposal: Proposal, hands: Hands) -> None:
    """Show PROPOSAL, the reading of WORDS, and do what the answers say. Raises ShellperError where it is not run."""
    readings, at, listed = [proposal, *proposal.others], 0, not proposal.sure
    while True:
        current = readings[at]
        untracked = pipeline.untracked(current, session.cwd)
        shown = current if listed else replace(current, others=())
        show.preview(shown, session.setup.look, untracked=untracked)
        session.decline(words, _text(current))
        barred = _barred(session, current)
        approved = None if barred else pipeline.approve(current, session.cwd)
        key = _asked(shown, untracked, barred, many=len(readings) > 1, undo=session.last_run() is not None)
        if key == "y" and approved:
            return run(session, words, current, approved)
        if key == "n":
            raise Refused("not run")
        if key == "a":
            at, listed = (at + 1) % len(readings), False
        elif key.isdigit():
            at, listed = int(key) - 1, False
        elif key == "u":
            try:
                hands.undo()
            except ShellperError as error:
                say(str(error), error.hint)
            session.declined = None
            current = hands.again()
            readings, at, listed = [current, *current.others], 0, not current.sure
        else:
            line = hands.edit(_text(current))
            if line is None:
                continue
            try:
                readings, at, listed = [pipeline.read_command(line, session.cwd)], 0, False
            except Unparsed as error:
                return unread(session, words, line, str(error))


def _barred(session: Session, proposal: Proposal) -> str:
    """Why PROPOSAL cannot be run whatever is answered, else ""."""
    if proposal.assessment.risk is Risk.BLOCKED:
        return "never run: " + "; ".join(proposal.assessment.reasons)
    if proposal.assessment.risk is Risk.SYSTEM and not session.setup.system:
        return "changes of the system are only printed (shellper session --allow-system)"
    return ""


def _asked(shown: Proposal, untracked: frozenset[str], barred: str, *, many: bool, undo: bool) -> str:
    """The answer that decides; explanations and lists are shown and the question asked again. BARRED says why there is no yes."""
    risk, word = shown.assessment.risk, effects.word(shown)
    everything = effects.everything(shown, untracked)
    numbers = len(shown.others) if word in ("", "y", "yes") else 0
    keys = "ex" + ("a" if many else "") + ("l" if everything else "") + ("u" if undo else "")
    while True:
        question = Question(_prompt(risk, word, keys, numbers, barred), None if barred else word, keys, last=numbers + 1, settle=risk > Risk.READ)
        try:
            key = question.answer()
        except KeyboardInterrupt:
            return "n"
        if key == "x":
            print("\n".join(f"  {line}" for line in show.explanation(shown).splitlines()), file=sys.stderr)
        elif key == "l":
            print("\n".join(f"    {line}" for line in everything), file=sys.stderr)
        elif key == "?":
            print("\n".join(f"    {letter}  {MEANINGS[letter]}" for letter in ("yn" if not barred else "n") + keys), file=sys.stderr)
        else:
            return key


def _prompt(risk: Risk, word: str, keys: str, numbers: int, barred: str) -> str:
    """The question as in one call, and the keys after it."""
    asked = f"{visible(barred)} [Enter]" if barred else consent.prompt_for(risk, word, numbers).rstrip(": ")
    no = "" if barred or word == "y" else "n/"
    return f"{asked}{',' if numbers else ' or'} {no}{'/'.join(keys)}/? "


def run(session: Session, words: str, proposal: Proposal, approved: Approved) -> None:
    """Run what was shown, unless anything differs by now, and keep what it prints. Raises Refused, BadInput and ProgramMissing."""
    inner = [step.argv for step in approved.steps if step.builtin and step.argv[0] not in ("cd", "export")]
    if inner and inner[0][0] == "history":
        raise BadInput("the shell keeps that history", hint="/history lists what was run, /clear forgets what was said")
    if inner:  # type, jobs: only a shell can say
        return shell(session, words, _text(proposal))
    if pipeline.approve(proposal, session.cwd) != approved:
        raise Refused("not run: the files or a program have changed since the preview")
    argvs = [list(step.argv) for step in approved.steps]
    outcome, output = _recorded(argvs, lambda: pipeline.perform(proposal, approved, session.exported))
    inert = proposal.assessment.risk is Risk.READ and outcome.cwd == session.cwd
    session.ran(words, _text(proposal), output, outcome, inert=inert)
    _ended(outcome)


def shell(session: Session, words: str, line: str) -> None:
    """Run LINE in the user's shell, and keep what it prints. Raises BadInput."""
    inert = pipeline.level_of(line, session.cwd)[0] is Risk.READ
    outcome, output = _recorded(terminal.commands(line), lambda: execute.shell_line(line, session.cwd))
    session.ran(words, line, output, outcome, inert=inert and outcome.cwd == session.cwd)
    _ended(outcome)


def unread(session: Session, words: str, line: str, why: str) -> None:
    """Ask for a LINE that was edited into something that cannot be read back; the shell runs it. Raises Refused and BadInput."""
    level, reason = pipeline.level_of(line, session.cwd)
    risk = max(level, Risk.DESTRUCTIVE)
    print(f"  {session.setup.look.paint(visible(line), '1')}\n  {session.setup.look.risk(risk)}: {visible(why)}; {visible(reason) or 'what it does is not known'}; cannot be undone", file=sys.stderr)
    if risk is Risk.BLOCKED:
        raise Refused(f"never run: {reason}")
    if risk is Risk.SYSTEM and not session.setup.system:
        raise Refused("not run: changes of the system are only printed", hint="shellper session --allow-system")
    word = "system" if risk is Risk.SYSTEM else "yes"
    if Question(consent.prompt_for(risk, word), word, "", settle=True).answer() != "y":
        session.decline(words, line)
        raise Refused("not run")
    shell(session, words, line)


def _recorded(argvs: list[list[str]], work: Callable[[], Outcome]) -> tuple[Outcome, str]:
    """The outcome of WORK and what it printed; nothing of programs that have the terminal for themselves."""
    if terminal.wanted(argvs):
        with terminal_itself():
            return work(), ""
    with Recording(rows=terminal.rows(argvs)) as recording:
        outcome = work()
    return outcome, recording.text


def _ended(outcome: Outcome) -> None:
    if outcome.exit_code:
        print(f"exit status {outcome.exit_code}", file=sys.stderr)


def _text(proposal: Proposal) -> str:
    return proposal.command.text if proposal.command else ""
