"""JSON Lines in, JSON Lines out: the bulk use, and the seam of every evaluation."""
from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from shellper import pipeline
from shellper.errors import BadInput, ShellperError, Unparsed
from shellper.types import Request, Turn

from .show import VERSION, answer
from .students import chosen

LONGEST_LINE = 1_000_000  # bytes


def answers(lines: Iterable[bytes], beams: int, student: str | None = None) -> Iterator[dict[str, Any]]:
    """One answer per line that is not blank; a line that cannot be read gives an error object and the rest goes on."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _answer(line, number, beams, student)


def _answer(line: bytes, number: int, beams: int, student: str | None) -> dict[str, Any]:
    row: Any = {}
    command = ""
    try:
        row = _row(line, number)
        if "command" in row and "request" not in row:
            command, folder = _text(row, "command"), row.get("cwd", os.getcwd())
            proposal = pipeline.read_command(command, folder)
        else:
            proposal = pipeline.propose(_request(row), chosen(student), beams=beams)
        found = answer(proposal)
    except Unparsed as error:
        risk, why = pipeline.level_of(command, row.get("cwd", os.getcwd()))
        found = {"version": VERSION, "status": "error", "risk": risk.word, "reason": f"{error}; {why}"}
    except ShellperError as error:
        found = {"version": VERSION, "status": "error", "reason": str(error)}
    return {"version": VERSION, "id": row.get("id") if isinstance(row, dict) else None, **found}


def _row(line: bytes, number: int) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise BadInput(f"line {number}: longer than {LONGEST_LINE:,} bytes")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BadInput(f"line {number}: not a JSON object") from None
    if not isinstance(row, dict):
        raise BadInput(f"line {number}: not a JSON object")
    return row


def _text(row: dict[str, Any], key: str, default: str | None = None) -> str:
    value = row.get(key, default)
    if not isinstance(value, str):
        raise BadInput(f'"{key}" must be a text')
    return value


def _request(row: dict[str, Any]) -> Request:
    history = row.get("history") or []
    if not isinstance(history, list) or not all(isinstance(turn, dict) for turn in history):
        raise BadInput('"history" must be a list of objects')
    turns = tuple(Turn(_text(turn, "request", ""), _text(turn, "command", ""), _text(turn, "output", ""), _status(turn)) for turn in history)
    cwd = _text(row, "cwd", os.getcwd())
    if not os.path.isdir(cwd):
        raise BadInput(f"cwd {cwd}: no such folder")
    return Request(_text(row, "request"), cwd, turns)


def _status(turn: dict[str, Any]) -> int:
    value = turn.get("exit_code", 0)
    if not isinstance(value, int):
        raise BadInput('"exit_code" must be a whole number')
    return value
