"""Corpus to training examples: parse every command through the catalogue, run it in its world, keep what holds.

    python -m model.synthesis --data-dir DIR --out examples.jsonl [--report report.json]

Reads model/corpus/*.jsonl (worlds, asks, conversations) and, with --data-dir, the public pairs. Writes one JSON object a turn:
{"request", "turns", "names", "plan", "source", "world", "split", "weight"}.
"""
from __future__ import annotations

import argparse
import collections
import json
import random
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from shellper import context
from shellper.errors import ShellperError
from shellper.render import parse, render
from shellper.tools import as_json, catalogue
from shellper.types import Plan, ToolCall, Turn

from . import coverage
from . import world as worlds

CORPUS = Path(__file__).with_name("corpus")
MOST_NAMES = 40
MAY_FAIL = re.compile(r"(^|\W)(z?grep|diff|cmp|systemctl|git grep)\b")


def groups(file: Path) -> Iterator[tuple[dict, list[tuple[int, dict]]]]:
    """(world, [(line number, row)]) parts of a corpus file."""
    current, rows = None, []
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        row = json.loads(line)
        if "world" in row:
            if current is not None:
                yield current, rows
            current, rows = row, []
        else:
            rows.append((number, row))
    if current is not None:
        yield current, rows


def plan_of(step: dict[str, Any]) -> Plan:
    """The plan of one corpus step. Raises Unparsed."""
    if "cannot" in step:
        return Plan((ToolCall("cannot", {"reason": step["cannot"]}),))
    return parse(step["cmd"])


def changes(plan: Plan) -> bool:
    """Whether running PLAN may change files."""
    tools = catalogue().tools
    if plan.output:
        return True
    return any(tools[call.name].spec["risk"] != "read" or any(tools[call.name].spec["effects"].get(kind) for kind in ("creates", "overwrites", "deletes", "moves")) or call.name == "cd" for call in plan.calls)


class Runner:
    """Executes the rows of one world and collects examples and faults."""

    def __init__(self, file: str, spec: dict) -> None:
        self.file, self.name = file, spec["world"]
        self.world = worlds.World(spec["world"], spec["tree"], spec.get("setup", ""))
        self.examples: list[dict] = []
        self.faults: list[tuple[str, str, str]] = []
        self.home: str | None = None  # a copy of the world that nothing has changed yet

    def fault(self, number: int, kind: str, detail: str) -> None:
        self.faults.append((f"{self.file}:{number}", kind, detail))

    def row(self, number: int, row: dict) -> None:
        steps = row.get("turns") or [row]
        home = self.home or self.world.copy()
        self.home = home
        cwd = str(Path(home) / row.get("cwd", ""))
        history: list[dict] = []
        for at, step in enumerate(steps):
            asks = step.get("asks") or [step["ask"]]
            try:
                plan = plan_of(step)
            except ShellperError as error:
                return self.fault(number, "unparsed", f"{step.get('cmd')}  <- {error}")
            names = context.walk(cwd)
            for ask in asks:
                near = context.nearest(ask, names, MOST_NAMES)
                tables = context.columns(ask, near, [Turn(**turn) for turn in history[-1:]], cwd)
                self.examples.append({"request": ask, "turns": history[-4:], "names": near, "columns": tables, "plan": as_json(plan),
                                      "source": self.file.split("-")[0].removesuffix(".jsonl"), "world": self.name, "turn": at if "turns" in row else -1})
            if plan.cannot:
                continue
            text = render(plan).text
            if changes(plan):
                self.home = None
            ran = worlds.Ran(0, "", "", cwd)
            if worlds.runnable(text):
                ran = worlds.run(text, cwd, home)
                if ran.exit_code and not step.get("fails") and not (ran.exit_code == 1 and MAY_FAIL.search(text)):
                    del self.examples[-len(asks) :]
                    return self.fault(number, f"exit {ran.exit_code}", f"{text}  <- {ran.errors.strip()[:120]}")
                if len(steps) == 1 and not self._same(step["cmd"], text, ran, row):
                    del self.examples[-len(asks) :]
                    return self.fault(number, "differs", f"{step['cmd']}  ->  {text}")
            history.append({"request": asks[0], "command": text, "output": context.clean(ran.output + (ran.errors if ran.exit_code else "")), "exit_code": ran.exit_code})
            cwd = ran.cwd

    def _same(self, written: str, rendered: str, ran: worlds.Ran, row: dict) -> bool:
        """Whether the command as written does what the rendered one did."""
        if written == rendered:
            return True
        wrote = self.home is None
        state = self.world.state() if wrote else ""
        home = self.world.copy() if wrote else self.home
        other = worlds.run(written, str(Path(home) / row.get("cwd", "")), home)
        return sorted(other.output.split("\n")) == sorted(ran.output.split("\n")) and other.cwd == ran.cwd and (not wrote or self.world.state() == state)


def run_world(file: str, spec: dict, rows: list[tuple[int, dict]]) -> tuple[list[dict], list[tuple[str, str, str]]]:
    """Examples and faults of one world."""
    runner = Runner(file, spec)
    try:
        if runner.world.fault:
            runner.fault(0, "setup", f"{spec['world']}: {runner.world.fault[:200]}")
        for number, row in rows:
            runner.row(number, row)
    finally:
        runner.world.close()
    return runner.examples, runner.faults


def public(folder: Path, name_lists: list[list[str]], rng: random.Random) -> Iterator[dict]:
    """Public pairs whose plan can be read off their words; half of them get the names of some world as a distraction."""
    seen = set()
    for corpus, words, command in coverage.pairs(folder):
        try:
            plan = as_json(parse(command))
        except ShellperError:
            continue
        if (words, command) in seen or not grounded(words, plan) or len(words) > 400:
            continue
        seen.add((words, command))
        names = context.nearest(words, rng.choice(name_lists), MOST_NAMES) if name_lists and rng.random() < 0.5 else []
        yield {"request": words, "turns": [], "names": names, "plan": plan, "source": corpus, "world": "", "turn": -1}


def grounded(words: str, plan: list[dict]) -> bool:
    """Whether every longer run of letters or digits in the plan's free text stands in WORDS (else nobody could have known it)."""
    low = words.lower()
    free = [value for call in plan for value in _strings(call["arguments"])] + [plan[-1].get("output", {}).get("path", "")]
    return all(run.lower() in low for value in free for run in re.findall(r"[^\W_]{4,}", value)) and len(plan) <= 5


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def split_of(example: dict, held_back: float) -> str:
    """Whole worlds are held back from training, and a slice of the public pairs, by a hash of their name."""
    import zlib

    key = example["world"] or example["request"]
    share = held_back if example["world"] else held_back / 4
    return "dev" if zlib.crc32(key.encode()) % 1000 < share * 1000 else "train"


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--data-dir", type=Path, help="public pairs: nl2bash.jsonl, tldr.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--report", type=Path, help="write the thrown away rows here")
    parser.add_argument("--held-back", type=float, default=0.06, help="share of worlds kept for development (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(argv)
    jobs = [(file.name, spec, rows) for file in sorted(options.corpus.glob("*.jsonl")) for spec, rows in groups(file)]
    examples, faults = [], []
    with ProcessPoolExecutor(options.workers) as pool:
        for done, (made, bad) in enumerate(pool.map(run_world, *zip(*jobs)), 1):
            examples += made
            faults += bad
            print(f"\r{done}/{len(jobs)} worlds, {len(examples)} examples, {len(faults)} rows thrown away", end="", flush=True)
    print()
    if options.data_dir:
        lists = [list(names) for names in {tuple(sorted(example["names"])) for example in examples if len(example["names"]) > 8}]
        examples += public(options.data_dir, sorted(lists), random.Random(options.seed))
    with options.out.open("w", encoding="utf-8") as out:
        for example in examples:
            example["split"] = split_of(example, options.held_back)
            example["weight"] = 1.0
            out.write(json.dumps(example, ensure_ascii=False) + "\n")
    counts = collections.Counter((example["source"], example["split"]) for example in examples)
    print(*(f"{source:10} {split:6} {count}" for (source, split), count in sorted(counts.items())), sep="\n")
    print("thrown away:", dict(collections.Counter(kind for _, kind, _ in faults)))
    if options.report:
        options.report.write_text("\n".join(f"{where}\t{kind}\t{detail}" for where, kind, detail in faults), encoding="utf-8")


if __name__ == "__main__":
    main()
