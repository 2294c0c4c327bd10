"""Running approved steps without a shell: what a shell would have done, and nothing that only a shell would do."""
from __future__ import annotations

import os

import pytest

from shellper import execute
from shellper.errors import BadInput, ProgramMissing
from shellper.types import Approved, Redirect, Risk, Step


def steps(*argvs: tuple[str, ...], link: str = "&&") -> tuple[Step, ...]:
    return tuple(Step(argv, link if at else "") for at, argv in enumerate(argvs))


def run(folder, *given: Step, output: Redirect | None = None) -> int:
    return execute.run(Approved(tuple(given), str(folder), Risk.WRITE, output)).exit_code


def test_output_goes_to_our_stdout_and_errors_to_our_stderr(folder, capfd):
    assert run(folder, Step(("sh", "-c", "echo out; echo err >&2"))) == 0
    assert capfd.readouterr() == ("out\n", "err\n")


def test_arguments_arrive_as_they_are(folder, capfd):
    words = ("$HOME", "`id`", "$(id)", "*", "a b", "", "'\"\\", "-n", ";", "| cat", "\n", "~")
    assert run(folder, Step(("printf", "%s.", *words))) == 0
    assert capfd.readouterr().out == "".join(f"{word}." for word in words)


def test_a_pipeline_passes_lines_on_and_has_the_last_status(folder, capfd):
    assert run(folder, *steps(("printf", "b\\na\\n"), ("sort",), ("head", "-n", "1"), link="|")) == 0
    assert capfd.readouterr().out == "a\n"
    assert run(folder, *steps(("false",), ("true",), link="|")) == 0
    assert run(folder, *steps(("true",), ("false",), link="|")) == 1


def test_an_endless_producer_ends_with_its_reader(folder, capfd):
    assert run(folder, *steps(("yes",), ("head", "-n", "2"), link="|")) == 0
    assert capfd.readouterr().out == "y\ny\n"


def test_a_failure_stops_what_comes_after(folder):
    assert run(folder, *steps(("touch", "a"), ("false",), ("touch", "b"))) == 1
    assert os.listdir(folder) == ["a"]


def test_output_is_written_or_appended_to_a_file(folder):
    for append in (False, True):
        assert run(folder, *steps(("echo", "x"), ("tr", "x", "y"), link="|"), output=Redirect("out.txt", append)) == 0
    assert (folder / "out.txt").read_text() == "y\ny\n"
    assert run(folder, Step(("echo", "z")), output=Redirect("out.txt")) == 0
    assert (folder / "out.txt").read_text() == "z\n"


def test_input_comes_from_a_file_where_the_step_says_so(folder, capfd):
    (folder / "in.txt").write_text("abc")
    assert run(folder, Step(("tr", "a", "x"), stdin="in.txt")) == 0
    assert capfd.readouterr().out == "xbc"


@pytest.mark.parametrize(("code", "status"), [("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)])
def test_the_status_is_as_a_shell_reports_it(folder, code, status):
    assert run(folder, Step(("sh", "-c", code))) == status


def test_a_change_of_folder_and_a_variable_count_for_the_steps_after(folder, capfd):
    (folder / "in").mkdir()
    given = (Step(("cd", "in"), builtin=True), Step(("export", "WORD=a b"), "&&", builtin=True), Step(("sh", "-c", 'pwd; echo "$WORD"'), "&&"), Step(("cd", "-"), "&&", builtin=True), Step(("pwd",), "&&"))
    assert run(folder, *given) == 0
    assert capfd.readouterr().out == f"{folder}/in\na b\n{folder}\n"


def test_a_missing_program_is_found_before_anything_runs(folder):
    with pytest.raises(ProgramMissing, match="no-such-program is not installed"):
        run(folder, *steps(("touch", "a"), ("no-such-program",)))
    assert os.listdir(folder) == []


def test_a_program_in_the_folder_is_not_taken_for_one_on_the_path(folder, monkeypatch):
    (folder / "mine").write_text("#!/bin/sh\necho hacked\n")
    (folder / "mine").chmod(0o755)
    monkeypatch.setenv("PATH", ".::/usr/bin:/bin")
    with pytest.raises(ProgramMissing):
        run(folder, Step(("mine",)))


@pytest.mark.parametrize(
    ("given", "output", "said"),
    [(Step(("cat",), stdin="gone"), None, "cannot read gone"), (Step(("ls",)), Redirect("no/such/file"), "cannot write"), (Step(("cd", "gone"), builtin=True), None, "no such folder"), (Step(("alias", "x=y"), builtin=True), None, "inside your shell")],
)
def test_what_cannot_be_opened_or_done_is_said(folder, given, output, said):
    with pytest.raises(BadInput, match=said):
        run(folder, given, output=output)


def test_the_program_sees_its_own_name_and_its_folder(folder, capfd):
    assert run(folder, Step(("sh", "-c", 'echo "$0 $PWD"'))) == 0
    assert capfd.readouterr().out == f"sh {folder}\n"


def test_a_name_that_is_a_command_to_a_shell_is_only_a_name(folder):
    (folder / "a; touch pwned").touch()
    assert run(folder, *steps(("ls", "a; touch pwned"), ("cat", "a; touch pwned"))) == 0
    assert os.listdir(folder) == ["a; touch pwned"]
