"""A session on a terminal with all that one has, in tmux: keys, history, completion, editor, toolbar, colours, full-screen programs."""
from __future__ import annotations

import json
import re
import shutil

import pytest
from session_kit import SHIPPED, Screen

pytestmark = pytest.mark.skipif(not shutil.which("tmux", path="/usr/local/bin:/usr/bin:/bin"), reason="tmux is not installed")


@pytest.fixture
def screen(folder):
    """Start a session in tmux, in a folder that holds a.txt and b.txt."""
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"{name} has this\n")
    started = []

    def begin(script: dict | None = None, **options: str) -> Screen:
        started.append(Screen(folder, script or {}, **options))
        return started[-1]

    yield begin
    for one in started:
        one.close()


def test_up_and_ctrl_r_recall_the_words_of_an_earlier_session_and_right_takes_a_suggestion(screen, clean_house):
    (clean_house / ".local/state/shellper").mkdir(parents=True)
    (clean_house / ".local/state/shellper/words.jsonl").write_text('"!echo needle"\n"!echo hay"\n')
    one = screen().keys("Up", "Enter").shows("^hay$").keys("C-r").types("needl").shows("reverse-i-search.*needl.*!echo needle").keys("Enter").keys("Enter").shows("^needle$")
    one.types("!echo h").shows("!echo hay$").keys("Right").types("stack").keys("Enter").shows("^haystack$").keys("C-d").shows("^status 0$")


def test_tab_completes_paths_tools_and_slash_commands(screen, folder):
    (folder / "quarterly.txt").write_text("numbers\n")
    one = screen({"show quarterly.txt": "cat quarterly.txt"}).types("show quart").keys("Tab").shows("show quarterly.txt").keys("Enter").shows("/\\? *$").keys("Enter", after=1).shows("^numbers$")
    one.types("/").shows("/context +show what the next words").types("cont").keys("Tab").keys("Enter").shows(r"^ +\$ cat quarterly.txt")
    one.types("/tools git_com").keys("Tab").shows("/tools git_commit").keys("Enter").shows("  git_commit: ")


def test_the_editor_writes_words_of_several_lines_and_the_last_command(screen, folder):
    editor = folder.parent / "editor"
    editor.write_text('#!/bin/sh\nif grep -q . "$1"; then sed s/a.txt/b.txt/ "$1" > "$1.new"; mv "$1.new" "$1"; else printf "two\\nlines" > "$1"; fi\n')
    editor.chmod(0o755)
    one = screen({"two\nlines": "cat a.txt"}, EDITOR=str(editor)).keys("C-x", "C-e").shows("^ *lines$").keys("Enter").shows("/\\? *$").keys("Enter", after=1).shows("^a.txt has this$")
    one.types("/edit").keys("Enter").shows("  cat b.txt\n.*\n.*\n.*\nrun it").keys("Enter", after=1).shows("^b.txt has this$")
    assert json.loads(one.seen_file.read_text().splitlines()[0])["request"] == "two\nlines"


def test_alt_enter_makes_a_new_line(screen):
    screen({"one\ntwo": "cat a.txt"}).types("one").keys("M-Enter").types("two").keys("Enter").shows("/\\? *$").keys("Enter", after=1).shows("^a.txt has this$")


def test_the_toolbar_shows_folder_branch_and_latency(screen, folder):
    (folder / ".git").mkdir()
    (folder / ".git/HEAD").write_text("ref: refs/heads/topic\x1b[31m\n")
    one = screen({"list files": "ls"}).shows(r"work \(topic\\x1b\[31m\)$")
    one.types("list files").keys("Enter").shows("/\\? *$").keys("Enter", after=1).shows(r"work \(topic\\x1b\[31m\)   \d+ ms$")


@pytest.mark.parametrize(("environment", "coloured"), [({"NO_COLOR": "1"}, False), ({}, True)])
def test_colours_only_where_they_are_wanted(screen, environment, coloured):
    one = screen({"list files": "ls"}, **environment).types("list files").keys("Enter").shows("run it")
    assert bool(re.search(r"\x1b\[[\d;]*3\d[;m]", one.coloured)) is coloured


@pytest.mark.parametrize("line", ["!less long.txt", "!cat long.txt | less", "!sh page.sh"])
def test_a_pager_takes_its_keys_from_the_terminal(screen, folder, line):
    if not shutil.which("less"):
        pytest.skip("less is not installed")
    (folder / "long.txt").write_text("\n".join(map(str, range(500))))
    (folder / "page.sh").write_text("less < long.txt\n")
    one = screen().types(line).keys("Enter").shows("^30$").keys("Space").shows("^70$").keys("q").types("!echo after").keys("Enter").shows("^after$")
    one.types("/context").keys("Enter").shows(r"\$ echo after\n +1: after$")
    assert "1: 0" not in one.text


def test_a_program_that_draws_with_curses_gets_keys_without_being_known(screen, folder):
    (folder / "draw.py").write_text('import curses\nw = curses.initscr(); curses.noecho(); curses.cbreak()\nw.addstr(1, 1, "press a key"); w.refresh(); k = w.getch(); curses.endwin(); print("got", chr(k))\n')
    one = screen().types(f"!{SHIPPED[0]} draw.py").keys("Enter").shows("press a key").keys("k").shows("^got k")
    one.types("!stty -a | grep -o ' -*icanon'").keys("Enter").shows("^ icanon$")
