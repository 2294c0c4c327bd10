"""What a session makes of the terminal: history, completion, editor, toolbar, colours, other programs, hostile and endless output."""
from __future__ import annotations

import os
import re
import stat
import time

import pytest
from session_kit import Session
from test_session import names


def history_file(house):
    return house / ".local/state/shellper/words.jsonl"


def test_words_are_kept_in_a_file_of_mode_0600_but_not_those_after_a_blank_and_no_secrets(start, clean_house):
    session = start().line("!echo one").line(" !echo two").line("!echo password=hunter22")
    session.leave()
    assert stat.S_IMODE(history_file(clean_house).stat().st_mode) == 0o600
    assert stat.S_IMODE(history_file(clean_house).parent.stat().st_mode) == 0o700
    assert history_file(clean_house).read_text() == '"!echo one"\n"!echo password=[redacted]"\n'


@pytest.mark.parametrize(("argv", "environment"), [(("session", "--no-history"), {}), ((), {"SHELLPER_HISTORY": "off"})])
def test_the_history_can_be_switched_off(start, clean_house, argv, environment):
    start({}, *argv, **environment).line("!echo one").leave()
    assert not history_file(clean_house).exists()


def test_a_history_that_cannot_be_written_is_told_once_and_the_session_goes_on(start, clean_house):
    history_file(clean_house).parent.mkdir(parents=True)
    history_file(clean_house).symlink_to(clean_house / "elsewhere")
    text = start().line("!echo one").line("!echo two").leave()
    assert text.count("what is said is not kept") == 1 and text.endswith("\ntwo\nshellper>")
    assert not (clean_house / "elsewhere").exists()


def test_up_recalls_the_words_of_an_earlier_session_on_a_dumb_terminal(start):
    start().line("!echo from before").leave()
    session = start().ready()
    session.press("\x1b[A", 0.5).press("\r", 0.5)
    session.expect("\nfrom before")
    session.leave()


def test_nothing_but_text_is_written_to_a_dumb_terminal(start):
    session = start({"list files": "ls"}).line("list files").answer("\r")
    session.leave()
    assert "\x1b" not in session.raw


def test_endless_output_is_bounded_and_its_end_is_kept(start):
    session = start({"again": "echo x"}).line("!seq 1 400000 | sed 's/$/ some more text/'; echo the very end").line("again").answer("n")
    session.leave()
    [turn] = session.seen[0]["turns"]
    assert "\n399999 some more text" in session.raw.replace("\r", "")
    assert len(turn[2]) < 4400 and turn[2].startswith("1 some more text\n2 some") and turn[2].endswith("\nthe very end\n")


def test_secrets_and_escape_sequences_do_not_reach_the_context(start):
    session = start({"again": "echo x"}).line(r"!printf 'token=abcdef123456\n\033[31mred\033[0m\033]0;title\007 10%%\r 20%%\r done\n'").line("again").answer("n").line("/context")
    text = session.leave()
    assert session.seen[0]["turns"][0][2] == "token=[redacted]\n done\n"
    assert "1: token=[redacted]" in text


def test_hostile_names_are_shown_with_visible_escapes(start, folder):
    evil = "evil\x1b[2J\u202etxt"
    (folder / evil).write_text("x\n")
    session = start({"away": "rm evil*", "list files": "ls"}).line("list files").answer("\r").line("away").answer("l").answer("yes\r").line("undo that").answer("n").line("/undo").answer("y").line("/history").line("/context").line("/explain rm 'evil\x1b[2J'")
    session.leave()
    shown = session.raw.partition("list files")[2].partition("shellper> away")[2]
    assert "\x1b" not in shown.replace("\x1b[2J'", "") and "\u202e" not in shown and r"evil\x1b[2J\u202etxt" in shown
    assert evil in names(folder)


@pytest.mark.parametrize("program", ["top", "less", "ssh"])
def test_an_interactive_program_gets_the_terminal_itself_and_others_one_of_their_own(start, folder, program):
    bin_folder = folder.parent / "bin"
    bin_folder.mkdir(mode=0o755)
    for name in (program, "other"):
        (bin_folder / name).write_text('#!/bin/sh\nfor n in 0 1 2; do echo "fd $n: $(readlink /proc/self/fd/$n)" >&2; done 1>&1\n'.replace("$(readlink /proc/self/fd/$n)", "$(readlink /proc/$$/fd/$n)"))
        (bin_folder / name).chmod(0o755)
    line = {"top": "top", "less": "less a.txt", "ssh": "ssh host"}[program]
    session = start({"do it": line}, PATH=f"{bin_folder}:/usr/bin:/bin").line("do it").answer("y" if program == "ssh" else "\r").line(f"!{line}").line("!other").line("do it").answer("n")
    text = session.leave()
    own = re.findall(r"fd (\d): (\S+)", text)
    assert len(own) == 9 and len({place for _, place in own[:6]}) == 1
    assert own[6][1] == own[0][1] and own[7][1] not in (own[0][1], "") and own[8][1].startswith("pipe:")
    turns = [row["turns"] for row in session.seen if "<output" not in str(row)][-1]
    assert [turn[2] for turn in turns[:2]] == ["", ""] and "fd 0" in turns[2][2]


def test_a_background_job_does_not_hold_the_session_up(start):
    started = time.monotonic()
    session = start().line("!sleep 30 & echo sent")
    session.expect("\nsent")
    session.leave()
    assert time.monotonic() - started < 15


def test_without_a_terminal_no_words_give_the_help_and_a_session_is_refused(shellper):
    bare, asked = shellper(), shellper("session")
    assert bare.returncode == 2 and b"Usage: shellper" in bare.stderr + bare.stdout
    assert (asked.returncode, asked.stdout) == (2, b"") and asked.stderr.startswith(b"shellper: a session needs a terminal")


def test_a_folder_that_is_not_there_is_told(start):
    assert "shellper: nowhere: No such file or directory (name another folder with --cwd)" in start({}, "session", "--cwd", "nowhere").ended(2)


@pytest.fixture
def shipped(folder, clean_house):
    for name in ("apple.txt", "pear.txt"):
        (folder / name).write_text(f"{name}\n")
    session = Session(folder)
    yield session
    session.child.close(force=True)


def test_the_shipped_student_lists_files(shipped):
    text = shipped.line("list files").answer("\r").leave()
    assert text.endswith("\napple.txt\npear.txt\nshellper>") and "  ls\n" in text


def test_the_shipped_student_takes_a_follow_up_and_the_session_its_undo(shipped, folder):
    shipped.line("list files").answer("\r").line("delete the second one").answer("yes\r")
    shipped.expect("shellper> ")
    assert os.listdir(folder) == ["apple.txt"]
    shipped.press("undo that\r").answer("y").leave()
    assert names(folder) == ["apple.txt", "pear.txt"]
