"""A rendered command to what will run: patterns expanded here and now, loops unrolled."""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from shellper.errors import BadInput
from shellper.tools.pathvalues import path_word, unescape
from shellper.types import Approved, Command, Redirect, Risk, Stage, Step, Word

from .globs import expand


def resolve(command: Command, cwd: str, risk: Risk, target: Callable[[str, Any], str]) -> Approved:
    """COMMAND as it would run in CWD now. TARGET computes a loop's new name from a path. Raises BadInput where files are missing or names clash."""
    steps: list[Step] = []
    here = cwd
    for stage in command.stages:
        steps += _loop(stage, here, target) if stage.loop else [_step(stage, here)]
        if stage.builtin and stage.words[0].text == "cd":
            here = os.path.normpath(os.path.join(here, _single(stage.words[-1], here) if len(stage.words) > 1 else os.path.expanduser("~")))
    return Approved(tuple(steps), cwd, risk, _output(command.output, here))


def _step(stage: Stage, cwd: str) -> Step:
    argv = [one for word in stage.words for one in _words(word, cwd)]
    return Step(tuple(argv), stage.link, _single(stage.stdin, cwd) if stage.stdin else None, stage.builtin)


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
    return replace(output, path=_single(path_word(output.path), cwd)) if output else None


def _loop(stage: Stage, cwd: str, target: Callable[[str, Any], str]) -> list[Step]:
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
    return [Step((*loop["do"], "--", old, new), stage.link if at == 0 else "&&") for at, (old, new) in enumerate(moves)]
