"""Drills: short exchanges whose last request points into what came before, composed from hand-written phrases and run for real.

    python -m model.drills --out drills.jsonl --count 20000 [--seed 1]

The corpus (model/corpus) teaches what people want and how they say it; drills teach the one skill that takes thousands of
repetitions: to find the second name, the longest file, the other one, in an output that was never seen. Files and their contents
come from the worlds of the corpus, put together anew for every drill; phrases from model/phrases. The commands run in a folder made for
the drill, and a drill whose command fails is thrown away. Output as of model/synthesis.py.
"""
from __future__ import annotations

import argparse
import functools
import json
import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from shlex import quote
from typing import Any

from shellper import context
from shellper.errors import ShellperError
from shellper.render import parse, render
from shellper.tools import as_json
from shellper.types import Turn

from . import world as worlds
from .synthesis import CORPUS, MOST_NAMES, groups

PHRASES = Path(__file__).with_name("phrases")
CHUNK = 250  # drills made by one process at a time
_ODD = re.compile(r"[\x00-\x1f*?\[\]\\$`\"!]")
_ENDINGS = ("txt", "md", "csv", "log", "json", "pdf", "jpg", "png", "mp3", "py", "sh", "conf", "yaml", "html", "bak", "tmp", "docx", "svg")
_SHOWS = ("cat", "head", "tail", "wc_l", "wc_w", "stat", "less", "nano", "md5sum", "tac", "sort", "file")
_SHORT_NAMES = "annual blue bridge cedar delta draft east final ghost harbor inbox june kiwi lemon march north ocean plan quartz river summer tango umbra vera west yellow zulu".split()  # noqa: SIM905

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
            own = [(name, text) for name, text in own if not _ODD.search(name) and not name.startswith("-") and len(name) < 30 and len(text) < 3000]
            if len(own) > 7:
                files.append(own)
            for _, text in own:
                words.update(re.findall(r"\b[A-Za-zÄÖÜäöüß][\wÄÖÜäöüß]{3,11}\b", text)[:40])
    return files, sorted(name for name in folders if not _ODD.search(name) and not name.startswith((".", "-")) and len(name) < 20), sorted(words)


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
        words = [draw.choice(pools()[2] if draw.random() < 0.5 else _SHORT_NAMES) for _ in range(draw.choice((1, 1, 2, 2, 3)))]
        if draw.random() < 0.3:
            words.append(str(draw.choice((1, 2, 3, 4, 5, 7, 10, 12, 2019, 2021, 2022, 2023, 2024, 2025, 2026))))
        stem = draw.choice(("_", "-", "_", " ", "")).join(words)
        return (stem.lower() if draw.random() < 0.7 else stem) + (f".{draw.choice(_ENDINGS)}" if draw.random() < 0.9 else "")

    def fill(self, folder: str, count: int, *, alike: bool = False, text: bool = False) -> list[str]:
        """Put COUNT files into FOLDER ("" is the top); ALIKE: from one world; TEXT: with content."""
        draw, made = self.draw, []
        own = draw.choice(pools()[0])
        os.makedirs(os.path.join(self.top, folder), exist_ok=True)
        for _ in range(4 * count):
            name, content = draw.choice(own) if alike or draw.random() < 0.4 else (self.name(), draw.choice(draw.choice(pools()[0]))[1])
            path = os.path.join(folder, name)
            if path in self.files or _ODD.search(name) or name.startswith(("-", ".")) or "/" in name or path in self.folders or name.lower() in {os.path.basename(other).lower() for other in made}:
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
        name = self.draw.choice(pools()[1] if self.draw.random() < 0.7 else _SHORT_NAMES)
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

def by_place(draw: random.Random, lines: Sequence[str], kind_of: Callable[[str], str]) -> tuple[str, list[int]]:
    """A phrase that counts lines of an output, and the lines that it means."""
    refs, count = bank("refs"), len(lines)
    if count < 2:
        raise Unfit
    if draw.random() < 0.12 and count >= 3:
        key, picked = draw.choice((("first_two", [0, 1]), ("last_two", [count - 2, count - 1]), ("first_three", [0, 1, 2])))
        return draw.choice(refs[key]), picked
    if draw.random() < 0.25:  # counted among lines of one kind
        kinds = [kind_of(line) for line in lines]
        noun = draw.choice(kinds)
        among = [at for at, kind in enumerate(kinds) if kind == noun]
        if noun and len(among) > 1:
            key, at = _place(draw, len(among))
            return draw.choice(refs["ordinal_noun"][key]).replace("{noun}", noun), [among[at]]
    key, at = _place(draw, count)
    return draw.choice(refs["ordinal"][key]), [at]


def _place(draw: random.Random, count: int) -> tuple[str, int]:
    choices = [(str(at + 1), at) for at in range(min(count, 8))] + [("-1", count - 1)] * 2
    if count > 2:
        choices.append(("-2", count - 2))
    if count > 3:
        choices.append(("-3", count - 3))
    if count > 2 and count % 2:
        choices.append(("middle", count // 2))
    return draw.choice(choices)


def by_look(draw: random.Random, lines: Sequence[str]) -> tuple[str, int]:
    """A phrase that describes one of LINES by a word of its name or its ending, fitting no other."""
    refs, at = bank("refs"), draw.randrange(len(lines))
    base = os.path.basename(lines[at])
    others = "\n".join(os.path.basename(line).lower() for index, line in enumerate(lines) if index != at)
    stem, dot, ending = base.rpartition(".")
    if base.startswith("."):
        if not any(os.path.basename(line).startswith(".") for index, line in enumerate(lines) if index != at):
            return draw.choice(refs["hidden"]), at
        raise Unfit
    if dot and draw.random() < 0.4 and f".{ending.lower()}" not in others and ending.isalpha():
        return draw.choice(refs["by_ending"]).replace("{e}", ending), at
    tokens = [token for token in re.findall(r"[^\W_]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", stem or base)) if len(token) > 2 and token.lower() not in others]
    if not tokens:
        raise Unfit
    token = draw.choice(tokens)
    if draw.random() < 0.12 and base.lower().startswith(token.lower()):
        return draw.choice(refs["starts_with"]).replace("{t}", token), at
    return draw.choice(refs["by_token"]).replace("{t}", token if draw.random() < 0.4 else token.lower()), at


def kind_of(path: str) -> str:
    """The word for PATH's kind in an output: its ending, "folder", or "file"."""
    if path.endswith("/"):
        return "folder"
    ending = os.path.basename(path).rpartition(".")[2]
    return ending if "." in os.path.basename(path) and ending.isalpha() and len(ending) < 5 else "file"


# what is done with the thing meant

def act(drill: Drill, said: str, paths: Sequence[str], *, action: str | None = None, folder: bool = False) -> Move:
    """A request that does something with PATHS, called SAID, and its command."""
    draw, frames = drill.draw, bank("actions")
    target = " ".join(map(quote, paths))
    single = len(paths) == 1
    ending = paths[0].rpartition(".")[2].lower()
    if action is None:
        if folder:
            action = draw.choice(("cd", "ls", "cd", "ls", "rm_r", "du_sh", "mv_as"))
        elif not single:
            action = draw.choice(("cat", "rm", "wc_l", "md5sum", "rm", "gzip"))
        elif ending in ("gz", "tgz", "zip"):
            action = {"gz": "zcat", "tgz": "tar_xzf", "zip": "unzip"}[ending]
        elif ending in ("pdf", "jpg", "png", "mp3", "svg", "docx") and draw.random() < 0.6:
            action = draw.choice(("xdg_open", "rm", "mv_as", "ls_lh", "cp_as", "mv_to", "cp_to"))
        else:
            action = draw.choice(("cat", "cat", "cat", "rm", "rm", "cp_to", "cp_as", "mv_to", "mv_as", "wc_l", "wc_w", "head", "tail", "grep", "grep", "stat", "gzip", "chmod_x", "nano", "less",
                                  "sort", "md5sum", "cp_bak", "touch", "ls_lh", "file", "append", "ln_s", "tac", "du_sh"))
    slots: dict[str, str] = {"x": said}
    if action in ("cp_to", "mv_to"):
        place = draw.choice(drill.folders) if drill.folders else drill.folder()
        place = os.path.relpath(os.path.join(drill.top, place), drill.cwd)
        if place.startswith("..") or place == "." or place == os.path.dirname(paths[0]):
            raise Unfit
        slots["d"] = place if draw.random() < 0.6 else draw.choice(("the {} folder", "{}/", "the folder {}", "{}")).format(place)
        command = f"{'cp' if action == 'cp_to' else 'mv'} {target} {quote(place)}"
    elif action in ("cp_as", "mv_as", "cp_bak", "ln_s"):
        new = drill.name() if not folder else draw.choice(_SHORT_NAMES)
        if draw.random() < 0.5 and "." in os.path.basename(paths[0]) and not folder:
            new = f"{draw.choice(_SHORT_NAMES)}{draw.choice(('', '_old', '_2', '-new'))}.{os.path.basename(paths[0]).rpartition('.')[2]}"
        if new.startswith(("-", ".")) or _ODD.search(new) or os.path.exists(os.path.join(drill.cwd, new)):
            raise Unfit
        slots["n"] = new if " " not in new or draw.random() < 0.5 else draw.choice(('"{}"', "'{}'")).format(new)
        there = os.path.join(os.path.dirname(paths[0]), new) if action == "mv_as" else new
        command = {"cp_as": "cp", "cp_bak": "cp", "mv_as": "mv", "ln_s": "ln -s"}[action] + f" {target} {quote(there)}"
    elif action in ("head", "tail"):
        slots["k"] = str(draw.choice((1, 2, 3, 3, 4, 5, 5, 10, 12, 20)))
        command = f"{action} -n {slots['k']} {target}"
    elif action == "grep":
        content = drill.files.get(os.path.relpath(os.path.join(drill.cwd, paths[0]), drill.top), "")
        found = re.findall(r"\b[^\W_]{3,14}\b", content)
        if not found:
            raise Unfit
        word = draw.choice(found)
        slots["p"] = word if draw.random() < 0.6 else draw.choice(('"{}"', "'{}'", "the word {}")).format(word)
        command = f"grep {quote(word)} {target}"
    elif action == "append":
        words = " ".join(draw.sample(pools()[2], draw.randint(1, 4)))
        slots["t"] = draw.choice(('"{}"', "'{}'", "{}")).format(words)
        command = f"echo {quote(words)} >> {target}"
    else:
        command = {
            "cat": "cat {}", "rm": "rm {}", "cd": "cd {}", "ls": "ls {}", "wc_l": "wc -l {}", "wc_w": "wc -w {}", "rm_r": "rm -r {}", "du_sh": "du -sh {}", "stat": "stat {}", "gzip": "gzip {}",
            "chmod_x": "chmod +x {}", "nano": "nano {}", "less": "less {}", "xdg_open": "xdg-open {}", "sort": "sort {}", "md5sum": "md5sum {}", "touch": "touch {}", "ls_lh": "ls -lh {}",
            "file": "file {}", "tac": "tac {}", "zcat": "zcat {}", "unzip": "unzip {}", "tar_xzf": "tar -xzf {}", "basename": "basename {}",
        }[action].format(target)  # fmt: skip
    frames = [frame for frame in frames[action] if single or not re.search(r"\b(has|does|is|it|one)\b|\{x\}'s", frame)]
    return drill.say(draw.choice(frames), **slots), command


# the kinds of drill; each makes one or more examples

def picks(drill: Drill) -> Iterator[dict]:
    """A listing, then something is done with one of its lines; then often with another."""
    draw = drill.draw
    folder = ""
    if draw.random() < 0.4:
        folder = drill.folder()
    made = drill.fill(folder, draw.randint(2, 8), alike=draw.random() < 0.4)
    if draw.random() < 0.6:
        drill.folder()
    for _ in range(draw.choice((0, 0, 1, 2))):
        drill.folder(folder)
    if draw.random() < 0.2 and not folder:
        hidden = f".{draw.choice(_SHORT_NAMES)}{draw.choice(('', 'rc', '.conf', '.txt'))}"
        Path(drill.top, hidden).write_text("x\n")
    where = quote(folder) if folder else ""
    shown = f"{where or '.'}"
    forms = [
        (("what's here", "list", "ls", "whats in here", "show me the files", "look around", "files?", "what have we got") if not folder else (f"what is in {folder}", f"list {folder}", f"ls {folder}", f"{folder}?", f"contents of {folder}"), f"ls {where}".strip()),
        (("newest first", "by date, newest first", "latest on top"), f"ls -t {where}".strip()),
        (("list with sizes", "how big are they", "ls -lh", "sizes of everything"), f"ls -lh {where}".strip()),
        (("biggest first with sizes", "by size please"), f"ls -lhS {where}".strip()),
        (("hidden ones too", "everything, hidden files as well", "ls -a"), f"ls -a {where}".strip()),
        (("find all the files below here", "every file anywhere"), f"find {shown} -type f"),
    ]
    asks, command = draw.choices(forms, (6, 1.5, 1.5, 1, 1, 2))[0]
    if command.startswith("ls") and draw.random() < 0.25:
        ending = draw.choice([path.rpartition(".")[2] for path in made])
        if ending.isalpha() and len(ending) < 5:
            command = f"ls {os.path.join(where, '*.')}{ending}"
            asks = (f"all the {ending} files", f"which {ending}s are there", f"ls *.{ending}", f"{ending} files in {folder or 'here'}")
    output = drill.go(draw.choice(asks), command)
    entries = _entries(output, command, folder, drill)
    yield from _pick(drill, entries, command)


def _entries(output: str, command: str, folder: str, drill: Drill) -> list[tuple[str, str]]:
    """(line, path relative to cwd) of every entry of a listing."""
    entries = []
    for line in output.splitlines():
        if line.startswith("total ") or not line:
            continue
        name = line
        if " -l" in command:
            name = line.split(None, 8)[8]
        if name in (".", ".."):
            continue
        path = name if command.startswith("find") or "*" in command else os.path.join(folder, name)
        path = path.removeprefix("./")
        if not os.path.lexists(os.path.join(drill.cwd, path)):
            raise Unfit
        entries.append((line, path))
    if not 2 <= len(entries) <= 12:
        raise Unfit
    return entries


def _pick(drill: Drill, entries: list[tuple[str, str]], command: str) -> Iterator[dict]:
    draw = drill.draw
    lines = [path + ("/" if os.path.isdir(os.path.join(drill.cwd, path)) else "") for _, path in entries]
    counted = list(["."] * 2 if command.startswith("ls -a") and "*" not in command else [])
    if counted:  # "." and ".." are lines too: only what is described is clear
        said, at = by_look(draw, lines)
        picked = [at]
    elif "-lh" in command and draw.random() < 0.5:
        sizes = [os.lstat(os.path.join(drill.cwd, path)).st_size if not line.endswith("/") else -1 for line, (_, path) in zip(lines, entries, strict=True)]
        files = [size for size in sizes if size >= 0]
        key, best = draw.choice((("biggest", max), ("smallest", min)))
        if len(files) < 2 or files.count(best(files)) > 1:
            raise Unfit
        said, picked = draw.choice(bank("refs")[key]), [sizes.index(best(files))]
    elif draw.random() < 0.62:
        said, picked = by_place(draw, lines, kind_of)
    else:
        said, at = by_look(draw, lines)
        picked = [at]
    if len({line.endswith("/") for line in (lines[at] for at in picked)}) > 1:
        raise Unfit
    chosen = [lines[at].rstrip("/") for at in picked]
    folder = lines[picked[0]].endswith("/")
    request, done = act(drill, said, chosen, folder=folder)
    yield drill.ask(request, done)
    rest = [line for at, line in enumerate(lines) if at not in picked and line.endswith("/") == folder and os.path.lexists(os.path.join(drill.cwd, line.rstrip("/")))]
    verb = done.split()[0]
    if len(picked) == 1 and verb not in ("cd", "mv", "echo") and len(rest) == 1 and draw.random() < 0.9:
        noun = "folder" if folder else kind_of(rest[0]) if kind_of(rest[0]) == kind_of(chosen[0]) else "file"
        said = draw.choice(bank("refs")["other"]) if draw.random() < 0.7 else draw.choice(bank("refs")["other_noun"]).replace("{noun}", noun)
        yield drill.ask(*act(drill, said, [rest[0].rstrip("/")], folder=folder))
    elif len(picked) == 1 and verb in ("cat", "head", "wc", "less", "stat", "md5sum", "tail", "file", "du", "ls", "tac", "sort", "rm") and len(rest) > 1 and draw.random() < 0.6:
        said, at = by_place(draw, lines, kind_of) if draw.random() < 0.6 else (lambda pair: (pair[0], [pair[1]]))(by_look(draw, lines))
        if at == picked or len(at) > 1 or lines[at[0]].endswith("/") != folder or not os.path.lexists(os.path.join(drill.cwd, lines[at[0]].rstrip("/"))):
            return
        other = lines[at[0]].rstrip("/")
        if draw.random() < 0.5:  # the same with another line
            request = drill.say(draw.choice(bank("follow")["same_for"]), b=said)
            yield drill.ask(request, done.replace(quote(chosen[0]), quote(other)))
        elif verb != "rm":  # not that one
            request = drill.say(draw.choice(bank("follow")["meant"]), b=said)
            yield drill.ask(request, done.replace(quote(chosen[0]), quote(other)))


def measures(drill: Drill) -> Iterator[dict]:
    """Counts or sizes of several files, then something is done with the longest, the one with the fewest, …"""
    draw = drill.draw
    folder = drill.folder() if draw.random() < 0.3 else ""
    made = drill.fill(folder, draw.randint(2, 6), text=True, alike=draw.random() < 0.5)
    drill.folder()
    way = draw.choice(("wc", "wc", "wc -w", "grep", "du", "ls"))
    paths = " ".join(map(quote, made))
    if way == "wc":
        output = drill.go(draw.choice(("how long are they", "line counts of these", "count the lines of each", "lines per file?")), f"wc -l {paths}")
        values = {line.split(None, 1)[1]: int(line.split(None, 1)[0]) for line in output.splitlines() if not line.endswith(" total")}
        keys = (("longest", max), ("shortest", min))
    elif way == "wc -w":
        output = drill.go(draw.choice(("words in each", "word counts?", "how many words do they have")), f"wc -w {paths}")
        values = {line.split(None, 1)[1]: int(line.split(None, 1)[0]) for line in output.splitlines() if not line.endswith(" total")}
        keys = (("most", max), ("fewest", min))
    elif way == "grep":
        word = draw.choice(re.findall(r"[^\W\d_]{2,8}", "\n".join(drill.files[path] for path in made)) or ["e"])
        output = drill.go(draw.choice((f"how often {word} in each of them", f"count {word} per file", f"lines with {word}, per file")), f"grep -c {quote(word)} {paths}")
        values = {line.rpartition(":")[0]: int(line.rpartition(":")[2]) for line in output.splitlines()}
        keys = (("most", max), ("fewest", min))
    elif way == "ls":
        output = drill.go(draw.choice(("sizes?", "list with sizes", "how big are these")), f"ls -lh {folder}".strip())
        values = {path: os.path.getsize(os.path.join(drill.cwd, path)) for path in made}
        shown = [line.split()[4] for line in output.splitlines() if not line.startswith(("total", "d"))]
        keys = (("biggest", max), ("smallest", min))
        if len(set(shown)) < len(shown):
            raise Unfit
    else:
        kids = [drill.folder() for _ in range(draw.randint(2, 4))]
        for kid in kids:
            size = draw.choice((3, 40, 200, 900, 3000, 12000)) * 1024 + draw.randint(0, 2000)
            Path(drill.top, kid, "data.bin").write_bytes(b"x" * min(size, 4_000_000))
        output = drill.go(draw.choice(("size of each folder", "how big are the folders", "space per folder")), "du -sh */")
        shown = {line.split("\t")[1].rstrip("/"): line.split("\t")[0] for line in output.splitlines()}
        if len(set(shown.values())) < len(shown):
            raise Unfit
        values = {name: sum(file.stat().st_size for file in Path(drill.top, name).rglob("*") if file.is_file()) + 1 for name in shown}
        keys = (("biggest", max), ("smallest", min))
    key, best = draw.choice(keys)
    if len(values) < 2 or list(values.values()).count(best(values.values())) > 1 or len(output.splitlines()) > 12:
        raise Unfit
    target = next(name for name, value in values.items() if value == best(values.values()))
    yield drill.ask(*act(drill, draw.choice(bank("refs")[key]), [target], folder=way == "du"))
    rest = [name for name in values if name != target and os.path.exists(os.path.join(drill.cwd, name))]
    if len(rest) == 1 and drill.cwd == drill.top:
        yield drill.ask(*act(drill, draw.choice(bank("refs")["other"]), rest, folder=way == "du"))


def repeats(drill: Drill) -> Iterator[dict]:
    """A command on one file, then the same on another, called by its name or loosely; a folder or a pattern exchanged."""
    draw = drill.draw
    way = draw.choice(("file", "file", "file", "folder", "pattern"))
    follow = bank("follow")
    if way == "file":
        folder = drill.folder() if draw.random() < 0.35 else ""
        made = drill.fill(folder, draw.randint(2, 6), text=True, alike=draw.random() < 0.5)
        if draw.random() < 0.3:
            drill.go(draw.choice(("what's there", "list", "ls")), f"ls {quote(folder)}".strip().removesuffix(" ''"))
        one, other = draw.sample(made, 2)
        action = draw.choice((*_SHOWS, "grep", "grep", "cp_to", "mv_to", "gzip", "rm", "ls_lh", "du_sh"))
        said = os.path.basename(one) if draw.random() < 0.5 else one
        request, command = act(drill, said, [one], action=action)
        drill.go(request, command)
        if draw.random() < 0.5:
            said = draw.choice((other, os.path.basename(other)))
        else:
            said, at = by_look(draw, [path for path in made if path != one])
            other = [path for path in made if path != one][at]
            said = said.replace("the one", "one") if draw.random() < 0.1 else said
        fixing = action in _SHOWS and draw.random() < 0.3
        request = drill.say(draw.choice(follow["meant" if fixing else "same_for"]), b=said)
        again = command.replace(quote(one), quote(other), 1)
        if action == "grep" and not re.search(re.escape(command.split()[1].strip("'")), drill.files[other]):
            raise Unfit
        yield drill.ask(request, again)
    elif way == "folder":
        one, other = drill.folder(), drill.folder()
        for place in (one, other):
            drill.fill(place, draw.randint(1, 4), text=True)
        word = draw.choice(pools()[2])
        asks, form = draw.choice(((("whats in {}", "list {}", "ls {}"), "ls {}"), (("how big is {}", "size of {}"), "du -sh {}"), (("how many files in {}", "count what is in {}"), "ls {} | wc -l"),
                                  (("newest in {}", "latest file of {}"), "ls -t {} | head -n 1"), (("list {} with sizes", "sizes in {}"), "ls -lh {}"), (("hidden ones in {} too", "everything in {}, hidden as well"), "ls -a {}"),
                                  (("txt files below {}", "find the txts in {}"), "find {} -type f -name '*.txt'"), ((f"everything with {word} in its name below {{}}",), f"find {{}} -name '*{word}*'")))
        drill.go(draw.choice(asks).format(one), form.format(quote(one)))
        said = other if draw.random() < 0.6 else draw.choice(("the {} folder", "the {} one", "{}/")).format(other)
        yield drill.ask(drill.say(draw.choice(follow["in_folder"] if draw.random() < 0.7 else follow["same_for"]), d=said, b=said), form.format(quote(other)))
    else:
        made = drill.fill("", draw.randint(1, 3), text=True)
        path = draw.choice(made)
        words = list(dict.fromkeys(re.findall(r"\b[^\W_]{3,12}\b", drill.files[path])))
        if len(words) < 2:
            raise Unfit
        one, other = draw.sample(words, 2)
        flags = draw.choice(("", "", "", "-c ", "-i ", "-n "))
        request = drill.say(draw.choice(bank("actions")["grep"]), x=path, p=one) if not flags else {"-c ": f"how many lines with {one} in {path}", "-i ": f"{one} in {path}, any case", "-n ": f"line numbers of {one} in {path}"}[flags]
        drill.go(request, f"grep {flags}{quote(one)} {quote(path)}")
        yield drill.ask(drill.say(draw.choice(follow["pattern_too"]), p=other if draw.random() < 0.7 else f'"{other}"'), f"grep {flags}{quote(other)} {quote(path)}")


def values(drill: Drill) -> Iterator[dict]:
    """A list of names, numbers or ids, then one of its values is searched, written down, or made into a file or folder."""
    draw = drill.draw
    noun = draw.choice(("name", "number", "id", "word"))
    count = draw.randint(2, 7)
    make = {
        "name": lambda: " ".join(word.capitalize() for word in draw.sample(pools()[2], draw.choice((1, 1, 2)))),
        "number": lambda: str(draw.randint(3, 9999)), "id": lambda: f"{draw.choice(('INV', 'A', 'KD', 'R', 'x', 'T'))}{draw.choice(('-', '', '_'))}{draw.randint(10, 9999)}", "word": lambda: draw.choice(pools()[2]).lower(),
    }[noun]  # fmt: skip
    items = list(dict.fromkeys(make() for _ in range(count)))
    if len(items) < 2:
        raise Unfit
    others = drill.fill("", draw.randint(1, 3), text=True)
    store = drill.name()
    if "." not in store or store in drill.files or store.startswith((".", "-")) or _ODD.search(store):
        raise Unfit
    table = draw.random() < 0.5
    gap = draw.choice((",", ";", "|", "\t", " "))
    rows = [gap.join((item.replace(" ", "_") if gap == " " else item, draw.choice(pools()[2]), str(draw.randint(1, 500)))) for item in items] if table else items
    Path(drill.top, store).write_text("\n".join(rows) + "\n", encoding="utf-8")
    items = [row.split(gap)[0] for row in rows] if table else items
    show, command = draw.choice(((("show {}", "cat {}", "read {}", "what does {} say"), "cat {}"), (("first lines of {}, 5 of them", "top 5 of {}"), "head -n 5 {}"), (("{} sorted", "sort {}"), "sort {}"),
                                 (("first column of {}", "column 1 of {}") if table else ("print {}",), f"cut -d {quote(gap)} -f 1 {{}}" if table and gap != "\t" else "cat {}")))
    output = drill.go(draw.choice(show).format(store), command.format(quote(store)))
    lines = output.splitlines()
    key, at = _place(draw, len(lines))
    if key not in bank("refs")["ordinal_noun"]:
        raise Unfit
    value = lines[at].split(gap)[0] if table else lines[at]
    if lines.count(lines[at]) > 1 or not value.strip():
        raise Unfit
    nouns = {"name": ("name", "person", "one"), "number": ("number", "one", "value"), "id": ("id", "code", "one", "entry"), "word": ("word", "one", "entry", "item")}[noun]
    picked = draw.choice(nouns)
    said = draw.choice(bank("refs")["ordinal"][key]) if picked == "one" else draw.choice(bank("refs")["ordinal_noun"][key]).replace("{noun}", picked)
    other = draw.choice(others)
    way = draw.choice(("grep", "grep", "echo", "mkdir", "touch", "drop", "count"))
    if way == "grep":
        Path(drill.top, other).write_text(drill.files[other] + f"\n{value} {draw.choice(pools()[2])}\n", encoding="utf-8")
        yield drill.ask(drill.say(draw.choice(bank("actions")["grep"]), x=other, p=said), f"grep {quote(value)} {quote(other)}")
    elif way == "count":
        yield drill.ask(drill.say(draw.choice(("how often is {p} in {x}", "count the lines with {p} in {x}", "in how many lines of {x} is {p}", "how many times does {x} mention {p}")), x=store, p=said), f"grep -c {quote(value)} {quote(store)}")
    elif way == "echo":
        new = draw.choice((f"{draw.choice(_SHORT_NAMES)}.txt", f"{draw.choice(_SHORT_NAMES)}.list", other))
        sign = ">>" if new == other or draw.random() < 0.4 else ">"
        frames = (("add {p} to {x}", "append {p} to {x}", "put {p} at the end of {x}", "{p} belongs into {x} too, add it") if sign == ">>" else ("write {p} into a new file {x}", "make a file {x} with {p} in it", "put only {p} in a new file called {x}", "new file {x} that says {p}"))
        yield drill.ask(drill.say(draw.choice(frames), p=said, x=new), f"echo {quote(value)} {sign} {quote(new)}")
    elif way == "drop":
        number = at + 1
        if command.startswith(("sort", "cut")):
            raise Unfit
        yield drill.ask(drill.say(draw.choice(("drop {p} from {x}", "take {p} out of {x}", "remove {p} from the file", "delete {p} in {x}")), p=f"line {number}", x=store), f"sed -i {number}d {quote(store)}")
    else:
        frames = ("make a folder named after {p}", "create a directory called like {p}", "mkdir with {p}", "a folder for {p}, named the same") if way == "mkdir" else ("make an empty file named {p}.txt", "touch a file called like {p} with .txt", "an empty txt for {p}")
        if "/" in value:
            raise Unfit
        yield drill.ask(drill.say(draw.choice(frames), p=said), f"mkdir {quote(value)}" if way == "mkdir" else f"touch {quote(value + '.txt')}")


def refinements(drill: Drill) -> Iterator[dict]:
    """An output, then one to three changes of the command that made it: filtered, ordered, counted, saved."""
    draw, _follow = drill.draw, bank("follow")
    made = drill.fill("", draw.randint(1, 4), text=True)
    path = max(made, key=lambda name: drill.files[name].count("\n"))
    text = drill.files[path]
    if not 3 <= text.count("\n") <= 40:
        raise Unfit
    rows = text.splitlines()
    gap = next((sign for sign in (",", ";", "|", ":") if len({row.count(sign) for row in rows if row}) == 1 and rows[0].count(sign)), None)
    words = list(dict.fromkeys(re.findall(r"\b[^\W_]{2,12}\b", text)))
    word = draw.choice(words)
    column = draw.randint(1, rows[0].count(gap) + 1) if gap else 0
    sign_word = {",": "comma", ";": "semicolon", "|": "pipe", ":": "colon", None: ""}[gap]
    starts = [
        ((f"lines with {word} in {path}", f"grep {word} {path}", f"search {path} for {word}", f"{word} in {path}?"), f"grep {quote(word)} {quote(path)}", "grep"),
        ((f"show {path}", f"cat {path}", f"what does {path} say"), f"cat {quote(path)}", "cat"),
        ((f"{path} sorted", f"sort {path}"), f"sort {quote(path)}", "pipe"),
        (("whats here", "ls", "list"), "ls", "ls"),
        ((f"find files with {word} inside", f"which files mention {word}"), f"grep -rl {quote(word)} .", "pipe"),
        (("all files below here", "every file, recursively"), "find . -type f", "pipe"),
    ]
    if gap:
        starts += [((f"column {column} of {path}, it is separated by {sign_word}s", f"field {column} of {path}, {sign_word} separated", f"only column {column} of {path}"), f"cut -d {quote(gap)} -f {column} {quote(path)}", "pipe")] * 3
    asks, command, kind = draw.choice(starts)
    output = drill.go(draw.choice(asks), command)
    for _ in range(draw.choice((1, 2, 2, 3))):
        lines = output.splitlines()
        if not 2 <= len(lines) <= 40:
            return
        request, command, kind = _refine(drill, command, kind, lines)
        example = drill.ask(request, command)
        output = drill.turns[-1]["output"]
        yield example
        if kind == "end":
            return


def _refine(drill: Drill, command: str, kind: str, lines: list[str]) -> tuple[str, str, str]:
    """The next change of COMMAND, which printed LINES: request, new command, and what kind of command that is."""
    draw, follow = drill.draw, bank("follow")
    ways = ["save", "save", "append"]
    if kind == "grep":
        ways += ["ignore_case", "line_numbers", "context_k", "only_count_grep", "only_with", "without", "upper", "sort", "uniq", "first_k", "last_k"]
    if kind == "ls":
        ways += ["with_hidden", "with_sizes", "newest_first", "biggest_first", "count", "only_with"]
    if kind == "cat":
        ways += ["numbered", "sort", "rsort", "only_with", "without", "upper", "lower", "backwards", "first_k", "last_k", "uniq", "count"]
    if kind == "pipe":
        ways += ["sort", "rsort", "uniq", "first_k", "last_k", "only_with", "without", "upper", "lower", "backwards", "count", "nsort", "nrsort"]
    way = draw.choice(ways)
    slots: dict[str, str] = {}
    if way in ("save", "append"):
        new = f"{draw.choice(_SHORT_NAMES)}{draw.choice(('', '_' + draw.choice(_SHORT_NAMES), '2024'))}.{draw.choice(('txt', 'txt', 'csv', 'log', 'list'))}"
        if way == "append":
            Path(drill.top, new).write_text("x\n")
        return drill.say(draw.choice(follow[way]), f=new), f"{command} {'>' if way == 'save' else '>>'} {quote(new)}", "end"
    if way in ("first_k", "last_k"):
        if len(lines) < 3:
            raise Unfit
        slots["k"] = str(draw.randint(1, min(len(lines) - 1, 10)))
        tool = "head" if way == "first_k" else "tail"
        done = f"{tool} -n {slots['k']} {command.removeprefix('cat ')}" if kind == "cat" else f"{command} | {tool} -n {slots['k']}"
    elif way in ("only_with", "without"):
        words = [word for word in dict.fromkeys(re.findall(r"\b[^\W_]{2,12}\b", "\n".join(lines))) if 0 < sum(word in line for line in lines) < len(lines)]
        if not words:
            raise Unfit
        word = draw.choice(words)
        slots["p"] = word if draw.random() < 0.75 else f'"{word}"'
        flag = "-v " if way == "without" else ""
        done = f"grep {flag}{quote(word)} {command.removeprefix('cat ')}" if kind == "cat" else f"{command} | grep {flag}{quote(word)}"
    elif way in ("ignore_case", "line_numbers", "context_k", "only_count_grep"):
        flag = {"ignore_case": "-i", "line_numbers": "-n", "only_count_grep": "-c"}.get(way)
        if way == "context_k":
            slots["k"] = str(draw.choice((1, 2, 2, 3, 5)))
            flag = f"-C {slots['k']}"
        done = command.replace("grep ", f"grep {flag} ", 1)
        kind = "end"
    elif kind == "ls":
        done = {"with_hidden": "ls -a", "with_sizes": "ls -lh", "newest_first": "ls -t", "biggest_first": "ls -S", "count": "ls | wc -l"}[way]
    elif way == "count":
        done = f"wc -l {command.removeprefix('cat ')}" if kind == "cat" else f"{command} | wc -l"
    elif way == "numbered":
        done = command.replace("cat ", "cat -n ", 1)
    elif way in ("nsort", "nrsort"):
        if not all(re.match(r"\s*\d", line) for line in lines[1:]):
            raise Unfit
        done = f"{command} | sort -{'n' if way == 'nsort' else 'rn'}"
    elif way in ("sort", "rsort", "uniq"):
        flag = {"sort": "", "rsort": " -r", "uniq": " -u"}[way]
        if command.startswith("sort") and "|" not in command:
            if way == "sort":
                raise Unfit
            done = command.replace("sort", f"sort{flag}", 1)
        else:
            done = f"sort{flag} {command.removeprefix('cat ')}" if kind == "cat" else f"{command} | sort{flag}"
    elif way in ("upper", "lower"):
        pair = "a-z A-Z" if way == "upper" else "A-Z a-z"
        done = f"{command} | tr {pair}"
    else:
        done = f"tac {command.removeprefix('cat ')}" if kind == "cat" else f"{command} | tac"
    return drill.say(draw.choice(follow[way]), **slots), done, "end" if kind == "end" or kind == "ls" or way in ("count", "numbered") else "pipe"


def undos(drill: Drill) -> Iterator[dict]:
    """A change, then taken back."""
    draw, follow = drill.draw, bank("follow")
    made = drill.fill("", draw.randint(1, 4), text=True)
    place = drill.folder()
    path = draw.choice(made)
    if draw.random() < 0.4:
        drill.go(draw.choice(("what's here", "ls", "list")), "ls")
    way = draw.choice(("mv", "cp", "cp_as", "mkdir", "touch", "cd", "chmod", "gzip", "rename"))
    if way in ("mv", "cp"):
        request, command = act(drill, path, [path], action=f"{way}_to")
        drill.go(request, command)
        into = command.split()[-1].strip("'")
        there = quote(os.path.join(place, os.path.basename(path)))
        if into != place:
            raise Unfit
        yield drill.ask(drill.say(draw.choice(follow[f"undo_{way}"])), f"mv {there} ." if way == "mv" else f"rm {there}")
    elif way in ("cp_as", "rename"):
        request, command = act(drill, path, [path], action="cp_as" if way == "cp_as" else "mv_as")
        drill.go(request, command)
        new = parse(command).calls[0].arguments["destination"]
        if way == "rename":
            yield drill.ask(drill.say(draw.choice(follow["undo_rename"])), f"mv {quote(new)} {quote(path)}")
        else:
            yield drill.ask(drill.say(draw.choice(follow["undo_cp"])), f"rm {quote(new)}")
    elif way in ("mkdir", "touch"):
        new = draw.choice(_SHORT_NAMES) + draw.choice(("", "2", "_new")) if way == "mkdir" else f"{draw.choice(_SHORT_NAMES)}.{draw.choice(_ENDINGS)}"
        drill.go(draw.choice(("make a folder {}", "mkdir {}", "new directory {}", "create the folder {}") if way == "mkdir" else ("touch {}", "make an empty file {}", "create {}", "new empty file {}")).format(new), f"{way} {quote(new)}")
        yield drill.ask(drill.say(draw.choice(follow[f"undo_{way}"])), f"{'rmdir' if way == 'mkdir' else 'rm'} {quote(new)}")
    elif way == "cd":
        drill.go(draw.choice(("go to {}", "cd {}", "into {}")).format(place), f"cd {quote(place)}")
        yield drill.ask(drill.say(draw.choice(follow["undo_cd"])), "cd ..")
    elif way == "chmod":
        drill.go(*act(drill, path, [path], action="chmod_x"))
        yield drill.ask(drill.say(draw.choice(follow["undo_chmod"])), f"chmod -x {quote(path)}")
    else:
        drill.go(*act(drill, path, [path], action="gzip"))
        yield drill.ask(drill.say(draw.choice(follow["undo_gzip"])), f"gunzip {quote(path + '.gz')}")


def news(drill: Drill) -> Iterator[dict]:
    """Something is made, then "it" is used; several turns of "it"."""
    draw, refs = drill.draw, bank("refs")
    made = drill.fill("", draw.randint(1, 5), text=True)
    path = draw.choice(made)
    way = draw.choice(("touch", "mkdir", "cp_as", "mv_as", "grep", "cat", "head", "mv_to", "cp_to"))
    if way == "mkdir":
        new = draw.choice(_SHORT_NAMES) + draw.choice(("", "s", "_2024"))
        drill.go(draw.choice(("make a folder {}", "mkdir {}", "create a directory called {}")).format(new), f"mkdir {quote(new)}")
        if draw.random() < 0.5:
            said = draw.choice(refs["it_new"]["folder"] + ["it", "there"])
            drill.folders = [new]
            mover = draw.choice(("mv_to", "cp_to"))
            request, command = act(drill, path, [path], action=mover)
            frame = draw.choice(bank("actions")[mover])
            yield drill.ask(drill.say(frame, x=path, d=said), command)
        else:
            yield drill.ask(*act(drill, draw.choice(refs["it_new"]["folder"] + ["it", "that"]), [new], action=draw.choice(("cd", "cd", "mv_as", "ls")), folder=True))
        return
    if way == "touch":
        new = f"{draw.choice(_SHORT_NAMES)}.{draw.choice(_ENDINGS)}"
        drill.go(draw.choice(("make an empty file {}", "touch {}", "new file {}")).format(new), f"touch {quote(new)}")
        fresh = True
    else:
        if way.endswith("_to"):
            drill.folder()
        request, command = act(drill, path, [path], action=way)
        drill.go(request, command)
        arguments = parse(command).calls[0].arguments
        new = path if way in ("grep", "cat", "head") else arguments["destination"]
        if way.endswith("_to"):
            new = os.path.join(new, os.path.basename(path))
        fresh = way == "cp_as"
    said = draw.choice(refs["it_new"]["file"] + refs["it"] if fresh else refs["it"])
    drill.files[new] = drill.files.get(path, "")
    yield drill.ask(*act(drill, said, [new]))


def tables(drill: Drill) -> Iterator[dict]:
    """A question about a table or JSON document, whose columns or keys are called by their names."""
    draw, words = drill.draw, bank("tables")
    folder = drill.folder() if draw.random() < 0.3 else ""
    if draw.random() < 0.5:
        drill.fill("", draw.randint(1, 5))
    stem = draw.choice(words["files"]) + draw.choice(("", "", "", "_2024", "-may", "_old", "2"))
    heads = [draw.choice(words["names"]), *draw.sample(words["groups"], draw.randint(1, 2)), *draw.sample(words["numbers"], draw.randint(1, 3))]
    draw.shuffle(heads)
    if draw.random() < 0.3:
        heads[draw.randrange(len(heads))] += draw.choice(("_eur", "_2023", "_id", " total"))
    if draw.random() < 0.2:
        heads = [head.capitalize() for head in heads]
    kept = draw.sample(words["values"], 6)
    value = {head: (lambda: draw.choice(kept[:3])) if _stem(head) in words["groups"] else (lambda: str(draw.randint(1, 900))) if _stem(head) in words["numbers"] else (lambda: draw.choice(pools()[2])) for head in heads}
    rows = [[value[head]() for head in heads] for _ in range(draw.randint(3, 9))]
    if draw.random() < 0.3:
        yield from _json_question(drill, folder, stem, heads, rows)
        return
    gap, ending = draw.choice(((",", "csv"), (",", "csv"), (",", "csv"), (";", "csv"), ("\t", "tsv"), ("|", "txt")))
    path = os.path.join(folder, f"{stem}.{ending}")
    Path(drill.top, path).write_text("\n".join(gap.join(row) for row in [heads, *rows]) + "\n", encoding="utf-8")
    texts = [head for head in heads if _stem(head) in words["groups"]]
    figures = [head for head in heads if _stem(head) in words["numbers"]]
    labels = [head for head in heads if head not in figures]
    at = {head: number for number, head in enumerate(heads, 1)}
    number, text, label = draw.choice(figures), draw.choice(texts), draw.choice(labels)
    shown = rows[draw.randrange(len(rows))][at[text] - 1]
    middle = sorted(int(row[at[number] - 1]) for row in rows)[len(rows) // 2]
    few = str(draw.randint(2, 5))
    n, t, l = at[number], at[text], at[label]  # noqa: E741
    awk = {"\t": "awk -F'\\t'", ",": "awk -F,"}.get(gap, f"awk -F{quote(gap)}")
    cut = f"cut -f {{}} {quote(path)}" if gap == "\t" else f"cut -d {quote(gap)} -f {{}} {quote(path)}"
    separated = "-t '\t'" if gap == "\t" else f"-t {quote(gap)}"
    file = quote(path)
    other = draw.choice([head for head in heads if head != number])
    low, high = sorted((l, n))
    forms = {
        "sum": (number, f"{awk} 'NR > 1 {{s += ${n}}} END {{print s}}' {file}"), "average": (number, f"{awk} 'NR > 1 {{s += ${n}; n++}} END {{print s / n}}' {file}"),
        "max": (number, f"{awk} 'NR > 1 && ${n} > m {{m = ${n}}} END {{print m}}' {file}"),
        "equal": (text, f"{awk} '${t} == \"{shown}\"' {file}"), "unequal": (text, f"{awk} 'NR > 1 && ${t} != \"{shown}\"' {file}"),
        "over": (number, f"{awk} 'NR > 1 && ${n} > {middle}' {file}"), "under": (number, f"{awk} 'NR > 1 && ${n} < {middle}' {file}"),
        "least": (number, f"{awk} 'NR > 1 && ${n} >= {middle}' {file}"), "most": (number, f"{awk} 'NR > 1 && ${n} <= {middle}' {file}"),
        "column": (label, f"{awk} 'NR > 1 {{print ${l}}}' {file}"), "two": (heads[low - 1], cut.format(f"{low},{high}")),
        "distinct": (text, f"{awk} 'NR > 1 {{print ${t}}}' {file} | sort -u"), "how_many_distinct": (text, f"{awk} 'NR > 1 {{print ${t}}}' {file} | sort -u | wc -l"),
        "ranked": (text, f"{awk} 'NR > 1 {{print ${t}}}' {file} | sort | uniq -c | sort -rn"),
        "sum_per": (text, f"{awk} 'NR > 1 {{s[${t}] += ${n}}} END {{for (k in s) print k, s[k]}}' {file}"), "per": (text, f"{awk} 'NR > 1 {{n[${t}]++}} END {{for (k in n) print n[k], k}}' {file}"),
        "sort_up": (number, f"tail -n +2 {file} | sort -n {separated} -k {n}"), "sort_down": (number, f"tail -n +2 {file} | sort -rn {separated} -k {n}"), "sort_text": (label, f"tail -n +2 {file} | sort {separated} -k {l}"),
        "top": (number, f"tail -n +2 {file} | sort -rn {separated} -k {n} | head -n {few}"), "bottom": (number, f"tail -n +2 {file} | sort -n {separated} -k {n} | head -n {few}"),
        "one_top": (number, f"tail -n +2 {file} | sort -rn {separated} -k {n} | head -n 1"), "count_equal": (text, f"{awk} '${t} == \"{shown}\"' {file} | wc -l"),
        "pick": (text, f"{awk} '${t} == \"{shown}\" {{print ${at[other]}}}' {file}"), "pick_over": (number, f"{awk} 'NR > 1 && ${n} > {middle} {{print ${at[other]}}}' {file}"),
        "sum_where": (text, f"{awk} '${t} == \"{shown}\" {{s += ${n}}} END {{print s}}' {file}"), "header": ("", f"head -n 1 {file}"),
    }  # fmt: skip
    way = draw.choice(list(forms))
    head, command = forms[way]
    second = {"two": heads[high - 1], "sum_per": number, "pick": other, "pick_over": other, "sum_where": number}.get(way, "")
    if second == head or (way == "pick" and other == text):
        raise Unfit
    named = _file_said(draw, path, stem)
    example = drill.ask(drill.say(draw.choice(words[way]), f=named, c=_column_said(draw, head), d=_column_said(draw, second), v=shown, n=str(middle), k=few), command)
    if not example["columns"]:  # in a folder that is not looked into
        raise Unfit
    yield example


def _stem(head: str) -> str:
    return re.split(r"[_ ]", head.lower())[0]


def _column_said(draw: random.Random, head: str) -> str:
    return head if draw.random() < 0.5 else head.lower().replace("_", " ")


def _file_said(draw: random.Random, path: str, stem: str) -> str:
    """A file by its path, its name, or loosely."""
    way = draw.random()
    if way < 0.4:
        return path
    if way < 0.65:
        return os.path.basename(path)
    return draw.choice(("the {} table", "the {} file", "our {} list", "{}", "the {}", "my {} sheet")).format(stem.replace("_", " ").replace("-", " "))


def _json_question(drill: Drill, folder: str, stem: str, heads: list[str], rows: list[list[str]]) -> Iterator[dict]:
    """A question about the same rows as a JSON document."""
    draw, words = drill.draw, bank("tables")
    heads = [head.replace(" ", "_") for head in heads]
    figures = [head for head in heads if _stem(head) in words["numbers"]]
    texts = [head for head in heads if _stem(head) in words["groups"]]
    entries = [{head: int(cell) if head in figures else cell for head, cell in zip(heads, row, strict=True)} for row in rows]
    path = os.path.join(folder, f"{stem}.json")
    inner = draw.choice(("", "", draw.choice(words["files"]), "items"))
    way = draw.choice(("json_list", "json_list", "json_get", "json_length", "json_equal", "json_over", "json_pick", "json_sum", "json_max"))
    text, number, any_key = draw.choice(texts), draw.choice(figures), draw.choice(heads)
    shown = draw.choice(entries)[text]
    middle = sorted(entry[number] for entry in entries)[len(entries) // 2]
    document: Any = entries
    said, second, file = any_key, "", quote(path)
    if way == "json_get":
        document = entries[0] if draw.random() < 0.4 else {"version": 2, draw.choice(_SHORT_NAMES): entries[0]}
        outer = next((key for key, value in document.items() if isinstance(value, dict)), "")
        key = f".{outer}.{any_key}" if outer else f".{any_key}"
        command = f"jq -r {quote(key)} {file}"
        if outer and draw.random() < 0.5:
            said = f"{outer} {any_key}" if draw.random() < 0.5 else f"{any_key} of the {outer}"
    else:
        start = f".{inner}[]" if inner else ".[]"
        if inner:
            document = {"updated": "2024-05-02", inner: entries}
        said, second, query = {
            "json_list": (any_key, "", f"-r '{start}.{any_key}'"), "json_length": ("", "", f"'.{inner} | length'" if inner else "length"),
            "json_equal": (text, "", f"'{start} | select(.{text} == \"{shown}\")'"), "json_over": (number, "", f"'{start} | select(.{number} > {middle})'"),
            "json_pick": (text, any_key, f"-r '{start} | select(.{text} == \"{shown}\") | .{any_key}'"), "json_sum": (number, "", f"'[{start}.{number}] | add'"), "json_max": (number, "", f"'map(.{number}) | max'" if not inner else ""),
        }[way]  # fmt: skip
        if not query or second == said:
            raise Unfit
        command = f"jq {query} {file}"
    Path(drill.top, path).write_text(json.dumps(document, indent=draw.choice((None, 1, 2))), encoding="utf-8")
    yield drill.ask(drill.say(draw.choice(words[way]), f=_file_said(draw, path, stem), c=_column_said(draw, said), d=_column_said(draw, second), v=str(shown), n=str(middle)), command)


KINDS = ((picks, 10), (measures, 3), (repeats, 5), (values, 4), (refinements, 6), (undos, 2), (news, 2), (tables, 6))


def make(seed: str, count: int, only: str | None = None) -> list[dict]:
    """COUNT examples drawn with SEED; ONLY names the one kind that is wanted."""
    draw, examples = random.Random(seed), []
    base = Path(tempfile.mkdtemp(prefix="drill-"))
    base.chmod(0o755)
    kinds, weights = zip(*((kind, weight) for kind, weight in KINDS if only in (None, kind.__name__)), strict=True)
    try:
        while len(examples) < count:
            drill = Drill(draw, str(base / draw.choice(("home", "work", "sam", "data"))))
            if os.getuid() == 0:
                os.chown(drill.top, worlds.NOBODY, worlds.NOBODY)
            os.chmod(drill.top, 0o777)
            kind = draw.choices(kinds, weights)[0]
            try:
                for example in kind(drill):
                    example["world"] = kind.__name__
                    examples.append(example)
            except (Unfit, ShellperError, OSError, IndexError):  # IndexError: nothing to choose from
                continue
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return examples


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.drills", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[kind.__name__ for kind, _ in KINDS], help="drills of this kind alone")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args(argv)
    done = 0
    with ProcessPoolExecutor(options.workers) as pool, options.out.open("w", encoding="utf-8") as out:
        parts = -(-options.count // CHUNK)
        for examples in pool.map(make, [f"{options.seed}:{at}" for at in range(parts)], [CHUNK] * parts, [options.only] * parts):
            for example in examples:
                out.write(json.dumps(example, ensure_ascii=False) + "\n")
            done += len(examples)
            print(f"\r{done} drills", end="", flush=True)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
