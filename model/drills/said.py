"""How things are pointed at and what is done with them, in words."""
from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Sequence
from shlex import quote

from .drill import ODD, SHORT_NAMES, Drill, Move, Unfit, bank, pools


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
            key, at = place(draw, len(among))
            return draw.choice(refs["ordinal_noun"][key]).replace("{noun}", noun), [among[at]]
    key, at = place(draw, count)
    return draw.choice(refs["ordinal"][key]), [at]


def place(draw: random.Random, count: int) -> tuple[str, int]:
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
        into = draw.choice(drill.folders) if drill.folders else drill.folder()
        into = os.path.relpath(os.path.join(drill.top, into), drill.cwd)
        if into.startswith("..") or into == "." or into == os.path.dirname(paths[0]):
            raise Unfit
        slots["d"] = into if draw.random() < 0.6 else draw.choice(("the {} folder", "{}/", "the folder {}", "{}")).format(into)
        command = f"{'cp' if action == 'cp_to' else 'mv'} {target} {quote(into)}"
    elif action in ("cp_as", "mv_as", "cp_bak", "ln_s"):
        new = drill.name() if not folder else draw.choice(SHORT_NAMES)
        if draw.random() < 0.5 and "." in os.path.basename(paths[0]) and not folder:
            new = f"{draw.choice(SHORT_NAMES)}{draw.choice(('', '_old', '_2', '-new'))}.{os.path.basename(paths[0]).rpartition('.')[2]}"
        if new.startswith(("-", ".")) or ODD.search(new) or os.path.exists(os.path.join(drill.cwd, new)):
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
