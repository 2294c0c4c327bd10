"""A plan to a Command: what runs, and the same as one shell line."""
from __future__ import annotations

from collections.abc import Callable, Sequence

from shellper.errors import PlanInvalid
from shellper.tools import Catalogue, Tool, catalogue, validate
from shellper.tools.pathvalues import path_word
from shellper.types import Command, Plan, Redirect, Stage, ToolCall, Word

from . import argv, loops
from .words import shell


def render(plan: Plan, *, dialect: str = "gnu", tools: Catalogue | None = None) -> Command:
    """Render PLAN for "gnu" or "bsd" tools. Raises PlanInvalid where arguments cannot be combined."""
    tools = tools or catalogue()
    if plan.cannot:
        raise PlanInvalid("/0/name: an abstention has no command")
    stages: list[Stage] = []
    before: Tool | None = None
    for at, call in enumerate(plan.calls):
        tool = tools.tools[call.name]
        if call.input == "each":
            _append_each(stages, tool, call, before, dialect, at)
        else:
            made = loops.stage(tool, call) if tool.loop else argv.stage(tool, call, dialect)[0]
            stages.append(_linked(made, "|" if call.input == "pipe" else "&&" if stages else "", at))
        before = tool
    return Command(tuple(stages), line(stages, plan.output), plan.output)


def writable(plan: Plan) -> bool:
    """Whether PLAN fits the catalogue and its programs can be given these values; a NUL cannot."""
    try:
        validate(plan)
        return plan.cannot is not None or bool(render(plan))
    except PlanInvalid:
        return False


def line(stages: Sequence[Stage], output: Redirect | None, written: Callable[[Word], str] = shell) -> str:
    """STAGES as one shell line, each word as WRITTEN says."""
    text = " ".join(part for stage in stages for part in ([stage.link] if stage.link else []) + [_stage(stage, written)])
    return f"{text} {'>>' if output.append else '>'} {written(path_word(output.path))}" if output else text


def _stage(stage: Stage, written: Callable[[Word], str]) -> str:
    if stage.loop:
        return loops.text(stage)
    words = [{"(": "\\(", ")": "\\)", ";": "\\;"}.get(word.text) or written(word) for word in stage.words]
    return " ".join(words) + (f" < {written(stage.stdin)}" if stage.stdin else "")


def _linked(stage: Stage, link: str, place: int) -> Stage:
    return Stage(stage.words, link, stage.stdin, stage.builtin, stage.loop, place)


def _append_each(stages: list[Stage], tool: Tool, call: ToolCall, before: Tool | None, dialect: str, place: int) -> None:
    """The previous call's lines become paths: `find … -exec … {} +`, else `| xargs`."""
    made, at = argv.stage(tool, call, dialect)
    words = list(made.words)
    at = len(words) if at is None else at
    last = at == len(words)
    if before is not None and before.style == "find" and not stages[-1].loop:
        ends = [Word("+")] if last else [Word(";")]
        previous = stages[-1]
        stages[-1] = Stage((*previous.words, Word("-exec"), *words[:at], Word("{}"), *words[at:], *ends), previous.link, call=previous.call)
        return
    if dialect == "bsd":
        stages.append(Stage((Word("tr"), Word("\\n"), Word("\\0")), "|", call=place))
        head = [Word("xargs"), Word("-0")]
    else:
        head = [Word("xargs"), Word("-d"), Word("\\n")]
    stages.append(Stage((*head, *words) if last else (*head, Word("-I{}"), *words[:at], Word("{}"), *words[at:]), "|", call=place))
