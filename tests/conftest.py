"""No test sees the developer's home, settings, locale or colours; the student is replaced where the pipeline asks for it."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fake_student import FakeStudent
from hypothesis import settings

from shellper import config, pipeline

signal.signal(signal.SIGINT, signal.default_int_handler)  # what is started in the background ignores Ctrl-C, and so would all that the tests start

if TYPE_CHECKING:
    from session_kit import Session

ROOT = Path(__file__).parents[1]
FAKE_SHELLPER = (sys.executable, str(ROOT / "tests/fake_student.py"))

settings.register_profile("house", deadline=None, database=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def clean_house(monkeypatch, tmp_path_factory) -> Path:
    """A new home outside /tmp's root, and nothing of the environment but what a program needs."""
    home = tmp_path_factory.mktemp("home")
    config.settings.cache_clear()
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb", "PYTHONPATH": str(ROOT)}.items():
        monkeypatch.setenv(name, value)
    return home


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty working directory."""
    here = tmp_path / "work"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def student(monkeypatch) -> FakeStudent:
    """The shipped student replaced by one that takes the request for the plan."""
    fake = FakeStudent()
    monkeypatch.setattr(pipeline, "shipped_student", lambda: fake)
    return fake


@pytest.fixture
def shellper(folder) -> Callable[..., subprocess.CompletedProcess]:
    """Run the command line with the fake student, in its own session: no terminal to ask on."""

    def run(*argv: str | bytes, stdin: bytes = b"", cwd: Path = folder, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run([*FAKE_SHELLPER, *argv], input=stdin, cwd=cwd, env={**os.environ, **environment}, capture_output=True, start_new_session=True, timeout=60)

    return run


@pytest.fixture
def start(folder) -> Iterator[Callable[..., Session]]:
    """Start a session at a terminal, with a scripted student, in a folder that holds a.txt and b.txt."""
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"{name} has this\n")
    from session_kit import Session

    started: list[Session] = []

    def begin(script: dict | None = None, *argv: str, **options: str) -> Session:
        started.append(Session(folder, script or {}, *argv, **options))
        return started[-1]

    yield begin
    for session in started:
        session.child.close(force=True)
