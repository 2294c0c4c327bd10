"""Drills about what was just done: taken back, or gone on with."""
from __future__ import annotations

import os
from collections.abc import Iterator
from shlex import quote

from shellper.render import parse

from .drill import ENDINGS, SHORT_NAMES, Drill, Unfit, bank
from .said import act


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
        new = draw.choice(SHORT_NAMES) + draw.choice(("", "2", "_new")) if way == "mkdir" else f"{draw.choice(SHORT_NAMES)}.{draw.choice(ENDINGS)}"
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
        new = draw.choice(SHORT_NAMES) + draw.choice(("", "s", "_2024"))
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
        new = f"{draw.choice(SHORT_NAMES)}.{draw.choice(ENDINGS)}"
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
