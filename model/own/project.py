"""A project: a folder with the tools, the seeds and the settings of one student, and below `build/` what was made of them."""
from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shellper.errors import BadInput, ShellperError

from .conversations import Conversation, problems, read_conversations, split_of
from .functions import Functions, read_functions
from .settings import Settings, read_settings, template


@dataclass(frozen=True)
class Project:
    """The folder ROOT. MORE are further files of conversations."""

    root: Path
    more: tuple[Path, ...] = ()

    def path(self, name: str) -> Path:
        return self.root / name

    @property
    def build(self) -> Path:
        return self.root / "build"

    @functools.cached_property
    def functions(self) -> Functions:
        return read_functions(self.path("tools.json"))

    @functools.cached_property
    def settings(self) -> Settings:
        return read_settings(self.path("train.toml"))

    @property
    def sources(self) -> list[Path]:
        """The files of conversations; dev.jsonl is the development split."""
        dev = self.path("dev.jsonl")
        return [self.path("seeds.jsonl"), *self.more, *([dev] if dev.exists() else [])]

    @functools.cached_property
    def conversations(self) -> Mapping[str, list[Conversation]]:
        """"train" and "dev" conversations that the files hold. Raises BadInput with the first fault."""
        parts: dict[str, list[Conversation]] = {"train": [], "dev": []}
        own_dev = self.path("dev.jsonl").exists()
        for file in self.sources:
            for where, found in read_conversations(file):
                fault = found if isinstance(found, str) else next(problems(found, self.functions), None)
                if fault is not None:
                    raise BadInput(f"{where}: {fault}", hint="shellper-train check lists all faults")
                split = "dev" if file.name == "dev.jsonl" else split_of(found, 0.0 if own_dev else self.settings.synth.held_back)
                parts[split].append(found)
        for split, part in parts.items():
            if not part:
                raise BadInput(f"{self.root}: no conversation for {'training' if split == 'train' else 'development'}", hint='write more, or give rows "split": "train" or "dev"')
        return parts


def init(root: Path) -> list[Path]:
    """Make the files to fill in; what exists is left alone. Returns what was made."""
    made = []
    for name, text in {"tools.json": _TOOLS, "seeds.jsonl": _SEEDS, "train.toml": template(), ".gitignore": "build/\n"}.items():
        file = root / name
        if not file.exists():
            write(file, text)
            made.append(file)
    return made


def write(file: Path, text: str) -> None:
    """Write FILE so that a crash leaves the old or the new one. Raises ShellperError where it cannot be written."""
    write_lines(file, (text,))


def write_lines(file: Path, lines: Iterable[str]) -> None:
    """The same from parts that already end as they should."""
    draft = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as out:
            out.writelines(lines)
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise unwritable(file, error) from None


def unwritable(file: Path, error: OSError) -> ShellperError:
    return ShellperError(f"{file} could not be written: {error.strerror or error}", hint="what was made before is kept; start again when it can be written")


def json_lines(rows: Iterable[Any]) -> Iterator[str]:
    return (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def read_json(file: Path) -> Any:
    """The content of FILE, made by an earlier step. Raises BadInput where it is missing or damaged."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{file} is missing", hint="run the step before") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{file} is damaged: {error}", hint="remove it; the step that makes it runs again") from None


_TOOLS = """\
[
  {"type": "function", "function": {
    "name": "set_timer",
    "description": "Start a timer.",
    "parameters": {"type": "object", "properties": {
      "minutes": {"type": "integer", "minimum": 1, "maximum": 600, "description": "How long."},
      "label": {"type": "string", "description": "What it is for, in the user's words."}
    }, "required": [], "additionalProperties": false}}},
  {"type": "function", "function": {
    "name": "play_music",
    "description": "Play music by somebody, or of a kind.",
    "parameters": {"type": "object", "properties": {
      "query": {"type": "string", "description": "Artist, song or album, as said."},
      "mood": {"enum": ["calm", "happy", "focus"], "description": "A kind of music instead."},
      "shuffle": {"type": "boolean", "default": false, "description": "In random order."}
    }, "required": [], "additionalProperties": false}}},
  {"type": "function", "function": {
    "name": "not_understood",
    "description": "No other function can serve the request.",
    "parameters": {"type": "object", "properties": {}, "required": [], "additionalProperties": false}}}
]
"""
_SEEDS = """\
{"turns": [{"user": "set a timer for 12 minutes", "calls": [{"name": "set_timer", "arguments": {"minutes": 12}}]}, {"user": "make it 15", "calls": [{"name": "set_timer", "arguments": {"minutes": 15}}]}]}
{"turns": [{"user": "remind me about the pasta in 9 minutes", "calls": [{"name": "set_timer", "arguments": {"minutes": 9, "label": "pasta"}}]}]}
{"turns": [{"user": "put on some Nina Simone", "calls": [{"name": "play_music", "arguments": {"query": "Nina Simone"}}]}, {"user": "shuffle it", "calls": [{"name": "play_music", "arguments": {"query": "Nina Simone", "shuffle": true}}]}]}
{"turns": [{"user": "i need to concentrate", "calls": [{"name": "play_music", "arguments": {"mood": "focus"}}]}]}
{"turns": [{"user": "whats the capital of peru", "calls": [{"name": "not_understood", "arguments": {}}]}], "split": "dev"}
{"turns": [{"user": "timer", "calls": [{"name": "set_timer", "arguments": {}}], "says": "For how long?"}, {"user": "half an hour", "calls": [{"name": "set_timer", "arguments": {"minutes": 30}}]}]}
"""
