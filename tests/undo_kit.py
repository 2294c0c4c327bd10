"""Trees with odd names, what a tree looks like, and commands that change it, for the tests of effects and undo."""
from __future__ import annotations

import hashlib
import os
import random
import shutil
import stat
from pathlib import Path

from shellper import pipeline, render
from shellper.safety import show
from shellper.types import Plan, Proposal

NAMES = ("a.txt", "my file.txt", "-rf", "--help", "it's", "nl\nname", "ünï 日本.md", "esc\x1b[31m.log", "*star*", "[x].txt", ".hidden", "tab\there", "back\\slash", "😀.dat", "$(id)", "x.gz", "bad\udcff\udcfe", "~", "a;b", "very" * 30)


def make_tree(root: Path, rng: random.Random, *, files: int = 10) -> None:
    """FILES files, links (some dangling) and folders below ROOT, with odd names, modes and old times."""
    folders = [root]
    for _ in range(rng.randint(1, 4)):
        place = rng.choice(folders) / f"d{rng.randint(0, 9)}{rng.choice(('', ' x', chr(0xfc), '-'))}"
        place.mkdir(exist_ok=True)
        folders.append(place)
    for _ in range(files):
        place = rng.choice(folders) / rng.choice(NAMES)
        if os.path.lexists(place):
            continue
        kind = rng.random()
        if kind < 0.15:
            os.symlink(rng.choice(("nowhere", "a.txt", ".", "..", "my file.txt")), place)
        elif kind < 0.2 and (root / "a.txt").is_file() and not (root / "a.txt").is_symlink():
            os.link(root / "a.txt", place)
        else:
            place.write_bytes(rng.randbytes(rng.randint(0, 60)) + b"line one\nline two x\n")
            place.chmod(rng.choice((0o644, 0o600, 0o755, 0o444, 0o000)))
    for folder, names, others in os.walk(root):
        for name in (*names, *others):
            os.utime(os.path.join(folder, name), ns=(1_600_000_000 * 10**9 + rng.randrange(10**15),) * 2, follow_symlinks=False)
    if rng.random() < 0.5 and len(folders) > 1 and folders[-1] != root:
        folders[-1].chmod(0o000)
    os.utime(root, ns=(1_500_000_000 * 10**9,) * 2)


def snapshot(root: Path) -> dict[str, tuple]:
    """Every object below ROOT and itself: kind, mode, bytes or link target, owner, links, time of modification."""
    found = {}
    for folder, names, others in os.walk(root):
        for path in (folder, *(os.path.join(folder, name) for name in (*names, *others))):
            status = os.lstat(path)
            content = os.readlink(path) if stat.S_ISLNK(status.st_mode) else hashlib.sha256(_bytes(Path(path), status.st_mode)).hexdigest() if stat.S_ISREG(status.st_mode) else ""
            found[os.path.relpath(path, root)] = (stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), content, status.st_uid, status.st_gid, status.st_mtime_ns)
    return found


def clear(place: Path) -> None:
    """Remove PLACE with folders of ours that nobody may enter."""
    for folder, names, _ in os.walk(place):
        for name in names:
            if not os.path.islink(os.path.join(folder, name)):
                os.chmod(os.path.join(folder, name), 0o700)
    shutil.rmtree(place)


def _bytes(path: Path, mode: int) -> bytes:
    """What is in a file, also in one of ours that nobody may read."""
    try:
        return path.read_bytes()
    except PermissionError:
        path.chmod(0o400)
        try:
            return path.read_bytes()
        finally:
            path.chmod(stat.S_IMODE(mode))


def proposed(plan: Plan, cwd: str) -> Proposal:
    """PLAN assessed as if the student had answered with it."""
    return Proposal(plan, render.render(plan), pipeline._assess(plan, cwd), 1.0, "")


def run(plan: Plan, cwd: str) -> int:
    """Run PLAN without asking; the exit status."""
    proposal = proposed(plan, cwd)
    return pipeline.perform(proposal, pipeline.approve(proposal, cwd)).exit_code


def undo(number: int | None = None) -> list[str]:
    """Take the run back; what could not be."""
    found = pipeline.find_run(number)
    steps = pipeline.reversals(found)
    problems = [step.problem for step in steps if step.problem]
    return problems + pipeline.undo(found, steps)


def shown(names) -> list[str]:
    return [show(name) for name in names]
