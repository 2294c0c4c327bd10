"""What the student may look at: output without terminal codes, names by nearness, paths bound to what exists."""
from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellper import context
from shellper.types import Plan, Request, ToolCall, Turn


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("a\x1b[1;31mb\x1b[0m", "ab"), ("\x1b]0;title\x07x", "x"), ("\x1b]8;;http://e\x1b\\link\x1b]8;;\x1b\\", "link"), ("\x1bPq#0\x1b\\x", "x"), ("\x9b31mx", "x"), ("a\r\nb\r\n", "a\nb\n"), ("10%\r20%", "10%20%"), ("a\x00\x07\x08b", "ab"), ("a\u202eb\u200bc", "abc"), ("a\tb", "a\tb"), ("\x1b(Bx", "x"), ("", ""),
    ],
)
def test_terminal_codes_and_invisible_characters_are_removed(output, text):
    assert context.clean(output) == text


@given(st.text())
def test_clean_text_has_no_control_characters_and_stays_as_it_is(output):
    text = context.clean(output)
    assert not any((ord(char) < 32 and char not in "\t\n") or 0x7F <= ord(char) < 0xA0 for char in text)
    assert context.clean(text) == text


def test_long_output_keeps_its_first_lines_and_its_last():
    text = context.clean("".join(f"line {number}\n" for number in range(5000)))
    assert len(text) < 4400
    assert text.startswith("line 0\n") and text.endswith("line 4999\n")


@pytest.mark.parametrize(
    ("request_text", "first"),
    [("show the week 33 report", "reports/week_33.csv"), ("open readme", "README.md"), ("compress the photos", "photos/"), ("what is in setup.cfg", "setup.cfg"), ("edit userProfile", "src/UserProfile.ts"), ("the .env file", ".env")],
)
def test_the_nearest_name_comes_first(request_text, first):
    names = ["README.md", "photos/", "photos/a.jpg", "reports/week_32.csv", "reports/week_33.csv", "setup.cfg", "src/UserProfile.ts", ".env", "zzz.txt"]
    assert context.nearest(request_text, names, 3)[0] == first


def test_without_a_shared_word_shallow_names_come_first_and_hidden_ones_last():
    assert context.nearest("hello", [".x", "a/b/c", "a/", "z"], 4) == ["a/", "z", "a/b/c", ".x"]


def test_the_walk_is_level_by_level_bounded_and_not_beyond_links_or_caches(folder):
    for name in ("b", "a/deep", "node_modules/x"):
        (folder / name).mkdir(parents=True)
    for name in ("b/file", "a/deep/file", "node_modules/x/file", "top"):
        (folder / name).touch()
    os.symlink("/", folder / "root")
    assert context.walk(str(folder)) == ["a/", "b/", "node_modules/", "root", "top", "a/deep/", "b/file", "a/deep/file"]
    assert len(context.walk(str(folder), most=3)) == 3
    assert context.walk(str(folder / "gone")) == []


def test_the_context_has_the_newest_turns_cleaned_and_names(folder):
    (folder / "notes.txt").touch()
    turns = tuple(Turn(str(number), "ls", "\x1b[1mx") for number in range(9))
    built = context.build(Request("show notes", str(folder), turns))
    assert [turn.request for turn in built.turns] == ["5", "6", "7", "8"]
    assert built.turns[0].output == "x"
    assert built.names == ("notes.txt",)


def test_a_name_with_wildcards_that_exists_is_meant_literally(folder):
    (folder / "a[1].txt").touch()
    call = ToolCall("cat", {"paths": ["a[1].txt", "*.txt", "b[1].txt"]})
    assert context.ground(Plan((call,)), str(folder)).calls[0].arguments["paths"] == ["a\\[1\\].txt", "*.txt", "b[1].txt"]
