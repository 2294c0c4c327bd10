"""The completion files are what click makes of the command line, and the shells take them."""
from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.shell_completion import get_completion_class
from conftest import ROOT

from shellper.ui import cli

GENERATED = ROOT / "completions/generated"
FILES = {"bash": "shellper.bash", "zsh": "_shellper", "fish": "shellper.fish"}


@pytest.mark.parametrize("shell", FILES)
def test_a_completion_file_is_what_click_generates(shell, monkeypatch):
    made = get_completion_class(shell)
    monkeypatch.setattr(made, "_check_version", lambda *_: None, raising=False)
    assert (GENERATED / FILES[shell]).read_text().strip() == made(cli.front, {}, "shellper", "_SHELLPER_COMPLETE").source().strip(), "make completions writes them anew"


@pytest.mark.parametrize(("shell", "argv"), [("bash", ["-eu", "-c", "source {}; complete -p shellper"]), ("zsh", ["-eu", "-f", "-c", "autoload -U compinit; compinit -D; source {}; whence _shellper_completion"]), ("fish", ["-N", "-c", "source {}; complete -c shellper"])])
def test_the_shell_itself_takes_the_file(shell, argv):
    path = subprocess.run(["/bin/sh", "-c", f"command -v {shell}"], capture_output=True, text=True).stdout.strip()
    if not path:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([path, *(part.format(GENERATED / FILES[shell]) for part in argv)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "shellper" in done.stdout


@pytest.mark.parametrize(("words", "current", "offered"), [("shellper ", "", ["batch", "explain", "doctor"]), ("shellper --pr", "--pr", ["--print"]), ("shellper batch --b", "--b", ["--beams"]), ("shellper --shell ", "", ["gnu", "bsd"])])
def test_commands_options_and_choices_are_offered(words, current, offered):
    typed = words.split()
    environment = {**os.environ, "_SHELLPER_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(typed) - 1 if current else len(typed))}
    done = subprocess.run([sys.executable, "-c", "from shellper.ui.cli import main; main()"], env=environment, capture_output=True, text=True)
    assert set(offered) <= {line.partition(",")[2] for line in done.stdout.splitlines()}
