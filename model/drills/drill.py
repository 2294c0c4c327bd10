"""What every drill is made with: phrases, files and names of the corpus' worlds, and a folder in which commands run."""
from __future__ import annotations

import functools
import json
import os
import random
import re
import shutil
from pathlib import Path
from typing import Any

from shellper import context
from shellper.render import parse, render
from shellper.tools import as_json
from shellper.types import Turn

from .. import world as worlds
from ..synthesis import CORPUS, MOST_NAMES, groups

PHRASES = Path(__file__).parents[1] / "phrases"
CHUNK = 250  # drills made by one process at a time
ODD = re.compile(r"[\x00-\x1f*?\[\]\\$`\"!]")
ENDINGS = ("txt", "md", "csv", "log", "json", "pdf", "jpg", "png", "mp3", "py", "sh", "conf", "yaml", "html", "bak", "tmp", "docx", "svg")
SHOWS = ("cat", "head", "tail", "wc_l", "wc_w", "stat", "less", "nano", "md5sum", "tac", "sort", "file")
SHORT_NAMES = "annual blue bridge cedar delta draft east final ghost harbor inbox june kiwi lemon march north ocean plan quartz river summer tango umbra vera west yellow zulu".split()  # noqa: SIM905

Move = tuple[str, str]  # a request and its command


class Unfit(Exception):
    """The pieces drawn make no clear drill."""


@functools.cache
def bank(name: str) -> dict[str, Any]:
    """The phrases of model/phrases/NAME.json."""
    return json.loads((PHRASES / f"{name}.json").read_text(encoding="utf-8"))


@functools.cache
def pools() -> tuple[list[list[tuple[str, str]]], list[str], list[str]]:
    """Files (name, content) by world, names of folders, and words and names that stand in the files."""
    files, folders, words = [], set(), set()
    for corpus in sorted(CORPUS.glob("*.jsonl")):
        for spec, _ in groups(corpus):
            own: list[tuple[str, str]] = []
            _collect(spec["tree"], own, folders)
            own = [(name, text) for name, text in own if not ODD.search(name) and not name.startswith("-") and len(name) < 30 and len(text) < 3000]
            if len(own) > 7:
                files.append(own)
            for _, text in own:
                words.update(re.findall(r"\b[A-Za-zÄÖÜäöüß][\wÄÖÜäöüß]{3,11}\b", text)[:40])
    return files, sorted(name for name in folders if not ODD.search(name) and not name.startswith((".", "-")) and len(name) < 20), sorted(words)


def _collect(tree: dict, files: list[tuple[str, str]], folders: set[str]) -> None:
    for name, node in tree.items():
        if isinstance(node, dict):
            folders.add(name)
            _collect(node, files, folders)
        else:
            files.append((name, node))


class Drill:
    """One exchange being made, in a folder of its own. `moves` are its turns so far."""

    def __init__(self, draw: random.Random, top: str) -> None:
        self.draw, self.top, self.cwd = draw, top, top
        self.turns: list[dict[str, Any]] = []
        shutil.rmtree(top, ignore_errors=True)
        os.makedirs(top)
        self.files: dict[str, str] = {}  # relative path -> content
        self.folders: list[str] = []

    # what lies in the folder

    def name(self) -> str:
        """A fresh file name."""
        draw = self.draw
        if draw.random() < 0.5:
            return draw.choice(draw.choice(pools()[0]))[0]
        words = [draw.choice(pools()[2] if draw.random() < 0.5 else SHORT_NAMES) for _ in range(draw.choice((1, 1, 2, 2, 3)))]
        if draw.random() < 0.3:
            words.append(str(draw.choice((1, 2, 3, 4, 5, 7, 10, 12, 2019, 2021, 2022, 2023, 2024, 2025, 2026))))
        stem = draw.choice(("_", "-", "_", " ", "")).join(words)
        return (stem.lower() if draw.random() < 0.7 else stem) + (f".{draw.choice(ENDINGS)}" if draw.random() < 0.9 else "")

    def fill(self, folder: str, count: int, *, alike: bool = False, text: bool = False) -> list[str]:
        """Put COUNT files into FOLDER ("" is the top); ALIKE: from one world; TEXT: with content."""
        draw, made = self.draw, []
        own = draw.choice(pools()[0])
        os.makedirs(os.path.join(self.top, folder), exist_ok=True)
        for _ in range(4 * count):
            name, content = draw.choice(own) if alike or draw.random() < 0.4 else (self.name(), draw.choice(draw.choice(pools()[0]))[1])
            path = os.path.join(folder, name)
            if path in self.files or ODD.search(name) or name.startswith(("-", ".")) or "/" in name or path in self.folders or name.lower() in {os.path.basename(other).lower() for other in made}:
                continue
            if text and not content.strip():
                content = "\n".join(draw.sample(pools()[2], draw.randint(1, 6))) + "\n"
            Path(self.top, path).write_text(content, encoding="utf-8")
            if draw.random() < 0.7:
                os.utime(Path(self.top, path), times=(age := 1.76e9 - draw.randint(1, 10**7), age))
            self.files[path] = content
            made.append(path)
            if len(made) == count:
                return made
        raise Unfit

    def folder(self, inside: str = "") -> str:
        name = self.draw.choice(pools()[1] if self.draw.random() < 0.7 else SHORT_NAMES)
        path = os.path.join(inside, name)
        if path in self.files or path in self.folders:
            raise Unfit
        os.makedirs(os.path.join(self.top, path))
        self.folders.append(path)
        return path

    # turns

    def go(self, request: str, command: str) -> str:
        """Run a turn for real; returns its output. Raises Unfit where it fails or tells nothing."""
        plan = parse(command)
        text = render(plan).text
        ran = worlds.run(text, self.cwd, self.top) if worlds.runnable(text) else worlds.Ran(0, "", "", self.cwd)
        if ran.exit_code or ran.errors.strip():
            raise Unfit
        self.turns.append({"request": request, "command": text, "output": context.clean(ran.output), "exit_code": 0})
        self.cwd = ran.cwd
        return ran.output

    def ask(self, request: str, command: str) -> dict:
        """The example in which REQUEST is answered by COMMAND; the command is run."""
        plan = parse(command)
        names = context.nearest(request, context.walk(self.cwd), MOST_NAMES)
        tables = context.columns(request, names, [Turn(**turn) for turn in self.turns[-1:]], self.cwd)
        example = {"request": request, "turns": self.turns[-4:], "names": names, "columns": tables, "plan": as_json(plan),
                   "source": "drill", "world": "", "turn": len(self.turns), "split": "train", "weight": 1.0}
        turns = list(self.turns)
        self.go(request, command)
        example["turns"] = turns[-4:]
        return example

    def say(self, frame: str, **slots: str) -> str:
        """FRAME with its slots filled, now and then with an opener or a closer, a capital, or a full stop."""
        draw, text = self.draw, frame
        for slot, value in slots.items():
            text = text.replace("{" + slot + "}", value)
        if draw.random() < 0.15:
            before = draw.choice(bank("politeness")["before"])
            if before.split()[0].strip(",.").lower() not in text.lower().split()[:2]:
                text = before + text
        if draw.random() < 0.12 and text[-1] not in "?.!":
            after = draw.choice(bank("politeness")["after"])
            if after.strip(" ,.?!").lower() not in text.lower():
                text += after
        if draw.random() < 0.15:
            text = text[0].upper() + text[1:]
        if draw.random() < 0.12 and text[-1].isalnum():
            text += "."
        return text


# references: (phrases, indices meant)
