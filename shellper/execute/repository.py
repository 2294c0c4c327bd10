"""A git repository before a step changes it: its HEAD, branches, stashes, index and files kept below refs/shellper, and brought back."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import replace

from shellper.errors import Refused
from shellper.types import Reversal, Saved

from .surroundings import environment

KEPT = "refs/shellper"
MOST_KEPT = 100  # states in one repository
MOST_DAYS = 30
MOST_REFS = 500
_WHO = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "shellper"), ("EMAIL", "shellper@localhost"))}
_BUSY = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert", "rebase-merge": "rebase", "rebase-apply": "rebase", "BISECT_LOG": "bisect"}


class Failed(Exception):
    """git could not do it; the text is its own first line."""


def save(cwd: str) -> Saved | None:
    """The repository around CWD as it stands, kept from now on by a ref of its own; None where there is none. A `problem` says why it
    could not be kept."""
    found = look(cwd)
    if found is None or found.problem:
        return found
    git = _Git(found.top)
    try:
        prune(found.top)
        oids = dict.fromkeys((found.head, found.commit, *(oid for name, oid in found.refs if name.startswith("refs/heads/")), *(oid for oid, _ in found.stashes)))
        parents = [word for oid in oids if oid for word in ("-p", oid)]
        keeper = git("commit-tree", "-m", "kept by shellper before a change", *parents, f"{found.head}^{{tree}}")
        name = f"{KEPT}/{time.strftime('%Y%m%d-%H%M%S')}-{keeper[:12]}"
        git("update-ref", name, keeper)
    except (Failed, OSError) as error:
        return replace(found, problem=str(error))
    return replace(found, keeper=name)


def look(cwd: str) -> Saved | None:
    """The repository around CWD, nothing kept; None where there is none."""
    try:
        git = _Git(cwd)
        top, folder = git("rev-parse", "--show-toplevel", "--absolute-git-dir").split("\n")
    except (Failed, OSError, ValueError):
        return None
    try:
        git = _Git(top)
        head, branch = git("rev-parse", "-q", "--verify", "HEAD", fails=""), git("symbolic-ref", "-q", "HEAD", fails="")
        if not head:
            return Saved(top, problem="there is no commit yet that it could go back to")
        refs = tuple(tuple(line.split(" ", 1)) for line in git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags").splitlines())
        if len(refs) > MOST_REFS:
            return Saved(top, problem=f"it has more than {MOST_REFS} branches and tags")
        stashes = tuple(tuple(line.split(" ", 1)) for line in git("stash", "list", "--format=%H %gs").splitlines())
        busy = next((word for name, word in _BUSY.items() if os.path.lexists(os.path.join(folder, name))), "")
        commit, index, work = _dirty(git, folder)
        return Saved(top, branch, head, refs, stashes, index, work, commit, busy)
    except (Failed, OSError) as error:
        return Saved(top, problem=str(error))


def checked(steps: tuple[Reversal, ...]) -> tuple[Reversal, ...]:
    """STEPS with a problem where a repository is not as its run left it, or its old state would overwrite something."""
    out, states = [], {}
    for step in steps:
        if step.action == "git" and step.saved:
            top = step.saved.top
            now = states[top] if top in states else look(top)
            step = replace(step, problem=step.problem or _problem(step, now))
            states[top] = step.saved if not step.problem else now
        out.append(step)
    return tuple(out)


def bring_back(step: Reversal) -> None:
    """The repository as it was before the run. Raises Refused with what git says; files that git does not keep stay where they are."""
    old, now = step.saved, step.left
    if old is None or now is None:
        raise Refused("the saved state is not known")
    git = _Git(old.top)
    try:
        commits = [now.head, *(name for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD") if now.busy and git("rev-parse", "-q", "--verify", name, fails=""))]
        known = {name for commit in commits for name in git.names("ls-tree", "-r", "-z", "--name-only", commit)}
        if now.busy:
            git(now.busy, "--quit")
        gone = git.names("diff-tree", "-r", "--name-only", "-z", "--no-renames", "--diff-filter=D", now.work, old.work)
        mine = set(gone) - known  # in no commit: the index forgets them, the files stay
        if mine:
            git("update-index", "-z", "--force-remove", "--stdin", feed="\0".join(sorted(mine)))
        git("read-tree", "-u", "--reset", old.work)
        if old.index != old.work:
            git("read-tree", "--reset", old.index)
        git("update-index", "-q", "--refresh", fails="")
        before, after = dict(old.refs), dict(now.refs)
        if old.branch:
            git("symbolic-ref", "HEAD", old.branch)
        else:
            git("update-ref", "--no-deref", "HEAD", old.head)
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                git("update-ref", *(("-d", name, after[name]) if name not in before else (name, before[name], after.get(name, "0" * len(before[name])))))
        if old.stashes != now.stashes:
            git("stash", "clear")
            for oid, text in reversed(old.stashes):
                git("stash", "store", "-m", text, oid)
    except Failed as error:
        raise Refused(f"{error}; the state before is kept as {old.keeper}") from None


def prune(top: str) -> None:
    """Forget kept states that are older than 30 days, and all but the newest hundred."""
    git = _Git(top)
    rows = [line.split(" ") for line in git("for-each-ref", "--sort=-committerdate", "--format=%(refname) %(committerdate:unix)", KEPT).splitlines()]
    for at, (name, made) in enumerate(rows):
        if at >= MOST_KEPT or int(made) < time.time() - MOST_DAYS * 86_400:
            git("update-ref", "-d", name)


def _problem(step: Reversal, now: Saved | None) -> str:
    old, left = step.saved, step.left
    if old is None or now is None:
        return f"{step.change.path} is no repository any more"
    if now.problem or left is None:
        return f"{old.top}: {now.problem or 'the run was cut off'}; the state before is kept as {old.keeper}"
    if replace(now, keeper="", commit="") != replace(left, keeper="", commit=""):
        parts = [word for word, one, other in (("commits or branches", (now.head, now.branch, now.refs), (left.head, left.branch, left.refs)), ("stashes", now.stashes, left.stashes), ("files or index", (now.index, now.work, now.busy), (left.index, left.work, left.busy))) if one != other]
        return f"{old.top}: its {' and '.join(parts)} have changed since; the state before is kept as {old.keeper}"
    if old.busy:
        return f"{old.top}: a {old.busy} was going on; the state before is kept as {old.keeper}"
    git = _Git(old.top)
    try:
        if old.keeper and not git("rev-parse", "-q", "--verify", old.keeper, fails=""):
            return f"{old.top}: {old.keeper} is no longer there"
        if any(git("rev-parse", "-q", "--verify", f"{oid}^3", fails="") for oid, _ in set(left.stashes) - set(old.stashes)):
            return "the stash holds files that git does not track: git stash pop brings them back"
        for name in git.names("diff-tree", "-r", "--name-only", "-z", "--no-renames", "--diff-filter=A", left.work, old.work):
            if os.path.lexists(os.path.join(old.top, name)):
                return f"{os.path.join(old.top, name)} exists now and would be overwritten"
    except Failed as error:
        return f"{old.top}: {error}"
    return ""


def _dirty(git: _Git, folder: str) -> tuple[str, str, str]:
    """(commit, tree of the index, tree of the tracked files): a commit where the files differ from HEAD. During a merge the index
    has no tree; that of the files stands in its place."""
    try:
        commit = git("stash", "create")
        here = commit or "HEAD"
        return commit, git("rev-parse", f"{commit}^2^{{tree}}") if commit else git("rev-parse", "HEAD^{tree}"), git("rev-parse", f"{here}^{{tree}}")
    except Failed:
        with tempfile.TemporaryDirectory() as aside:
            copy = os.path.join(aside, "index")
            shutil.copyfile(os.path.join(folder, "index"), copy)
            git("add", "-u", GIT_INDEX_FILE=copy)
            tree = git("write-tree", GIT_INDEX_FILE=copy)
        return git("commit-tree", "-m", "files during a merge", "-p", "HEAD", tree), tree, tree


class _Git:
    """git in one folder, without hooks, helpers or a pager."""

    def __init__(self, cwd: str) -> None:
        program = shutil.which("git", path=os.pathsep.join(part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part.startswith("/")))
        if program is None:
            raise Failed("git is not installed here")
        self.head = [program, "--no-pager", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "commit.gpgSign=false"]
        self.cwd = cwd

    def __call__(self, *words: str, fails: str | None = None, feed: str = "", **variables: str) -> str:
        """What it prints, without the last line end; FAILS instead where it fails. Raises Failed."""
        done = subprocess.run(
            [*self.head, *words], cwd=self.cwd, env={**environment(os.environ), **_WHO, **variables}, input=os.fsencode(feed), capture_output=True, start_new_session=True, check=False,
        )
        if done.returncode == 0:
            return os.fsdecode(done.stdout).removesuffix("\n")
        if fails is None:
            raise Failed(f"git {words[0]}: {os.fsdecode(done.stderr).strip().splitlines()[0] if done.stderr.strip() else done.returncode}")
        return fails

    def names(self, *words: str) -> list[str]:
        return [name for name in self(*words).split("\0") if name]
