"""Drills that point into a listing: by place, by look, by a measure."""
from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from .drill import SHORT_NAMES, Drill, Unfit, bank
from .said import act, by_look, by_place, kind_of


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
        hidden = f".{draw.choice(SHORT_NAMES)}{draw.choice(('', 'rc', '.conf', '.txt'))}"
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
