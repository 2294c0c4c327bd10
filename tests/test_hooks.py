"""What `init` prints loads the hook in the real shell, and `doctor` sees whether it is there."""
from __future__ import annotations

import os
import shutil
import stat
import subprocess
import zipfile

import pytest
from conftest import FAKE_SHELLPER, ROOT
from test_command_line import one_line

from shellper.ui import hooks


def hook(shell: str = "zsh 5.9", release: str = "1", alias: str = "yes", key: str = "alt-k", bound: str = "yes") -> str:
    return "\t".join((shell, release, alias, key, bound))


@pytest.mark.parametrize("shell", ["zsh", "bash", "fish"])
def test_the_lines_load_the_hook_and_pass_the_key_on(shellper, shell, tmp_path):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    done = shellper("init", shell, SHELLPER_KEY="ctrl-o")
    assert done.returncode == 0
    (tmp_path / "rc").write_bytes(done.stdout)
    argv = {"zsh": ["zsh", "-f", "-i"], "bash": ["bash", "--norc", "-i"], "fish": ["fish", "-N", "-i"]}[shell]
    shown = subprocess.run([*argv, "-c", f"source {tmp_path}/rc; echo $_shellper_release $SHELLPER_KEY"], capture_output=True, text=True, start_new_session=True, stdin=subprocess.DEVNULL)
    assert shown.stdout.split() == [hooks.release(hooks.file(shell)), "ctrl-o"]


def test_the_three_files_say_the_same_release():
    assert len({hooks.release(hooks.file(shell)) for shell in ("zsh", "bash", "fish")}) == 1 and hooks.release(hooks.file("zsh"))


def test_init_knows_the_shell_of_the_user_and_says_where_it_does_not(shellper):
    assert b".zshrc" in shellper("init", SHELL="/usr/bin/zsh").stdout
    done = shellper("init", SHELL="/bin/dash")
    assert done.returncode == 2 and "your shell is dash" in one_line(done.stderr)


@pytest.mark.parametrize("shell", ["zsh", "bash", "fish"])
def test_a_program_that_is_not_on_path_is_named(shell, tmp_path, monkeypatch):
    program = tmp_path / "it's here/shellper"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr("sys.argv", [str(program)])
    (line,) = (line for line in hooks.lines(shell) if "SHELLPER_PROGRAM" in line)
    shown = subprocess.run([shutil.which(shell) or pytest.skip(f"{shell} is not installed"), "-c", f"{line}\necho $SHELLPER_PROGRAM"], capture_output=True, text=True)
    assert shown.stdout.strip() == str(program)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (hook(), "ok    key alt-k turns words"), (hook(release="0"), "note  zsh 5.9 has loaded release 0"), (hook(alias="no"), "note  no alias"), (hook(bound="kill-whole-line"), "note  key alt-k was taken by kill-whole-line"),
        (hook(bound="no"), "note  SHELLPER_NOBIND"), (hook("bash 5.2", alias="no"), "ok    bash 5.2 has loaded"), ("x\x1b[31m", "note  shell dash"), (hook("tcsh 6"), "note  tcsh 6 has loaded"),
    ],
)
def test_doctor_reads_what_the_shell_says(shellper, said, text):
    shown = shellper("doctor", SHELLPER_HOOK=said, SHELL="/bin/dash").stdout.decode()
    assert text in shown and "\x1b" not in shown


def test_doctor_compares_the_key_of_the_settings_with_that_of_the_shell(shellper, clean_house):
    place = clean_house / ".config/shellper/config.toml"
    place.parent.mkdir(parents=True)
    place.write_text('key = "alt-j"\n')
    assert "the key in the settings is alt-j" in shellper("doctor", SHELLPER_HOOK=hook()).stdout.decode()


def test_doctor_finds_a_missing_and_a_stale_hook_in_the_start_file(shellper, clean_house):
    def shown() -> str:
        return shellper("doctor", SHELL="/bin/zsh").stdout.decode()

    assert "note  no hook: " in shown()
    (clean_house / ".zshrc").write_text("# source /x/shellper.zsh\nsource /no/such/shellper.zsh\n")
    assert "note  stale hook: " in shown() and "/no/such/shellper.zsh" in shown()
    (clean_house / ".zshrc").write_text(f'source "{hooks.file("zsh")}"\n')
    assert "open a new shell" in shown()


def test_doctor_names_versions_settings_and_the_hash_of_the_artefact(shellper):
    shown = shellper("doctor").stdout.decode()
    assert all(part in shown for part in ("click ", "tree-sitter ", "prompt-toolkit ", "settings ", "manifest ", "Landlock"))


@pytest.mark.slow
def test_the_wheel_carries_the_files_and_finds_them(tmp_path):
    built = subprocess.run([FAKE_SHELLPER[0], "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
    if "No module named" in built.stderr:
        pytest.skip("hatchling is not installed")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    names = {str(path.relative_to(tmp_path / "site")) for path in (tmp_path / "site").rglob("*")}
    assert {"shellper/completions/shellper.zsh", "shellper/completions/generated/_shellper", "shellper/config.default.toml"} <= names
    done = subprocess.run([FAKE_SHELLPER[0], "-m", "shellper", "init", "zsh"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "site")}, capture_output=True, text=True)
    assert f"{tmp_path}/site/shellper/completions/shellper.zsh" in done.stdout
    assert {"model/own/cli.py", "model/recipes/banking/seeds.jsonl"} <= names and "model/corpus" not in names
