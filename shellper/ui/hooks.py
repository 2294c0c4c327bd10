"""The files for the shells: where they lie, the lines that load them, and whether this shell has done so."""
from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import shellper
from shellper import config
from shellper.errors import BadInput, ShellperError

from .commands import SHELLS

REPORT = "SHELLPER_HOOK"  # what a loaded file tells the program: its fields below, joined by tabs
FIELDS = ("shell", "release", "alias", "key", "bound")
_RELEASE = re.compile(r"_shellper_release[ =](\d+)")
_AFTER = {
    "zsh": "after compinit, and after zsh-autosuggestions and zsh-syntax-highlighting if you have them",
    "bash": "near its end, after bash-completion",
    "fish": "anywhere in it",
}


def folder() -> Path:
    """Where the files lie: in the installed package, or beside it in a checkout."""
    package = Path(shellper.__file__).parent
    inside = package / "completions"
    return inside if inside.is_dir() else package.parent / "completions"


def file(shell: str) -> Path:
    return folder() / f"shellper.{shell}"


def present() -> str:
    """The shell of the user. Raises BadInput where that is none of ours."""
    name = os.path.basename(os.environ.get("SHELL", ""))
    if name not in SHELLS:
        raise BadInput(f"your shell is {name or 'unknown'}", hint=f"say which: shellper init {' | '.join(SHELLS)}")
    return name


def start_file(shell: str) -> Path:
    """The file that SHELL reads when it starts."""
    home = Path(os.path.expanduser("~"))
    if shell == "fish":
        return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "fish/config.fish"
    return (Path(os.environ.get("ZDOTDIR") or home) if shell == "zsh" else home) / f".{shell}rc"


def lines(shell: str) -> list[str]:
    """What belongs into the start file of SHELL. Raises BadInput where the files are not installed."""
    if not file(shell).is_file():
        raise BadInput(f"{file(shell)} is not there: the installation is incomplete")
    found = [f"# shellper; in {start_file(shell)}, {_AFTER[shell]}"]
    if (key := config.settings()["key"]).origin != "default":
        found.append(_assigned(shell, "SHELLPER_KEY", str(key.value)))
    program = os.path.abspath(sys.argv[0])
    if not shutil.which("shellper") and os.access(program, os.X_OK) and not program.endswith(".py"):
        found.append(_assigned(shell, "SHELLPER_PROGRAM", program) + "  # it is not on PATH")
    return [*found, f"source {_quoted(shell, str(file(shell)))}"]


def state() -> Iterator[tuple[str, str]]:
    """Findings (text, mark) on the hook: loaded, stale or missing, the alias of zsh, the key."""
    said = os.environ.get(REPORT, "").split("\t")
    if len(said) == len(FIELDS):
        yield from _loaded(dict(zip(FIELDS, said, strict=True)))
    else:
        yield from _missing()


def _loaded(hook: dict[str, str]) -> Iterator[tuple[str, str]]:
    shell = hook["shell"].partition(" ")[0]
    now = release(file(shell)) if shell in SHELLS else ""
    if hook["release"] == now:
        yield f"{hook['shell']} has loaded {file(shell)}", "ok"
    else:
        yield f"{hook['shell']} has loaded release {hook['release']} of the hook, {file(shell)} is release {now or 'unknown'}: open a new shell, or see `shellper init`", "note"
    if shell == "zsh" and hook["alias"] != "yes":
        yield "no alias: an unquoted ? or * in your words fails; alias shellper='noglob shellper'", "note"
    if hook["bound"] == "yes":
        yield f"key {hook['key']} turns words into a command", "ok"
    elif hook["bound"] == "no":
        yield "SHELLPER_NOBIND is set: no key is bound", "note"
    else:
        yield f"key {hook['key']} was taken by {hook['bound']} and is left alone: choose another with SHELLPER_KEY, or set it to {hook['key']} to take it over", "note"
    try:
        wanted = config.settings()["key"]
    except ShellperError:
        return
    if wanted.origin != "default" and wanted.value != hook["key"]:
        yield f"the key in the settings is {wanted.value}, this shell has {hook['key']}: put the lines of `shellper init` into {start_file(shell)} anew", "note"


def _missing() -> Iterator[tuple[str, str]]:
    shell = os.path.basename(os.environ.get("SHELL", ""))
    if shell not in SHELLS:
        yield f"shell {shell or 'unknown'}: key and completion are for {', '.join(SHELLS)}", "note"
        return
    start = start_file(shell)
    try:
        text = start.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    named = re.findall(rf"^[^#\n]*?([^\s'\"]*shellper\.{shell})", text, re.MULTILINE)
    if not named:
        yield f"no hook: {start} does not load key and completion; `shellper init {shell}` prints the lines", "note"
    elif not any(Path(os.path.expandvars(os.path.expanduser(name))).is_file() for name in named):
        yield f"stale hook: {start} names {named[-1]}, which is not there; `shellper init {shell}` prints the lines", "note"
    else:
        yield f"{start} loads the hook, but this was not started through it: open a new shell", "note"


def release(path: Path) -> str:
    """The release that a file for a shell says it is, "" where it cannot be read."""
    try:
        found = _RELEASE.search(path.read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found[1] if found else ""


def _assigned(shell: str, name: str, value: str) -> str:
    return f"set -g {name} {_quoted(shell, value)}" if shell == "fish" else f"{name}={_quoted(shell, value)}"


def _quoted(shell: str, text: str) -> str:
    if shell != "fish" or shlex.quote(text) == text:
        return shlex.quote(text)
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
