"""A plan to a Command: what runs, and the same as one shell line."""
from __future__ import annotations

from shellper.errors import PlanInvalid
from shellper.tools import Catalogue, Tool, catalogue
from shellper.tools.pathvalues import path_word
from shellper.types import Command, Plan, Stage, ToolCall, Word

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
    text = " ".join(part for stage in stages for part in ([stage.link] if stage.link else []) + [stage_text(stage)])
    if plan.output:
        text += f" {'>>' if plan.output.append else '>'} {shell(path_word(plan.output.path))}"
    return Command(tuple(stages), text, plan.output)


def stage_text(stage: Stage) -> str:
    """One stage as it is typed."""
    if stage.loop:
        return loops.text(stage)
    words = [_bare(word) for word in stage.words]
    return " ".join(words) + (f" < {shell(stage.stdin)}" if stage.stdin else "")


def _bare(word: Word) -> str:
    return {"(": "\\(", ")": "\\)", ";": "\\;"}.get(word.text) or shell(word)


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
