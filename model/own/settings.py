"""train.toml: every number of a project in one place, with its defaults."""
from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from shellper.errors import BadInput

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Synth:
    """Expansion of the seeds."""

    rows: int = 20_000  # examples (prefixes that end in a call) to make
    held_back: float = 0.2  # share of the seed conversations kept for development where no row says "split" and there is no dev.jsonl
    speech: float = 0.25  # share of the variants with the noise of speech recognition: fillers, no case, numbers as words
    slips: float = 0.15  # share of the variants with slips of the fingers
    swaps: float = 0.7  # share of the variants whose values are exchanged for others
    joined: float = 0.3  # share of the variants that stand behind another conversation
    seed: int = 1


@dataclass(frozen=True)
class Teacher:
    """An OpenAI-compatible endpoint that writes more conversations; none where `url` is empty."""

    url: str = ""  # for example http://localhost:8000/v1
    model: str = ""
    key_variable: str = "TEACHER_API_KEY"  # the environment variable that holds the key, where one is needed
    conversations: int = 400  # to keep
    batch: int = 8  # conversations asked for at once
    parallel: int = 4  # requests under way at once
    timeout: float = 120.0  # seconds for one answer
    attempts: int = 4  # for one batch
    temperature: float = 1.0
    most_cost: float = 0.0  # stop at this cost; 0 = no limit
    price_in: float = 0.0  # for a million tokens asked
    price_out: float = 0.0  # for a million tokens answered
    hints: str = ""  # said to the teacher: who speaks, how, what to cover


@dataclass(frozen=True)
class Train:
    """The training and the student's size; more in model/config.py."""

    minutes: float = 30.0
    steps: int = 0  # instead of minutes
    save_every: float = 1.0  # minutes
    threads: int = 0  # 0 = all
    turns: int = 6  # earlier turns that the student reads
    source: int = 192  # tokens that it reads
    init: str = ""  # a checkpoint whose weights it starts from
    student: Mapping[str, Any] | None = None  # settings of model/config.py that differ


@dataclass(frozen=True)
class Engine:
    """What runs synthesis and evaluation."""

    kind: str = "local"  # or "ray"
    workers: int = 0  # 0 = as many as processors
    address: str = ""  # of the Ray cluster; empty: RAY_ADDRESS, else one of its own on this machine


@dataclass(frozen=True)
class Settings:
    """All sections of train.toml."""

    synth: Synth = Synth()
    teacher: Teacher = Teacher()
    train: Train = Train()
    engine: Engine = Engine()


_SECTIONS = {"synth": Synth, "teacher": Teacher, "train": Train, "engine": Engine}


def read_settings(file: Path) -> Settings:
    """Read FILE; the defaults where there is none. Raises BadInput (file, section, name, reason)."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: not readable as TOML: {error}") from None
    return settings_of(content, str(file))


def settings_of(content: Mapping[str, Any], where: str) -> Settings:
    """The settings that CONTENT (section -> name -> value) says. Raises BadInput."""
    parts = {}
    for section, values in content.items():
        if section not in _SECTIONS:
            raise BadInput(f"{where}: there is no section [{section}]", hint=f"known: {', '.join(_SECTIONS)}")
        if not isinstance(values, dict):
            raise BadInput(f"{where}: {section} is not a section")
        parts[section] = _section(section, values, where)
    return Settings(**parts)


def _section(section: str, values: Mapping[str, Any], where: str) -> Any:
    known = {field.name: field.default for field in fields(_SECTIONS[section])}
    for name, value in values.items():
        if name not in known:
            raise BadInput(f"{where}: [{section}] {name}: there is no such setting", hint=f"known: {', '.join(known)}")
        default = known[name]
        kinds = (int, float) if isinstance(default, float) else (dict,) if default is None else (type(default),)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise BadInput(f"{where}: [{section}] {name}: {value!r} is not {'a table' if default is None else f'like {default!r}'}")
        if isinstance(value, int | float) and value < 0:
            raise BadInput(f"{where}: [{section}] {name}: {value!r} is less than 0")
    made = _SECTIONS[section](**values)
    if section == "engine" and made.kind not in ("local", "ray"):
        raise BadInput(f"{where}: [engine] kind: {made.kind!r} is neither 'local' nor 'ray'")
    if section == "synth":
        for name in ("held_back", "speech", "slips", "swaps", "joined"):
            if getattr(made, name) > 1:
                raise BadInput(f"{where}: [synth] {name}: {getattr(made, name)} is more than 1")
    return made


def template() -> str:
    """train.toml with every setting at its default, commented out."""
    import inspect
    import re

    parts = ["# Settings of this student. What is commented out is the default."]
    for section, kind in _SECTIONS.items():
        parts.append(f"\n# {inspect.getdoc(kind)}\n[{section}]")
        comments = dict(re.findall(r"^    (\w+): [^#\n]*?#\s*(.*)$", inspect.getsource(kind), re.MULTILINE))
        for field in fields(kind):
            value = "{ encoder_layers = 6 }" if field.default is None else _toml(field.default)
            parts.append(f"# {field.name} = {value}" + (f"  # {comments[field.name]}" if field.name in comments else ""))
    return "\n".join(parts) + "\n"


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
