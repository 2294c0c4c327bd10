"""Conversations on disk: ours (`turns`) and distil's (`question`, `answer`), checked by file and line, cut into prefixes."""
from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shellper.errors import BadInput
from shellper.types import Plan, ToolCall, Turn

from ..examples import Example
from .functions import Functions


@dataclass(frozen=True)
class Exchange:
    """What the user said, the calls that answer it, and what the assistant or the tools said then."""

    user: str
    calls: tuple[ToolCall, ...] = ()
    says: str = ""


@dataclass(frozen=True)
class Conversation:
    """Exchanges in order. `context`: names that hold in it (contacts, devices), from which arguments may be copied; `split`: "train", "dev"
    or "" = by hash; `where`: file and line."""

    exchanges: tuple[Exchange, ...]
    context: tuple[str, ...] = ()
    split: str = ""
    source: str = "seed"
    where: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """The words of the user and the calls, without regard to case and blanks."""
        return " | ".join(f"{plain(exchange.user)} => {said(exchange.calls)}" for exchange in self.exchanges)


class Malformed(ValueError):
    """A row is not of a known form; the message begins with a JSON pointer."""


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


def said(calls: Iterable[ToolCall]) -> str:
    """Calls as the student reads them in the history; strings stand verbatim so that they can be copied."""
    return "; ".join(f"{call.name}({', '.join(f'{name}={_text(value)}' for name, value in call.arguments.items())})" for call in calls)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " | ".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def read_conversations(file: Path) -> Iterator[tuple[str, Conversation | str]]:
    """(file:line, conversation or what is wrong with the line) for every line of FILE. Raises BadInput where it cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise BadInput(f"{file} is missing", hint="shellper-train init FOLDER makes one to fill in") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: not readable as UTF-8 text: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{file}:{number}"
        try:
            yield where, conversation_of(json.loads(line), where)
        except Malformed as error:
            yield where, str(error)
        except (ValueError, RecursionError) as error:
            yield where, f"not readable as JSON: {error}"


def conversation_of(row: Any, where: str = "") -> Conversation:
    """The conversation of one row in either form. Raises Malformed."""
    _expect(isinstance(row, dict), "/", "a JSON object is expected")
    split, context = row.get("split", ""), row.get("context", [])
    _expect(split in ("", "train", "dev"), "/split", f"{split!r} is neither 'train' nor 'dev'")
    _expect(isinstance(context, list) and all(isinstance(name, str) for name in context), "/context", "a list of strings is expected")
    if "question" in row:
        exchanges = _distil(row)
    elif "turns" in row:
        _expect(isinstance(row["turns"], list), "/turns", "a list is expected")
        exchanges = [_exchange(turn, f"/turns/{at}") for at, turn in enumerate(row["turns"])]
    else:
        raise Malformed("/: neither 'turns' nor 'question' and 'answer'")
    _expect(any(exchange.calls for exchange in exchanges), "/", "no turn has a call to learn")
    return Conversation(tuple(exchanges), tuple(context), split, row.get("source", "seed"), where)


def as_row(conversation: Conversation) -> dict[str, Any]:
    """The row in our form."""
    row: dict[str, Any] = {"turns": [_turn_row(exchange) for exchange in conversation.exchanges], "source": conversation.source}
    if conversation.context:
        row["context"] = list(conversation.context)
    if conversation.split:
        row["split"] = conversation.split
    return row


def _turn_row(exchange: Exchange) -> dict[str, Any]:
    row: dict[str, Any] = {"user": exchange.user, "calls": [{"name": call.name, "arguments": dict(call.arguments)} for call in exchange.calls]}
    return row | ({"says": exchange.says} if exchange.says else {})


def examples(conversation: Conversation, split: str) -> Iterator[Example]:
    """Every prefix that ends in a call: the request, what went before, and the calls."""
    for at, exchange in enumerate(conversation.exchanges):
        if exchange.calls:
            yield Example(exchange.user, history(conversation.exchanges[:at]), conversation.context, Plan(exchange.calls), conversation.source, split)


def history(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """Earlier exchanges as the student reads them."""
    return tuple(Turn(exchange.user, said(exchange.calls), exchange.says) for exchange in exchanges)


def example_row(example: Example) -> dict[str, Any]:
    """An example as one line of JSON, readable by model/examples.py."""
    turns = [{"request": turn.request, "command": turn.command, **({"output": turn.output} if turn.output else {})} for turn in example.turns]
    plan = [{"name": call.name, "arguments": dict(call.arguments)} | ({} if at == 0 else {"input": None}) for at, call in enumerate(example.plan.calls)]
    return {"request": example.request, "turns": turns, "names": list(example.names), "plan": plan, "source": example.source, "split": example.split}


def split_of(conversation: Conversation, held_back: float) -> str:
    """"train" or "dev": as the row says, else by a hash of its words."""
    return conversation.split or ("dev" if zlib.crc32(conversation.key.encode()) % 1000 < held_back * 1000 else "train")


def problems(conversation: Conversation, functions: Functions) -> Iterator[str]:
    """What is wrong with the calls: JSON pointer and reason."""
    for at, exchange in enumerate(conversation.exchanges):
        if not exchange.user.strip():
            yield f"/turns/{at}/user: no words"
        for number, call in enumerate(exchange.calls):
            tool = functions.tools.get(call.name)
            if tool is None:
                yield f"/turns/{at}/calls/{number}/name: there is no function {call.name!r}"
            elif problem := tool.problem(call):
                yield f"/turns/{at}/calls/{number}/arguments{problem if not problem.startswith('/:') else problem[1:]}"


def _expect(right: bool, where: str, what: str) -> None:
    if not right:
        raise Malformed(f"{where}: {what}")


def _exchange(turn: Any, where: str) -> Exchange:
    _expect(isinstance(turn, dict) and isinstance(turn.get("user"), str), where, "an object with the user's words in 'user' is expected")
    calls, says = turn.get("calls", []), turn.get("says", "")
    _expect(isinstance(calls, list), f"{where}/calls", "a list is expected")
    _expect(isinstance(says, str), f"{where}/says", "a text is expected")
    return Exchange(turn["user"], tuple(_call(call, f"{where}/calls/{at}") for at, call in enumerate(calls)), says)


def _call(call: Any, where: str) -> ToolCall:
    if isinstance(call, dict) and isinstance(call.get("function"), dict):
        call, where = call["function"], f"{where}/function"
    _expect(isinstance(call, dict) and isinstance(call.get("name"), str), where, "an object with 'name' and 'arguments' is expected")
    arguments = call.get("arguments", call.get("parameters", {}))
    if isinstance(arguments, str):
        arguments = _json(arguments, f"{where}/arguments")
    _expect(isinstance(arguments, Mapping), f"{where}/arguments", "an object is expected")
    return ToolCall(call["name"], {name: value for name, value in arguments.items() if value is not None})


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Malformed(f"{where}: not readable as JSON: {error}") from None


def _distil(row: Mapping[str, Any]) -> list[Exchange]:
    """`question`: the messages so far (or a text, or JSON of either), `answer`: the last call."""
    question, answer = row["question"], row.get("answer")
    _expect(answer is not None, "/answer", "is missing")
    if isinstance(question, str):
        question = _json(question, "/question") if question.lstrip().startswith("[") else [{"role": "user", "content": question}]
    _expect(isinstance(question, list), "/question", "a list of messages is expected")
    exchanges: list[Exchange] = []
    for at, message in enumerate(question):
        where = f"/question/{at}"
        _expect(isinstance(message, dict) and isinstance(message.get("content") or "", str), where, "a message with 'role' and 'content' is expected")
        role, content = message.get("role"), message.get("content") or ""
        if role == "user":
            exchanges.append(Exchange(content))
        elif role in ("assistant", "tool") and exchanges:
            last = exchanges[-1]
            calls = tuple(_call(call, f"{where}/tool_calls/{number}") for number, call in enumerate(message.get("tool_calls") or []))
            exchanges[-1] = Exchange(last.user, last.calls + calls, "\n".join(filter(None, (last.says, content))))
        else:
            _expect(role in ("system", "developer", "assistant", "tool"), f"{where}/role", f"{role!r} is unknown")
    _expect(bool(exchanges) and not exchanges[-1].calls, "/question", "does not end with words of the user")
    answers = _json(answer, "/answer") if isinstance(answer, str) else answer
    calls = tuple(_call(call, "/answer") for call in (answers if isinstance(answers, list) else [answers]))
    return [*exchanges[:-1], Exchange(exchanges[-1].user, calls)]
