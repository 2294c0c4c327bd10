"""Levels from tools, arguments and what exists; what is blocked whatever the name that leads to it."""
from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellper import pipeline, render, safety
from shellper.errors import BadInput, Refused
from shellper.types import Proposal, Risk

READ, WRITE, DESTRUCTIVE, SYSTEM, BLOCKED = Risk


@pytest.fixture
def home(clean_house, monkeypatch):
    """A home with a project in it, which is the working directory, and keys."""
    for name in ("project/src", ".ssh", "other"):
        (clean_house / name).mkdir(parents=True)
    for name in ("project/a.txt", "project/b.txt", "project/src/a.txt", ".ssh/id_rsa", "other/x.txt"):
        (clean_house / name).write_text(name)
    os.symlink("/", clean_house / "project/root")
    os.symlink(clean_house / ".ssh", clean_house / "project/keys")
    monkeypatch.chdir(clean_house / "project")
    return clean_house


def level(line: str) -> Risk:
    return safety.assess(render.parse(line), os.getcwd(), read=render.parse_words).risk


@pytest.mark.parametrize(
    ("line", "risk"),
    [
        ("ls -la", READ), ("cat a.txt", READ), ("grep -r 'rm -rf /' .", READ), ("find . -name '*.log'", READ), ("cat /etc/passwd", READ), ("git status", READ), ("ls -l / | head -n 3", READ), ("watch -n 5 df -h", READ), ("sort a.txt", READ),
        ("touch new.txt", WRITE), ("mkdir -p x/y", WRITE), ("cp a.txt new.txt", WRITE), ("mv a.txt new.txt", WRITE), ("cp -n a.txt b.txt", WRITE), ("chmod +x a.txt", WRITE), ("ls > new.txt", WRITE), ("ls >> a.txt", WRITE), ("tee -a a.txt", WRITE), ("cp src/a.txt .", DESTRUCTIVE),
        ("mv a.txt ~/other", DESTRUCTIVE), ("chmod 600 ~/.ssh/id_rsa", DESTRUCTIVE), ("rm a.txt", DESTRUCTIVE), ("rm -r src", DESTRUCTIVE), ("rm *", DESTRUCTIVE), ("rm root", DESTRUCTIVE), ("cp a.txt b.txt", DESTRUCTIVE), ("mv a.txt b.txt", DESTRUCTIVE), ("mv a.txt src", DESTRUCTIVE), ("ls > a.txt", DESTRUCTIVE), ("tee a.txt", DESTRUCTIVE), ("sort -o b.txt a.txt", DESTRUCTIVE), ("find . -name '*.txt' -delete", DESTRUCTIVE), ("find . -name '*.txt' -exec rm {} +", DESTRUCTIVE),
        ("find . -name '*.txt' | xargs rm", DESTRUCTIVE), ("find ~ -name '*.pyc' -delete", DESTRUCTIVE), ("git reset --hard", DESTRUCTIVE), ("timeout 5 rm a.txt", DESTRUCTIVE), ("timeout 5 frobnicate", DESTRUCTIVE), ("kill 999999", DESTRUCTIVE),
        ("sudo cat a.txt", SYSTEM), ("touch /opt/x", SYSTEM), ("rm /usr/share/x", SYSTEM), ("sudo apt install jq", SYSTEM), ("find /usr -name '*.bak' -delete", SYSTEM),
        ("rm -rf /", BLOCKED), ("rm -rf /*", BLOCKED), ("rm -rf ~", BLOCKED), ("rm -rf ~/*", BLOCKED), ("rm -rf ..", BLOCKED), ("rm -rf ../*", BLOCKED), ("rm -rf ~/", BLOCKED), ("rm -rf ../../..", BLOCKED), ("rm -rf ~/project/..", BLOCKED), ("rm -rf root/", BLOCKED), ("rm -rf /etc", BLOCKED), ("mv ~ /tmp/x", BLOCKED), ("chmod -R 777 /", BLOCKED),
        ("chown -R nobody ~", BLOCKED), ("find / -delete", BLOCKED), ("find ~ -type f -delete", BLOCKED), ("find / -type f | xargs rm", BLOCKED), ("ls > /dev/sda", BLOCKED), ("cp a.txt /dev/sda", BLOCKED), ("rm ~/.ssh/id_rsa", BLOCKED), ("rm -r ~/.ssh", BLOCKED), ("rm keys/id_rsa", BLOCKED), ("cp a.txt ~/.ssh/id_rsa", BLOCKED), ("ls >> ~/.ssh/authorized_keys", BLOCKED), ("timeout 5 rm -rf /", BLOCKED), ("cd / && rm -rf etc", BLOCKED), ("kill 1", BLOCKED),
    ],
)
def test_a_command_has_its_level(home, line, risk):
    assert level(line) is risk


def test_a_process_that_this_shell_hangs_on_is_not_ended(home):
    assert level(f"kill {os.getppid()}") is BLOCKED


def test_many_files_raise_a_change_to_a_destruction(home):
    (home / "project/many").mkdir()
    for number in range(25):
        (home / f"project/many/{number}").touch()
    assert level("chmod 600 many/1*") is WRITE
    assert level("chmod 600 many/*") is DESTRUCTIVE
    assert level("cat many/*") is READ


def test_the_paths_that_exist_and_those_that_do_not_are_named(home):
    found = safety.assess(render.parse("rm *.txt gone.md"), os.getcwd())
    assert (found.paths, found.missing) == (("a.txt", "b.txt"), ("gone.md",))


def test_the_highest_part_decides_and_every_reason_is_told(home):
    found = safety.assess(render.parse("mkdir x && cat a.txt > b.txt"), os.getcwd())
    assert found.risk is DESTRUCTIVE
    assert "overwrites b.txt" in found.reasons and len(found.reasons) == 2


def proposal(line: str) -> Proposal:
    return pipeline.read_command(line, os.getcwd())


def test_a_file_whose_name_looks_like_an_option_stays_a_file(home):
    (home / "project/-rf").touch()
    (step,) = pipeline.approve(proposal("rm *"), os.getcwd()).steps
    assert step.argv[:2] == ("rm", "./-rf")


def test_a_folder_change_counts_for_the_patterns_after_it(home):
    approved = pipeline.approve(proposal("cd src && cat *.txt > out.md"), os.getcwd())
    assert approved.steps[1].argv == ("cat", "a.txt")


def test_a_redirect_to_several_files_is_refused(home):
    with pytest.raises(BadInput, match="one belongs"):
        pipeline.approve(proposal("ls > *.txt"), os.getcwd())


def test_nothing_is_approved_once_the_files_differ_from_the_preview(home):
    shown = proposal("rm *.txt")
    (home / "project/late.txt").touch()
    with pytest.raises(Refused, match="changed"):
        pipeline.approve(shown, os.getcwd())


@given(st.text(st.characters(exclude_characters="/\x00"), min_size=1, max_size=20))
def test_no_name_hides_or_moves_anything_on_the_terminal(name):
    shown = safety.show(name)
    assert safety.show(shown) == shown
    assert all(char.isprintable() for char in shown)


@given(st.binary(max_size=40))
def test_no_bytes_of_a_name_reach_the_terminal_raw(raw):
    assert all(char.isprintable() for char in safety.show(os.fsdecode(raw)))


@pytest.mark.parametrize(("text", "shown"), [("a\x1b[31m", "a\\x1b[31m"), ("\u202egpj.exe", "\\u202egpj.exe"), ("a\u00a0b", "a\\xa0b"), ("\udcff", "\\xff"), ("\U000e0041", "\\U000e0041"), ("ü 日本 😀", "ü 日本 😀"), ("a\nb", "a\\x0ab")])
def test_hidden_characters_are_shown_as_escapes(text, shown):
    assert safety.show(text) == shown


def test_line_breaks_stay_where_they_are_kept():
    assert safety.show("a\n\tb", keep="\n") == "a\n\\x09b"


def test_what_nobody_may_read_cannot_be_kept_for_undo(home, monkeypatch):
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **more: not (mode == os.R_OK and str(path).endswith("/b.txt")) and may(path, mode, **more))
    assert [pipeline.read_command(line, os.getcwd()).assessment.changes[-1].lost for line in ("ls > a.txt", "ls > b.txt", "cp a.txt b.txt")] == ["", "it cannot be read", "it cannot be read"]
    assert pipeline.read_command("ls > b.txt", os.getcwd()).assessment.risk is DESTRUCTIVE
