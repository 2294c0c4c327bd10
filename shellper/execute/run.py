"""Run approved steps: processes joined by pipes, no shell, output live, the exit status as a shell reports it."""
from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Protocol

from shellper.errors import BadInput, ProgramMissing, Refused
from shellper.types import Approved, Change, Outcome, Redirect, Saved, Step

from . import fence, own, repository
from .surroundings import environment as surroundings

LONGEST_LISTING = 8_000_000  # bytes of a reading program's output that are taken as a list
SLOWEST_LISTING = 10.0  # seconds


class Entry(Protocol):
    """A step as announced in the journal."""

    changes: tuple[Change, ...]


class Ledger(Protocol):
    """Where each step is written down before and after."""

    def intend(self, changes: Sequence[Change], notes: Sequence[str] = (), saved: Saved | None = None) -> Entry: ...
    def outcome(self, entry: Entry, status: int, left: Saved | None = None) -> None: ...


def run(approved: Approved, ledger: Ledger | None = None, exported: Mapping[str, str] | None = None) -> Outcome:
    """Run APPROVED in its folder on our stdout and stderr; stdin is the terminal or nothing. Ctrl-C goes to the processes, we
    wait for them. EXPORTED variables reach every program, but none that makes a program load or run code. Raises BadInput,
    Refused and ProgramMissing, the last two before anything has run."""
    started = time.monotonic()
    cwd, status, exports = approved.cwd, 0, {}
    environment = {**surroundings(os.environ, approved.environment), **surroundings(exported or {}, "wide"), "PWD": approved.cwd}
    for step in approved.steps:
        if not step.builtin and not step.own and not (step.program or _found(step, environment)):
            raise ProgramMissing(f"{step.argv[0]} is not installed here")
    groups = list(_pipelines(approved.steps))
    with Interrupts():
        for at, group in enumerate(groups):
            if group[0].builtin:
                cwd = _builtin(group[0], cwd, environment, exports)
                continue
            output = approved.output if at == len(groups) - 1 else None
            status = _journalled(group, cwd, environment, output, approved.fence, ledger)
            if status:
                break
    return Outcome(status, time.monotonic() - started, cwd=cwd, exports=exports)


def listing(approved: Approved) -> bytes | None:
    """What steps that only read print, None where they fail, print too much or take too long. They can write nowhere."""
    environment = {**surroundings(os.environ), "PWD": approved.cwd}
    processes: list[subprocess.Popen] = []

    def start() -> None:
        source: int | BinaryIO | None = subprocess.DEVNULL
        for step in approved.steps:
            stdin = _open(step.stdin, "rb", approved.cwd) if step.stdin else source
            processes.append(_start(step, approved.cwd, environment, stdin, subprocess.PIPE, stderr=subprocess.DEVNULL))
            source = processes[-1].stdout

    deadline = time.monotonic() + SLOWEST_LISTING
    try:
        fence.fenced(start, ())
        text = _read(processes[-1].stdout, deadline)
        return text
    except (BadInput, ProgramMissing):
        return None
    finally:
        for process in processes:
            if process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def _read(stream: BinaryIO, deadline: float) -> bytes | None:
    import select

    found = b""
    while len(found) <= LONGEST_LISTING and select.select([stream], [], [], max(0.0, deadline - time.monotonic()))[0]:
        block = os.read(stream.fileno(), 1 << 16)
        if not block:
            return found
        found += block
    return None


def _journalled(group: list[Step], cwd: str, environment: dict[str, str], output: Redirect | None, folders: tuple[str, ...] | None, ledger: Ledger | None) -> int:
    """One group with its intent before and its outcome after, in the journal."""
    changes = [change for step in group for change in step.changes]
    notes = [note for step in group for note in step.notes]
    if ledger is None and group[0].own:
        raise Refused("nothing is deleted or renamed without a journal")
    saved = repository.save(cwd) if ledger and any(step.repository for step in group) else None
    if saved and saved.problem:
        notes.append(f"{saved.top}: {saved.problem}")
    if ledger is None or not (changes or notes or saved):
        return _pipeline(group, cwd, environment, output, folders)
    entry = ledger.intend(changes, notes, saved)
    status = 1
    try:
        status = own.perform(group[0], entry.changes) if group[0].own else _pipeline(group, cwd, environment, output, folders)
    finally:
        ledger.outcome(entry, status, repository.look(cwd) if saved else None)
    return status


def _pipelines(steps: tuple[Step, ...]) -> Iterator[list[Step]]:
    group: list[Step] = []
    for step in steps:
        if group and step.link != "|":
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _pipeline(group: list[Step], cwd: str, environment: dict[str, str], output: Redirect | None, folders: tuple[str, ...] | None) -> int:
    """Start the steps side by side and wait for all; the status is the last one's."""
    sink = _sink(output, cwd, group[-1].changes) if output else None
    processes: list[subprocess.Popen] = []
    source: int | BinaryIO | None = None if sys.stdin and sys.stdin.isatty() else subprocess.DEVNULL

    def start() -> None:
        nonlocal source
        for step in group:
            stdin = _open(step.stdin, "rb", cwd) if step.stdin else source
            processes.append(_start(step, cwd, environment, stdin, sink if step is group[-1] else subprocess.PIPE))
            if hasattr(stdin, "close"):
                stdin.close()
            source = processes[-1].stdout

    try:
        if folders is None or any(fence.privileged(step.program) for step in group):
            start()
        else:
            fence.fenced(start, folders)
    finally:
        if sink is not None:
            sink.close()
        if len(processes) < len(group) and source is not None and hasattr(source, "close"):
            source.close()  # a later program did not start: the earlier ones end by SIGPIPE
        statuses = [process.wait() for process in processes]
    return statuses[-1] if statuses[-1] >= 0 else 128 - statuses[-1]


def _sink(output: Redirect, cwd: str, changes: Sequence[Change]) -> BinaryIO:
    """The file that takes the output. A new one is made with O_EXCL, an old one must be the one of the preview. Raises BadInput and Refused."""
    path = os.path.join(cwd, output.path)
    planned = next((change for change in reversed(changes) if change.path == os.path.realpath(path)), None)
    try:
        if planned is None:
            return open(path, "ab" if output.append else "wb")
        if planned.before is None:
            return os.fdopen(os.open(planned.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), "wb")
        handle = os.open(planned.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_APPEND if output.append else 0))
        status = os.fstat(handle)
        if (status.st_dev, status.st_ino) != (planned.before.dev, planned.before.ino):
            os.close(handle)
            raise Refused(f"stopped: {output.path} is not what it was in the preview")
        if not output.append:
            os.ftruncate(handle, 0)
        return os.fdopen(handle, "ab" if output.append else "wb")
    except FileExistsError:
        raise Refused(f"stopped: {output.path} has appeared since the preview") from None
    except OSError as error:
        raise BadInput(f"cannot write {output.path}: {error.strerror}") from None


def _open(path: str, mode: str, cwd: str) -> BinaryIO:
    try:
        return open(os.path.join(cwd, path), mode)
    except OSError as error:
        raise BadInput(f"cannot {'read' if mode == 'rb' else 'write'} {path}: {error.strerror}") from None


def _found(step: Step, environment: dict[str, str]) -> str | None:
    """The absolute path of a step's program; relative entries of PATH do not count."""
    import shutil

    return shutil.which(step.argv[0], path=os.pathsep.join(part for part in environment.get("PATH", os.defpath).split(os.pathsep) if part.startswith("/")))


def _start(step: Step, cwd: str, environment: dict[str, str], stdin, stdout, stderr=None) -> subprocess.Popen:
    try:
        return subprocess.Popen(step.argv, executable=step.program or _found(step, environment), cwd=cwd, env=environment, stdin=stdin, stdout=stdout, stderr=stderr)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot run {step.argv[0]}: {getattr(error, 'strerror', None) or error}") from None


def _builtin(step: Step, cwd: str, environment: dict[str, str], exports: dict[str, str]) -> str:
    """cd and export take effect for the steps that follow; EXPORTS takes what is exported."""
    if step.argv[0] == "cd":
        target = step.argv[-1] if len(step.argv) > 1 else os.path.expanduser("~")
        there = environment.get("OLDPWD", cwd) if target == "-" else os.path.normpath(os.path.join(cwd, target))
        if not os.path.isdir(there):
            raise BadInput(f"cd: {target}: no such folder")
        environment["OLDPWD"], environment["PWD"] = cwd, there
        return there
    if step.argv[0] == "export" and len(step.argv) > 1:
        name, _, value = step.argv[1].partition("=")
        environment[name] = exports[name] = value
        return cwd
    raise BadInput(f"{step.argv[0]} only works inside your shell", hint="use --print and paste it")


class Interrupts:
    """While processes run, Ctrl-C is theirs: we have a handler that does nothing, which a started program does not inherit."""

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGINT, lambda *_: None)

    def __exit__(self, *_) -> None:
        signal.signal(signal.SIGINT, self._before)
