"""One OpenAI-compatible server: a chat request and its answer, over plain HTTP. Knows what is worth another try."""
from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from shellper.errors import BadInput, ShellperError

from .settings import Teacher

LARGEST = 8 << 20  # bytes of an answer
_NEVER = {400: "it does not take the request", 401: "the key is wrong or missing", 403: "the key may not do this", 404: "there is no such address or model", 422: "it does not take the request"}


class TeacherFailed(ShellperError):
    """The teacher cannot be used as it is set up, or gave nothing usable for too long; what it gave before is kept."""

    code = "teacher-failed"


class NoAnswer(Exception):
    """No usable answer this time; `wait` is how many seconds the server asks for, if it does."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True)
class Answer:
    """What the teacher wrote, and the tokens of question and answer as the server counts them (0 where it does not)."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0


def ask(teacher: Teacher, messages: list[dict[str, str]]) -> Answer:
    """One answer to MESSAGES. Raises NoAnswer, or TeacherFailed where another try is of no use."""
    body = {"model": teacher.model, "messages": messages, "temperature": teacher.temperature}
    headers = {"Content-Type": "application/json", "User-Agent": "shellper-train"}
    if os.environ.get(teacher.key_variable):
        headers["Authorization"] = f"Bearer {os.environ[teacher.key_variable]}"
    request = urllib.request.Request(f"{teacher.url.rstrip('/')}/chat/completions", json.dumps(body).encode(), headers)
    until = time.monotonic() + teacher.timeout
    try:
        with urllib.request.urlopen(request, timeout=teacher.timeout) as response:
            content = _read(response, until)
    except urllib.error.HTTPError as error:
        if error.code in _NEVER:
            raise TeacherFailed(f"{teacher.url}: status {error.code}: {_NEVER[error.code]}{_detail(error)}", hint=f"look at [teacher] url, model and ${teacher.key_variable}") from None
        raise NoAnswer(f"status {error.code}", _seconds(error.headers.get("Retry-After"))) from None
    except TimeoutError:
        raise NoAnswer(f"no answer in {teacher.timeout:g} s") from None
    except urllib.error.URLError as error:
        raise NoAnswer(f"no answer in {teacher.timeout:g} s" if isinstance(error.reason, TimeoutError) else f"no connection: {error.reason}") from None
    except (http.client.HTTPException, OSError) as error:
        raise NoAnswer(f"the connection broke: {type(error).__name__}") from None
    return _answer(content)


def check_address(teacher: Teacher) -> None:
    """Raises BadInput where the settings cannot be those of a teacher."""
    if not teacher.url.startswith(("http://", "https://")):
        raise BadInput(f"[teacher] url: {teacher.url!r} does not begin with http:// or https://")
    if not teacher.model:
        raise BadInput("[teacher] model is missing", hint="name the model that the endpoint serves")


def _read(response: Any, until: float) -> bytes:
    """The body, read no longer than UNTIL (a server may send it drop by drop)."""
    parts, size = [], 0
    while part := response.read1(1 << 16):
        parts.append(part)
        size += len(part)
        if time.monotonic() > until:
            raise TimeoutError
        if size > LARGEST:
            raise NoAnswer(f"more than {LARGEST >> 20} MB")
    return b"".join(parts)


def _answer(content: bytes) -> Answer:
    try:
        answer = json.loads(content)
        text, usage = answer["choices"][0]["message"]["content"], answer.get("usage") or {}
        if not isinstance(text, str):
            raise TypeError
        return Answer(text, int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise NoAnswer(f"not an answer of a chat: {content[:60]!r}") from None


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return f" ({json.loads(error.read(2000))['error']['message'][:160]})"
    except (ValueError, KeyError, TypeError, OSError):
        return ""


def _seconds(text: str | None) -> float:
    try:
        return min(max(float(text or 0), 0.0), 60.0)
    except ValueError:
        return 0.0
