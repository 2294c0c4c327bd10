"""The whole pipeline on the worlds that training has not seen: python -m model.replay [--artefact DIR] [--report wrong.tsv].

Every row of a held-back world is asked in that world, with the true turns before it, as `shellper batch` would be. Right is a command that is
the corpus' own, or, where both only read, one that prints the same lines. What differs from model.evaluate: files are there, so grounding counts.
"""
from __future__ import annotations

import argparse
import collections
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from shellper import context, pipeline
from shellper.errors import ShellperError
from shellper.render import render
from shellper.types import Plan, Request, Turn

from . import world as worlds
from .synthesis import CORPUS, changes, groups, plan_of, split_of


@dataclass(frozen=True)
class Trial:
    """One request and what became of it: `wanted` and `given` are command lines, "cannot" where refused."""

    world: str
    request: str
    wanted: str
    given: str
    right: bool
    turn: int  # -1: not of a conversation


def replay(spec: dict, rows: list[tuple[int, dict]], artefact: Path | None, most: int) -> list[Trial]:
    """The trials of one world; MOST wordings of each row."""
    from shellper.student.student import built_in_student

    student, trials = built_in_student(artefact), []
    world = worlds.World(spec["world"], spec["tree"], spec.get("setup", ""))
    try:
        home = world.copy()
        for _, row in rows:
            cwd, turns = str(Path(home) / row.get("cwd", "")), []
            for at, step in enumerate(row.get("turns") or [row]):
                try:
                    plan = plan_of(step)
                except ShellperError:
                    break
                wanted = "cannot" if plan.cannot else render(plan).text
                before = worlds.Ran(0, "", "", cwd)
                asks = (step.get("asks") or [step["ask"]])[:most]
                given = [_given(ask, cwd, turns, student) for ask in asks]
                if not plan.cannot and not changes(plan) and worlds.runnable(wanted):
                    before = worlds.run(wanted, cwd, home)
                trials += [
                    Trial(spec["world"], ask, wanted, text, text == wanted or _same(text, answer, plan, before, cwd, home), at if "turns" in row else -1)
                    for ask, (text, answer) in zip(asks, given, strict=True)
                ]
                if plan.cannot:
                    continue
                ran = before
                if changes(plan) and worlds.runnable(wanted):
                    ran = worlds.run(wanted, cwd, home)
                turns.append(Turn(asks[0], wanted, context.clean(ran.output + (ran.errors if ran.exit_code else "")), ran.exit_code))
                cwd = ran.cwd
            if any(changes(plan_of(step)) for step in row.get("turns") or [row]):
                home = world.copy()
    except ShellperError:
        pass
    finally:
        world.close()
    return trials


def _given(ask: str, cwd: str, turns: list[Turn], student: pipeline.Student) -> tuple[str, Plan]:
    try:
        proposal = pipeline.propose(Request(ask, cwd, tuple(turns)), student)
    except ShellperError:
        return "error", Plan(())
    return ("cannot" if proposal.cannot else proposal.command.text), proposal.plan


def _same(text: str, answer: Plan, plan: Plan, before: worlds.Ran, cwd: str, home: str) -> bool:
    """Whether ANSWER reads as PLAN does and prints the lines that it printed."""
    if text in ("cannot", "error") or plan.cannot or not before.output.strip() or changes(plan) or changes(answer) or not worlds.runnable(text):
        return False
    ran = worlds.run(text, cwd, home)
    return sorted(ran.output.split()) == sorted(before.output.split()) and ran.exit_code == before.exit_code


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--artefact", type=Path, help="folder of the student; default: the shipped one")
    parser.add_argument("--held-back", type=float, default=0.06, help="share of worlds, as at synthesis (default %(default)s)")
    parser.add_argument("--wordings", type=int, default=2, help="of each row (default %(default)s)")
    parser.add_argument("--report", type=Path, help="write what went wrong here")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(argv)
    jobs = [(spec, rows) for file in sorted(CORPUS.glob("*.jsonl")) for spec, rows in groups(file) if split_of({"world": spec["world"]}, options.held_back) == "dev"]
    with ProcessPoolExecutor(options.workers) as pool:
        trials = [trial for found in pool.map(replay, *zip(*jobs), [options.artefact] * len(jobs), [options.wordings] * len(jobs)) for trial in found]
    counts: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for trial in trials:
        for key in ("all", "single" if trial.turn < 0 else "first" if trial.turn == 0 else "follow-up"):
            counts[key][0] += trial.right
            counts[key][1] += 1
    for key, (right, count) in sorted(counts.items()):
        print(f"{key:10} {right:5}/{count:<5} {right / count:.1%}")
    if options.report:
        options.report.write_text("".join(f"{trial.turn}\t{trial.request}\t{trial.wanted}\t{trial.given}\n" for trial in trials if not trial.right), encoding="utf-8")


if __name__ == "__main__":
    main()
