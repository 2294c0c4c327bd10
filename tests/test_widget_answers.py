"""What the program says to the widgets, and commands written for the shell that reads them."""
from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellper import pipeline, render
from shellper.tools import catalogue
from shellper.types import Command, Context, Plan, Stage, ToolCall, Word
from shellper.ui import recent, widget

ODD = ["", "a b", "it's", 'say "x"', "$HOME", "$(rm x)", "`x`", "!x", "hi!foo", "#c", "~", "a~b", "HEAD^", "HEAD~2", "a\\b", "a\\", "\\'", "'", "''", "*", "?", "[a]", "{a,b}", "{}", "%self", "=ls", "a=~", "-n", "&", "|;<>()", "tab\there", "two\nlines", "bell\x07", "grüße ☃", "\udcff", "x'\n'\\"]
STARTS = {"zsh": ["zsh", "-f", "-o", "extendedglob", "-o", "nonomatch", "-c"], "fish": ["fish", "-N", "-c"], "bash": ["bash", "-c"]}


def read_back(shell: str, words: list[Word], cwd: str = "/") -> list[str]:
    """The arguments that the real SHELL makes of WORDS as they are written for it."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    command = Command((Stage((Word("printf"), Word("%s\\0"), *words)),), "")
    line = render.typed(Command(command.stages, render.command.line(command.stages, None)), shell)
    done = subprocess.run([*STARTS[shell], line.encode("utf-8", "surrogateescape")], capture_output=True, cwd=cwd)
    assert done.stderr == b"", line
    return os.fsdecode(done.stdout).split("\0")[:-1]


@pytest.mark.parametrize("shell", STARTS)
def test_every_literal_word_reaches_the_program_as_it_is(shell):
    assert read_back(shell, [Word(text) for text in ODD]) == ODD


@pytest.mark.parametrize("shell", STARTS)
@given(texts=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12), min_size=20, max_size=60))
def test_so_do_words_of_any_characters(shell, texts):
    assert read_back(shell, [Word(text) for text in texts]) == texts


@pytest.mark.parametrize("shell", STARTS)
@pytest.mark.parametrize(("pattern", "found"), [("*.txt", ["a.txt", "b c.txt"]), ("[!a]*.txt", ["b c.txt"]), ("?.txt", ["a.txt"]), ("[ab].txt", ["a.txt"]), ("it's*", ["it's ~x"]), ("**.txt", ["a.txt", "b c.txt"]), ("\\*", ["*"])])
def test_patterns_mean_the_same_in_every_shell(shell, pattern, found, tmp_path):
    for name in ("a.txt", "b c.txt", "it's ~x", "*"):
        (tmp_path / name).touch()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/d.txt").touch()
    assert read_back(shell, [Word(pattern, True)], str(tmp_path)) == found


def examples() -> list[list[str]]:
    """The words of every example in the catalogue that is one plain program."""
    rows = []
    for tool in catalogue().tools.values():
        if tool.loop or not tool.spec["program"]:
            continue
        for example in tool.spec["examples"]:
            command = render.render(Plan((ToolCall(tool.name, example["call"]),)))
            words = command.stages[0].words
            if len(command.stages) == 1 and not any(word.pattern for word in words) and not command.stages[0].stdin:
                rows.append([word.text for word in words])
    return rows


@pytest.mark.parametrize("shell", STARTS)
def test_every_example_of_the_catalogue_reaches_its_program_as_it_is(shell):
    rows = examples()
    assert len(rows) > 500
    words = [word for row in rows for word in row]
    assert read_back(shell, [Word(word) for word in words]) == words


@pytest.mark.parametrize("shell", STARTS)
def test_rename_loops_work_in_every_shell(shell, tmp_path):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "A B.TXT").touch()
    plan = render.parse('for f in *.TXT; do mv -n "$f" "${f,,}"; done')
    subprocess.run([*STARTS[shell], render.typed(render.render(plan), shell)], cwd=tmp_path, check=True)
    assert os.listdir(tmp_path) == ["a b.txt"]


def lines(done: subprocess.CompletedProcess) -> list[list[str]]:
    assert done.stderr == b""
    return [line.split("\t", 1) for line in done.stdout.decode().splitlines()]


def test_a_sure_reading_comes_with_its_note(shellper, folder):
    done = shellper("widget", "zsh", "--", "touch new.txt")
    assert (done.returncode, lines(done)) == (0, [["take", "touch new.txt"], ["note", "write: create empty files or set the time of files; creates 1"]])
    assert os.listdir(folder) == []


def test_other_readings_follow_with_their_own_notes(shellper):
    found = lines(shellper("widget", "bash", "--", "ls or pwd or date"))
    assert [text for verb, text in found if verb == "take"] == ["ls", "pwd", "date"]
    assert found[1][1].endswith("(not sure, the key again: 2 more)") and all(verb == "note" for verb, _ in found[1::2])
    assert [text for verb, text in lines(shellper("widget", "bash", "--", "ls or pwd or date", SHELLPER_ALTERNATIVES="1")) if verb == "take"] == ["ls", "pwd"]


@pytest.mark.parametrize(("words", "status", "said"), [("chat", 125, "cannot (chat)"), ("  ", 2, "no words"), ("x" * 3000, 2, "3,000 characters"), ("rm -rf /", 126, "blocked: ")])
def test_where_there_is_no_command_the_reason_is_said(shellper, words, status, said):
    done = shellper("widget", "zsh", "--", words)
    assert done.returncode == status
    assert [verb for verb, _ in lines(done)] == ["say"] and said in lines(done)[0][1]


def test_a_fault_in_the_settings_is_said_too(shellper):
    done = shellper("widget", "zsh", "--", "ls", SHELLPER_COLOR="blue", SHELLPER_SHELL="dos")
    assert done.returncode == 2 and lines(done)[0][0] == "say" and "SHELLPER_" in lines(done)[0][1]


def test_changes_of_the_system_come_as_a_comment_or_not_at_all(shellper):
    assert lines(shellper("widget", "bash", "--", "sudo reboot"))[0] == ["take", "# sudo reboot"]
    done = shellper("widget", "zsh", "--no-comments", "--", "sudo reboot")
    assert done.returncode == 126 and [verb for verb, _ in lines(done)] == ["say"] and lines(done)[0][1].endswith(": sudo reboot")


def test_names_with_control_characters_cannot_move_the_cursor_or_add_a_line(shellper, folder):
    (folder / "a\x1b[2J\nb.txt").touch()
    done = shellper("widget", "zsh", "--", "rm a*")
    assert b"\x1b" not in done.stdout and done.stdout.count(b"\n") == 2


def test_a_command_with_characters_that_cannot_be_seen_is_only_shown(shellper):
    done = shellper("widget", "zsh", "--", "rm 'a\u202eb.txt'")
    assert (done.returncode, [verb for verb, _ in lines(done)]) == (126, ["say"])
    assert lines(done)[0][1].endswith("rm 'a\\u202eb.txt'")


def test_a_line_is_explained_with_its_level(shellper, folder):
    (folder / "a.txt").touch()
    found = lines(shellper("widget", "fish", "--explain", "--", "rm a.txt"))
    assert {verb for verb, _ in found} == {"say"} and "destructive" in [text for _, text in found]
    done = shellper("widget", "fish", "--explain", "--", "frobnicate $(x)")
    assert done.returncode == 125 and lines(done)[0][1].startswith("destructive")


class Watcher:
    """A student that keeps what it was shown."""

    def __init__(self) -> None:
        self.seen: list[Context] = []

    def propose(self, request, context, beams=4):
        from fake_student import FakeStudent

        self.seen.append(context)
        return FakeStudent().propose("ls", context)


def test_the_last_command_reaches_the_student_without_its_secrets(monkeypatch, folder):
    watcher = Watcher()
    monkeypatch.setattr(pipeline, "shipped_student", lambda: watcher)
    monkeypatch.setenv("SHELLPER_LAST_COMMAND", "curl -H token=abcdef12345 \x1b[31mx")
    monkeypatch.setenv("SHELLPER_LAST_STATUS", "7")
    widget.answer("why did that fail", "zsh")
    (turn,) = watcher.seen[0].turns
    assert (turn.request, turn.command, turn.output, turn.exit_code) == ("", "curl -H token=[redacted] x", "", 7)


def test_a_call_of_this_program_is_no_last_command(monkeypatch):
    monkeypatch.setenv("SHELLPER_LAST_COMMAND", "shellper -p find big logs")
    assert recent.turns("and small ones") == ()


SCREEN = "> ls a\na\n> make all\ncc x.c\nerror: no rule\n> fix it\n"


@pytest.mark.parametrize(
    ("screen", "line", "words", "printed"),
    [
        (SCREEN, "make all", "fix it", "cc x.c\nerror: no rule"), (SCREEN, "ls a", "fix it", "a\n> make all\ncc x.c\nerror: no rule"), (SCREEN, "gone", "fix it", ""), ("", "make all", "fix it", ""),
        ("> make all\nout\n> shellper fix it\n", "make all", "fix it", "out"), ("make all\n> make all\nmake all\n> x", "make all", "x", "make all"),
        ("> make all      12:30\nout\n> fix it  ...", "make all", "fix it", "out"), ("> for x in 1\n> do echo; done\nout\n> y", "for x in 1\ndo echo; done", "y", "out"),
    ],
)
def test_the_output_of_the_last_command_is_cut_from_the_screen(screen, line, words, printed):
    assert recent.printed(screen, line, words) == printed


@pytest.mark.parametrize("wanted", ["0", "1"])
def test_the_screen_of_tmux_is_read_only_where_that_is_wanted(shellper, tmp_path, wanted, monkeypatch):
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    tmux = ["tmux", "-S", str(tmp_path / "socket")]
    subprocess.run([*tmux, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "10", "printf '> make all\\nerror 7\\n> why'; sleep 60"], check=True)
    try:
        pane = subprocess.run([*tmux, "display-message", "-p", "#{pane_id}"], capture_output=True, text=True, check=True).stdout.strip()
        for name, value in {"TMUX": f"{tmp_path}/socket,1,0", "TMUX_PANE": pane, "SHELLPER_LAST_COMMAND": "make all", "SHELLPER_LAST_STATUS": "2", "SHELLPER_CAPTURE": wanted}.items():
            monkeypatch.setenv(name, value)
        for _ in range(100):
            (turn,) = recent.turns("why")
            if turn.output or wanted == "0":
                break
        assert (turn.output, turn.exit_code) == ("error 7" if wanted == "1" else "", 2)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)

