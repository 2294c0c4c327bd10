"""The parts of a session that need no terminal: completion, the shell line, which programs are interactive, words that undo, the documents."""
from __future__ import annotations

import json
import os
import shutil

import pytest
from conftest import ROOT

from shellper import execute, journal, pipeline
from shellper.journal import words
from shellper.tools import catalogue
from shellper.types import Outcome
from shellper.ui.session import keys, slash, terminal, toolbar, undoing
from shellper.ui.session.complete import offers
from shellper.ui.session.state import KEPT, Session, Setup, kept
from shellper.ui.show import Look

DOCUMENT = (ROOT / "docs/session.md").read_text()


@pytest.fixture
def session(folder):
    return Session(Setup(Look(False)), str(folder))


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("/un", {("/undo", -3)}), ("/", {(f"/{name}", -1) for name in slash.TABLE}), ("/tools git_com", {("git_commit", -7)}), ("show re", {("report.txt", -2), ("reports/", -2), *((name, -2) for name in catalogue().tools if name.startswith("re"))}),
        ("show reports/", {("reports/in it.txt", -8)}), ("!cat reports/", {("'reports/in it.txt'", -8)}), ("!ech", {("echo", -3)}), ("/explain cat rep", {("report.txt", -3), ("reports/", -3)}), ("open .h", {(".hidden", -2)}), ("show ", set()), ("show nothing/", set()), ("", set()),
    ],
)
def test_tab_offers(folder, typed, offered):
    for name in ("report.txt", "reports/in it.txt", ".hidden", "re\x1bd"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    assert {(text, start) for text, start, _ in offers(typed, str(folder))} == offered


@pytest.mark.parametrize(
    ("line", "wants"),
    [
        ("less a", True), ("cat a | less", True), ("sudo -E vim a", True), ("EDITOR=x vim a", True), ("/usr/bin/top", True), ("python3", True), ("python3 -q", True), ("bash", True), ("git commit", True), ("git commit -a", True), ("git rebase -i HEAD~2", True), ("git add -p", True), ("crontab -e", True), ("ssh host", True), ("for f in *; do vim $f; done", True), ("ls && man ls", True), ("lazygit", True), ("mine a", True),
        ("ls", False), ("python3 a.py", False), ("python3 --version", False), ("bash a.sh", False), ("git commit -m x", False), ("git commit -am x", False), ("git commit --amend --no-edit", False), ("git log", False), ("git add a", False), ("crontab -l", False), ("cat less", False), ("echo 'vim'", False), ("git rebase main", False), ("git tag v1", False), ("", False),
    ],
)
def test_which_lines_need_the_terminal_itself(line, wants, monkeypatch):
    monkeypatch.setenv("SHELLPER_TERMINAL", "mine other")
    assert terminal.wanted(terminal.commands(line)) is wants


@pytest.mark.parametrize(("line", "rows"), [("ls", True), ("ls -la; echo x", True), ("sudo ls", True), ("cat a", False), ("echo ls", False)])
def test_which_lines_print_names_in_rows(line, rows):
    assert terminal.rows(terminal.commands(line)) is rows


UNDO = ("undo", "undo that", "Undo it!", "no, undo that", "oh undo the last one please", "take that back", "can you undo that", "revert that", "hmm, take it back.", "undo  the last run")
NOT_UNDO = ("undo that commit but keep the work", "undo the rename of a.txt", "take the back cover", "put it back", "delete the undo file", "list files", "revert the commit")


@pytest.mark.parametrize("said", [*UNDO, *NOT_UNDO])
def test_only_words_that_say_nothing_but_undo_are_taken_for_it(said, session, folder):
    (folder / "a.txt").touch()
    proposal = pipeline.read_command("rm a.txt", str(folder))
    outcome = pipeline.perform(proposal, pipeline.approve(proposal, str(folder)))
    assert not undoing.meant(session, said)
    session.ran("away", "rm a.txt", "", outcome, inert=False)
    assert bool(undoing.meant(session, said)) is (said in UNDO)
    session.ran("look", "ls", "", Outcome(0, 0.0), inert=True)
    assert bool(undoing.meant(session, said)) is (said in UNDO)
    session.ran("", "make", "", Outcome(0, 0.0), inert=False)
    assert not undoing.meant(session, said)


@pytest.mark.parametrize("shell", ["bash", "zsh", "dash", "sh", "fish"])
def test_a_shell_line_reports_folder_variables_and_status(shell, folder, monkeypatch):
    path = shutil.which(shell)
    if not path:
        pytest.skip(f"{shell} is not installed")
    (folder / "a dir").mkdir()
    monkeypatch.setenv("SHELL", path)
    monkeypatch.setenv("GONE", "1")
    line = {"fish": "cd 'a dir'; set -gx NEW 'two\nlines'; set -e GONE; false"}.get(shell, "cd 'a dir'; export NEW='two\nlines'; unset GONE; false")
    outcome = execute.shell_line(line, str(folder))
    assert (outcome.exit_code, outcome.cwd, dict(outcome.exports)) == (1, str(folder / "a dir"), {"NEW": "two\nlines", "GONE": None})


@pytest.mark.parametrize(("line", "status"), [("exit 7", 7), ("kill -9 $$", 137), ("(", 2), ("exec true", 0)])
def test_a_shell_line_that_ends_in_its_own_way_leaves_the_session_as_it_was(folder, monkeypatch, capfd, line, status):
    monkeypatch.setenv("SHELL", "/bin/bash")
    outcome = execute.shell_line(line, str(folder))
    assert (outcome.exit_code, outcome.cwd, dict(outcome.exports)) == (status, str(folder), {})


def test_a_shell_line_with_a_large_environment_and_a_background_job_ends(folder, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/bash")
    outcome = execute.shell_line("export BIG=$(head -c 100000 /dev/zero | tr '\\0' x); sleep 3 &", str(folder))
    assert outcome.seconds < 2.5 and len(outcome.exports["BIG"]) == 100000


def test_the_context_is_bounded_in_turns_and_characters(session):
    for number in range(KEPT + 5):
        session.ran(str(number), "seq 9", "x\n" * 9000, Outcome(0, 0.0), inert=True)
    assert [past.turn.request for past in session.past] == [str(number) for number in range(5, KEPT + 5)]
    assert all(len(past.turn.output) < 4400 for past in session.past)


def test_a_secret_is_replaced_before_the_text_is_cut():
    assert "ghp_" not in kept("x" * 4080 + " ghp_" + "a1B2" * 9 + "\nend\n")


def test_words_beyond_the_limit_lose_the_older_half(clean_house, monkeypatch):
    monkeypatch.setattr(words, "LONGEST", 1000)
    for number in range(100):
        journal.remember(f"say number {number:03}")
    found = journal.remembered()
    assert found[-1] == "say number 099" and 20 < len(found) < 70 and found == [f"say number {number:03}" for number in range(100 - len(found), 100)]


def test_damaged_lines_of_the_history_are_left_out(clean_house):
    journal.remember("one")
    with open(clean_house / ".local/state/shellper/words.jsonl", "a") as file:
        file.write('{"torn\n12\n' + json.dumps("two\nlines") + "\n")
    assert journal.remembered() == ["one", "two\nlines"]


@pytest.mark.parametrize(("files", "branch"), [({}, ""), ({".git/HEAD": "ref: refs/heads/a/b\n"}, "a/b"), ({".git/HEAD": "0123456789abcdef\n"}, "01234567"), ({".git": "gitdir: real\n", "real/HEAD": "ref: refs/heads/tree\n"}, "tree"), ({".git/x": ""}, "")])
def test_the_branch_around_a_folder(folder, files, branch):
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "sub").mkdir()
    assert toolbar.branch_of(str(folder / "sub")) == branch


def test_a_folder_below_home_is_short(clean_house):
    assert [toolbar.short(path) for path in (str(clean_house), f"{clean_house}/x", f"{clean_house}x", "/")] == ["~", "~/x", f"{clean_house}x", "/"]


@pytest.mark.parametrize(("name", "row"), slash.TABLE.items())
def test_the_document_has_every_slash_command(name, row):
    assert f"| `{f'/{name} {row.argument}'.strip()}` | {row.meaning} |" in DOCUMENT


@pytest.mark.parametrize(("key", "meaning"), [*keys.MEANINGS.items(), *slash.EDITING.items()])
def test_the_document_has_every_key(key, meaning):
    assert f"| `{key}` | {meaning} |" in DOCUMENT


def test_the_document_has_no_command_that_is_none():
    assert {line.split("`")[1].split()[0] for line in DOCUMENT.splitlines() if line.startswith("| `/")} == {f"/{name}" for name in slash.TABLE}


def test_the_help_is_made_from_the_same_tables():
    text = "\n".join(slash.TABLE["help"].action(None, ""))
    assert all(f"/{name}" in text and row.meaning in text for name, row in slash.TABLE.items())
    assert all(meaning in text for meaning in (*keys.MEANINGS.values(), *slash.EDITING.values()))


def test_exported_variables_reach_programs_but_none_that_makes_them_load_code(folder, monkeypatch, capfd):
    proposal = pipeline.read_command("env", str(folder))
    pipeline.perform(proposal, pipeline.approve(proposal, str(folder)), {"MINE": "1", "LD_PRELOAD": "x", "GIT_DIR": "x", "PAGER": "x"})
    shown = capfd.readouterr().out.splitlines()
    assert "MINE=1" in shown and not {"LD_PRELOAD=x", "GIT_DIR=x", "PAGER=x"} & set(shown)
    assert os.environ.get("MINE") is None
