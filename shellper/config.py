"""Settings: a flag beats a variable, a variable the file, the file the default. Nothing in the working folder is ever read."""
from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shellper import paths
from shellper.errors import BadInput

DEFAULT_FILE = Path(__file__).with_name("config.default.toml")
_ON, _OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True)
class Option:
    """One setting. `allowed` are the words it takes; a number has `least` and `most`; a bool and a free text have neither.
    A `folder` is empty or a whole path, so that what lies in the working folder is never taken for it."""

    name: str
    default: bool | int | str
    meaning: str
    allowed: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    folder: bool = False

    @property
    def variable(self) -> str:
        return f"SHELLPER_{self.name.upper()}"

    @property
    def choices(self) -> str:
        """What is allowed, in words."""
        if isinstance(self.default, bool):
            return "true or false"
        if isinstance(self.default, int):
            return f"a whole number from {self.least:,} to {self.most:,}"
        if self.folder:
            return "a folder, from / or ~/ on, or nothing"
        if not self.allowed:
            return "alt-LETTER, ctrl-LETTER, or keys in the notation of your shell"
        return f"{', '.join(self.allowed[:-1])} or {self.allowed[-1]}"

    def takes(self, value: Any) -> bool:
        """Whether VALUE has the type and lies in the range."""
        if type(value) is not type(self.default):
            return False
        if self.folder:
            return not value or value.startswith(("/", "~/"))
        if isinstance(value, str):
            return value in self.allowed if self.allowed else bool(value)
        return isinstance(value, bool) or self.least <= value <= self.most


OPTIONS = {
    option.name: option
    for option in (
        Option("color", "auto", "Colour in the preview. auto: on a terminal, unless NO_COLOR, TERM=dumb or CI says otherwise.", ("auto", "always", "never")),
        Option("shell", "auto", "Which tools commands are written for. auto: those of this machine.", ("auto", "gnu", "bsd")),
        Option("quiet", False, "Preview only the command line where it only reads."),
        Option("verbose", False, "Also show what each part means, the confidence and the alternatives."),
        Option("alternatives", 3, "Most other readings that are offered at the question and by pressing the key again.", least=0, most=3),
        Option("confirm_read", "enter", "What runs a command that only reads. none: it runs at once.", ("enter", "none")),
        Option("confirm_write", "y", "What runs a command that creates or changes files. yes: the whole word.", ("y", "yes")),
        Option("confirm_destructive", "yes", "What runs a command that destroys: the typed word that the preview asks for, or never. Nothing here makes it easier.", ("yes", "never")),
        Option("history", True, "Keep the commands that only read in the journal, and what is typed in a session. Changes are always in the journal: undo needs them."),
        Option("capture", False, "Let the model see what the last command printed, read from tmux, kitty or wezterm. Nothing is run again for it."),
        Option("key", "alt-k", "The key that turns the words on the line into a command; `shellper init` passes it on to your shell."),
        Option("student", "", "Another student than the shipped one; docs/causal.md says which.", folder=True),
        Option("threads", 2, "Threads of the model.", least=1, most=64),
        Option("keep_days", 30, "How long copies of overwritten files are kept for undo.", least=1, most=3650),
        Option("keep_megabytes", 500, "How much all of these copies may take; the oldest go first. The trash is your desktop's and is never emptied.", least=0, most=1_000_000),
    )
}


@dataclass(frozen=True)
class Setting:
    """A value in force and where it comes from: "default", a variable's name, or FILE:LINE."""

    value: Any
    origin: str = "default"


def file() -> Path:
    return paths.config_dir() / "config.toml"


def value(name: str) -> Any:
    """The value in force of the option NAME. Raises BadInput where the file or a variable is wrong."""
    return settings()[name].value


@functools.cache
def settings() -> Mapping[str, Setting]:
    """All options as the file and the variables of this process set them. Raises BadInput (place, value, what is allowed)."""
    found = {name: Setting(option.default) for name, option in OPTIONS.items()} | _of_file(file())
    for name, option in OPTIONS.items():
        if said := os.environ.get(option.variable):
            read = _read(option, said)
            if not option.takes(read):
                raise BadInput(f"{option.variable}={said}: allowed is {option.choices}")
            found[name] = Setting(read, option.variable)
    return found


def _read(option: Option, said: str) -> Any:
    """A variable's text as the option's type, or the text itself where it is none."""
    if isinstance(option.default, bool):
        return True if said.lower() in _ON else False if said.lower() in _OFF else said
    if isinstance(option.default, int):
        return int(said) if said.isascii() and said.isdigit() else said
    return said


def _of_file(path: Path) -> dict[str, Setting]:
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
    found = {}
    for name, said in _parsed(path, text).items():
        place = f"{path}:{_line(text, name)}"
        option = OPTIONS.get(name)
        if option is None:
            import difflib

            near = difflib.get_close_matches(name, OPTIONS, 1)
            raise BadInput(f"{place}: there is no option {name}" + (f", did you mean {near[0]}?" if near else ""), hint="shellper config lists the options")
        if not option.takes(said):
            raise BadInput(f"{place}: {name} = {as_toml(said)}: allowed is {option.choices}")
        found[name] = Setting(said, place)
    return found


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        line = at[1] if at else len(text.splitlines()) or 1
        raise BadInput(f"{path}:{line}: not TOML: {re.sub(r' [(]at .*', '', str(error))}") from None


def _line(text: str, name: str) -> int:
    """The line on which NAME is set, as key or as table."""
    pattern = re.compile(rf"""\s*(\[+\s*)?["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def as_toml(said: Any) -> str:
    """A value as it stands in the file."""
    if isinstance(said, bool):
        return str(said).lower()
    return f'"{said}"' if isinstance(said, str) else str(said) if isinstance(said, (int, float)) else "a table or list"


def default_text() -> str:
    """The default file: every option with its meaning, what it allows and its default, all commented out."""
    lines = ["# Settings of shellper: $XDG_CONFIG_HOME/shellper/config.toml (~/.config/shellper/config.toml).", "# A flag beats a variable, a variable this file, this file the default. `shellper config` shows what is in force.", ""]
    for option in OPTIONS.values():
        lines += [f"# {option.meaning}", f"# Allowed: {option.choices}. Variable: {option.variable}.", f"# {option.name} = {as_toml(option.default)}", ""]
    return "\n".join(lines)
