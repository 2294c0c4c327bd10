"""What a person or a program sees of a proposal."""
from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from shellper.errors import Cannot
from shellper.safety import name
from shellper.safety import show as visible
from shellper.tools import as_json as plan_json
from shellper.types import Plan, Proposal, Risk

from . import effects

VERSION = 1
FIRST_PATHS = 10
MOST_ROWS = 200  # effects in one JSON object
REASONS = {
    "chat": "that is talk, not a task for a command",
    "missing": "something is missing: say which file, folder or value",
    "impossible": "no command can do that",
    "unsupported": "none of my tools can do that",
    "unsafe": "that would do harm",
}
_COLOURS = {Risk.READ: "32", Risk.WRITE: "33", Risk.DESTRUCTIVE: "31", Risk.SYSTEM: "35", Risk.BLOCKED: "31;7"}


@dataclass(frozen=True)
class Look:
    """How to write on the terminal: `colour` on or off."""

    colour: bool

    @classmethod
    def of(cls, when: str = "auto") -> Look:
        if when != "auto":
            return cls(when == "always")
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb" or os.environ.get("CI")
        return cls(not plain and sys.stderr.isatty())

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def risk(self, risk: Risk) -> str:
        return self.paint(risk.word, _COLOURS[risk])


def answer(proposal: Proposal) -> dict[str, Any]:
    """A proposal as the JSON object that `--json` and `batch` share."""
    rows = effects.as_rows(proposal)
    return {
        "version": VERSION,
        "status": "cannot" if proposal.cannot else "ok",
        "calls": plan_json(proposal.plan),
        "command": proposal.command.text if proposal.command else "",
        "risk": proposal.assessment.risk.word,
        "confidence": round(proposal.confidence, 4),
        "explanation": proposal.explanation,
        "alternatives": [{"command": text, "confidence": round(confidence, 4)} for text, confidence in proposal.alternatives],
        "reason": proposal.cannot or "; ".join(proposal.assessment.reasons),
        "needs": "" if proposal.cannot else effects.word(proposal),
        "effects": rows[:MOST_ROWS],
        "effects_total": len(rows),
    }


def as_json(proposal: Proposal) -> str:
    return json_line(answer(proposal))


def json_line(row: dict[str, Any]) -> str:
    """ROW on one line; bytes of a name that are not UTF-8 are written as JSON escapes."""
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def refuse_abstention(proposal: Proposal) -> None:
    """Raise Cannot where the student abstains."""
    if proposal.cannot:
        hint = f"nearest: {proposal.alternatives[0][0]}" if proposal.alternatives else ""
        raise Cannot(f"cannot ({proposal.cannot}): {REASONS.get(proposal.cannot, proposal.cannot)}", hint=hint)


def command_line(proposal: Proposal) -> str:
    """The command for stdout; what must never run comes commented out."""
    text = proposal.command.text if proposal.command else ""
    return f"# blocked: {text}" if proposal.assessment.risk is Risk.BLOCKED else text


def explanation(proposal: Proposal) -> str:
    """What a command line does, and how much it can cost, one line each."""
    return "\n".join(visible(line) for line in (proposal.explanation, proposal.assessment.risk.word, *(f"- {reason}" for reason in proposal.assessment.reasons)))


def preview(proposal: Proposal, look: Look, *, explained: bool = False, confidence: bool = False, brief: bool = False, untracked: frozenset[str] = frozenset()) -> None:
    """Write the command, its risk, and what it does to what stands there to stderr; BRIEF leaves it at the command where that only reads.
    UNTRACKED are whole paths that git does not know."""
    assessment = proposal.assessment
    lines = [f"  {look.paint(visible(proposal.command.text if proposal.command else ''), '1')}"]
    if explained or not brief or assessment.risk:
        lines.append(f"  {look.risk(assessment.risk)}: {visible('; '.join(assessment.reasons) or proposal.explanation)}")
        lines += [f"  {visible(proposal.explanation)}"] if assessment.reasons else []
        lines += effects.summary(proposal, untracked) if effects.changes(proposal) else touched(assessment.paths)
        lines += [f"  not there: {visible(path)}" for path in assessment.missing[:FIRST_PATHS]]
        lines += [f"  copied from output: {visible(value)}" for value in copied(proposal.plan)]
    if confidence:
        lines.append(f"  confidence {proposal.confidence:.2f}")
    if proposal.others:
        lines.append("  not sure; it could also mean")
        lines += [f"    {number}  {visible(other.command.text if other.command else '')}" + (f"  ({other.confidence:.2f})" if confidence else "") for number, other in enumerate(proposal.others, 2)]
    elif confidence:
        lines += [f"  or ({score:.2f}): {visible(text)}" for text, score in proposal.alternatives]
    with contextlib.suppress(OSError):  # a closed stderr: then nothing is asked either
        print("\n".join(lines), file=sys.stderr, flush=True)


def touched(paths: tuple[str, ...]) -> list[str]:
    """The first paths, and how many more."""
    if not paths:
        return []
    rows = [f"    {name(path)}" for path in paths[:FIRST_PATHS]]
    more = [f"    and {len(paths) - FIRST_PATHS} more"] if len(paths) > FIRST_PATHS else []
    return [f"  {len(paths)} {'path' if len(paths) == 1 else 'paths'}:", *rows, *more]


def copied(plan: Plan) -> list[str]:
    """The argument values that come from earlier output, by the plan's provenance."""
    values = []
    for place, origin in plan.provenance.items():
        at, _, rest = place.partition(".")
        if origin == "output" and at.isdigit():
            name, _, item = rest.partition(".")
            value = plan.calls[int(at)].arguments.get(name)
            values.append(str(value[int(item)] if item and isinstance(value, list) else value))
    return values
