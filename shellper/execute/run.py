"""Run approved steps: processes joined by pipes, no shell, output live, the exit status as a shell reports it."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import BinaryIO

from shellper.errors import BadInput, ProgramMissing
from shellper.types import Approved, Outcome, Redirect, Step


def run(approved: Approved) -> Outcome:
    """Run APPROVED in its folder on our stdout and stderr; stdin is the terminal or nothing. Ctrl-C goes to the processes, we
    wait for them. Raises BadInput and ProgramMissing, the latter before anything has run."""
    started = time.monotonic()
    cwd, environment, status = approved.cwd, {**os.environ, "PWD": approved.cwd}, 0
    for step in approved.steps:
        if not step.builtin:
            _program(step, environment)
    groups = list(_pipelines(approved.steps))
    with _Interrupts():
        for at, group in enumerate(groups):
            if group[0].builtin:
                cwd = _builtin(group[0], cwd, environment)
                continue
            status = _pipeline(group, cwd, environment, approved.output if at == len(groups) - 1 else None)
            if status:
                break
    return Outcome(status, time.monotonic() - started)


def _pipelines(steps: tuple[Step, ...]) -> Iterator[list[Step]]:
    group: list[Step] = []
    for step in steps:
        if group and step.link != "|":
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _pipeline(group: list[Step], cwd: str, environment: dict[str, str], output: Redirect | None) -> int:
    """Start the steps side by side and wait for all; the status is the last one's."""
    sink = _open(output.path, "ab" if output.append else "wb", cwd) if output else None
    processes: list[subprocess.Popen] = []
    source: int | BinaryIO | None = None if sys.stdin and sys.stdin.isatty() else subprocess.DEVNULL
    try:
        for step in group:
            stdin = _open(step.stdin, "rb", cwd) if step.stdin else source
            processes.append(_start(step, cwd, environment, stdin, sink if step is group[-1] else subprocess.PIPE))
            if hasattr(stdin, "close"):
                stdin.close()
            source = processes[-1].stdout
    finally:
        if sink is not None:
            sink.close()
        if len(processes) < len(group) and source is not None and hasattr(source, "close"):
            source.close()  # a later program did not start: the earlier ones end by SIGPIPE
        statuses = [process.wait() for process in processes]
    return statuses[-1] if statuses[-1] >= 0 else 128 - statuses[-1]


def _open(path: str, mode: str, cwd: str) -> BinaryIO:
    try:
        return open(os.path.join(cwd, path), mode)
    except OSError as error:
        raise BadInput(f"cannot {'read' if mode == 'rb' else 'write'} {path}: {error.strerror}") from None


def _program(step: Step, environment: dict[str, str]) -> str:
    """The absolute path of a step's program; relative entries of PATH do not count. Raises ProgramMissing."""
    search = os.pathsep.join(part for part in environment.get("PATH", os.defpath).split(os.pathsep) if part.startswith("/"))
    found = shutil.which(step.argv[0], path=search)
    if found is None:
        raise ProgramMissing(f"{step.argv[0]} is not installed here")
    return found


def _start(step: Step, cwd: str, environment: dict[str, str], stdin, stdout) -> subprocess.Popen:
    try:
        return subprocess.Popen(step.argv, executable=_program(step, environment), cwd=cwd, env=environment, stdin=stdin, stdout=stdout)
    except OSError as error:
        raise BadInput(f"cannot run {step.argv[0]}: {error.strerror}") from None


def _builtin(step: Step, cwd: str, environment: dict[str, str]) -> str:
    """cd and export take effect for the steps that follow."""
    if step.argv[0] == "cd":
        target = step.argv[-1] if len(step.argv) > 1 else os.path.expanduser("~")
        there = environment.get("OLDPWD", cwd) if target == "-" else os.path.normpath(os.path.join(cwd, target))
        if not os.path.isdir(there):
            raise BadInput(f"cd: {target}: no such folder")
        environment["OLDPWD"], environment["PWD"] = cwd, there
        return there
    if step.argv[0] == "export" and len(step.argv) > 1:
        name, _, value = step.argv[1].partition("=")
        environment[name] = value
        return cwd
    raise BadInput(f"{step.argv[0]} only works inside your shell", hint="use --print and paste it")


class _Interrupts:
    """While processes run, Ctrl-C is theirs: we have a handler that does nothing, which a started program does not inherit."""

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGINT, lambda *_: None)

    def __exit__(self, *_) -> None:
        signal.signal(signal.SIGINT, self._before)
