"""A rendered command to what will run: patterns expanded here and now, loops unrolled, effects given to the steps that have them."""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shellper.errors import BadInput
from shellper.tools import Catalogue, catalogue
from shellper.tools.pathvalues import path_word, unescape
from shellper.types import Approved, Assessment, Command, Effect, Plan, Redirect, Risk, Stage, Step, ToolCall, Word

from . import programs
from .globs import expand

_OPEN = ("network", "processes", "spawns", "unknown", "signals", "state")  # what cannot work behind a fence
_GIT = ("--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "diff.external=", "-c", "core.sshCommand=ssh")
_GIT_READS = ("-c", "core.hooksPath=/dev/null")
_GIT_SHOWS = ("diff", "log", "show")  # these run filters of the repository's choice unless told not to


def resolve(command: Command, cwd: str, risk: Risk, target: Callable[[str, Any], str], assessment: Assessment | None = None, plan: Plan | None = None) -> Approved:
    """COMMAND as it would run in CWD now. TARGET computes a loop's new name from a path; ASSESSMENT holds the effects of PLAN's calls. Raises
    BadInput where files are missing or names clash."""
    tools, steps, here = catalogue(), [], cwd
    rows = assessment.effects if assessment else ()
    for at, stage in enumerate(command.stages):
        until = command.stages[at + 1].call if at + 1 < len(command.stages) else len(rows)
        effects = tuple(effect for row in rows[stage.call : max(until, stage.call + 1)] for effect in row)
        call = plan.calls[stage.call] if plan else None
        steps += _loop(stage, here, target, effects) if stage.loop else [_step(stage, here, effects, call, tools, reads=risk is Risk.READ)]
        if stage.builtin and stage.words[0].text == "cd":
            here = os.path.normpath(os.path.join(here, _single(stage.words[-1], here) if len(stage.words) > 1 else os.path.expanduser("~")))
    specs = [tools.tools[call.name].spec["effects"] for call in plan.calls] if plan else []
    wide = any(spec.get("environment") for spec in specs)
    fence = None if not plan or wide or any(spec.get(key) for spec in specs for key in _OPEN) or any(call.arguments.get("as_root") for call in plan.calls) else _fence(steps, [os.path.join(cwd, path) for path in assessment.paths] if assessment and risk > Risk.READ else [], any(spec.get("temporary") for spec in specs))
    return Approved(tuple(steps), cwd, risk, _output(command.output, here), fence, "wide" if wide or any(spec.get("spawns") for spec in specs) else "clean")


def _step(stage: Stage, cwd: str, effects: Sequence[Effect], call: ToolCall | None, tools: Catalogue, *, reads: bool) -> Step:
    argv = [one for word in stage.words for one in _words(word, cwd)]
    if argv[0] == "git" and not stage.builtin:
        shows = ["--no-ext-diff", "--no-textconv"] if argv[1:2] and argv[1] in _GIT_SHOWS else []
        argv = ["git", *_GIT, *(_GIT_READS if reads else ()), *argv[1:2], *shows, *argv[2:]]
    changes = tuple(change for effect in effects for change in effect.changes)
    notes = tuple(f"{effect.path}: {effect.lost}" for effect in effects if effect.lost and effect.kind not in ("read", "miss", "net"))
    own = _own(call, changes, effects, tools)
    if not own and any(change.op == "move" for change in changes):
        raise BadInput(f"{argv[0]} cannot be run in this place", hint="say it as a command of its own")
    program, identity = ("", ()) if stage.builtin or own else programs.find(argv[0])
    complaints = tuple(effect.to for effect in effects if effect.kind == "miss") if own else ()
    return Step(tuple(argv), stage.link, _single(stage.stdin, cwd) if stage.stdin else None, stage.builtin, own, program, identity, changes, notes, complaints, bool(own and call and call.arguments.get("verbose")), bool(call and tools.tools[call.name].spec["effects"].get("refs")))


def _own(call: ToolCall | None, changes: Sequence, effects: Sequence[Effect], tools: Catalogue) -> str:
    """Whether shellper does the step itself: "trash" or "rename", else ""."""
    if call is None or not changes or any(change.op != "move" for change in changes) or any(effect.lost for effect in effects):
        return ""
    declared = tools.tools[call.name].spec["effects"]
    if "own" not in declared:
        return ""
    return "trash" if declared.get("deletes") else "rename"


def _words(word: Word, cwd: str) -> list[str]:
    """The argv words of WORD; a file whose name begins with a dash is never taken for an option. As in bash, a pattern without a match stands for itself."""
    if not word.pattern:
        return [word.text]
    return [f"./{path}" if path.startswith("-") else path for path in expand(word, cwd)] or [unescape(word.text)]


def _single(word: Word, cwd: str) -> str:
    paths = _words(word, cwd)
    if len(paths) != 1:
        raise BadInput(f"{word.text} stands for {len(paths)} files where one belongs")
    return paths[0]


def _output(output: Redirect | None, cwd: str) -> Redirect | None:
    return replace(output, path=os.path.join(cwd, _single(path_word(output.path), cwd))) if output else None


def _fence(steps: Sequence[Step], named: Sequence[str], temporary: bool) -> tuple[str, ...]:
    """The folders in which the steps' programs may write: those around what they change."""
    folders = {_existing(os.path.dirname(path)) for step in steps for change in step.changes for path in (change.path, change.to) if path}
    if not folders:
        folders = {_existing(os.path.dirname(path)) for path in named}  # it will fail, and should say why in its own words
    if temporary:
        folders.add(os.environ.get("TMPDIR", "/tmp"))
    return tuple(sorted(folders))


def _existing(folder: str) -> str:
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def _loop(stage: Stage, cwd: str, target: Callable[[str, Any], str], effects: Sequence[Effect]) -> list[Step]:
    loop: Mapping[str, Any] = stage.loop or {}
    paths = [path for word in stage.words for path in expand(word, cwd) if os.path.lexists(os.path.join(cwd, path))]
    if not paths:
        raise BadInput("no file matches " + " ".join(word.text for word in stage.words))
    moves = [(path, target(path, loop["target"])) for path in dict.fromkeys(paths)]
    moves = [(old, new) for old, new in moves if old != new]
    if not moves:
        raise BadInput("every file already has that name")
    taken = [new for _, new in moves]
    for old, new in moves:
        if taken.count(new) > 1 or os.path.lexists(os.path.join(cwd, new)):
            raise BadInput(f"{old} would become {new}, which {'two files would share' if taken.count(new) > 1 else 'exists'}")
    changes = tuple(change for effect in effects for change in effect.changes)
    if changes and len(changes) == len(moves) and all(change.op == "move" for change in changes):
        return [Step(tuple(loop["do"]), stage.link, own="rename", changes=changes)]
    program, identity = programs.find(loop["do"][0])
    return [Step((*loop["do"], "--", old, new), stage.link if at == 0 else "&&", program=program, identity=identity, changes=changes if at == 0 else ()) for at, (old, new) in enumerate(moves)]
