"""Examples on disk: one request with what stood around it, and the plan that answers it."""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from shellper.types import Plan, Redirect, ToolCall, Turn


@dataclass(frozen=True)
class Example:
    """One request with what stood around it, and the plan that answers it. `turns` newest last, `names` best first, `columns` of tables spoken of.

    `weight` is how often an epoch shows the example: 2.5 = twice, and once more in every other epoch.
    """

    request: str
    turns: tuple[Turn, ...]
    names: tuple[str, ...]
    plan: Plan
    source: str = ""
    split: str = "train"
    weight: float = 1.0
    columns: tuple[str, ...] = ()


def read_examples(path: Path) -> list[Example]:
    """Read JSON Lines of examples."""
    with path.open(encoding="utf-8") as lines:
        return [_example(json.loads(line)) for line in lines if line.strip()]


def _example(row: dict) -> Example:
    output = row["plan"][-1].get("output")
    calls = tuple(ToolCall(call["name"], call.get("arguments", {}), call.get("input")) for call in row["plan"])
    plan = Plan(calls, Redirect(output["path"], output.get("append", False)) if output else None)
    turns = tuple(Turn(turn["request"], turn["command"], turn.get("output", ""), turn.get("exit_code", 0)) for turn in row.get("turns", ()))
    return Example(
        row["request"], turns, tuple(row.get("names", ())), plan, row.get("source", ""), row.get("split", "train"), row.get("weight", 1.0),
        tuple(row.get("columns", ())),
    )
