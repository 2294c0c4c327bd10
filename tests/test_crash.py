"""Killed at any step, a full disk, a read-only place, another device, a race: a clear word, and nothing is lost."""
from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys

import pytest
from conftest import ROOT
from undo_kit import proposed, run, snapshot, undo

from shellper import execute, journal, pipeline, render
from shellper.errors import Refused
from shellper.types import Risk

AS_ROOT = os.getuid() == 0
LINES = ("rm a.txt b.txt", "mv a.txt b.txt", "cp a.txt b.txt", "sed -i s/one/1/ a.txt", "echo x > a.txt", "mkdir n && mv a.txt n", "gzip a.txt", "chmod -R 700 d")


def fill(folder) -> None:
    for name in ("a.txt", "b.txt", "d/x.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"{name} one\n")
        os.utime(folder / name, ns=(10**18, 10**18))


def contents(tree: dict) -> dict:
    """What undo after a crash must bring back: names, kinds, bytes."""
    return {name: (row[0], row[2]) for name, row in tree.items()}


def crash(at: int, what: str, folder) -> int:
    return subprocess.run([sys.executable, str(ROOT / "tests/crash.py"), str(at), what], cwd=folder, env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests"}, capture_output=True).returncode


def everything(*roots) -> set[bytes]:
    return {path.read_bytes() for root in roots for path in root.rglob("*") if path.is_file() and not path.is_symlink()}


def crash_and_undo(line: str, folder, house, steps) -> int:
    """Kill at each of STEPS until the command gets through; how many kills there were."""
    kills = 0
    for at in steps:
        for place in (folder, house / ".local"):
            shutil.rmtree(place, ignore_errors=True)
        folder.mkdir()
        os.chdir(folder)
        fill(folder)
        before = snapshot(folder)
        originals = everything(folder)
        status = crash(at, line, folder)
        if status == 0:
            return kills
        assert status == -signal.SIGKILL
        kills += 1
        assert originals <= everything(folder, house / ".local/share", house / ".local/state")
        for _ in journal.runs():
            if any(found.changed and not found.undone_by and not found.undoes for found in journal.runs()) and pipeline.reversals(pipeline.find_run(None)):
                assert undo() == [], (at, line)
        assert contents(snapshot(folder)) == contents(before), (at, line)
    return kills


@pytest.mark.parametrize("line", LINES[:3])
def test_killed_at_some_steps_undo_loses_nothing(folder, clean_house, line):
    assert crash_and_undo(line, folder, clean_house, (4, 6, 8, 9, 99)) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_killed_at_every_step_undo_loses_nothing(folder, clean_house, line):
    assert crash_and_undo(line, folder, clean_house, range(1, 100)) >= 8


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_an_undo_that_is_killed_can_be_repeated(folder, clean_house, line):
    for at in range(1, 60):
        for place in (folder, clean_house / ".local"):
            shutil.rmtree(place, ignore_errors=True)
        folder.mkdir()
        os.chdir(folder)
        fill(folder)
        before = snapshot(folder)
        run(render.parse(line), str(folder))
        status = crash(at, "undo", folder)
        if status == 0:
            return
        if pipeline.reversals(pipeline.find_run(1)):
            assert undo(1) == [], at
        assert contents(snapshot(folder)) == contents(before), at


@pytest.fixture
def other_disk():
    """A folder on another file system, where there is one."""
    place = f"/dev/shm/shellper-test-{os.getpid()}"
    if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == os.stat("/tmp").st_dev:
        pytest.skip("no second file system here")
    os.mkdir(place)
    yield place
    shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(f"/dev/shm/.Trash-{os.getuid()}", ignore_errors=True)


def test_on_another_device_a_file_goes_to_the_trash_there(other_disk):
    with open(f"{other_disk}/a.txt", "w") as file:
        file.write("hello")
    assert run(render.parse("rm a.txt"), other_disk) == 0
    trash = f"/dev/shm/.Trash-{os.getuid()}"
    assert os.path.exists(f"{trash}/files/a.txt") and stat.S_IMODE(os.stat(trash).st_mode) == 0o700
    with open(f"{trash}/info/a.txt.trashinfo") as file:
        assert f"Path={os.path.basename(other_disk)}/a.txt" in file.read()
    assert undo() == [] and os.path.exists(f"{other_disk}/a.txt")


def test_a_move_to_another_device_says_that_it_cannot_be_undone(folder, other_disk):
    fill(folder)
    proposal = proposed(render.parse(f"mv a.txt {other_disk}"), str(folder))
    assert proposal.assessment.risk is Risk.DESTRUCTIVE
    assert [effect.lost for effect in proposal.assessment.changes] == ["it goes to another disk"]
    assert run(render.parse(f"mv a.txt {other_disk}"), str(folder)) == 0
    assert pipeline.reversals(pipeline.find_run(None)) == ()
    with open(f"{other_disk}/a.txt") as file:
        assert file.read() == "a.txt one\n"


def test_a_full_disk_is_one_line_and_nothing_is_changed(shellper, folder):
    fill(folder)
    (folder / "a.txt").write_bytes(b"x" * 200_000)
    before = snapshot(folder)
    code = "import resource, signal, runpy, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    for line in ("cp b.txt a.txt", "sed -i s/x/y/ a.txt"):
        done = subprocess.run([sys.executable, "-c", code, str(ROOT / "tests/fake_student.py"), "--yes-destructive", line], cwd=folder, capture_output=True, start_new_session=True)
        assert done.returncode == 126 and b"cannot be kept" in done.stderr.splitlines()[-1], done.stderr
        assert contents(snapshot(folder)) == contents(before)


@pytest.mark.parametrize("line", ["rm a.txt", "cp a.txt b.txt", "touch n"])
def test_a_state_folder_that_cannot_be_made_stops_every_change(shellper, folder, clean_house, line):
    fill(folder)
    before = contents(snapshot(folder))
    (clean_house / ".local").write_text("a file in the way")
    done = shellper("--yes-destructive", line)
    assert done.returncode == 126 and len(done.stderr.splitlines()[-1]) < 200
    assert contents(snapshot(folder)) == before
    assert shellper("cat a.txt").stdout == b"a.txt one\n"


def approved(line: str, folder):
    proposal = proposed(render.parse(line), str(folder))
    return proposal, pipeline.approve(proposal, str(folder))


@pytest.mark.parametrize("line", ["rm *.txt", "mv *.txt d", "find . -name '*.txt' -delete", "sed -i s/one/1/ *.txt", "chmod 600 *.txt", "rm -r d", "cp a.txt b.txt", "echo x > b.txt"])
def test_what_has_changed_since_the_preview_stops_all(folder, line):
    fill(folder)
    proposal, _ = approved(line, folder)
    (folder / "d/late.txt").write_text("late")
    (folder / "late.txt").write_text("late")
    (folder / "b.txt").write_text("other")
    before = snapshot(folder)
    with pytest.raises(Refused, match="changed since"):
        pipeline.approve(proposal, str(folder))
    assert snapshot(folder) == before


def test_a_folder_swapped_for_a_link_in_the_last_moment_is_not_followed(folder, tmp_path):
    fill(folder)
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim/x.txt").write_text("precious")
    proposal, steps = approved("rm d/x.txt", folder)
    os.rename(folder / "d", folder / "moved")
    os.symlink(tmp_path / "victim", folder / "d")
    outcome = pipeline.perform(proposal, steps)
    assert outcome.exit_code == 1
    assert (tmp_path / "victim/x.txt").read_text() == "precious" and (folder / "moved/x.txt").exists()


def test_a_file_swapped_in_the_last_moment_stays(folder):
    fill(folder)
    proposal, steps = approved("rm a.txt", folder)
    os.rename(folder / "a.txt", folder / "kept.txt")
    (folder / "a.txt").write_text("precious")
    assert pipeline.perform(proposal, steps).exit_code == 1
    assert (folder / "a.txt").read_text() == "precious"


def test_a_target_that_appears_in_the_last_moment_is_not_overwritten(folder):
    fill(folder)
    for line, name in (("mv a.txt new.txt", "new.txt"), ("echo x > new2.txt", "new2.txt")):
        proposal, steps = approved(line, folder)
        (folder / name).write_text("precious")
        try:
            assert pipeline.perform(proposal, steps).exit_code == 1
        except Refused as error:
            assert "appeared since" in str(error)
        assert (folder / name).read_text() == "precious"


def test_a_program_that_is_replaced_since_the_preview_does_not_run(folder, monkeypatch, tmp_path):
    fill(folder)
    tools = tmp_path / "bin"
    tools.mkdir()
    shutil.copy("/bin/touch", tools / "touch")
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    proposal, first = approved("touch n", folder)
    (tools / "touch").unlink()
    shutil.copy("/bin/true", tools / "touch")
    assert pipeline.approve(proposal, str(folder)) != first


def test_a_process_number_that_was_used_again_is_noticed(folder):
    child = subprocess.Popen(["sleep", "60"])
    proposal = proposed(render.parse(f"kill {child.pid}"), str(folder))
    assert "sleep" in proposal.assessment.changes[0].path
    child.kill()
    child.wait()
    with pytest.raises(Refused):
        pipeline.approve(proposal, str(folder))


@pytest.mark.skipif(not execute.fence.version(), reason="the kernel has no Landlock")
def test_a_program_cannot_write_outside_what_was_planned(folder, tmp_path):
    from shellper.types import Approved, Change, Step

    outside, inside = tmp_path / "outside", folder / "inside"
    outside.mkdir()
    inside.mkdir()
    script = f"echo x > {inside}/a; echo x > {outside}/b; rm -f {folder}/c; ln -s x {outside}/l; echo done"
    (folder / "c").write_text("c")
    assert execute.run(Approved((Step(("sh", "-c", script), changes=(Change("write", str(inside / "a")),)),), str(folder), Risk.WRITE, fence=(str(inside),))).exit_code == 0
    assert os.listdir(outside) == [] and (folder / "c").exists() and (inside / "a").exists()
    (outside / "mine").write_text("we ourselves are not behind the fence")


def test_programs_see_no_variables_that_make_them_load_or_run_others(folder, capfd, monkeypatch):
    for name in ("LD_PRELOAD", "BASH_ENV", "GIT_EXTERNAL_DIFF", "PAGER", "PYTHONSTARTUP", "LESSOPEN"):
        monkeypatch.setenv(name, "/tmp/evil")
    monkeypatch.setenv("MY_OWN", "x")
    for line in ("printenv", "env"):
        run(render.parse(line), str(folder))
        said = capfd.readouterr().out
        assert "evil" not in said and "MY_OWN=x" in said and "HOME=" in said


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_git_runs_no_helpers_of_the_repository(folder, capfd):
    for words in (["init", "-q"], ["config", "core.fsmonitor", "touch PWNED; false"], ["config", "diff.external", "touch PWNED"], ["config", "core.pager", "touch PWNED"], ["config", "diff.x.textconv", "touch PWNED; cat"], ["config", "user.name", "x"], ["config", "user.email", "x@x"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    (folder / ".gitattributes").write_text("*.txt diff=x\n")
    fill(folder)
    subprocess.run(["git", "-c", "core.fsmonitor=false", "add", "."], cwd=folder, check=True)
    subprocess.run(["git", "-c", "core.fsmonitor=false", "commit", "-qm", "x"], cwd=folder, check=True)
    (folder / "a.txt").write_text("changed\n")
    for line in ("git status", "git diff", "git log -p", "git show HEAD", "git log --oneline"):
        assert run(render.parse(line), str(folder)) == 0, capfd.readouterr()
    assert "changed" in capfd.readouterr().out
    assert not (folder / "PWNED").exists()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB of its own, and a way to make it read-only."""
    place = tmp_path / "disk"
    place.mkdir()
    if not shutil.which("mount") or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "none", place], capture_output=True).returncode:
        pytest.skip("a file system can only be mounted by root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def filled(disk) -> None:
    """DISK with files, a folder and not one byte to spare."""
    fill(disk)
    with open(disk / "rest", "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC


@pytest.mark.parametrize("line", ["rm a.txt", "rm -r d", "cp b.txt a.txt", "sed -i s/one/two/ a.txt", "mv b.txt a.txt", "find . -name '*.txt' -delete", "touch new.txt", "cat rest > a.txt", "truncate -s 0 a.txt"])
@pytest.mark.parametrize("state", ["on it", "elsewhere"])
def test_on_a_disk_without_room_nothing_is_lost(shellper, small_disk, state, line):
    filled(small_disk)
    before = contents(snapshot(small_disk))
    places = {"XDG_STATE_HOME": str(small_disk / "state"), "XDG_DATA_HOME": str(small_disk / "data")} if state == "on it" else {}
    done = shellper("--yes-destructive", line, cwd=small_disk, **places)
    assert b"Traceback" not in done.stderr
    now = contents(snapshot(small_disk))
    if done.returncode:
        assert done.stderr.strip() and len(done.stderr.splitlines()[-1]) < 300, done.stderr
    if {path: now.get(path) for path in before} != before:  # it did something: then undo has it
        back = shellper("undo", "--yes", cwd=small_disk, **places)
        assert b"Traceback" not in back.stderr
        if back.returncode:
            assert b"No space left" in back.stderr and b"can be repeated" in back.stderr, back.stderr
            (small_disk / "rest").write_bytes(b"")
            back = shellper("undo", "--yes", cwd=small_disk, **places)
        now = contents(snapshot(small_disk))
        kept = {path: seen for path, seen in before.items() if path not in ("rest", ".")}
        assert {path: now.get(path) for path in kept} == kept, (line, done.stderr, back.stderr)


@pytest.mark.parametrize("line", ["rm a.txt", "rm -r d", "cp b.txt a.txt", "sed -i s/one/two/ a.txt", "mv b.txt c.txt", "touch new.txt", "find . -name '*.txt' -delete", "echo x >> a.txt", "chmod 600 a.txt"])
def test_a_read_only_disk_is_said_and_nothing_is_lost(shellper, small_disk, line):
    fill(small_disk)
    before = contents(snapshot(small_disk))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    done = shellper("--yes-destructive", line, cwd=small_disk)
    said = done.stderr.splitlines()[-1]
    assert done.returncode and b"Traceback" not in done.stderr and len(said) < 300
    assert any(word in done.stderr.lower() for word in (b"read-only", b"cannot be", b"no trash", b"cannot be undone")), done.stderr
    assert contents(snapshot(small_disk)) == before
