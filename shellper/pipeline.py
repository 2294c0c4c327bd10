"""The order of the stages: words to Request, Context, student, Plan, Command, Assessment; and on to Approved."""
from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Protocol

from shellper import context, render, safety
from shellper.errors import BadInput, PlanInvalid, Refused
from shellper.render import loops
from shellper.tools import validate
from shellper.types import Approved, Assessment, Candidate, Command, Context, Plan, Proposal, Request, Risk

LONGEST_REQUEST = 2000  # characters
MISSING_PATH = 0.25  # how much a reading keeps of its rank when a path that it needs does not exist
SAME_PATH = 0.05  # … when one call names the same path in two arguments (move a to a, compare a with a)
ALTERNATIVES = 3


class Student(Protocol):
    """What reads the words: readings with probabilities, best first, at least one."""

    def propose(self, request: str, context: Context, beams: int = 4) -> Sequence[Candidate]: ...


@functools.cache
def shipped_student() -> Student:
    """The artefact in the package. Raises ModelMissing."""
    from shellper.student.student import built_in_student

    return built_in_student()


def propose(request: Request, student: Student, *, beams: int = 4, dialect: str = "gnu") -> Proposal:
    """The best reading of REQUEST, rendered, explained and assessed; other readings as alternatives. Raises BadInput."""
    check(request.text)
    ranked = sorted(
        (_Reading(candidate, request.cwd, dialect) for candidate in student.propose(request.text, context.build(request), beams)),
        key=lambda reading: -reading.rank,
    )
    readings = [reading for reading in ranked if reading.usable]
    if not readings:
        raise BadInput("no reading of these words can be written as a command", hint="say it in other words")
    best = readings[0]
    others = {reading.command.text: reading.confidence for reading in reversed(readings[1:]) if reading.command and reading.command != best.command}
    alternatives = sorted(others.items(), key=lambda row: -row[1])[:ALTERNATIVES]
    return Proposal(best.plan, best.command, best.assessment, best.confidence, render.explain(best.plan), tuple(alternatives))


def read_command(line: str, cwd: str) -> Proposal:
    """A command line read back, explained and assessed. Raises Unparsed."""
    plan = render.parse(line)
    return Proposal(plan, render.render(plan), _assess(plan, cwd), 1.0, render.explain(plan))


def approve(proposal: Proposal, cwd: str) -> Approved:
    """The steps of PROPOSAL, patterns expanded as of now. Raises BadInput, and Refused where what it would do has changed since."""
    if proposal.command is None:
        raise BadInput("there is no command to run")
    if _assess(proposal.plan, cwd) != proposal.assessment:
        raise Refused("not run: the files have changed since the preview")
    return safety.resolve(proposal.command, cwd, proposal.assessment.risk, loops.target)


def _assess(plan: Plan, cwd: str) -> Assessment:
    return safety.assess(plan, cwd, read=render.parse_words)


def check(text: str) -> None:
    """Raise BadInput for words that cannot be a request."""
    if not text.strip():
        raise BadInput("no words", hint='try: shellper "find big logs"')
    if len(text) > LONGEST_REQUEST:
        raise BadInput(f"the request has {len(text):,} characters, at most {LONGEST_REQUEST:,} are read", hint="put long text into a file")
    if any((ord(char) < 32 and char not in "\t\n\r") or 0xDC80 <= ord(char) <= 0xDCFF for char in text):
        raise BadInput("the request has control characters or is not UTF-8 text")


class _Reading:
    """One candidate taken through grounding, rendering and assessment; `usable` is false where it cannot be written."""

    def __init__(self, candidate: Candidate, cwd: str, dialect: str) -> None:
        self.plan: Plan = context.ground(candidate.plan, cwd)
        self.confidence = candidate.confidence
        self.command: Command | None = None
        self.assessment = Assessment(Risk.READ)
        self.usable = True
        if not self.plan.cannot:
            try:
                validate(self.plan)
                self.command = render.render(self.plan, dialect=dialect)
            except PlanInvalid:
                self.usable = False
                return
            self.assessment = _assess(self.plan, cwd)

    @property
    def rank(self) -> float:
        missing = MISSING_PATH if self.assessment.missing else 1.0
        return self.confidence * missing * (SAME_PATH if context.repeats_path(self.plan) else 1.0)
