"""The user's own tools: checked, added, listed, shown, removed."""
from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT
from test_command_line import TOOL, one_line

from shellper.errors import ShellperError
from shellper.student.vocabulary import Vocabulary
from shellper.tools.catalog import BUILT_IN
from shellper.ui import toolcheck, toolfiles, tools

GREET = {
    "name": "greet", "description": "Greet somebody", "phrase": "greet", "risk": "read", "program": "greet", "effects": {},
    "parameters": {"type": "object", "properties": {"who": {"type": "string"}, "loud": {"type": "boolean", "const": True}}, "required": ["who"], "additionalProperties": False},
    "argv": [{"flag": "-l", "arg": "loud"}, {"operand": "who"}],
    "examples": [{"ask": "greet ann", "call": {"who": "ann"}, "argv": ["greet", "ann"]}, {"ask": "shout at bob", "call": {"who": "bob", "loud": True}, "argv": ["greet", "-l", "bob"]}],
}


@pytest.fixture
def own(clean_house) -> Path:
    """Where the user's tools lie; not made yet."""
    return clean_house / ".config/shellper/tools"


@pytest.fixture
def write(folder):
    """Write a tool file into the working folder."""

    def written(spec, name: str = "") -> Path:
        file = folder / f"{name or spec['name']}.json"
        file.write_text(spec if isinstance(spec, str) else json.dumps(spec))
        return file

    return written


def said(*argv: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of `shellper tools ARGV` in this process; a ShellperError counts as its line."""
    done = CliRunner().invoke(tools.tools, argv)
    if isinstance(done.exception, ShellperError):
        return done.exception.exit_code, done.stdout, f"shellper: {done.exception}\n"
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def changed(*path, to, tool=GREET) -> dict:
    spec = copy.deepcopy(tool)
    place = spec
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return spec


def test_a_tool_is_checked_added_used_listed_shown_and_removed(shellper, own, write, clean_house):
    file = write(TOOL)
    done = shellper("tools", "check", str(file))
    assert (done.returncode, done.stderr) == (0, b"") and b"hello.json: good, 1 examples" in done.stdout and not own.exists()
    done = shellper("tools", "add", "hello.json")
    assert (done.returncode, done.stderr) == (0, b"") and b"does not know it" in done.stdout and b"CONTRIBUTING.md" in done.stdout
    assert (own / "hello.json").read_bytes() == file.read_bytes() and (own / "hello.json").stat().st_mode & 0o777 == 0o600 and os.listdir(own) == ["hello.json"]
    assert shellper('[{"name": "hello"}]').stdout == b"hello\n"
    assert shellper("tools", "list", "--own").stdout.split() == [b"hello", b"Say", b"hello", b"[yours]"]
    assert json.loads(shellper("tools", "show", "hello").stdout) == json.loads(shellper("tools", "hello").stdout) == TOOL
    done = shellper("tools", "remove", "hello")
    trash = clean_house / ".local/share/Trash/files/hello.json"
    assert done.returncode == 0 and str(trash).encode() in done.stdout
    assert trash.read_bytes() == file.read_bytes() and not os.listdir(own)
    assert f"Path={own}/hello.json" in (clean_house / ".local/share/Trash/info/hello.json.trashinfo").read_text()


def test_without_a_command_the_tools_are_listed_and_a_name_is_shown():
    assert said() == said("list")
    assert said("--own") == (0, "", "")
    assert "[yours]" not in said()[1] and said("grep") == said("show", "grep") == said("--", "grep")


def test_a_tool_that_is_called_like_a_command_is_shown_by_show(own, write):
    spec = {**GREET, "name": "list"}
    assert said("add", str(write(spec)))[0] == 0
    assert json.loads(said("show", "list")[1]) == spec
    assert "grep " in said("list")[1]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("{", "not readable as JSON"), ("[" * 100_000, "not readable as JSON"), ("\ufeff{}", "not readable as JSON"), ("[]", "/: "), ('{"a":' * 900 + "1" + "}" * 900, "/: "),
        (changed("risk", to="mild"), "/risk: "), (changed("name", to="other"), "/name: "), (changed("examples", 0, "ask", to=3), "/examples/0/ask: "),
        (changed("parameters", "properties", "who", to={"$ref": "http://localhost:1/x"}), "/parameters/properties/who/$ref: "),
        (changed("parameters", "properties", "who", to={"type": "object"}), "/parameters/properties/who: the student cannot"),
        (changed("parameters", "properties", "who", to={"type": "string", "pattern": "("}), "/parameters/properties/who/pattern: "),
        (changed("examples", 1, "call", to={"loud": True}), "/examples/1/call: 'who' is a required property"),
        (changed("examples", 0, "call", "who", to=7), "/examples/0/call/who: "),
        (changed("examples", 1, "argv", to=["greet", "bob", "-l"]), "/examples/1/argv: the call becomes ['greet', '-l', 'bob']"),
        (changed("argv", to=[{"option": "-l", "arg": "loud"}, {"operand": "who"}]), "/examples/1/argv: the call becomes"),
        (changed("argv", to=[{"flag": "-l", "arg": "loud"}, {"choice": "who", "flags": {"ann": "a", "bob": "a"}}]), "/examples/0"),
        ({**changed("parameters", "properties", "who", "type", to=["string", "integer"]), "examples": [{"ask": "x", "call": {"who": "7"}, "argv": ["greet", "7"]}]}, "/examples/0/argv: `greet 7` is read back as"),
        ({**changed("examples", to=[{"ask": "x", "call": {"who": "x"}, "argv": ["touch", "x"]}]), "program": "touch"}, "/examples/0/argv: `touch x` would count as read, but the tool touch says write"),
        (changed("argv", to=[{"flag": "-l", "arg": "loud"}, {"option": "-w", "arg": "who", "form": 3}]), "/examples/0: cannot be used"),
        ({**GREET, "program": "rm", "argv": [{"flag": "-l", "arg": "loud"}, {"option": "-r", "arg": "who"}], "examples": [{"ask": "x", "call": {"who": "x", "loud": True}, "argv": ["rm", "-l", "-r", "x"]}]}, "away from the tool rm"),
    ],
)
def test_a_wrong_file_is_one_line_with_file_pointer_and_reason_and_is_not_added(own, write, spec, reason):
    file = write(spec, "greet")
    for command in ("check", "add"):
        status, out, line = said(command, str(file))
        assert (status, out) == (2, "") and f"{file}: " in one_line(line.encode()) and reason in line, line
        assert len(line) < 500 and not own.exists()


def test_what_is_no_readable_file_is_one_line(folder, write, own):
    (folder / "sub.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    (folder / "bytes.json").write_bytes(b"\xff\xfe{")
    (folder / "large.json").write_bytes(b" " * (toolcheck.MOST_BYTES + 1))
    (folder / "gone.json").symlink_to("nowhere")
    for name, reason in {"sub": "no regular file", "pipe": "no regular file", "bytes": "not readable as JSON", "large": "larger than", "gone": "No such file", "absent": "No such file"}.items():
        for command in ("check", "add"):
            status, _, line = said(command, f"{name}.json")
            assert status == 2 and f"{name}.json: " in one_line(line.encode()) and reason in line
    assert not own.exists()


@pytest.mark.skipif(os.getuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_one_line(write):
    file = write(GREET)
    file.chmod(0)
    assert "Permission denied" in one_line(said("add", str(file))[2].encode())


def test_check_names_every_faulty_file_and_praises_the_good_ones(shellper, write):
    files = [str(write(GREET)), str(write("{", "one")), str(write("[]", "two"))]
    done = shellper("tools", "check", *files)
    assert done.returncode == 2 and done.stdout.decode() == f"{files[0]}: good, 2 examples\n"
    assert [line.split(": ")[1] for line in done.stderr.decode().splitlines()] == files[1:]


@pytest.mark.parametrize("name", ["head", "find", "git_log", "rename_extension", "cannot"])
def test_the_built_in_files_pass_the_same_check(name):
    assert toolcheck.checked(BUILT_IN / f"{name}.json", toolfiles.known().tools)[0].name == name


def test_the_name_of_a_built_in_tool_is_refused_even_by_force(write, own):
    file = write(json.loads((BUILT_IN / "head.json").read_text()))
    for argv in (["add", str(file)], ["add", "--force", str(file)]):
        status, _, line = said(*argv)
        assert status == 2 and "head is a built-in tool" in line
    assert not own.exists()


def test_a_tool_that_is_there_is_replaced_only_by_force_and_the_old_file_is_kept(write, own, clean_house):
    file = write(GREET)
    said("add", str(file))
    write(changed("description", to="Greet anew"))
    status, _, line = said("add", str(file))
    assert status == 2 and "already" in one_line(line.encode()) and json.loads((own / "greet.json").read_text()) == GREET
    status, out, _ = said("add", "--force", str(file))
    kept = clean_house / ".local/share/Trash/files/greet.json"
    assert status == 0 and str(kept) in out and json.loads(kept.read_text()) == GREET
    assert "Greet anew" in said("list", "--own")[1] and (own / "greet.json").stat().st_mode & 0o777 == 0o600


def test_force_replaces_a_link_and_not_what_it_points_to(write, own, folder):
    own.mkdir(parents=True)
    (folder / "elsewhere").write_text("{")
    (own / "greet.json").symlink_to(folder / "elsewhere")
    assert said("add", "--force", str(write(GREET)))[0] == 0
    assert (folder / "elsewhere").read_text() == "{" and not (own / "greet.json").is_symlink()


@pytest.mark.parametrize("force", [False, True])
def test_a_full_disk_leaves_everything_as_it_was(write, own, folder, force):
    file = write(GREET)
    if force:
        said("add", str(file))
        write(changed("description", to="Greet anew"))
    before = sorted(own.iterdir()) if force else []
    line = f'ulimit -f 0; exec "{sys.executable}" "{ROOT}/tests/fake_student.py" tools add {"--force" if force else ""} greet.json'
    done = subprocess.run(["/bin/bash", "-c", line], cwd=folder, capture_output=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 2 and "cannot be written" in one_line(done.stderr)
    assert sorted(own.iterdir()) == before
    assert not force or json.loads((own / "greet.json").read_text()) == GREET


def test_a_place_that_is_a_file_is_one_line(write, own):
    own.parent.mkdir(parents=True)
    own.write_text("")
    assert "cannot be written" in one_line(said("add", str(write(GREET)))[2].encode())


@pytest.mark.parametrize(("name", "reason"), [("grep", "built-in"), ("nope", "no tool"), ("../tools/greet", "no tool"), ("", "no tool"), ("/etc/passwd", "no tool")])
def test_only_the_users_own_tools_are_removed(write, own, name, reason):
    said("add", str(write(GREET)))
    status, _, line = said("remove", name)
    assert status == 2 and reason in one_line(line.encode()) and (own / "greet.json").exists()


def test_without_a_trash_nothing_is_removed_or_replaced(write, own, clean_house):
    said("add", str(write(GREET)))
    (clean_house / ".local/share").mkdir(parents=True, exist_ok=True)
    (clean_house / ".local/share/Trash").write_text("")
    for argv in (["remove", "greet"], ["add", "--force", str(write(changed("description", to="Greet anew")))]):
        status, _, line = said(*argv)
        assert status == 126 and "Trash" in one_line(line.encode()) and os.listdir(own) == ["greet.json"] and json.loads((own / "greet.json").read_text()) == GREET


def test_a_faulty_file_of_the_users_hinders_neither_list_nor_show_nor_add_nor_remove(shellper, write, own):
    own.mkdir(parents=True)
    (own / "Broken.json").write_text("{")
    done = shellper("tools", "list")
    assert done.returncode == 2 and b"grep " in done.stdout and "Broken.json" in one_line(done.stderr)
    assert said("show", "grep")[0] == 0 and "not readable" in said("show", "Broken")[2]
    assert said("add", str(write(GREET)))[0] == 0
    assert said("remove", "Broken")[0] == 0 and os.listdir(own) == ["greet.json"]
    assert said("list")[0] == 0


def test_removing_a_file_that_hides_a_built_in_tool_brings_that_back(own):
    own.mkdir(parents=True)
    spec = json.loads((BUILT_IN / "head.json").read_text())
    (own / "head.json").write_text(json.dumps({**spec, "description": "Mine"}))
    assert "Mine  [yours]" in said("list")[1]
    assert "in force again" in said("remove", "head")[1] and "Mine" not in said("list")[1]


def test_control_characters_of_a_description_do_not_reach_the_terminal(own, write):
    said("add", str(write(changed("description", to="Greet \x1b[31m"))))
    assert "\x1b" not in said("list", "--own")[1]


def test_add_says_that_the_student_knows_what_is_in_its_vocabulary(write, monkeypatch):
    known = Vocabulary(("tool:greet", "arg:who", "arg:loud"))
    monkeypatch.setattr(Vocabulary, "load", classmethod(lambda cls, path: known))
    assert "the shipped student knows it" in said("add", str(write(GREET)))[1]
    known = Vocabulary(("tool:greet", "arg:who"))
    assert "does not know it" in said("add", "--force", str(write(GREET)))[1]


def test_names_of_tools_are_completed(own, write):
    said("add", str(write(GREET)))

    def offered(line: str) -> set[str]:
        environment = {**os.environ, "_SHELLPER_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        done = subprocess.run([sys.executable, "-c", "from shellper.ui.cli import main; main()"], env=environment, capture_output=True, text=True)
        return {row.partition(",")[2] for row in done.stdout.splitlines()}

    assert {"add", "check", "list", "remove", "show", "greet", "grep"} <= offered("shellper tools ")
    assert offered("shellper tools remove ") == {"greet"}
    assert "git_log" in offered("shellper tools show git_")
