"""Consent by level, as a person gives it at a terminal."""
from __future__ import annotations

import os
import time

import pexpect
import pytest
from conftest import FAKE_SHELLPER

PROMPTS = {"read": r"run it\? \[Enter\] ", "write": r"run it\? y / N ", "destructive": "type yes to run it: ", "system": "type system to run it: "}
SETTLED = 0.5  # seconds; after the program has thrown away what was typed before


@pytest.fixture
def terminal(folder):
    """Start the program in a terminal; the folder holds a.txt."""
    (folder / "a.txt").write_text("hello\n")
    started = []

    def start(*argv: str) -> pexpect.spawn:
        started.append(pexpect.spawn(FAKE_SHELLPER[0], [*FAKE_SHELLPER[1:], *argv], cwd=str(folder), env=dict(os.environ), timeout=20, encoding="utf-8"))
        return started[-1]

    yield start
    for child in started:
        child.close(force=True)


def ended(child: pexpect.spawn) -> int:
    """The exit status as a shell reports it."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus if child.signalstatus is None else 128 + child.signalstatus


def answer(child: pexpect.spawn, level: str, text: str) -> int:
    child.expect(PROMPTS[level])
    time.sleep(SETTLED)
    child.send(text)
    return ended(child)


def test_enter_runs_what_only_reads(terminal):
    child = terminal("cat a.txt")
    assert answer(child, "read", "\r") == 0
    assert "hello" in child.before


@pytest.mark.parametrize(("text", "runs"), [("y\r", True), ("yes\r", True), ("\r", False), ("n\r", False), ("yep\r", False), ("\x04", False)])
def test_what_changes_files_needs_a_y(terminal, folder, text, runs):
    assert answer(terminal("touch new.txt"), "write", text) == (0 if runs else 126)
    assert (folder / "new.txt").exists() is runs


@pytest.mark.parametrize(("text", "runs"), [("yes\r", True), ("y\r", False), ("\r", False), ("\x1b[200~yes\x1b[201~\r", False)])
def test_what_destroys_needs_a_typed_yes(terminal, folder, text, runs):
    assert answer(terminal("--yes", "rm a.txt"), "destructive", text) == (0 if runs else 126)
    assert (folder / "a.txt").exists() is not runs


@pytest.mark.parametrize("text", ["y\r", "yes\r", "\r"])
def test_a_system_change_needs_its_own_option_and_word(terminal, text):
    assert answer(terminal("--yes", "--yes-destructive", "--allow-system", "sudo ls"), "system", text) == 126


def test_a_system_change_is_only_printed_otherwise(terminal):
    child = terminal("--yes", "sudo ls")
    assert ended(child) == 126
    assert "sudo ls" in child.before and "only printed" in child.before and "type" not in child.before


def test_what_is_blocked_is_never_asked(terminal):
    child = terminal("--yes", "--", "rm -rf ~")
    assert ended(child) == 126
    assert "never run" in child.before and "type yes" not in child.before


def test_keys_typed_before_the_question_do_not_confirm(terminal, folder):
    child = terminal("touch new.txt")
    child.send("y\ry\ry\r")
    child.expect(PROMPTS["write"])
    child.send("y\r")  # within the time in which buffered keys still arrive
    time.sleep(SETTLED)
    child.send("\r")
    assert ended(child) == 126
    assert not (folder / "new.txt").exists()


def test_ctrl_c_at_the_question_is_130_and_runs_nothing(terminal, folder):
    assert answer(terminal("rm a.txt"), "destructive", "\x03") == 130
    assert (folder / "a.txt").exists()


def test_the_question_reaches_the_terminal_when_stdout_and_stdin_do_not(folder, terminal):
    line = f"echo data | {' '.join(FAKE_SHELLPER)} 'touch new.txt' >out.txt"
    child = pexpect.spawn("/bin/bash", ["-c", line], cwd=str(folder), env=dict(os.environ), timeout=20, encoding="utf-8")
    assert answer(child, "write", "y\r") == 0
    assert (folder / "new.txt").exists()


def test_files_that_appear_while_the_question_stands_stop_the_run(terminal, folder):
    child = terminal("rm *.txt")
    child.expect(PROMPTS["destructive"])
    (folder / "late.txt").touch()
    time.sleep(SETTLED)
    child.send("yes\r")
    assert ended(child) == 126
    assert "changed since" in child.before
    assert sorted(os.listdir(folder)) == ["a.txt", "late.txt"]


def test_ctrl_c_while_a_command_runs_goes_to_the_command(terminal):
    child = terminal("sleep 30")
    child.expect(PROMPTS["read"])
    child.send("\r")
    time.sleep(SETTLED)
    child.send("\x03")
    assert ended(child) == 130


def test_a_command_may_read_from_the_terminal(terminal):
    child = terminal("cat")
    child.expect(PROMPTS["read"])
    child.send("\r")
    time.sleep(SETTLED)
    child.send("typed\r\x04")
    assert ended(child) == 0
    assert child.before.count("typed") == 2


def test_a_change_of_folder_is_printed_for_the_shell_to_do(terminal):
    child = terminal("cd /tmp")
    assert ended(child) == 0
    assert "your own shell" in child.before


def test_a_whole_answer_of_a_list_needs_its_count(terminal, folder):
    for number in range(25):
        (folder / f"n{number}").touch()
    child = terminal("rm n*")
    child.expect("type 25 to run it: ")
    time.sleep(SETTLED)
    child.send("yes\r")
    assert ended(child) == 126
    assert len(os.listdir(folder)) == 26


def test_l_lists_all_and_asks_again(terminal, folder):
    for number in range(12):
        (folder / f"n{number}").touch()
    child = terminal("rm n*")
    child.expect("and 2 more")
    child.expect(PROMPTS["destructive"])
    time.sleep(SETTLED)
    child.send("l\r")
    child.expect("deletes 'n9'")
    assert answer(child, "destructive", "yes\r") == 0
    assert os.listdir(folder) == ["a.txt"]


def test_what_cannot_be_undone_needs_its_name(terminal):
    child = terminal("--yes", "--yes-destructive", "bash build.sh")
    child.expect("type build.sh to run it: ")
    time.sleep(SETTLED)
    child.send("yes\r")
    assert ended(child) == 126


def test_a_window_that_changes_its_size_at_the_question_is_a_no(terminal, folder):
    child = terminal("touch new.txt")
    child.expect(PROMPTS["write"])
    time.sleep(SETTLED)
    child.setwinsize(20, 60)
    time.sleep(0.2)
    child.send("y\r")
    assert ended(child) == 126
    assert not (folder / "new.txt").exists()


def test_several_pasted_lines_are_no_answer(terminal, folder):
    child = terminal("touch new.txt")
    child.expect(PROMPTS["write"])
    time.sleep(SETTLED)
    child.send("n\ry\r")
    assert ended(child) == 126
    assert not (folder / "new.txt").exists()


def test_with_stderr_closed_nothing_runs(folder):
    line = f"{' '.join(FAKE_SHELLPER)} --yes-destructive 'bash x.sh' 2>&-; {' '.join(FAKE_SHELLPER)} 'touch new.txt' 2>&- </dev/null; exit 0"
    (folder / "x.sh").write_text("touch ran\n")
    child = pexpect.spawn("/bin/bash", ["-c", line], cwd=str(folder), env=dict(os.environ), timeout=20, encoding="utf-8")
    child.expect("type x.sh to run it: ")
    time.sleep(SETTLED)
    child.send("\x03")
    child.expect([PROMPTS["write"], pexpect.EOF])
    child.close(force=True)
    assert sorted(os.listdir(folder)) == ["x.sh"]


def test_undo_asks_and_runs_at_a_yes(terminal, folder):
    assert answer(terminal("rm a.txt"), "destructive", "yes\r") == 0
    child = terminal("undo")
    child.expect(r"take it back\? y / N ")
    time.sleep(SETTLED)
    child.send("\r")
    assert ended(child) == 126 and os.listdir(folder) == []
    child = terminal("undo")
    child.expect(r"take it back\? y / N ")
    time.sleep(SETTLED)
    child.send("y\r")
    assert ended(child) == 0 and os.listdir(folder) == ["a.txt"]


@pytest.mark.parametrize(("text", "left"), [("\r", {"a.txt"}), ("y\r", {"a.txt", "new.txt"}), ("2\r", {"a.txt", "b.txt"}), ("4\r", {"a.txt"})])
def test_where_the_student_is_not_sure_a_number_picks_another_reading(terminal, folder, text, left):
    child = terminal("touch new.txt or touch b.txt or touch c.txt")
    child.expect("not sure; it could also mean")
    child.expect(r"run it\? y / N or 2 / 3 for another: ")
    time.sleep(SETTLED)
    child.send(text)
    if text == "2\r":
        assert answer(child, "write", "y\r") == 0
    else:
        ended(child)
    assert {entry.name for entry in folder.iterdir()} == left


def test_another_reading_is_asked_for_at_its_own_level(terminal, folder):
    child = terminal("cat a.txt or rm a.txt")
    child.expect(r"run it\? \[Enter\] or 2 for another: ")
    child.send("2\r")
    assert answer(child, "destructive", "y\r") == 126
    assert (folder / "a.txt").exists()
