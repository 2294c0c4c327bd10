"""Random commands in random trees with hostile names: what changes was planned, and undo brings back what was there."""
from __future__ import annotations

import os
import random
import shutil

import pytest
from undo_kit import NAMES, clear, make_tree, proposed, snapshot, undo

from shellper import pipeline
from shellper.errors import BadInput, PlanInvalid, ProgramMissing, StateUnusable
from shellper.tools import catalogue, validate
from shellper.tools.pathvalues import escape
from shellper.types import Plan, Redirect, Risk, ToolCall

QUICK, SLOW = 60, 1000


def pick(rng: random.Random, folder: str) -> tuple[list[str], list[str]]:
    """(files and links, folders) below FOLDER as relative paths."""
    files, folders = [], ["."]
    for here, names, others in os.walk(folder):
        base = os.path.relpath(here, folder)
        files += [os.path.normpath(os.path.join(base, name)) for name in (*others, *(name for name in names if os.path.islink(os.path.join(here, name))))]
        folders += [os.path.normpath(os.path.join(base, name)) for name in names if not os.path.islink(os.path.join(here, name))]
    rng.shuffle(files)
    return files or ["none"], folders


def random_plan(rng: random.Random, folder: str) -> Plan:
    """A plan of one or two calls that write."""
    files, folders = pick(rng, folder)
    some = [escape(name) for name in files[: rng.randint(1, 3)]]
    one, other = some[0], escape(rng.choice(files))
    deep = escape(rng.choice(folders))
    new = escape(os.path.join(rng.choice(folders), "new " + rng.choice(NAMES)))
    target = rng.choice((one, other, deep, new))

    def flags(*names: str, **values) -> dict:
        return {**{name: True for name in names if rng.random() < 0.4}, **values}

    calls = {
        "rm": lambda: (ToolCall("rm", {"paths": [*some, *([deep] if deep != "." else [])], **flags("recursive", "force", "verbose")}),),
        "rm glob": lambda: (ToolCall("rm", {"paths": ["*"], **flags("recursive", "force")}),),
        "rmdir": lambda: (ToolCall("rmdir", {"paths": [deep], **flags("parents")}),) if deep != "." else (ToolCall("rmdir", {"paths": ["nothing"]}),),
        "mv": lambda: (ToolCall("mv", {"sources": some[: rng.randint(1, 3)], "destination": target, **flags("force", "no_overwrite", "verbose", "backup")}),),
        "mv folder": lambda: (ToolCall("mv", {"sources": [deep if deep != "." else one], "destination": new}),),
        "cp": lambda: (ToolCall("cp", {"sources": some, "destination": target, **flags("force", "no_overwrite", "preserve", "backup", "update", "symbolic", "keep_path")}),),
        "cp folder": lambda: (ToolCall("cp", {"sources": [deep], "destination": rng.choice((new, escape(rng.choice(folders)))), "archive" if rng.random() < 0.5 else "recursive": True}),) if deep != "." else (ToolCall("cp", {"sources": [one], "destination": new}),),
        "touch": lambda: (ToolCall("touch", {"paths": [one, new]}),),
        "mkdir": lambda: (ToolCall("mkdir", {"paths": [new, "deep/er/" + str(rng.randint(0, 9))], "parents": True}),),
        "mkdir and mv": lambda: (ToolCall("mkdir", {"paths": ["made"]}), ToolCall("mv", {"sources": some, "destination": "made"})),
        "ln": lambda: (ToolCall("ln", {"target": one, "destination": target, **flags("force", "no_dereference"), "symbolic": True}),),
        "chmod": lambda: (ToolCall("chmod", {"mode": rng.choice(("600", "755", "+x", "u-w", "a+r")), "paths": [*some, deep], **flags("recursive")}),),
        "gzip": lambda: (ToolCall("gzip", {"paths": some, **flags("keep", "force")}),),
        "gzip and back": lambda: (ToolCall("gzip", {"paths": [one], "force": True}), ToolCall("gunzip", {"paths": [one + ".gz"]})),
        "xz": lambda: (ToolCall(rng.choice(("xz", "bzip2")), {"paths": some, **flags("keep")}),),
        "truncate": lambda: (ToolCall("truncate", {"size": rng.choice(("0", "5", "+3")), "paths": [one, new]}),),
        "tee": lambda: (ToolCall("echo", {"text": "x"}), ToolCall("tee", {"paths": [one, new], **flags("append")}, "pipe")),
        "replace": lambda: (ToolCall("replace", {"find": "line", "replace": "LINE", "paths": some, "in_place": True}),),
        "delete lines": lambda: (ToolCall("delete_matching_lines", {"pattern": "two", "paths": some, "in_place": True}),),
        "sort": lambda: (ToolCall("sort", {"paths": [one], "output": rng.choice((one, other, new))}),),
        "split": lambda: (ToolCall("split", {"path": one, "lines": 1, "prefix": rng.choice(("part", "x"))}),),
        "tar": lambda: (ToolCall("tar_create", {"output": rng.choice((new, other)), "paths": [deep if deep != "." else one], "compression": "gzip", **flags("remove_files")}),),
        "tar and out": lambda: (ToolCall("tar_create", {"output": "t.tgz", "paths": [one], "compression": "gzip"}), ToolCall("tar_extract", {"archive": "t.tgz", "compression": "gzip"})),
        "zip": lambda: (ToolCall("zip", {"output": "packed", "paths": some, **flags("recursive")}),),
        "find": lambda: (ToolCall("find", {"paths": [deep], "name": [rng.choice(("*.txt", "*", "new*", "*.log"))], "type": "file", "delete": True}),),
        "find and rm": lambda: (ToolCall("find", {"type": rng.choice(("file", "link"))}), ToolCall("rm", {"force": True}, "each")),
        "find and chmod": lambda: (ToolCall("find", {"type": "file"}), ToolCall("chmod", {"mode": "640"}, "each")),
        "rename": lambda: (ToolCall("rename_add_suffix", {"paths": some, "suffix": "_old", "extension": True}),),
        "rename case": lambda: (ToolCall("rename_case", {"paths": ["*.txt"], "case": "upper"}),),
        "redirect": lambda: (ToolCall("echo", {"text": "x"}),),
    }
    kind = rng.choice(sorted(calls))
    made = calls[kind]()
    return Plan(made, Redirect(rng.choice((one, new)), rng.random() < 0.5) if kind == "redirect" else None)


def planned(plan: Plan, cwd: str) -> tuple[set[str], tuple[str, ...]]:
    """(whole paths that the plan says it changes, beginnings of the names of those that it makes)."""
    proposal = proposed(plan, cwd)
    places, beginnings = set(), []
    for effect in proposal.assessment.changes:
        for change in effect.changes:
            places |= {change.path, change.to} - {""}
            if change.op == "family":
                beginnings.append(change.path)
    return places, tuple(beginnings)


def differs(before: dict, after: dict) -> set[str]:
    """What was made, taken away or changed; the time of a folder says only that something in it was."""
    changed = set()
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old != new and not (old and new and old[0] == new[0] == 0o040000 and old[:5] == new[:5]):
            changed.add(name)
    return changed


def one_run(seed: int, folder, home) -> str:
    """Make a tree, run a random plan, compare, undo, compare; what it was."""
    rng = random.Random(seed)
    make_tree(folder, rng)
    plan = random_plan(rng, str(folder))
    try:
        validate(plan)
        proposal = proposed(plan, str(folder))
    except PlanInvalid:
        return "invalid"
    if proposal.assessment.risk > Risk.DESTRUCTIVE:
        return "above"
    before = snapshot(folder)
    inodes = {name: os.lstat(folder / name).st_ino for name in before}  # another hard link changes with the file
    places, beginnings = planned(plan, str(folder))
    try:
        approved = pipeline.approve(proposal, str(folder))
        pipeline.perform(proposal, approved)
    except (BadInput, ProgramMissing, StateUnusable):  # the last where a file cannot be read, and so not be kept
        assert differs(before, snapshot(folder)) == set()
        return "refused"
    after = snapshot(folder)
    here = os.path.realpath(folder)
    for name in differs(before, after):
        whole = os.path.normpath(os.path.join(here, name))
        assert inodes.get(name) in {inodes.get(os.path.relpath(place, here)) for place in places} - {None} or any(whole == place or whole.startswith(place + "/") for place in places) or whole.startswith(beginnings or ("\0",)), (seed, proposal.command.text, name, sorted(places))
    lost = [effect.lost for effect in proposal.assessment.changes if effect.lost and effect.kind != "net"]
    if after != before and not lost:
        failed = undo()
        assert failed == [], (seed, proposal.command.text, failed)
        back = snapshot(folder)
        assert back == before, (seed, proposal.command.text, {name: (before.get(name), back.get(name)) for name in before.keys() | back.keys() if before.get(name) != back.get(name)})
    return "lost" if lost else "same" if after == before else "undone"


def many(seeds, folder, home) -> dict[str, int]:
    seen: dict[str, int] = {}
    for seed in seeds:
        place = folder / str(seed)
        place.mkdir()
        os.chdir(place)
        what = one_run(seed, place, home)
        seen[what] = seen.get(what, 0) + 1
        os.chdir(folder)
        clear(place)
        shutil.rmtree(home / ".local", ignore_errors=True)
    return seen


def test_observed_changes_are_planned_and_undo_brings_back_the_tree(folder, clean_house, capfd):
    seen = many(range(QUICK), folder, clean_house)
    assert seen["undone"] > QUICK / 3, seen


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_observed_changes_are_planned_in_a_thousand_runs(folder, clean_house, capfd, part):
    seen = many(range(1000 + part * SLOW // 10, 1000 + (part + 1) * SLOW // 10), folder, clean_house)
    assert seen["undone"] > SLOW / 10 / 3, seen


def test_every_tool_that_writes_files_declares_how():
    silent = [
        name for name, tool in catalogue().tools.items()
        if tool.spec["risk"] in ("write", "destructive") and not tool.loop and not any(tool.spec["effects"].get(key) for key in ("creates", "overwrites", "deletes", "moves", "modes", "edits", "state", "unknown", "signals", "family", "beside", "unpacks", "saves", "network", "spawns"))
    ]
    assert silent == ["open"]
