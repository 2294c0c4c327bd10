"""The shape of tables that a request speaks of."""
from __future__ import annotations

import pytest
from student_kit import tokenizer

from shellper import context
from shellper.student.source import LISTING, render
from shellper.types import Request, Turn


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "harvest.csv").write_text("tree,kg,picked on\nA1,40,2024-09-01\nB2,3,2024-09-02\n", encoding="utf-8")
    (tmp_path / "old.csv").write_text("name;price\nbolt;3\n", encoding="utf-8")
    (tmp_path / "todo.json").write_text('{"version": 1, "items": [{"title": "a", "done": true}]}', encoding="utf-8")
    (tmp_path / "crew.json").write_text('[{"name": "Ann", "age": 3}]', encoding="utf-8")
    (tmp_path / "access.log").write_text("10.0.0.1 GET /a 200\n10.0.0.2 GET /b 404\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("remember, the milk\nand bread\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("total kg in the harvest", ("harvest.csv , 1 tree 2 kg 3 picked on",)),
        ("prices in old.csv", ("old.csv ; 1 name 2 price",)),
        ("which todo items are done", ("todo.json { version items [ title done",)),
        ("ages of the crew", ("crew.json [ name age",)),
        ("top ips of the access log", ("access.log blank 1 10.0.0.1 2 GET 3 /a 4 200",)),
        ("read the notes", ()),
        ("what time is it", ()),
    ],
)
def test_only_tables_that_are_spoken_of_are_described(folder, request_text, expected):
    assert context.build(Request(request_text, str(folder))).columns == expected


def test_the_table_of_the_newest_command_is_described_where_the_request_names_none(folder):
    turns = (Turn("first lines", "head -n 2 old.csv", "name;price\nbolt;3\n"),)
    assert context.build(Request("only the second column", str(folder), turns)).columns == ("old.csv ; 1 name 2 price",)


def test_a_table_that_cannot_be_read_or_lies_is_left_out(folder):
    (folder / "data.csv").write_bytes(b"a,b\0c\n")
    (folder / "deep.json").write_text("[" * 100, encoding="utf-8")
    (folder / "gone.csv").symlink_to(folder / "nowhere")
    for name in ("data.csv", "deep.json", "gone.csv"):
        assert context.build(Request(f"show {name}", str(folder))).columns == ()


def test_control_characters_of_a_table_do_not_reach_the_student(folder):
    (folder / "bad.csv").write_text("a\x1b[31m,b\n1,2\n", encoding="utf-8")
    assert context.build(Request("show bad.csv", str(folder))).columns == ("bad.csv , 1 a 2 b",)


def test_columns_stand_behind_the_names_and_can_be_copied():
    source = render("total kg", (), ("harvest.csv",), tokenizer(), columns=("harvest.csv , 1 tree 2 kg",))
    at = source.text.index("tree")
    token = source.starts.index(at)
    assert source.kinds[token] == LISTING and source.span(token, token) == "tree"
