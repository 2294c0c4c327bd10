"""Settings: where they come from, what is wrong with them, and what they do."""
from __future__ import annotations

import json
import os
import sys

import pexpect
import pytest
from conftest import FAKE_SHELLPER
from test_command_line import one_line

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

from shellper import config, journal, pipeline
from shellper.errors import BadInput
from shellper.types import Proposal
from shellper.ui import consent


@pytest.fixture
def write(clean_house):
    """Write the settings; the place is given."""

    def go(text: str | bytes):
        place = clean_house / ".config/shellper/config.toml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode() if isinstance(text, str) else text)
        config.settings.cache_clear()
        return place

    return go


def test_without_a_file_all_is_the_default():
    assert {name: (setting.value, setting.origin) for name, setting in config.settings().items()} == {name: (option.default, "default") for name, option in config.OPTIONS.items()}


def test_a_variable_beats_the_file_and_the_file_the_default(write, monkeypatch):
    place = write('# mine\n\ncolor = "never"\n"threads" = 4\n')
    monkeypatch.setenv("SHELLPER_COLOR", "always")
    monkeypatch.setenv("SHELLPER_CAPTURE", "1")
    found = config.settings()
    assert (found["color"], found["threads"], found["capture"]) == (config.Setting("always", "SHELLPER_COLOR"), config.Setting(4, f"{place}:4"), config.Setting(True, "SHELLPER_CAPTURE"))


def test_a_flag_beats_all(shellper, write, folder):
    write('verbose = true\ncolor = "always"\n')
    assert b"confidence" in shellper("-n", "ls").stderr and b"\x1b[" in shellper("-n", "ls").stderr
    plain = shellper("-n", "--no-verbose", "--color", "never", "ls").stderr
    assert b"confidence" not in plain and b"\x1b[" not in plain


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('quiet = true\ncolor = "blue"\n', 2, 'color = "blue": allowed is auto, always or never'), ("\nthreads = 0\n", 2, "threads = 0: allowed is a whole number from 1 to 64"), ("threads = true\n", 1, "threads = true: allowed is"),
        ('quiet = "yes"\n', 1, "allowed is true or false"), ("threads = 2.5\n", 1, "threads = 2.5"), ('colour = "auto"\n', 1, "there is no option colour, did you mean color?"), ("[color]\nx = 1\n", 1, "color = a table or list"),
        ("[other]\n", 1, "there is no option other"), ('quiet = true\nquiet = false\n', 2, "not TOML"), ("color = \n", 1, "not TOML"), ('confirm_destructive = "no"\n', 1, "allowed is yes or never"), ('confirm_write = "enter"\n', 1, "allowed is y or yes"),
        ("a = " + "[" * 5000 + "\n", 1, "not TOML"), ('key = ""\n', 1, "key"),
    ],
)
def test_a_wrong_value_names_file_line_and_what_is_allowed_and_nothing_runs(shellper, write, folder, text, line, said):
    place = write(text)
    done = shellper("--yes", "touch a.txt")
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"{place}:{line}: " in one_line(done.stderr) and said in one_line(done.stderr)
    assert not os.listdir(folder)
    assert f"fault {place}:{line}: ".encode() in shellper("doctor").stdout


@pytest.mark.parametrize(("variable", "text", "said"), [("SHELLPER_THREADS", "many", "from 1 to 64"), ("SHELLPER_QUIET", "maybe", "true or false"), ("SHELLPER_COLOR", "\x1b[31m", "auto, always or never"), ("SHELLPER_THREADS", "²", "from 1 to 64")])
def test_a_wrong_variable_is_named_with_what_is_allowed(shellper, variable, text, said):
    done = shellper("ls", **{variable: text})
    assert done.returncode == 2
    assert f"{variable}=" in one_line(done.stderr) and said in one_line(done.stderr) and "\x1b" not in done.stderr.decode()


def test_python_3_10_reads_the_file_with_tomli(write, monkeypatch):
    place = write("threads = 4\n")
    monkeypatch.setitem(sys.modules, "tomli", tomllib)
    monkeypatch.setitem(sys.modules, "tomllib", None)
    assert config.settings()["threads"] == config.Setting(4, f"{place}:1")


def test_a_file_that_is_no_text_or_cannot_be_read_is_one_line(shellper, write, clean_house):
    place = write(b"color = \xff\n")
    assert f"{place}: not UTF-8 text" in one_line(shellper("ls").stderr)
    place.unlink()
    place.mkdir()
    assert f"{place}: Is a directory" in one_line(shellper("ls").stderr)


def test_the_default_file_says_the_defaults_and_is_written_once(shellper, clean_house):
    place = clean_house / ".config/shellper/config.toml"
    done = shellper("config", "init")
    assert (done.returncode, done.stdout.decode()) == (0, f"written: {place}\n")
    assert place.read_bytes() == shellper("config", "--default").stdout and place.stat().st_mode & 0o777 == 0o600
    assert all(setting.origin == "default" for setting in config.settings().values())
    bare = place.read_text().replace("\n# ", "\n")
    place.write_text("\n".join(line for line in bare.split("\n") if line.partition(" = ")[0] in config.OPTIONS))
    config.settings.cache_clear()
    assert {name: setting.value for name, setting in config.settings().items()} == {name: option.default for name, option in config.OPTIONS.items()}
    again = shellper("config", "init")
    assert again.returncode == 2 and "nothing was written" in one_line(again.stderr)


def test_config_shows_values_and_origins(shellper, write):
    place = write('keep_days = 7\n')
    shown = shellper("config", SHELLPER_QUIET="on").stdout.decode()
    assert [line.split() for line in shown.splitlines() if "default" not in line] == [["quiet", "=", "true", "#", "SHELLPER_QUIET"], ["keep_days", "=", "7", "#", f"{place}:1"]]
    row = json.loads(shellper("config", "--json").stdout)
    assert (row["version"], row["file"], row["options"]["keep_days"]["value"], row["options"]["keep_days"]["from"]) == (1, str(place), 7, f"{place}:1")


def proposal(line: str, folder) -> Proposal:
    return pipeline.read_command(line, str(folder))


def test_settings_make_questions_stricter_and_only_reads_easier(folder, write):
    (folder / "a.txt").touch()
    nobody = consent.Flags()
    assert [consent.expected(proposal(line, folder)) for line in ("ls", "touch b", "rm a.txt")] == ["", "y", "yes"]
    write('confirm_read = "none"\nconfirm_write = "yes"\n')
    assert [consent.expected(proposal(line, folder)) for line in ("ls", "touch b", "rm a.txt")] == ["", "yes", "yes"]
    assert [consent.answered(proposal(line, folder), nobody) for line in ("ls", "touch b", "rm a.txt", "sudo reboot")] == [True, False, False, False]


@pytest.mark.parametrize("flags", [[], ["--yes"], ["--yes-destructive"]])
def test_what_destroys_never_runs_where_the_settings_say_so(shellper, write, folder, flags):
    (folder / "a.txt").touch()
    place = write('confirm_destructive = "never"\n')
    done = shellper(*flags, "rm a.txt")
    assert done.returncode == 126 and f"not run: {place}:1" in done.stderr.decode()
    assert (folder / "a.txt").exists()


def test_reads_run_at_once_where_the_settings_say_so(folder, write):
    (folder / "a.txt").write_text("hello\n")
    write('confirm_read = "none"\n')
    child = pexpect.spawn(FAKE_SHELLPER[0], [*FAKE_SHELLPER[1:], "cat a.txt"], cwd=str(folder), env=dict(os.environ), timeout=20, encoding="utf-8")
    child.expect(pexpect.EOF)
    assert "hello" in child.before and "run it?" not in child.before
    child.close()


def test_fewer_alternatives_are_offered(shellper, write):
    assert b"it could also mean" in shellper("-n", "ls or pwd or date").stderr
    write("alternatives = 0\n")
    assert b"it could also mean" not in shellper("-n", "ls or pwd or date").stderr
    assert len(json.loads(shellper("--json", "ls or pwd or date").stdout)["alternatives"]) == 2


def test_without_history_reads_are_not_noted_and_changes_are(shellper, write, folder):
    write("history = false\n")
    shellper("pwd")
    shellper("--yes", "touch a.txt")
    assert [run.command for run in journal.runs()] == ["touch a.txt"]


def test_the_room_for_copies_is_a_setting(write):
    assert journal.cannot_keep(400_000_000) == ""
    write("keep_megabytes = 300\n")
    assert "300 MB" in journal.cannot_keep(400_000_000)


def test_a_setting_that_is_wrong_is_an_error_of_its_own(write):
    write("threads = 99\n")
    with pytest.raises(BadInput, match="threads = 99"):
        config.value("color")
