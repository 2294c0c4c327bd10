"""JSON Lines in, JSON Lines out: order kept, bad lines answered, nothing run."""
from __future__ import annotations

import json
import os

import pytest

from shellper.ui import batch


def answers(*rows) -> list[dict]:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    return list(batch.answers(lines, 4))


def test_every_line_gets_an_answer_with_its_id_in_order(student, folder):
    rows = answers({"id": 1, "request": "ls"}, b"", {"id": "two", "request": "chat"}, {"request": "touch x"}, {"id": 4, "command": "rm -rf x"})
    assert [(row["id"], row["status"]) for row in rows] == [(1, "ok"), ("two", "cannot"), (None, "ok"), (4, "ok")]
    assert [row["command"] for row in rows] == ["ls", "", "touch x", "rm -rf x"]
    assert rows[3]["risk"] == "destructive"
    assert os.listdir(folder) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"{", "not a JSON object"), (b"[1]", "not a JSON object"), (b"\xff\xfe", "not a JSON object"), (b"[" * 100_000, "not a JSON object"), (b'"x"', "not a JSON object"), (b" " * 10 + b"x" * 1_100_000, "longer than"),
        ({}, '"request"'), ({"request": 7}, '"request"'), ({"request": ""}, "no words"), ({"request": "x" * 100_000}, "100,000"), ({"request": "ls", "cwd": "/no/such"}, "/no/such"), ({"request": "ls", "cwd": 3}, '"cwd"'),
        ({"request": "ls", "history": "x"}, '"history"'), ({"request": "ls", "history": [{"output": 1}]}, '"output"'), ({"request": "ls", "history": [{"exit_code": "x"}]}, '"exit_code"'), ({"command": "a $(b)"}, "no reading"), ({"command": 5}, '"command"'),
    ],
)
def test_a_bad_line_gives_an_error_object_and_the_rest_goes_on(student, folder, row, said):
    wrong, right = answers(row, {"id": 2, "request": "ls"})
    assert (wrong["status"], right["status"]) == ("error", "ok")
    assert said in wrong["reason"]


def test_history_reaches_the_student(folder, monkeypatch, student):
    seen = []
    ask = student.propose
    monkeypatch.setattr(student, "propose", lambda request, context, beams=4: seen.append((context, beams)) or ask(request, context, beams))
    answers({"request": "ls", "history": [{"request": "list", "command": "ls", "output": "\x1b[1ma.txt", "exit_code": 2}]})
    (context, beams), = seen
    assert (context.turns[0].output, context.turns[0].exit_code, beams) == ("a.txt", 2, 4)


def test_the_command_streams_lines_and_never_executes(shellper, folder):
    done = shellper("batch", stdin=b'{"id": 1, "request": "touch x"}\nnonsense\n{"id": 3, "request": "ls"}\n')
    assert done.returncode == 0 and done.stderr == b""
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, None, 3]
    assert os.listdir(folder) == []
