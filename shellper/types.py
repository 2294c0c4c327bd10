"""The values that travel down the road of a request. All are frozen; a stage takes some and returns the next. Those that a preview makes by
the ten thousand are named tuples, which cost a third."""
from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


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
    `loop` marks a per-file stage: the words hold "{file}" and "{target}", `targets` computes the latter. `call` is its place in the plan."""

    words: tuple[Word, ...]
    link: str = ""
    stdin: Word | None = None
    builtin: bool = False
    loop: Mapping[str, Any] | None = None
    call: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Command:
    """A rendered plan: `stages` is what runs, `text` the same as one shell line."""

    stages: tuple[Stage, ...]
    text: str
    output: Redirect | None = None


class Object(NamedTuple):
    """What stands at a path, links not followed. `kind` is "file", "directory", "link" or "other"; sizes in bytes, times in
    nanoseconds. Of a directory that was walked, `count`, `bytes` and `newest` sum up all that lies in it."""

    kind: str
    dev: int
    ino: int
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    links: int
    target: str = ""
    count: int = 1
    bytes: int = 0
    newest: int = 0


class Change(NamedTuple):
    """One object as a step changes it, so that it can be taken back; paths are absolute. `op` is "move" (a rename to `to`, which is in
    the trash where it is empty), "write" (made, replaced, edited or deleted at `path`), "delete" (unlinked, its bytes left alone),
    "append", "meta" (mode, owner, times) or "family" (new files whose names begin with `path`; `names` are those that were there). `kept`
    names the copy of what was there before, `info` the trash's record of a moved file; `after` is what the step left."""

    op: str
    path: str
    to: str = ""
    before: Object | None = None
    kept: str = ""
    info: str = ""
    names: tuple[str, ...] = ()
    after: Object | None = None


@dataclass(frozen=True)
class Saved:
    """A git repository as it stood. `branch` is the ref that HEAD named ("" = none), `head` its commit, `refs` and `stashes` are (name or
    commit, commit or text) pairs, `index` and `work` the trees of the index and the tracked files, `commit` holds these where they differ from `head`,
    `busy` names a merge or rebase going on, `keeper` the ref that keeps all of it; `problem` says why it could not be kept."""

    top: str
    branch: str = ""
    head: str = ""
    refs: tuple[tuple[str, ...], ...] = ()
    stashes: tuple[tuple[str, ...], ...] = ()
    index: str = ""
    work: str = ""
    commit: str = ""
    busy: str = ""
    keeper: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Reversal:
    """One change taken back. `action` is "move" (to `change.to`, or into the trash), "restore" (the copy `kept` comes back as `old`),
    "meta", "truncate", "git" (the repository goes back from how it was `left` to how it was `saved`) or "" (nothing left to do); `problem`
    says why it cannot be done. `change` is what the journal will hold of it."""

    change: Change
    action: str
    text: str
    kept: str = ""
    info: str = ""
    old: Object | None = None
    problem: str = ""
    saved: Saved | None = None
    left: Saved | None = None


class Effect(NamedTuple):
    """What a call does to one object. `kind` is one of read, create, append, replace, rename, rename-over, delete, delete-tree, mode,
    mode-tree, signal, spawn, net, system, state (what a program keeps for itself, as git does) and miss (nothing, for the reason in `to`). `path` is the name from the
    command's folder, `to` a rename's new name; `before` is what stands there now, `lost` says why undo cannot bring it back."""

    kind: str
    path: str
    to: str = ""
    before: Object | None = None
    lost: str = ""
    tags: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """What a command would do here: its risk, why, the existing paths that it names (globs expanded), and its effects call by call.
    `pinned` is the plan with every list of objects spelled out, where one that changes things leaves it open."""

    risk: Risk
    reasons: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    effects: tuple[tuple[Effect, ...], ...] = ()
    pinned: Plan | None = None

    @property
    def changes(self) -> tuple[Effect, ...]:
        """All effects of all calls but reads."""
        return tuple(effect for call in self.effects for effect in call if effect.kind != "read")


@dataclass(frozen=True)
class Step:
    """One process to start: `argv` is final (patterns expanded). `link` as in Stage; a builtin step (cd, export) starts none, and one
    with `own` ("trash", "rename") is done by shellper itself. `program` is the absolute path and `identity` its device, inode
    and time, so that another one in its place is noticed; `changes` what it will alter, `notes` what of
    that cannot be taken back; an own step says its `complaints` on stderr and, when `loud`, what it did. `repository`: the state of the git
    repository is kept before."""

    argv: tuple[str, ...]
    link: str = ""
    stdin: str | None = None
    builtin: bool = False
    own: str = ""
    program: str = ""
    identity: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    loud: bool = False
    repository: bool = False


@dataclass(frozen=True)
class Approved:
    """Steps that may run: made by safety and consent, and the only thing that execution takes. `fence` holds the folders that the
    programs may write to, None = all; `environment` is "clean" or "wide"."""

    steps: tuple[Step, ...]
    cwd: str
    risk: Risk
    output: Redirect | None = None
    fence: tuple[str, ...] | None = None
    environment: str = "clean"


@dataclass(frozen=True)
class Candidate:
    """One reading by the student. `confidence` is a probability in 0..1 (calibrated when the artefact carries a temperature)."""

    plan: Plan
    confidence: float


@dataclass(frozen=True)
class Proposal:
    """The answer to a request: the best reading rendered, explained and assessed, and the runners-up. Where it is not `sure` (its confidence
    is below what the student was measured to be right with), `others` are those of them that can be chosen instead."""

    plan: Plan
    command: Command | None
    assessment: Assessment
    confidence: float
    explanation: str
    alternatives: tuple[tuple[str, float], ...] = ()
    dialect: str = "gnu"
    said: str | None = None
    distrusted: bool = False
    sure: bool = True
    others: tuple[Proposal, ...] = ()

    @property
    def cannot(self) -> str | None:
        return self.plan.cannot


@dataclass(frozen=True)
class Outcome:
    """What running gave: the exit status as a shell reports it, the seconds it took, and the kept head of its output. `cwd` is the folder in
    which it ended, `exports` the variables that it set for what comes after (None: unset), `run` its number in the journal, 0 where it changed nothing."""

    exit_code: int
    seconds: float
    output: str = ""
    cwd: str = ""
    exports: Mapping[str, str | None] = field(default_factory=dict)
    run: int = 0
