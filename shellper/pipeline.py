"""The order of the stages: words to Request, Context, student, Plan, Command, Assessment; on to Approved, Outcome and the journal."""
from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from shellper import context, render, safety
from shellper.errors import BadInput, PlanInvalid, Refused, ShellperError
from shellper.redact import redact
from shellper.render import loops
from shellper.tools import Tool, validate
from shellper.types import Approved, Assessment, Candidate, Command, Context, Outcome, Plan, Proposal, Request, Reversal, Risk, Stage, Word

if TYPE_CHECKING:
    from shellper import journal

LONGEST_REQUEST = 2000  # characters
MISSING_PATH = 0.03  # how much a reading keeps of its rank when a path that it needs does not exist
FRUITLESS = 0.1  # … when it looks for a name, line, key or column that is not there
SAME_PATH = 0.05  # … when one call names the same path in two arguments (move a to a, compare a with a)
ALTERNATIVES = 3
MOST_TRACKED = 500  # paths that git is asked about


class Student(Protocol):
    """What reads the words: readings with probabilities, best first, at least one."""

    def propose(self, request: str, context: Context, beams: int = 4) -> Sequence[Candidate]: ...


@functools.cache
def shipped_student() -> Student:
    """The artefact in the package; its answers can all be written as commands. Raises ModelMissing."""
    from shellper.student.student import built_in_student

    return built_in_student(writable=render.writable)


def student_in(folder: Path) -> Student:
    """The student in FOLDER, ours or a causal one; its answers too can all be written as commands. Raises ModelMissing."""
    from shellper.student.open import open_student

    return open_student(folder, render.parse, render.writable)


def propose(request: Request, student: Student, *, beams: int = 4, dialect: str = "gnu", keep_others: bool = False) -> Proposal:
    """The best reading of REQUEST, rendered, explained and assessed; others as alternatives, in full where it is not sure or KEEP_OTHERS. Raises BadInput."""
    check(request.text)
    seen = context.build(request)
    seen = replace(seen, turns=tuple(replace(turn, output=redact(turn.output)) for turn in seen.turns))
    readings = _readings(request, student.propose(request.text, seen, beams), dialect)
    if not readings:
        raise BadInput("no reading of these words can be written as a command", hint="say it in other words")
    best = readings[0]
    if best.assessment.risk > Risk.READ and any(turn.output for turn in seen.turns):
        readings = _without_output(request, student, seen, readings, beams, dialect)
        best = readings[0]
    others: dict[str, _Reading] = {}
    for reading in (reading for reading in readings[1:] if reading.command and reading.command != best.command):
        others.setdefault(reading.command.text, reading)
    runners_up = sorted(others.values(), key=lambda reading: -reading.confidence)[:ALTERNATIVES]
    for reading in runners_up if best.distrusted else ():
        reading.distrust()
    sure = best.rank >= getattr(student, "threshold", 0.0)
    kept = () if sure and not keep_others else tuple(reading.proposal(request, dialect) for reading in runners_up)
    return replace(best.proposal(request, dialect), alternatives=tuple((reading.command.text, reading.confidence) for reading in runners_up if reading.command), sure=sure, others=kept)


def read_command(line: str, cwd: str) -> Proposal:
    """A command line read back, explained and assessed. Raises Unparsed."""
    plan = render.parse(line)
    return Proposal(plan, render.render(plan), _assess(plan, cwd), 1.0, render.explain(plan))


def level_of(line: str, cwd: str) -> tuple[Risk, str]:
    """The level of a LINE that is no plan, and why: of the simple commands that it is made of, taken as if all of them ran; destructive
    where any part is not known."""
    return safety.script_level(line, cwd, safety.Reading(render.pieces, _rate))


def _rate(words: Sequence[Word], cwd: str, pipe: bool) -> tuple[Risk, str] | None:
    plan = render.plan_of(words, pipe=pipe)
    if plan is None:
        return None
    verdict = _assess(plan, cwd)
    return verdict.risk, "; ".join(verdict.reasons)


def approve(proposal: Proposal, cwd: str) -> Approved:
    """The steps of PROPOSAL, patterns expanded as of now. Raises BadInput, and Refused where what it would do has changed since."""
    if proposal.command is None:
        raise BadInput("there is no command to run")
    assessment = _assess(proposal.plan, cwd, proposal.said)
    if proposal.distrusted:
        assessment = safety.distrust(assessment)
    if assessment != proposal.assessment:
        raise Refused("not run: the files have changed since the preview")
    plan = assessment.pinned or proposal.plan
    command = render.render(plan, dialect=proposal.dialect) if assessment.pinned else proposal.command
    return safety.resolve(command, cwd, assessment.risk, loops.target, assessment, plan)


def perform(proposal: Proposal, approved: Approved, exported: Mapping[str, str] | None = None) -> Outcome:
    """Run APPROVED, with EXPORTED variables, each step in the journal. Raises BadInput, Refused and ProgramMissing."""
    from shellper import execute, journal

    text, risk = proposal.command.text if proposal.command else "", proposal.assessment.risk.word
    if not any(step.changes or step.notes or step.repository for step in approved.steps):
        outcome = execute.run(approved, exported=exported)
        journal.note_read(text, risk, approved.cwd, outcome.exit_code)
        return outcome
    ledger = journal.Ledger(text, risk, approved.cwd)
    status = 1
    try:
        outcome = execute.run(approved, ledger, exported)
        status = outcome.exit_code
        return replace(outcome, run=ledger.run)
    finally:
        ledger.close(status)


def untracked(proposal: Proposal, cwd: str) -> frozenset[str]:
    """The whole paths of what PROPOSAL destroys that no git repository around CWD knows; empty outside of one."""
    from shellper import execute

    if proposal.assessment.risk is not Risk.DESTRUCTIVE:
        return frozenset()
    here = os.path.realpath(cwd)
    while not os.path.lexists(os.path.join(here, ".git")):
        if here == "/":
            return frozenset()
        here = os.path.dirname(here)
    places = [change.path for effect in proposal.assessment.changes for change in effect.changes if change.before and change.before.ino and change.path.startswith(here + "/")][:MOST_TRACKED]
    if not places:
        return frozenset()
    command = Command((Stage(tuple(map(Word, ("git", "ls-files", "--others", "-z", "--", *(os.path.relpath(place, here) for place in places))))),), "")
    found = execute.listing(safety.resolve(command, here, Risk.READ, loops.target))
    names = [os.path.join(here, name) for name in os.fsdecode(found or b"").split("\0") if name]
    return frozenset(place for place in places if any(name == place or name.startswith(place + "/") for name in names))


def history() -> list[journal.Run]:
    """All runs in the journal, oldest first."""
    from shellper import journal

    return journal.runs()


def find_run(number: int | None) -> journal.Run:
    """Run NUMBER, or the newest that changed something, was not taken back and is no undo itself. Raises BadInput."""
    from shellper import journal

    runs = journal.runs()
    if number is None:
        found = next((run for run in reversed(runs) if run.changed and not run.undone_by and not run.undoes), None)
        if found is None:
            raise BadInput("nothing to undo: the journal has no run that changed anything", hint="shellper history lists the runs")
        return found
    found = next((run for run in runs if run.number == number), None)
    if found is None:
        raise BadInput(f"there is no run {number}", hint="shellper history lists the runs")
    return found


def reversals(run: journal.Run) -> tuple[Reversal, ...]:
    """What taking RUN back would do now."""
    from shellper import execute, journal

    return execute.checked(journal.reversals(run))


def undo(run: journal.Run, steps: tuple[Reversal, ...]) -> list[str]:
    """Take RUN back by STEPS, as they were shown; what failed, in words. Raises Refused where anything differs by now."""
    from shellper import execute, journal

    if reversals(run) != steps:
        raise Refused("not undone: the files have changed since the preview")
    ledger = journal.Ledger(f"undo {run.number}: {run.command}", Risk.WRITE.word, run.cwd, undoes=run.number)
    failures = ["interrupted"]
    try:
        failures = execute.take_back([step for step in steps if step.action and not step.problem], run.folders, ledger, journal.release)
        return failures
    finally:
        ledger.close(1 if failures or any(step.problem for step in steps) else 0)


def _assess(plan: Plan, cwd: str, said: str | None = None) -> Assessment:
    return safety.assess(plan, cwd, read=render.parse_words, keeper=_Keeper(), listing=_listing, new_name=_new_name, said=said, unread=lambda words, here: level_of(shlex.join(words), here))


def _new_name(tool: Tool, arguments: Mapping[str, Any]):
    steps = loops.resolved(tool, arguments)
    return lambda path: loops.target(path, steps)


class _Keeper:
    """What undo can keep; loads the journal only where a change asks."""

    def cannot_trash(self, path: str) -> str:
        from shellper import journal

        return journal.cannot_trash(path)

    def cannot_keep(self, size: int) -> str:
        from shellper import journal

        return journal.cannot_keep(size)


def _listing(plan: Plan, cwd: str) -> list[str] | None:
    """The lines that reading calls print now, None where that is not known. Names from find come whole, whatever is in them."""
    from shellper import execute

    try:
        command = render.render(plan)
        whole = plan.calls[-1].name == "find" and not {"show", "format", "details", "first_only"} & set(plan.calls[-1].arguments)
        if whole:
            last = command.stages[-1]
            command = replace(command, stages=(*command.stages[:-1], replace(last, words=(*last.words, Word("-print0")))))
        text = execute.listing(safety.resolve(command, cwd, Risk.READ, loops.target))
    except ShellperError:
        return None
    if text is None:
        return None
    return [name for name in os.fsdecode(text).split("\0" if whole else "\n") if name]


def check(text: str) -> None:
    """Raise BadInput for words that cannot be a request."""
    if not text.strip():
        raise BadInput("no words", hint='try: shellper "find big logs"')
    if len(text) > LONGEST_REQUEST:
        raise BadInput(f"the request has {len(text):,} characters, at most {LONGEST_REQUEST:,} are read", hint="put long text into a file")
    if any((ord(char) < 32 and char not in "\t\n\r") or 0xDC80 <= ord(char) <= 0xDCFF for char in text):
        raise BadInput("the request has control characters or is not UTF-8 text")


def _readings(request: Request, candidates: Sequence[Candidate], dialect: str) -> list[_Reading]:
    """The usable readings, best first."""
    ranked = sorted((_Reading(candidate, request, dialect) for candidate in candidates), key=lambda reading: -reading.rank)
    return [reading for reading in ranked if reading.usable]


def _without_output(request: Request, student: Student, seen: Context, readings: list[_Reading], beams: int, dialect: str) -> list[_Reading]:
    """READINGS, unless what earlier commands printed has chosen the tool: then those of the same words without that text. Where these
    abstain the level is raised instead, so that the text cannot have its way unseen."""
    bare = replace(seen, turns=tuple(replace(turn, output=f"<output: {len(turn.output.splitlines())} lines>" if turn.output else "") for turn in seen.turns))
    second = _readings(request, student.propose(request.text, bare, beams), dialect)
    tools = {call.name for call in readings[0].plan.calls}
    if not second or second[0].assessment.risk >= readings[0].assessment.risk:
        return readings
    if tools <= {call.name for call in second[0].plan.calls} and safety.floor(second[0].plan) >= safety.floor(readings[0].plan):
        return readings  # the words have chosen what is done; the output only names what it is done to
    if not second[0].plan.cannot:
        return second
    readings[0].distrust()
    return readings


class _Reading:
    """One candidate taken through grounding, rendering and assessment; `usable` is false where it cannot be written."""

    def __init__(self, candidate: Candidate, request: Request, dialect: str) -> None:
        self.plan: Plan = context.ground(candidate.plan, request.cwd)
        self.confidence = candidate.confidence
        self.command: Command | None = None
        self.assessment = Assessment(Risk.READ)
        self.usable, self.distrusted, self.fruitless = True, False, False
        if not self.plan.cannot:
            try:
                validate(self.plan)
                self.command = render.render(self.plan, dialect=dialect)
            except PlanInvalid:
                self.usable = False
                return
            self.assessment = _assess(self.plan, request.cwd, request.text)
            self.fruitless = context.fruitless(self.plan, request.cwd)

    def distrust(self) -> None:
        self.assessment, self.distrusted = safety.distrust(self.assessment), True

    def proposal(self, request: Request, dialect: str) -> Proposal:
        return Proposal(self.plan, self.command, self.assessment, self.confidence, render.explain(self.plan), dialect=dialect, said=request.text, distrusted=self.distrusted)

    @property
    def rank(self) -> float:
        missing = MISSING_PATH if self.assessment.missing else 1.0
        return self.confidence * missing * (SAME_PATH if context.repeats_path(self.plan) else 1.0) * (FRUITLESS if self.fruitless else 1.0)
