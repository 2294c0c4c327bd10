"""The values that travel down the road of a request. All are frozen; a stage takes some and returns the next."""
from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Risk(enum.IntEnum):
    """How much a command can cost, in rising order; the highest part of a plan decides."""

    READ = 0
    WRITE = 1
    DESTRUCTIVE = 2
    SYSTEM = 3
    BLOCKED = 4

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Turn:
    """One earlier exchange: what was asked, the command line that ran, what it printed and how it ended."""

    request: str
    command: str
    output: str = ""
    exit_code: int = 0


@dataclass(frozen=True)
class Request:
    """The words of the user and where they were said; `history` is oldest first."""

    text: str
    cwd: str
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Context:
    """What the student may look at beside the request: earlier turns (newest last), paths below `cwd`, best match first, and
    lines that give the columns of tables spoken of (shellper/context/columns.py)."""

    turns: tuple[Turn, ...] = ()
    names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToolCall:
    """A call of a catalogue tool. `input`: None = after the previous one succeeded, "pipe" = its stdin is the
    previous output, "each" = the previous output's lines become this call's paths."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    input: str | None = None


@dataclass(frozen=True)
class Redirect:
    """Where the last call's stdout goes."""

    path: str
    append: bool = False


@dataclass(frozen=True)
class Plan:
    """One or more tool calls in order; `cannot` is a call too. `provenance` maps "0.paths.1" (call, argument, item)
    to "request", "output", "listing", "default" or "spelled"."""

    calls: tuple[ToolCall, ...]
    output: Redirect | None = None
    provenance: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def cannot(self) -> str | None:
        """The reason if the plan is an abstention, else None."""
        return self.calls[0].arguments.get("reason", "unsupported") if self.calls[0].name == "cannot" else None


@dataclass(frozen=True)
class Word:
    """One argv word. With `pattern`, `text` is a shell pattern (backslash escapes, `*?[` live, leading `~` is home)."""

    text: str
    pattern: bool = False


@dataclass(frozen=True)
class Stage:
    """One program call. `link` says how it follows the previous stage: "", "&&", "|" or "xargs" (lines become operands).
    `loop` marks a per-file stage: the words hold "{file}" and "{target}", `targets` computes the latter."""

    words: tuple[Word, ...]
    link: str = ""
    stdin: Word | None = None
    builtin: bool = False
    loop: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Command:
    """A rendered plan: `stages` is what runs, `text` the same as one shell line."""

    stages: tuple[Stage, ...]
    text: str
    output: Redirect | None = None


@dataclass(frozen=True)
class Assessment:
    """What a command would do here: its risk, why, and the existing paths that it names (globs expanded)."""

    risk: Risk
    reasons: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One process to start: `argv` is final (patterns expanded). `link` as in Stage; a builtin step (cd, export) starts none."""

    argv: tuple[str, ...]
    link: str = ""
    stdin: str | None = None
    builtin: bool = False


@dataclass(frozen=True)
class Approved:
    """Steps that may run: made by safety and consent, and the only thing that execution takes."""

    steps: tuple[Step, ...]
    cwd: str
    risk: Risk
    output: Redirect | None = None


@dataclass(frozen=True)
class Candidate:
    """One reading by the student. `confidence` is a probability in 0..1 (calibrated when the artefact carries a temperature)."""

    plan: Plan
    confidence: float


@dataclass(frozen=True)
class Proposal:
    """The answer to a request: the best reading rendered, explained and assessed, and the runners-up."""

    plan: Plan
    command: Command | None
    assessment: Assessment
    confidence: float
    explanation: str
    alternatives: tuple[tuple[str, float], ...] = ()

    @property
    def cannot(self) -> str | None:
        return self.plan.cannot


@dataclass(frozen=True)
class Outcome:
    """What running gave: the exit status as a shell reports it, the seconds it took, and the kept head of its output."""

    exit_code: int
    seconds: float
    output: str = ""
