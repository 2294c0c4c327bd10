"""The key in the real shells: words to a command, alternatives, and words that are never lost. The program is a fake but where it says so."""
from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import time

import pytest
from conftest import FAKE_SHELLPER, ROOT
from shell_kit import COMPLETIONS, STRICT, Shell

SHELLS = ("zsh", "bash", "fish")
ODD = "it's \"q\" * ? \\ $(rm x) # ! ~ `x` {a,b} hi!foo"
PLUGINS = {
    "zsh-autosuggestions": "/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
    "zsh-syntax-highlighting": "/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh",
}


@pytest.fixture
def start(tmp_path):
    """Start a shell with the widgets and the fake program."""
    started = []

    def go(name: str, text: str | None = None, **options) -> Shell:
        shell = Shell(name, tmp_path, **options)
        started.append(shell)
        return shell.install(text) if text else shell.install()

    yield go
    for shell in started:
        shell.close()


@pytest.mark.parametrize("name", SHELLS)
def test_the_key_replaces_the_words_cycles_and_comes_back_to_them(start, name, tmp_path):
    shell = start(name)
    shell.type("find big logs")
    shell.ask()
    shell.has_line("echo one > ran.txt")
    shell.shows("read: first (the key again: 1 more)")
    shell.press("M-k")
    shell.has_line("echo two > ran.txt")
    shell.shows("read: second")
    shell.press("M-k")
    shell.has_line("find big logs")
    shell.press("M-k")
    shell.has_line("echo one > ran.txt")
    assert len(shell.asked()) == 1 and not (tmp_path / "ran.txt").exists()
    shell.press("Enter")
    shell.until((tmp_path / "ran.txt").exists, "run by Enter")
    assert (tmp_path / "ran.txt").read_text() == "one\n"
    shell.press("Up")
    shell.has_line("echo one > ran.txt")  # history recalls the command


@pytest.mark.parametrize("name", SHELLS)
def test_the_words_stay_when_there_is_no_command_and_the_reason_is_shown(start, name):
    shell = start(name)
    for times, (words, reason) in enumerate({"cannot do this": "cannot (chat): that is talk", "this fails": "no answer (status 3)", "say nothing": "no answer (status 0)", "half of it": "no answer (status 1)"}.items(), 1):
        shell.type(words)
        shell.ask(times)
        shell.shows(reason)
        shell.has_line(words)
        shell.press("C-u")
        shell.has_line("")


@pytest.mark.parametrize("name", SHELLS)
def test_the_reason_stands_below_the_line(start, name):
    shell = start(name)
    for times, words in enumerate(["cannot do this", "cannot do " + "x" * 120, "cannot\ndo"], 1):
        shell.type(words)
        shell.ask(times)
        last = words.split("\n")[-1]
        shell.until(lambda last=last: re.search(rf"{last}\s*\n *cannot \(chat\): that is talk", shell.screen()), "the reason below the line")
        if name != "fish":  # fish draws the line again below the reason
            assert shell.screen().rstrip().endswith("that is talk")
        if "\n" not in words:
            shell.press("C-u")
            shell.has_line("")


@pytest.mark.parametrize("name", SHELLS)
def test_ctrl_c_ends_the_program_and_keeps_the_words(start, name, tmp_path):
    shell = start(name)
    shell.type("a slow one")
    shell.press("M-k")
    shell.until((tmp_path / "fake.log.started").exists, "start of the program")
    shell.shows("> a slow one")  # the words are there meanwhile
    shell.press("C-c")
    if name != "fish":  # fish ends the function with the program
        shell.shows("stopped")
    shell.has_line("a slow one")
    shell.press("C-u")
    shell.type("echo alive > alive.txt")
    shell.press("Enter")
    shell.until((tmp_path / "alive.txt").exists, "a shell that lives")


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("words", [f"cannot {ODD}", "cannot -x --y", "cannot one\nand two", "cannot grüße ☃ 日本"])
def test_special_characters_reach_the_program_and_stay_on_the_line(start, name, words):
    shell = start(name)
    shell.type(words)
    shell.ask()
    shell.shows("that is talk")
    shell.ask(2)
    assert [call["words"] for call in shell.asked()] == [words, words]


@pytest.mark.parametrize("name", ["zsh", "bash"])
def test_quotes_and_marks_in_a_command_survive_the_way_to_the_shell(start, name, tmp_path):
    shell = start(name)
    shell.type("odd")
    shell.ask()
    shell.shows("write: odd")
    shell.press("Enter")
    shell.until((tmp_path / "odd.txt").exists, "a file")
    assert (tmp_path / "odd.txt").read_text() == "it's \"q\" * ? # ! ~ $(x) hi!foo"


@pytest.mark.parametrize("name", SHELLS)
def test_an_empty_line_asks_nothing_and_unknown_answers_are_dropped(start, name):
    shell = start(name)
    shell.press("M-k")
    shell.type("unknown verbs")
    shell.ask()
    shell.has_line("echo known")
    assert len(shell.asked()) == 1
    assert "frob" not in shell.screen() and "hello" not in shell.screen()


@pytest.mark.parametrize("name", SHELLS)
def test_the_program_is_told_the_last_command_and_its_status(start, name):
    shell = start(name, before="" if name != "bash" else "HISTCONTROL=ignorespace\n")
    for line in ("ls /no/such", " true secret"):
        shell.type(line)
        shell.press("Enter")
        shell.has_line("")
    shell.type("ls /no/such/either")
    shell.press("Enter")
    shell.until(lambda: shell.screen().count("cannot access") == 2, "an error")
    shell.type("why")
    shell.ask()
    shell.has_line("echo one > ran.txt")
    assert (shell.asked()[0]["last"], shell.asked()[0]["status"]) == ("ls /no/such/either", "2")
    shell.press("C-u")
    shell.type("shellper fix cannot")
    shell.press("Enter")
    shell.until(lambda: len(shell.asked()) == 2, "a call")
    assert (shell.asked()[1]["last"], shell.asked()[1]["status"]) == ("ls /no/such/either", "2")
    shell.type(" echo private; false")
    shell.press("Enter")
    shell.type("why")
    shell.ask(3)
    assert (shell.asked()[2]["last"], shell.asked()[2]["status"]) == ("", "1")


@pytest.mark.parametrize("name", ["zsh", "bash"])
@pytest.mark.parametrize("mode", ["insert", "command"])
def test_the_key_works_in_both_vi_modes(start, name, mode):
    shell = start(name, before="bindkey -v\n" if name == "zsh" else "set -o vi\n")
    shell.type("big logs")
    if mode == "command":
        shell.press("Escape")
        time.sleep(0.7)  # longer than the shell waits for the rest of a key
    shell.ask()
    shell.has_line("echo one > ran.txt")


def test_the_key_works_in_the_vi_modes_of_fish(start):
    shell = start("fish", before="fish_vi_key_bindings\n")
    shell.type("big logs")
    shell.ask()
    shell.has_line("echo one > ran.txt")


@pytest.mark.parametrize("name", SHELLS)
def test_sourcing_twice_is_harmless_and_strict_shells_stay_alive(start, name):
    again = f"source {COMPLETIONS}/shellper.{name}\n"
    shell = start(name, options=STRICT[name], after=again * 2)
    shell.type("cannot this")
    shell.ask()
    shell.shows("that is talk")
    shell.press("C-u")
    shell.type("big logs")
    shell.ask(2)
    shell.has_line("echo one > ran.txt")
    shell.press("M-k")
    shell.has_line("echo two > ran.txt")
    shell.press("C-u")
    shell.type("shellper big logs")
    shell.press("Enter")
    shell.until(lambda: len(shell.asked()) == 3, "a call by name")
    assert not [row for row in shell.screen().split("\n") if "shellper." in row or "unbound" in row or "not set" in row]


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("plugins", [["zsh-autosuggestions"], ["zsh-syntax-highlighting"], ["zsh-autosuggestions", "zsh-syntax-highlighting"]], ids="+".join)
def test_it_works_next_to_the_plugins_of_zsh(start, plugins, order):
    missing = [name for name in plugins if not os.path.isfile(PLUGINS[name])]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    lines = "".join(f"source {PLUGINS[name]}\n" for name in plugins)
    shell = start("zsh", **{"before" if order == "after" else "after": lines})
    shell.type("big logs are old")
    shell.press("Enter")
    shell.shows("command not found")
    shell.type("big logs")  # the rest is suggested from history
    shell.ask()
    shell.has_line("echo one > ran.txt")
    shell.press("M-k")
    shell.has_line("echo two > ran.txt")
    shell.press("M-k")
    shell.until(lambda: shell.line().startswith("big logs"), "the words")
    shell.press("C-u")
    shell.type("cannot now")
    shell.ask(2)
    shell.shows("that is talk")
    shell.has_line("cannot now")


@pytest.mark.parametrize("name", SHELLS)
def test_the_second_function_explains_the_line_and_leaves_it(start, name):
    shell = start(name, before="set -g SHELLPER_EXPLAIN_KEY alt-j\n" if name == "fish" else "SHELLPER_EXPLAIN_KEY=alt-j\n")
    shell.type("rm -r x")
    shell.press("M-j")
    shell.shows("explained: rm -r x")
    shell.has_line("rm -r x")


@pytest.mark.parametrize("name", SHELLS)
def test_a_key_of_your_own_is_bound_and_nobind_binds_nothing(start, name, tmp_path):
    for at, (setting, key) in enumerate([("SHELLPER_KEY alt-i", "M-i"), ("SHELLPER_KEY ctrl-o", "C-o"), ("SHELLPER_NOBIND 1", "M-k")]):
        variable, value = setting.split()
        home = tmp_path / str(at)
        home.mkdir()
        shell = Shell(name, home, before=f"set -g {variable} {value}\n" if name == "fish" else f"{variable}={value}\n").install()
        try:
            shell.type("big logs")
            shell.press(key)
            if "NOBIND" in variable:
                shell.press("C-u")
                shell.type("shellper big logs")
                shell.press("Enter")
                shell.until(lambda shell=shell: bool(shell.asked()), "a call by name")
                assert shell.asked()[0]["argv"] == "big logs" and shell.asked()[0]["hook"].endswith("\tno")
            else:
                shell.has_line("echo one > ran.txt")
        finally:
            shell.close()


@pytest.mark.parametrize("name", SHELLS)
def test_a_key_that_is_taken_is_left_alone_unless_it_was_chosen(start, name):
    taken = {"zsh": "bindkey '^[k' kill-whole-line\n", "bash": "bind -m emacs-standard '\"\\ek\": kill-whole-line'\n", "fish": "bind \\ek kill-whole-line\n"}[name]
    shell = start(name, before=taken)
    shell.type("big logs")
    shell.press("M-k")
    shell.has_line("")
    shell.type("shellper doctor")
    shell.press("Enter")
    shell.until(lambda: bool(shell.asked()), "a call by name")
    assert shell.asked()[0]["hook"].endswith("\talt-k\tkill-whole-line")


def test_an_old_bash_is_told_so_and_nothing_else_happens(tmp_path):
    text = (COMPLETIONS / "shellper.bash").read_text().replace("${BASH_VERSINFO[0]}", "3", 1)
    (tmp_path / "old.bash").write_text(text)
    done = subprocess.run(["bash", "--norc", "-i", "-c", f"set -eu; source {tmp_path}/old.bash; type -t shellper || echo none"], capture_output=True, text=True, start_new_session=True)
    assert "needs bash 4" in done.stderr and done.stdout == "none\n"


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_that_is_not_interactive_loads_nothing(name):
    argv = {"zsh": ["zsh", "-f", "-eu", "-c"], "bash": ["bash", "-eu", "-c"], "fish": ["fish", "-N", "-c"]}[name]
    done = subprocess.run([*argv, f"source {COMPLETIONS}/shellper.{name}; type shellper_replace shellper-replace; true"], capture_output=True, text=True)
    assert "function" not in done.stdout


def test_nothing_in_the_files_uses_fixed_places_or_runs_a_line():
    for name in SHELLS:
        text = (COMPLETIONS / f"shellper.{name}").read_text()
        assert "/tmp" not in text and "accept-line" not in text and "execute" not in text


@pytest.mark.parametrize("name", SHELLS)
def test_the_program_answers_the_key_and_its_command_runs_as_shown(start, name, tmp_path):
    odd = "it's a * ? $(x) # ! ~ file.txt"
    (tmp_path / odd).write_text("hello\n")
    (tmp_path / "b\\'ack").touch()
    program = f'#!/bin/sh\nPYTHONPATH={ROOT} exec "{FAKE_SHELLPER[0]}" "{FAKE_SHELLPER[1]}" "$@"\n'
    shell = start(name, program)
    shell.type("chat")
    shell.press("M-k")
    shell.shows("cannot (chat)")
    shell.has_line("chat")
    shell.press("C-u")
    shell.type("cp \"it's a * ? \\$(x) # \"'! ~ file.txt' \"b\\\\'ack\" && touch done.txt")
    shell.press("M-k")
    shell.shows("destructive: ")
    shell.press("Enter")
    shell.until((tmp_path / "done.txt").exists, "run by Enter")
    assert (tmp_path / "b\\'ack").read_text() == "hello\n"


@pytest.mark.parametrize("name", SHELLS)
def test_what_the_last_command_printed_is_seen_where_that_is_wanted(start, name, tmp_path):
    watch = f"""#!{sys.executable}
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from shellper.ui import recent
(turn,) = recent.turns(sys.argv[-1])
open(os.environ["FAKE_LOG"], "a").write(repr((turn.command, turn.output, turn.exit_code)) + chr(10))
print("say\\tseen")
"""
    shell = start(name, watch, before="set -g SHELLPER_CAPTURE 1\n" if name == "fish" else "SHELLPER_CAPTURE=1\n")
    shell.type("ls /no/such")
    shell.press("Enter")
    shell.shows("cannot access")
    shell.type("why is that")
    shell.press("M-k")
    shell.shows("seen")
    command, output, status = ast.literal_eval((tmp_path / "fake.log").read_text())
    assert (command, status) == ("ls /no/such", 2)
    assert output.strip() == "ls: cannot access '/no/such': No such file or directory"


@pytest.mark.parametrize("name", ["zsh"])
def test_the_shipped_student_answers_the_key(start, name, tmp_path):
    program = f'#!/bin/sh\nPYTHONPATH={ROOT} exec "{sys.executable}" -m shellper "$@"\n'
    shell = start(name, program)
    shell.type("list all files sorted by size")
    shell.press("M-k")
    shell.until(lambda: shell.line().startswith("ls"), "a command")
    shell.shows("read: ")
