"""Drills that go on from the command before: the same for another, values from lines, the same in another way."""
from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from .drill import ODD, SHORT_NAMES, SHOWS, Drill, Unfit, bank, pools
from .said import act, by_look, place


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
        action = draw.choice((*SHOWS, "grep", "grep", "cp_to", "mv_to", "gzip", "rm", "ls_lh", "du_sh"))
        said = os.path.basename(one) if draw.random() < 0.5 else one
        request, command = act(drill, said, [one], action=action)
        drill.go(request, command)
        if draw.random() < 0.5:
            said = draw.choice((other, os.path.basename(other)))
        else:
            said, at = by_look(draw, [path for path in made if path != one])
            other = [path for path in made if path != one][at]
            said = said.replace("the one", "one") if draw.random() < 0.1 else said
        fixing = action in SHOWS and draw.random() < 0.3
        request = drill.say(draw.choice(follow["meant" if fixing else "same_for"]), b=said)
        again = command.replace(quote(one), quote(other), 1)
        if action == "grep" and not re.search(re.escape(command.split()[1].strip("'")), drill.files[other]):
            raise Unfit
        yield drill.ask(request, again)
    elif way == "folder":
        one, other = drill.folder(), drill.folder()
        for part in (one, other):
            drill.fill(part, draw.randint(1, 4), text=True)
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
    if "." not in store or store in drill.files or store.startswith((".", "-")) or ODD.search(store):
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
    key, at = place(draw, len(lines))
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
        new = draw.choice((f"{draw.choice(SHORT_NAMES)}.txt", f"{draw.choice(SHORT_NAMES)}.list", other))
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
        new = f"{draw.choice(SHORT_NAMES)}{draw.choice(('', '_' + draw.choice(SHORT_NAMES), '2024'))}.{draw.choice(('txt', 'txt', 'csv', 'log', 'list'))}"
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
