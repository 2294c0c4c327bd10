"""What the program prints and how it exits; the student is a fake that takes the request for the command."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

from shellper.student import artefact

TOOL = {
    "name": "hello", "description": "Say hello", "phrase": "say hello", "risk": "read", "program": "echo", "argv": ["hello"], "effects": {},
    "parameters": {"type": "object", "properties": {}, "additionalProperties": False}, "examples": [{"ask": "hello", "call": {}, "argv": ["echo", "hello"]}],
}


def one_line(text: bytes) -> str:
    """The single line of an error; it is no traceback."""
    (line,) = text.decode().splitlines()
    assert line.startswith("shellper: ")
    return line


def real(folder, *argv: str | bytes, **environment: str) -> subprocess.CompletedProcess:
    """The program as installed, without the fake."""
    return subprocess.run([sys.executable, "-c", "from shellper.ui.cli import run; run()", *argv], cwd=folder, env={**os.environ, **environment}, capture_output=True, stdin=subprocess.DEVNULL, start_new_session=True)


def test_print_writes_the_command_alone_to_stdout(shellper):
    done = shellper("-p", "find . -type f -size +100M")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"find . -type f -size +100M\n", b"")


def test_a_dry_run_shows_command_risk_and_files_on_stderr_and_runs_nothing(shellper, folder):
    (folder / "a.txt").touch()
    done = shellper("-n", "--", "rm a.txt b.txt")
    shown = done.stderr.decode()
    assert (done.returncode, done.stdout) == (0, b"")
    assert all(part in shown for part in ("rm a.txt b.txt", "destructive", "deletes 'a.txt' (0 bytes", "can be undone", "not there: b.txt"))
    assert (folder / "a.txt").exists()


def test_json_is_one_object_with_a_version_and_runs_nothing(shellper, folder):
    done = shellper("--json", "touch new.txt")
    row = json.loads(done.stdout)
    assert (done.returncode, row["version"], row["status"], row["command"], row["risk"]) == (0, 1, "ok", "touch new.txt", "write")
    assert row["calls"] == [{"name": "touch", "arguments": {"paths": ["new.txt"]}}]
    assert not (folder / "new.txt").exists()


def test_json_says_cannot_with_a_reason_and_status_125(shellper):
    done = shellper("--json", "chat")
    assert (done.returncode, json.loads(done.stdout)["status"], json.loads(done.stdout)["reason"]) == (125, "cannot", "chat")


@pytest.mark.parametrize("reason", ["chat", "missing", "impossible", "unsupported", "unsafe"])
def test_an_abstention_is_one_line_and_125(shellper, reason):
    done = shellper(reason)
    assert (done.returncode, done.stdout) == (125, b"")
    assert reason in one_line(done.stderr)


def test_a_command_that_reads_runs_without_a_terminal_and_its_output_is_stdout(shellper, folder):
    (folder / "notes.txt").write_text("hello\n")
    done = shellper("cat notes.txt")
    assert (done.returncode, done.stdout) == (0, b"hello\n")


def test_the_exit_status_is_the_command_s_own(shellper):
    assert shellper("-q", "cat missing.txt").returncode == 1


@pytest.mark.parametrize("line", ["touch new.txt", "rm a.txt", "ls > new.txt"])
def test_without_a_terminal_nothing_but_reads_runs(shellper, folder, line):
    (folder / "a.txt").touch()
    done = shellper(line)
    assert (done.returncode, done.stdout) == (126, b"")
    assert "no terminal" in done.stderr.decode().splitlines()[-1]
    assert os.listdir(folder) == ["a.txt"]


def test_yes_answers_for_changes_and_for_nothing_above(shellper, folder):
    assert shellper("--yes", "touch a.txt").returncode == 0
    assert (folder / "a.txt").exists()
    assert shellper("--yes", "rm a.txt").returncode == 126
    assert (folder / "a.txt").exists()


def test_yes_does_not_answer_for_arguments_copied_from_output(shellper, folder):
    done = shellper("--yes", "from output: touch a.txt")
    assert done.returncode == 126
    assert "copied from output" in done.stderr.decode()
    assert not (folder / "a.txt").exists()


def test_what_is_piped_in_is_no_answer(shellper, folder):
    assert shellper("touch a.txt", stdin=b"y\nyes\n").returncode == 126
    assert not (folder / "a.txt").exists()


def test_a_blocked_command_is_refused_and_printed_only_as_a_comment(shellper):
    assert shellper("--yes", "--", "rm -rf /").returncode == 126
    assert shellper("-p", "--", "rm -rf /").stdout.startswith(b"# blocked: rm")


def test_a_missing_program_is_127_and_nothing_before_it_runs(shellper, folder):
    done = shellper("--yes", "touch a.txt && htop", PATH="/usr/bin:/bin")
    assert done.returncode == 127
    assert "htop is not installed here" in done.stderr.decode()
    assert not (folder / "a.txt").exists()


def test_quiet_shows_only_the_command_line_of_a_read(shellper):
    assert shellper("-q", "ls").stderr == b"  ls\n"


def test_verbose_tells_the_confidence_and_explain_the_words(shellper):
    assert b"confidence 0.90" in shellper("-v", "-n", "ls").stderr
    assert b"list" in shellper("-x", "-n", "ls").stderr


def test_colour_is_for_terminals_or_on_demand(shellper):
    assert b"\x1b[" not in shellper("-n", "ls").stderr
    assert b"\x1b[" in shellper("-n", "--color", "always", "ls").stderr


def test_cwd_is_where_the_command_runs(shellper, folder):
    (folder / "inner").mkdir()
    (folder / "inner/x.txt").touch()
    assert shellper("-q", "--cwd", "inner", "ls").stdout == b"x.txt\n"


def test_a_file_with_bytes_that_are_not_text_is_shown_printed_and_read(shellper, folder):
    (folder / os.fsdecode(b"bad\xff\x1b[31m.txt")).write_text("x\n")
    done = shellper("--json", "cat bad*")
    assert json.loads(done.stdout)["status"] == "ok"
    assert b"bad\\xff\\x1b" in shellper("-n", "cat bad*").stderr
    assert shellper("cat bad*").stdout == b"x\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([""], "no words"), (["  \t "], "no words"), (["x" * 100_000], "100,000 characters"), ([b"list \xff\xfe"], "not UTF-8"), (["list \x1b[31m"], "control"),
        (["--frobnicate", "ls"], "No such option"), (["--cwd", "/no/such", "ls"], "/no/such"), (["--cwd", "/etc/passwd", "ls"], "Not a directory"), (["--shell", "dos", "ls"], "dos"),
        (["tools", "nope"], "no tool is called"), (["tools", "a", "b"], "unexpected extra argument"), (["batch", "--beams", "99"], "99"),
    ],
)
def test_bad_input_is_one_line_and_status_2(shellper, argv, said):
    done = shellper(*argv)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in one_line(done.stderr)


def test_words_after_two_dashes_are_words(shellper):
    assert shellper("-p", "--", "tools are fun").returncode == 125
    assert shellper("--", "explain", "this").returncode == 125


def test_a_working_directory_that_is_gone_is_one_line(folder):
    gone = folder / "gone"
    gone.mkdir()
    done = subprocess.run(["/bin/sh", "-c", f'rmdir "$PWD" && exec "{sys.executable}" "{ROOT}/tests/fake_student.py" ls'], cwd=gone, capture_output=True)
    assert done.returncode == 2
    assert "current folder" in one_line(done.stderr)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not readable as JSON"), ("[" * 100_000, "not readable as JSON"), ("[]", "/: "), ("\x00", "not readable as JSON"),
        (json.dumps({**TOOL, "risk": "mild"}), "/risk: "), (json.dumps({**TOOL, "name": "other"}), "/name: "), (json.dumps({**TOOL, "argv": [{"operand": "x"}]}), "/argv/0: "),
    ],
)
def test_a_wrong_tool_file_is_named_with_pointer_and_reason_and_nothing_runs(shellper, folder, clean_house, text, said):
    mine = clean_house / ".config/shellper/tools"
    mine.mkdir(parents=True)
    (mine / "hello.json").write_text(text)
    done = shellper("--yes", "touch a.txt")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "hello.json: " in one_line(done.stderr) and said in one_line(done.stderr)
    assert not os.listdir(folder)
    assert b"fault" in shellper("doctor").stdout


def test_a_tool_of_the_user_s_own_is_used(shellper, clean_house):
    mine = clean_house / ".config/shellper/tools"
    mine.mkdir(parents=True)
    (mine / "hello.json").write_text(json.dumps(TOOL))
    assert shellper('[{"name": "hello"}]').stdout == b"hello\n"


def test_explain_reads_a_command_line_back(shellper, folder):
    (folder / "a b.txt").touch()
    done = shellper("explain", "rm", "-f", "a b.txt")
    assert done.returncode == 0
    assert b"destructive" in done.stdout
    assert json.loads(shellper("explain", "--json", "ls -la | head -n 3").stdout)["risk"] == "read"


@pytest.mark.parametrize("line", ["rm $(cat list)", "frobnicate now", "ls; rm x", "echo 'open"])
def test_explain_says_what_it_cannot_read_with_status_125(shellper, line):
    done = shellper("explain", line)
    assert (done.returncode, done.stdout) == (125, b"")
    assert "no reading" in one_line(done.stderr)


def test_tools_lists_all_and_shows_one(shellper):
    assert b"grep " in shellper("tools").stdout
    assert json.loads(shellper("tools", "grep").stdout)["name"] == "grep"


def test_a_closed_stdout_ends_quietly(folder):
    line = f'"{sys.executable}" "{ROOT}/tests/fake_student.py" tools | head -n 1'
    assert subprocess.run(["/bin/bash", "-c", line], capture_output=True).stderr == b""


def test_without_words_the_help_comes_with_status_2(shellper):
    done = shellper()
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"Usage:")


@pytest.mark.parametrize("damage", ["absent", "cut short", "altered"])
def test_an_artefact_that_is_absent_or_damaged_is_one_line_and_status_3(folder, tmp_path, damage):
    if not (artefact.BUILT_IN / artefact.MANIFEST).is_file():
        pytest.skip("no artefact is built")
    made = shutil.copytree(artefact.BUILT_IN, tmp_path / "artefact")
    graph = made / "decoder.onnx"
    if damage == "absent":
        (made / artefact.MANIFEST).unlink()
    else:
        graph.write_bytes(graph.read_bytes()[:-100] + (b"" if damage == "cut short" else b"x" * 100))
    code = f"from pathlib import Path; from shellper.student import artefact; artefact.BUILT_IN = Path({str(made)!r}); from shellper.ui.cli import run; run()"
    done = subprocess.run([sys.executable, "-c", code, "list files"], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (3, b"")
    assert one_line(done.stderr)


def test_doctor_names_versions_catalogue_programs_and_folders(folder):
    done = real(folder, "doctor")
    said = done.stdout.decode()
    assert done.returncode in (0, 1) and done.stderr == b""
    assert all(part in said for part in ("Python", "onnxruntime", "tools, catalogue", "student", "terminal", "state"))
    assert ("fault" in said) is (done.returncode == 1)
