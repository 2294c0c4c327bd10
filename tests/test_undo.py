"""Undo: what a command did is taken back, nothing newer is destroyed, and where it cannot be done the reason is told."""
from __future__ import annotations

import json
import os
import stat
import time

import pytest
from undo_kit import run, snapshot, undo

from shellper import journal, pipeline, render
from shellper.errors import BadInput, StateUnusable


@pytest.fixture
def tree(folder):
    """Files, a folder, a link, two hard links."""
    for name in ("a.txt", "b.txt", "notes.md", "d/x.txt", "d/e/y.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name} one\ntwo\n")
    (folder / "b.txt").chmod(0o640)
    (folder / "v").mkdir()
    os.symlink("a.txt", folder / "link")
    os.link(folder / "notes.md", folder / "hard.md")
    for name in ("a.txt", "b.txt", "d/x.txt", "d/e", "d"):
        os.utime(folder / name, ns=(10**18, 10**18 + 5))
    os.utime(folder, ns=(10**18, 10**18 + 9))
    return folder


def go(line: str, folder) -> int:
    return run(render.parse(line), str(folder))


REVERSIBLE = (
    "touch new.txt", "touch a.txt", "mkdir -p p/q/r", "rm a.txt", "rm -r d", "rm -f a.txt gone b.txt", "rm link", "rm *.txt", "mv a.txt c.txt", "mv a.txt b.txt", "mv a.txt b.txt d", "mv d dd", "cp a.txt new.txt", "cp a.txt b.txt", "cp -r d d2",
    "cp a.txt d", "cp b.txt link", "ls > out.txt", "ls > a.txt", "ls >> a.txt", "echo x >> hard.md", "echo x | tee -a a.txt", "sed -i s/one/1/ a.txt", "sed -i s/one/1/ hard.md", "sort -o b.txt a.txt", "sort -o notes.md notes.md", "chmod 600 a.txt", "chmod -R 700 d", "ln -s b.txt l2", "ln -sf b.txt link",
    "gzip a.txt", "gzip b.txt && rm b.txt.gz", "gzip -k a.txt", "truncate -s 3 a.txt", "rmdir v", "tar -czf t.tgz d", "find . -name '*.txt' -delete", "find . -name x.txt -exec rm {} +", "find . -name '*.txt' | xargs rm", "find . -name '*.txt' -exec chmod 600 {} +", "grep -l one *.txt | xargs sed -i s/one/1/",
    "mkdir z && mv a.txt z", "touch q && mv q r && rm r", "mv a.txt tmp && mv b.txt a.txt && mv tmp b.txt", "cp a.txt z.txt && sed -i s/one/1/ z.txt && mv z.txt b.txt", "for f in *.txt; do mv \"$f\" \"${f%.txt}.bak\"; done", "split -l 1 a.txt part_", "rm -v a.txt", "mv -v a.txt c.txt", "cat a.txt | tee b.txt | wc -l",
)


@pytest.mark.parametrize("line", REVERSIBLE)
def test_a_command_is_taken_back_with_bytes_modes_links_and_times(tree, capfd, line):
    before = snapshot(tree)
    go(line, tree)
    assert snapshot(tree) != before
    assert undo() == []
    assert snapshot(tree) == before
    assert os.stat(tree / "notes.md").st_nlink == os.stat(tree / "hard.md").st_nlink


@pytest.mark.parametrize("line", ["rm a.txt b.txt", "cp a.txt b.txt", "mv a.txt b.txt", "ls >> a.txt", "chmod 600 a.txt", "mkdir p", "sed -i s/one/1/ a.txt"])
def test_an_undo_can_be_taken_back_itself(tree, line):
    go(line, tree)
    after = {name: row[:5] for name, row in snapshot(tree).items()}
    assert undo() == []
    assert undo(2) == []
    assert {name: row[:5] for name, row in snapshot(tree).items()} == after
    assert undo(3) == []


def test_several_runs_are_taken_back_one_after_the_other(tree):
    before = snapshot(tree)
    for line in ("mkdir p", "touch p/q", "mv a.txt p", "rm -r p"):
        go(line, tree)
    for _ in range(4):
        assert undo() == []
    assert snapshot(tree) == before
    with pytest.raises(BadInput, match="nothing to undo"):
        pipeline.find_run(None)


@pytest.mark.parametrize(
    ("line", "then", "said"),
    [
        ("rm a.txt", "a.txt", "exists again"), ("cp a.txt new.txt", "new.txt", "has changed since"), ("cp a.txt b.txt", "b.txt", "has changed since"), ("mv a.txt c.txt", "a.txt", "exists again"), ("mv a.txt c.txt", "c.txt", "has changed since"),
        ("mkdir p", "p/in.txt", "has changed since"), ("ls >> a.txt", "a.txt", "has changed since"), ("chmod 600 a.txt", "a.txt", "has changed since"), ("sed -i s/one/1/ a.txt", "a.txt", "has changed since"),
    ],
)
def test_what_is_newer_is_never_destroyed(tree, line, then, said):
    go(line, tree)
    (tree / then).write_text("newer\n")
    steps = pipeline.reversals(pipeline.find_run(None))
    assert any(said in step.problem for step in steps)
    pipeline.undo(pipeline.find_run(None), steps)
    assert (tree / then).read_text() == "newer\n"


def test_what_can_still_be_taken_back_is_and_the_rest_is_named(shellper, tree):
    shellper("--yes", "touch x1 x2")
    (tree / "x1").write_text("newer")
    done = shellper("undo", "--yes")
    assert done.returncode == 1 and b"x1 has changed since" in done.stderr
    assert (tree / "x1").exists() and not (tree / "x2").exists()


def test_a_trash_that_was_emptied_is_named(tree, clean_house):
    go("rm a.txt", tree)
    os.unlink(clean_house / ".local/share/Trash/files/a.txt")
    (step,) = pipeline.reversals(pipeline.find_run(None))
    assert "no longer where the run left it" in step.problem


def test_deleted_files_lie_in_the_desktop_s_trash_with_a_record(tree, clean_house):
    (tree / "odd ü%\n").write_text("x")
    go("rm a.txt odd*", tree)
    trash = clean_house / ".local/share/Trash"
    assert {path.name for path in (trash / "files").iterdir()} == {"a.txt", "odd ü%\n"}
    record = (trash / "info/odd ü%\n.trashinfo").read_text()
    assert record.startswith("[Trash Info]\nPath=" + str(tree) + "/odd%20%C3%BC%25%0A\nDeletionDate=2")
    assert stat.S_IMODE(os.stat(trash / "info/a.txt.trashinfo").st_mode) == 0o600 and stat.S_IMODE(os.stat(trash).st_mode) == 0o700
    (tree / "a.txt").write_text("again")
    go("rm a.txt", tree)
    assert {path.name for path in (trash / "info").iterdir()} == {"a.txt.trashinfo", "a.txt.2.trashinfo", "odd ü%\n.trashinfo"}
    assert undo() == [] and (tree / "a.txt").read_text() == "again"
    assert not (trash / "info/a.txt.2.trashinfo").exists()


def test_the_journal_is_private_and_holds_no_secrets(tree, clean_house):
    go("touch 'password=hunter2secret'", tree)
    file = clean_house / ".local/state/shellper/journal.jsonl"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600 and stat.S_IMODE(os.stat(file.parent).st_mode) == 0o700
    assert json.loads(file.read_text().splitlines()[0])["command"] == "touch password=[redacted]"


@pytest.mark.parametrize("wrong", ["link", "folder"])
def test_a_journal_that_is_not_a_file_of_ours_is_refused_and_nothing_runs(tree, clean_house, wrong):
    state = clean_house / ".local/state/shellper"
    state.mkdir(parents=True)
    if wrong == "link":
        (tree / "elsewhere").write_text("")
        os.symlink(tree / "elsewhere", state / "journal.jsonl")
    else:
        (state / "journal.jsonl").mkdir()
    with pytest.raises(StateUnusable, match="journal"):
        go("rm a.txt", tree)
    assert (tree / "a.txt").exists()
    assert go("cat a.txt", tree) == 0


def test_a_torn_line_in_the_journal_is_skipped_and_numbers_go_on(tree, clean_house):
    go("touch n1", tree)
    with open(clean_house / ".local/state/shellper/journal.jsonl", "a") as file:
        file.write('{"run": 2, "what": "beg')
    go("touch n2", tree)
    assert [found.number for found in journal.runs()] in ([1, 3], [1, 2])
    assert undo() == [] and undo() == []
    assert not (tree / "n1").exists() and not (tree / "n2").exists()


def test_old_copies_go_when_room_is_short(tree, monkeypatch):
    go("cp a.txt b.txt", tree)
    monkeypatch.setattr(journal.kept, "most_bytes", lambda: 20)
    go("sed -i s/one/1/ notes.md", tree)
    assert [step.problem for step in pipeline.reversals(pipeline.find_run(1))] == [f"the copy of {tree}/b.txt is no longer kept"]


def test_history_lists_runs_as_text_and_json(shellper, tree):
    shellper("--yes", "touch n1")
    shellper("cat a.txt")
    shellper("undo", "--yes")
    assert [line.split()[3] for line in shellper("history").stdout.decode().splitlines()] == ["undone", "read", "undo"]
    rows = [json.loads(line) for line in shellper("history", "--json").stdout.splitlines()]
    assert [(row["run"], row["state"], row["risk"], row["exit_code"]) for row in rows] == [(1, "undone", "write", 0), (2, "read", "read", 0), (3, "undo", "write", 0)]
    assert rows[0]["changes"] == [{"op": "write", "path": str(tree / "n1")}] and rows[2]["undoes"] == 1


def test_undo_without_a_terminal_changes_nothing(shellper, tree):
    shellper("--yes", "touch n1")
    assert shellper("undo").returncode == 126
    assert shellper("undo", "-n").returncode == 0
    assert (tree / "n1").exists()


@pytest.mark.parametrize(("argv", "status"), [(["undo", "99"], 2), (["undo", "x"], 2), (["undo", "0"], 2), (["undo"], 2), (["history", "-c", "0"], 2)])
def test_undo_of_what_is_not_there_is_one_line(shellper, argv, status):
    done = shellper(*argv)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (status, b"", 1)


def test_a_run_that_changed_nothing_says_so(shellper, tree):
    shellper("cat a.txt")
    done = shellper("undo", "1", "--yes")
    assert done.returncode == 1 and b"changed nothing" in done.stderr


def test_a_thousand_files_go_and_come_back_quickly(tree):
    (tree / "many").mkdir()
    for number in range(1000):
        (tree / f"many/{number}").touch()
    before, started = snapshot(tree), time.perf_counter()
    go("rm many/*", tree)
    assert undo() == []
    assert snapshot(tree) == before
    assert time.perf_counter() - started < 10
