"""Whole sessions at a terminal: what a person types and what stands on the screen afterwards."""
from __future__ import annotations

from pathlib import Path

import pytest


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())



def test_what_reads_runs_at_enter_and_prints_one_name_a_line(start):
    session = start({"list files": "ls"}).line("list files").answer("\r")
    assert session.leave() == """\
shellper> list files
  ls
  read: list files
run it? [Enter] or n/e/x/?
a.txt
b.txt
shellper>"""


def test_what_changes_files_needs_a_y_and_enter_is_a_no(start, folder):
    session = start({"new one": "touch new.txt"}).line("new one").answer("\r").line("new one").answer("n").line("new one").answer("y")
    preview = """\
shellper> new one
  touch new.txt
  write: create empty files or set the time of files
  create or touch new.txt
    creates 'new.txt'
  can be undone: shellper undo
run it? y / N or e/x/l/?"""
    assert session.leave() == f"{preview}\nshellper: not run\n{preview} n\nshellper: not run\n{preview} y\nshellper>"
    assert "new.txt" in names(folder)


def test_a_follow_up_speaks_of_earlier_output_and_undo_that_takes_it_back(start, folder):
    session = start({"list files": "ls", "delete the second one": "rm {2}"})
    session.line("list files").answer("\r").line("delete the second one").answer("yes\r").line("!ls").line("Undo that, please.").answer("y").line("/context")
    text = session.leave()
    run = text.partition("take out of the trash: ")[2].partition("\n")[0]
    assert text.replace(run, "PATH/b.txt") == """\
shellper> list files
  ls
  read: list files
run it? [Enter] or n/e/x/?
a.txt
b.txt
shellper> delete the second one
  rm b.txt
  destructive: delete files or folders; only the output of an earlier command suggests this
  delete b.txt
    deletes 'b.txt' (15 bytes, DATE) [from output]
  can be undone: shellper undo
  copied from output: b.txt
this can destroy data; type yes to run it or n/e/x/l/? yes
shellper> !ls
a.txt
shellper> Undo that, please.
  undo 2: rm b.txt
    take out of the trash: PATH/b.txt
take it back? y / N, l/? y
shellper> /context
  1  list files
     $ ls
       1: a.txt
       2: b.txt
  2  (shell line)
     $ ls
       1: a.txt
shellper>"""
    assert names(folder) == ["a.txt", "b.txt"]
    assert session.seen[1]["turns"] == [["list files", "ls", "a.txt\nb.txt\n", 0]]


def test_undo_that_reaches_the_student_where_the_journal_has_nothing(start, folder):
    (folder / "sub").mkdir()
    session = start({"into sub": "cd sub", "undo that": "cd -"}).line("into sub").answer("\r").line("undo that").answer("\r").line("!pwd")
    assert session.leave().endswith(f"\n{folder}\nshellper>")
    assert session.seen[1]["turns"] == [["into sub", "cd sub", "", 0]]


def test_no_the_other_one_is_said_with_what_was_shown_before(start):
    session = start({"show it": "cat a.txt", "no, the other one": "cat b.txt"}).line("show it").answer("n").line("no, the other one").answer("\r")
    assert session.leave().endswith("\nb.txt has this\nshellper>")
    assert session.seen[1]["turns"] == [["show it", "cat a.txt", "", 0]]


def test_a_typed_word_is_wanted_for_what_destroys_and_a_key_alone_is_none(start, folder):
    session = start({"away": "rm a.txt"})
    for keys in ("y\r", "\r", "ye\r", "\x1b", "n", "yes no\r", "no\x7f\x7fyes\x15\r"):
        session.line("away").answer(keys)
    session.line("away").answer("\x1b[200~yes\r\x1b[201~").press("\x04", 0.3)
    session.line("away").answer("yesx\x7f\r")
    assert session.leave().count("not run") == 8
    assert names(folder) == ["b.txt"]


def test_a_number_of_objects_has_to_be_typed_and_a_key_does_not_pick_another_reading(start, folder):
    for number in range(24):
        (folder / f"n{number}").touch()
    session = start({"away": [["rm n*", 0.5], ["ls", 0.3]]}).line("away").answer("2\r", "type 24 to run it or n/e/x/a/l/? ").line("away").answer("24\r")
    session.leave()
    assert names(folder) == ["a.txt", "b.txt"]


def test_an_edited_line_is_read_back_and_asked_for_at_its_own_level(start, folder):
    session = start({"list files": "ls"}).line("list files").answer("e")
    session.expect("edit> ls")
    session.press("\x15rm a.txt\r").answer("y\r").line("list files").answer("e").press(" -r\r", 0.5).answer("\r").line("list files").answer("e").press("\x03", 0.5).answer("n")
    assert session.leave() == """\
shellper> list files
  ls
  read: list files
run it? [Enter] or n/e/x/? e
edit> rm a.txt
  rm a.txt
  destructive: delete files or folders
  delete a.txt
    deletes 'a.txt' (15 bytes, DATE)
  can be undone: shellper undo
this can destroy data; type yes to run it or n/e/x/l/? y
shellper: not run
shellper> list files
  ls
  read: list files
run it? [Enter] or n/e/x/? e
edit> ls -r
  ls -r
  read: list files in reverse order
run it? [Enter] or n/e/x/?
b.txt
a.txt
shellper> list files
  ls
  read: list files
run it? [Enter] or n/e/x/? e
edit> ls
  ls
  read: list files
run it? [Enter] or n/e/x/? n
shellper: not run
shellper>"""


def test_an_edited_line_that_cannot_be_read_back_needs_a_yes_and_runs_in_the_shell(start):
    session = start({"list files": "ls"}).line("list files").answer("e").press("; echo $((40+2))\r", 0.5).answer("\r", "type yes to run it: ")
    session.line("list files").answer("e").press("; echo $((40+2))\r", 0.5).answer("yes\r", "type yes to run it: ")
    text = session.leave()
    assert text.count("destructive: no reading as tool calls: several commands; what it does is not known; cannot be undone") == 2
    assert text.endswith("\na.txt\nb.txt\n42\nshellper>") and text.count("42") == 1


def test_x_explains_and_the_question_mark_tells_the_keys(start):
    session = start({"big": "find . -size +1M"}).line("big").answer("x").answer("?").answer("n")
    assert session.leave() == """\
shellper> big
  find . -size +1M
  read: look for everything bigger than 1M
run it? [Enter] or n/e/x/? x
  look for everything bigger than 1M
  read
run it? [Enter] or n/e/x/? ?
    y  run it (where only reading is done Enter does, too)
    n  do not run it (Enter, where anything is changed)
    e  edit the command line; it is read back and shown again
    x  explain what it does and why it has its level
run it? [Enter] or n/e/x/? n
shellper: not run
shellper>"""


def test_a_shows_the_next_alternative_and_comes_round(start):
    session = start({"show it": [["cat a.txt", 0.8], ["cat b.txt", 0.1]]}).line("show it").answer("a").answer("a").answer("a").answer("\r")
    assert session.leave() == """\
shellper> show it
  cat a.txt
  read: print the contents of a.txt
  1 path:
    'a.txt'
run it? [Enter] or n/e/x/a/? a
  cat b.txt
  read: print the contents of b.txt
  1 path:
    'b.txt'
run it? [Enter] or n/e/x/a/? a
  cat a.txt
  read: print the contents of a.txt
  1 path:
    'a.txt'
run it? [Enter] or n/e/x/a/? a
  cat b.txt
  read: print the contents of b.txt
  1 path:
    'b.txt'
run it? [Enter] or n/e/x/a/?
b.txt has this
shellper>"""


def test_where_the_student_is_not_sure_a_number_picks_another_reading_at_its_own_level(start, folder):
    session = start({"it": [["cat a.txt", 0.5], ["rm a.txt", 0.25], ["touch c.txt", 0.1]]}).line("it").answer("2").answer("y\r").line("it").answer("3").answer("y")
    text = session.leave()
    assert "not sure; it could also mean\n    2  rm a.txt\n    3  touch c.txt\nrun it? [Enter] or 2 / 3 for another, n/e/x/a/? 2\n  rm a.txt\n  destructive" in text
    assert names(folder) == ["a.txt", "b.txt", "c.txt"]


def test_l_lists_all_objects(start, folder):
    for number in range(12):
        (folder / f"n{number}").touch()
    session = start({"away": "rm n*"}).line("away").answer("l").answer("n")
    text = session.leave()
    assert "and 2 more (l lists all)" in text and text.count("deletes 'n9'") == 1 and text.count("deletes 'n0'") == 2
    assert len(names(folder)) == 14


def test_u_takes_the_last_run_back_and_reads_the_words_again(start, folder):
    session = start({"away": "rm a.txt", "list files": "ls"}).line("away").answer("yes\r").line("list files").answer("u").answer("y").answer("\r")
    text = session.leave()
    assert text.endswith("take it back? y / N, l/? y\n  ls\n  read: list files\nrun it? [Enter] or n/e/x/?\na.txt\nb.txt\nshellper>")
    assert names(folder) == ["a.txt", "b.txt"]


def test_slash_undo_is_for_runs_of_this_session_unless_a_number_is_given(start, folder):
    start({"away": "rm a.txt"}).line("away").answer("yes\r").leave()
    session = start().line("/undo").line("/undo x").line("/undo 1").answer("\r").line("/undo 1").answer("y").line("/undo 1")
    text = session.leave()
    assert "shellper: nothing to undo: no run of this session has changed any file (/history lists older runs, /undo N takes one back)" in text
    assert "'x' is no number" in text and "shellper: not undone" in text and "cannot be undone" in text
    assert names(folder) == ["a.txt", "b.txt"]


def test_a_change_of_folder_lasts_by_words_and_by_shell_line(start, folder):
    (folder / "sub" / "deep").mkdir(parents=True)
    session = start({"into sub": "cd sub", "where am i": "pwd", "back": "cd -", "both": "cd sub && ls"})
    session.line("into sub").answer("\r").line("where am i").answer("\r").line("!cd deep && pwd").line("where am i").answer("\r").line("!cd ../..").line("both").answer("\r").line("where am i").answer("\r").line("back").answer("\r").line("!pwd")
    places = [line.removeprefix(str(folder)) for line in session.leave().splitlines() if line.startswith(str(folder))]
    assert places == ["/sub", "/sub/deep", "/sub/deep", "/sub", ""]


def test_a_variable_lasts_by_words_and_by_shell_line_but_none_that_loads_code(start):
    session = start({"set it": "export COLOUR='deep red'", "show it": "printenv COLOUR", "all": "env"})
    session.line("set it").answer("y").line("show it").answer("\r").line("!echo [$COLOUR]; export SHAPE=round LD_PRELOAD= GIT_DIR=/x").line("all").answer("\r").line("!unset COLOUR").line("show it").answer("\r")
    text = session.leave()
    assert "\ndeep red\n" in text and "\n[deep red]\n" in text and "\nSHAPE=round\n" in text and "GIT_DIR=/x\n" not in text.partition("> all\n")[2]
    assert text.endswith("exit status 1\nshellper>")


def test_a_shell_line_and_its_status_are_context(start):
    session = start({"why": "echo because"}).line("!printf 'one\\ntwo\\n'; ls nosuch").line("why").answer("\r")
    text = session.leave()
    assert "exit status 2\n" in text
    [turn] = session.seen[0]["turns"]
    assert turn[0] == "" and turn[1].startswith("printf") and turn[2].startswith("one\ntwo\n") and "nosuch" in turn[2] and turn[3] == 2


def test_output_comes_as_it_is_printed(start):
    session = start().line("!echo first; sleep 20; echo last")
    session.expect("\nfirst")
    session.press("\x03", 0.3).line("!echo still here")
    assert session.leave().endswith("\nfirst\n^Cexit status 130\nshellper> !echo still here\nstill here\nshellper>")


def test_ctrl_c_ends_the_running_command_the_question_the_line_and_the_reading_but_not_the_session(start, folder):
    session = start({"nap": "sleep 30", "away": "rm a.txt", "wait": "ls"}).line("nap").answer("\r").press("\x03", 1).line("away").answer("\x03")
    session.ready()
    session.press("half a line", 0.3).press("\x03", 0.3)
    session.ready()
    session.press("wait\r").press("\x03", 1)
    assert session.leave() == """\
shellper> nap
  sleep 30
  read: wait 30
run it? [Enter] or n/e/x/?
^Cexit status 130
shellper> away
  rm a.txt
  destructive: delete files or folders
  delete a.txt
    deletes 'a.txt' (15 bytes, DATE)
  can be undone: shellper undo
this can destroy data; type yes to run it or n/e/x/l/? ^C
shellper: not run
shellper> half a line
shellper> wait
^C
shellper>"""
    assert "a.txt" in names(folder)


@pytest.mark.parametrize("words", ["/exit", "exit", "quit"])
def test_words_leave_too(start, words):
    assert start().line(words).ended() == f"shellper> {words}"


def test_keys_typed_before_the_question_do_not_answer_it(start, folder):
    session = start({"new one": "touch new.txt"}).line("new one\ry\ry").answer("\r")
    session.leave()
    assert "new.txt" not in names(folder)


def test_a_window_that_changes_its_size_at_the_question_is_a_no(start, folder):
    session = start({"new one": "touch new.txt"}).line("new one")
    session.answer("")
    session.child.setwinsize(20, 60)
    session.press("y", 0.3)
    session.leave()
    assert "new.txt" not in names(folder)


def test_files_that_appear_while_the_question_stands_stop_the_run(start, folder):
    session = start({"away": "rm *.txt"}).line("away").answer("")
    (folder / "late.txt").touch()
    assert "shellper: not run: the files have changed since the preview" in session.press("yes\r").leave()
    assert names(folder) == ["a.txt", "b.txt", "late.txt"]


def test_what_is_blocked_or_changes_the_system_has_no_yes(start):
    session = start({"all": "rm -rf ~", "root": "sudo ls"}).line("all").answer("y\r").line("root").answer("system\r").line("root").answer("e").press("\x15ls\r", 0.5).answer("\r")
    text = session.leave()
    assert "never run: " in text and "changes of the system are only printed (shellper session --allow-system) [Enter] or e/x/l/?" in text
    assert text.count("not run") == 2 and text.endswith("a.txt\nb.txt\nshellper>")


def test_a_system_change_takes_its_option_and_its_word(start):
    session = start({"root": "sudo ls"}, "session", "--allow-system").line("root").answer("yes\r", "type system to run it or n/e/x/l/? ")
    assert "not run" in session.leave()


def test_an_error_is_one_line_and_the_session_goes_on(start, folder):
    (folder / "sub").mkdir()
    session = start({"talk": "chat", "gone": "undo nosuch", "tea": "unsupported", "into sub": "cd sub"})
    session.line("talk").line("!").line("/nosuch").line("/explain frobnicate x").line("x" * 2001).line("htop please").line("into sub").answer("\r")
    session.ready()
    (folder / "sub").rmdir()
    session.press("list\r").line("!cd ..").line("!echo still here")
    text = session.leave()
    for said in (
        "shellper: cannot (chat): that is talk, not a task for a command\n", "shellper: nothing after the ! (!ls runs ls in your shell)\n", "shellper: there is no command /nosuch (/help lists them)\n",
        "shellper: no reading as tool calls: unknown program: frobnicate\n", "shellper: the request has 2,001 characters", f"shellper: {folder}/sub: No such file or directory (go elsewhere: !cd DIR)\n",
    ):
        assert said in text
    assert "Traceback" not in text and text.endswith("still here\nshellper>")


def test_a_request_may_begin_with_a_path(start):
    session = start({"/etc/hostname how long": "wc -c /etc/hostname", "/tmp how full": "ls -d /tmp"}).line("/etc/hostname how long").answer("n").line("/tmp how full").answer("\r")
    assert session.leave().endswith("\n/tmp\nshellper>")


def test_an_abstention_of_undo_tells_what_can_be_taken_back(start):
    session = start({"away": "rm a.txt", "undo the deletion": "missing"}).line("away").answer("yes\r").line("undo the deletion")
    assert "shellper: cannot (missing): something is missing: say which file, folder or value (/undo takes back: rm a.txt)" in session.leave()


def test_clear_forgets_the_context_and_undo_still_works(start, folder):
    session = start({"away": "rm a.txt", "list files": "ls"}).line("away").answer("yes\r").line("/clear").line("list files").answer("n").line("/undo").answer("y")
    session.leave()
    assert session.seen[1]["turns"] in ([], [["", "", "", 0]]) and names(folder) == ["a.txt", "b.txt"]
