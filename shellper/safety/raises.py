"""What raises a level: an object named by output or by nobody, outside the working tree, many objects, no way back. Nothing lowers it."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shellper.types import Assessment, Effect, Plan, Risk

from .guards import Guard

MANY = 20  # more objects than this in one change are handled like a destruction
FROM_OUTPUT, INVENTED, OUTSIDE = "from output", "invented", "outside this folder"
_MODIFIES = {"append", "rename", "mode"}
_QUIET = {"read", "miss", "net", "state", "spawn", "signal", "system"}


def raised(verdict: Assessment, plan: Plan, cwd: str, said: str | None, origins: tuple[int, ...] | None) -> Assessment:
    """VERDICT with marks on its effects, and a change of files handled like a destruction where a mark or their number asks for it. SAID
    is the request (None: a person wrote the command), ORIGINS the place in PLAN of each of the effects' calls."""
    guard = Guard(cwd)
    rows = tuple(tuple(_marked(effect, _origin(effect, plan, at if origins is None else origins[at], said), guard) for effect in row) for at, row in enumerate(verdict.effects))
    reasons = list(verdict.reasons)
    modifies = [effect for row in rows for effect in row if effect.kind in _MODIFIES]
    if verdict.risk is Risk.WRITE:
        reasons += dict.fromkeys(_reasons(modifies))
        if len(modifies) > MANY:
            reasons.append(f"changes {len(modifies)} files")
    risk = Risk.DESTRUCTIVE if len(reasons) > len(verdict.reasons) else verdict.risk
    return replace(verdict, risk=risk, reasons=tuple(reasons), effects=rows)


def _reasons(modifies: list[Effect]) -> Iterator[str]:
    for effect in modifies:
        if FROM_OUTPUT in effect.tags:
            yield "a name comes from earlier output"
        if INVENTED in effect.tags:
            yield "a name stands neither in the words nor in the output"
        if OUTSIDE in effect.tags:
            yield "changes what lies outside this folder"
        if effect.lost:
            yield f"cannot be undone: {effect.lost}"


def _marked(effect: Effect, origin: str, guard: Guard) -> Effect:
    outside = effect.kind not in _QUIET and _outside(effect, guard)
    if not (effect.tags or origin or outside):
        return effect
    tags = [tag for tag in effect.tags if not tag.startswith("@")]
    return effect._replace(tags=(*tags, *([origin] if origin else ()), *([OUTSIDE] if outside else ())))


def _outside(effect: Effect, guard: Guard) -> bool:
    for change in effect.changes:  # noqa: SIM110 - a generator would cost more than what it looks at
        if guard.outside(change.path) or (change.to and guard.outside(change.to)):
            return True
    return False


def _origin(effect: Effect, plan: Plan, at: int, said: str | None) -> str:
    """Where the name of an effect's object comes from: "from output", "invented" or "" (the words, the listing, or a person)."""
    if not plan.provenance:
        return ""
    place = next((tag[1:] for tag in effect.tags if tag.startswith("@")), "")
    if not place:
        return ""
    key = "output.path" if place == "output" else f"{at}.{place}"
    origin = plan.provenance.get(key) or plan.provenance.get(key.rpartition(".")[0], "")
    if origin == "output":
        return FROM_OUTPUT
    words = re.findall(r"\w+", str(_value(plan, at, place)))
    return INVENTED if origin == "spelled" and said is not None and not all(word.lower() in said.lower() for word in words) else ""


def _value(plan: Plan, at: int, place: str) -> Any:
    if place == "output":
        return plan.output.path if plan.output else ""
    name, _, item = place.partition(".")
    value = plan.calls[at].arguments.get(name, "")
    return value[int(item)] if item and isinstance(value, list) and int(item) < len(value) else value


def distrust(verdict: Assessment) -> Assessment:
    """VERDICT for a plan that only the text of earlier output suggests: a typed word whatever it does."""
    return replace(verdict, risk=max(verdict.risk, Risk.DESTRUCTIVE), reasons=(*verdict.reasons, "only the output of an earlier command suggests this"))
