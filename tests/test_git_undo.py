"""Undo of what changes the state of a git repository: HEAD, branches, stashes, index and files come back, or it says why not."""
from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from undo_kit import proposed

from shellper import pipeline, render
from shellper.execute import repository
from shellper.ui import effects

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(*words: str, check: bool = True) -> str:
    return subprocess.run(["git", *words], check=check, capture_output=True, text=True).stdout


@pytest.fixture
def project(folder, clean_house) -> Path:
    """Two branches that differ in two files and clash in none, a stash, and changes that are staged, unstaged and untracked."""
    (clean_house / ".gitconfig").write_text("[user]\nname = T\nemail = t@example.org\n[init]\ndefaultBranch = main\n[advice]\ndetachedHead = false\n")
    git("init", "-q")
    for name in ("a.txt", "b.txt", "c d.txt", "ünï.txt"):
        (folder / name).write_text(f"one {name}\n")
    git("add", ".")
    git("commit", "-qm", "first")
    git("switch", "-qc", "topic")
    (folder / "topic.txt").write_text("topic\n")
    git("add", ".")
    git("commit", "-qm", "topic")
    git("switch", "-q", "main")
    (folder / "b.txt").write_text("two\n")
    git("commit", "-qam", "second")
    (folder / "a.txt").write_text("stashed\n")
    git("stash", "-q")
    return folder


def dirty(folder: Path) -> None:
    (folder / "a.txt").write_text("staged\n")
    git("add", "a.txt")
    (folder / "a.txt").write_text("staged and more\n")
    (folder / "c d.txt").unlink()
    (folder / "new.txt").write_text("not known to git\n")


def state(folder: Path) -> tuple:
    files = {name: (folder / name).read_bytes() for name in os.listdir(folder) if name != ".git"}
    return git("symbolic-ref", "-q", "HEAD", check=False), git("rev-parse", "HEAD"), git("for-each-ref", "refs/heads", "refs/tags"), git("stash", "list", "--format=%H %gs"), git("status", "--porcelain"), git("diff"), git("diff", "--cached"), files


def done(line: str, folder: Path) -> int:
    proposal = proposed(render.parse(line), str(folder))
    return pipeline.perform(proposal, pipeline.approve(proposal, str(folder))).exit_code


def undone() -> tuple[list[str], list[str]]:
    run = pipeline.find_run(None)
    steps = pipeline.reversals(run)
    failures = pipeline.undo(run, steps)
    return [step.problem for step in steps if step.problem], failures


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("git reset --hard", True), ("git reset --hard HEAD~1", True), ("git restore a.txt", True), ("git restore .", True), ("git checkout -- .", True), ("git switch --discard-changes topic", True), ("git stash", True), ("git stash drop", True),
        ("git stash clear", True), ("git branch -D topic", True), ("git branch -m topic other", True), ("git branch more", True), ("git tag v1", True), ("git switch -c fresh", True), ("git add new.txt", True), ("git add .", True), ("git restore --staged a.txt", True),
        ("git commit -m x", True), ("git commit -am x", True), ("git commit --amend --no-edit", True), ("git commit --amend -am x", True), ("git reset --soft HEAD~1", True), ("git add new.txt && git commit -m x", True), ("git status", False),
    ],
)
def test_a_change_of_a_dirty_repository_is_taken_back(project, line, changed):
    dirty(project)
    before = state(project)
    assert done(line, project) == 0
    if not changed:
        assert state(project) == before
        return
    assert state(project) != before
    assert undone() == ([], [])
    assert state(project) == before


@pytest.mark.parametrize("line", ["git merge topic", "git merge --no-ff --no-edit topic", "git rebase topic", "git switch topic", "git checkout topic", "git switch --detach topic", "git cherry-pick topic", "git revert HEAD", "git stash pop", "git stash apply"])
def test_a_change_of_a_clean_repository_is_taken_back(project, line, monkeypatch):
    monkeypatch.setenv("EDITOR", "true")
    before = state(project)
    assert done(line, project) == 0
    assert state(project) != before
    assert undone() == ([], [])
    assert state(project) == before


def test_a_merge_that_stopped_in_a_conflict_is_taken_back(project):
    git("switch", "-qc", "clash", "topic")
    (project / "b.txt").write_text("clash\n")
    git("commit", "-qam", "clash")
    git("switch", "-q", "main")
    before = state(project)
    assert done("git merge clash", project) != 0
    assert "UU b.txt" in git("status", "--porcelain")
    assert undone() == ([], [])
    assert state(project) == before
    assert not (project / ".git/MERGE_HEAD").exists()


def test_an_undo_is_itself_taken_back_by_its_number(project):
    dirty(project)
    assert done("git reset --hard HEAD~1", project) == 0
    after = state(project)
    assert undone() == ([], [])
    run = pipeline.history()[-1]
    steps = pipeline.reversals(run)
    assert [step.problem for step in steps] == [""]
    assert pipeline.undo(run, steps) == []
    assert state(project) == after


def test_what_is_newer_than_the_run_stays_and_the_saved_state_is_named(project):
    dirty(project)
    assert done("git reset --hard", project) == 0
    (project / "a.txt").write_text("written later\n")
    now = state(project)
    problems, _ = undone()
    assert len(problems) == 1 and "files or index have changed since" in problems[0] and "refs/shellper/" in problems[0]
    assert state(project) == now
    kept = problems[0].split("kept as ")[1]
    assert git("show", f"{kept}^2:a.txt") == "staged and more\n"  # by hand it still comes back


def test_a_new_commit_stops_the_undo(project):
    assert done("git branch -D topic", project) == 0
    git("commit", "-q", "--allow-empty", "-m", "later")
    problems, _ = undone()
    assert "commits or branches have changed since" in problems[0]


def test_a_file_in_the_way_is_not_overwritten(project):
    git("switch", "-q", "topic")
    assert done("git switch main", project) == 0
    (project / "topic.txt").write_text("mine\n")
    problems, _ = undone()
    assert "topic.txt exists now and would be overwritten" in problems[0]
    assert (project / "topic.txt").read_text() == "mine\n"


def test_a_stash_of_untracked_files_says_how_they_come_back(project):
    (project / "new.txt").write_text("x\n")
    assert done("git stash -u", project) == 0
    problems, _ = undone()
    assert problems == ["the stash holds files that git does not track: git stash pop brings them back"]


def test_a_repository_without_a_commit_says_so(folder, clean_house):
    git("init", "-q")
    (folder / "a.txt").write_text("x")
    assert done("git add a.txt", folder) == 0
    run = pipeline.find_run(None)
    assert pipeline.reversals(run) == ()
    assert "there is no commit yet" in run.steps[0].notes[0]


def test_kept_states_are_listed_and_old_ones_go(project, monkeypatch):
    from shellper.ui import undo

    dirty(project)
    for number in range(4):
        (project / "b.txt").write_text(f"{number}\n")
        assert done(f"git branch b{number}", project) == 0
    refs = git("for-each-ref", "--format=%(refname)", "refs/shellper").split()
    assert len(refs) == 4
    assert sorted(name for run in pipeline.history() for name in undo.row(run)["kept_refs"]) == sorted(refs)
    monkeypatch.setattr(repository, "MOST_KEPT", 2)
    (project / "b.txt").write_text("more\n")
    assert done("git branch more", project) == 0
    assert len(git("for-each-ref", "refs/shellper").splitlines()) == 3
    monkeypatch.setattr(repository, "MOST_DAYS", -1)
    repository.prune(str(project))
    assert git("for-each-ref", "refs/shellper") == ""


def test_hooks_of_the_repository_do_not_run_when_its_state_is_kept(project, tmp_path):
    hook = project / ".git/hooks/reference-transaction"
    hook.write_text(f"#!/bin/sh\necho ran >> {tmp_path}/ran\n")
    hook.chmod(0o755)
    repository.save(str(project))
    assert not (tmp_path / "ran").exists()


def test_the_preview_says_that_git_state_can_be_undone(project):
    lines = effects.summary(proposed(render.parse("git reset --hard"), str(project)), frozenset())
    assert lines[-1] == "  can be undone: shellper undo"
    assert "cannot be undone" in " ".join(effects.summary(proposed(render.parse("git push"), str(project)), frozenset()))
