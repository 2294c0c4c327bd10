"""A small project of one's own functions, and a teacher that answers over real HTTP as it is told."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from conftest import ROOT

SCHEMAS = [
    {"type": "function", "function": {"name": "set_timer", "description": "Start a timer.", "parameters": {"type": "object", "properties": {
        "minutes": {"type": "integer", "minimum": 1, "maximum": 600}, "label": {"type": "string"}, "loud": {"type": "boolean", "default": False}}}}},
    {"type": "function", "function": {"name": "lights", "description": "Switch lights.", "parameters": {"type": "object", "properties": {
        "room": {"enum": ["kitchen", "living_room", "hall"]}, "state": {"enum": ["on", "off"]}}}}},
    {"type": "function", "function": {"name": "remind", "description": "Remind people of something.", "parameters": {"type": "object", "properties": {
        "who": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "code": {"type": "string", "pattern": "^[0-9]{4}$"}, "price": {"type": "number"}}}}},
    {"name": "unclear", "description": "Nothing else fits.", "parameters": {"type": "object", "properties": {}}},
]  # fmt: skip


def turn(user: str, name: str, says: str = "", **arguments: Any) -> dict[str, Any]:
    return {"user": user, "calls": [{"name": name, "arguments": arguments}]} | ({"says": says} if says else {})


def talk(*turns: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"turns": list(turns), **rest}


SEEDS = [
    talk(turn("set a timer for 12 minutes", "set_timer", minutes=12), turn("call it pasta", "set_timer", minutes=12, label="pasta")),
    talk(turn("turn on the kitchen light", "lights", room="kitchen", state="on"), turn("now off", "lights", room="kitchen", state="off")),
    talk(turn("living room off please", "lights", room="living_room", state="off"), turn("and the hall", "lights", room="hall", state="off")),
    talk(turn("remind Ann and Bob, code 4711", "remind", who=["Ann", "Bob"], code="4711"), turn("it costs 45.50", "remind", who=["Ann", "Bob"], code="4711", price=45.5)),
    talk(turn("hall on", "lights", room="hall", state="on"), turn("timer", "set_timer", says="How long?"), turn("twenty minutes", "set_timer", minutes=20)),
    talk(turn("what is love", "unclear"), split="dev"),
    talk(turn("kitchen on", "lights", room="kitchen", state="on"), split="dev"),
]


def make_project(root: Path, rows: list[Any] = SEEDS, settings: str = "", schemas: list[Any] = SCHEMAS) -> Path:
    """A project folder of ROWS."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "tools.json").write_text(json.dumps(schemas))
    (root / "seeds.jsonl").write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    (root / "train.toml").write_text(settings)
    return root


def train_command(*words: str | Path, **rest: Any) -> subprocess.CompletedProcess[str]:
    """Run shellper-train with WORDS."""
    return subprocess.run([sys.executable, "-m", "model", *map(str, words)], capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **rest)


def chat(text: str, tokens: tuple[int, int] = (100, 50)) -> bytes:
    """The body of an answer that says TEXT."""
    return json.dumps({"choices": [{"message": {"content": text}}], "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]}}).encode()


class Stub:
    """What the server was asked, and what it answers: `answer(number of the request, its body)` gives (status, body, seconds to wait)."""

    def __init__(self, answer: Callable[[int, dict[str, Any]], tuple[int, bytes, float]]) -> None:
        self.answer, self.asked, self.keys = answer, [], []
        self.lock = threading.Lock()


@contextmanager
def teacher(answer: Callable[[int, dict[str, Any]], tuple[int, bytes, float]]) -> Iterator[tuple[str, Stub]]:
    """A server on a free port: its URL and what it was asked."""
    stub = Stub(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with stub.lock:
                stub.asked.append(body)
                stub.keys.append(self.headers.get("Authorization"))
                number = len(stub.asked) - 1
            status, content, seconds = stub.answer(number, body)
            time.sleep(seconds)
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:  # the client went away
                pass

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
