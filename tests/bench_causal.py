"""Our student beside a causal model of the size of Gemma 3 270M (random weights): python -m tests.bench_causal --student DIR --data-dir DIR.

Both answer the same requests with the 18 SHELLper tools, in turn, in one process, so that the load of the machine is the same for both.
The causal model is led to the right answer of each request, so that it says as many tokens as a trained one would; all else runs as it does.
Every measurement is written down at once: the same call goes on where one was stopped.
"""
from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from shellper.student.artefact import open_artefact
from shellper.types import Context, ToolCall

from . import bench_parts
from .bench import REQUESTS as OUR_REQUESTS
from .bench import fill, percentile
from .bench_plot import write_page

REQUESTS = Path(__file__).with_name("bench_requests.jsonl")
OURS, CAUSAL = "ours", "270M"
Spent = tuple[float, float]  # milliseconds on the clock, and of all cores


class Led:
    """A causal network whose most likely next token is that of the right answer."""

    def __init__(self, network) -> None:
        self.network, self.prompt, self.answer, self.at = network, [], [], None

    def run(self, tokens, cache=None):
        logits, cache = self.network.run(tokens, cache)
        self.at = 0 if list(tokens) == self.prompt else None if self.at is None else self.at + len(tokens)
        if self.at is not None and self.at < len(self.answer):
            logits = logits.copy()
            logits[self.answer[self.at]] += 1000
        return logits, cache


class Notes:
    """Measurements in a file, one JSON object a line; the first line says under which CONDITIONS they were made."""

    def __init__(self, path: Path, conditions: dict) -> None:
        self.path = path
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
        if rows and rows[0] != conditions:
            sys.exit(f"bench_causal: {path} was measured under other conditions; delete it to begin anew")
        self.known = {tuple(row["key"]): row["value"] for row in rows[1:]}
        path.parent.mkdir(parents=True, exist_ok=True)
        if not rows:
            self._add(conditions)

    def get(self, key: tuple, measure: Callable[[], object]):
        """What was measured for KEY, now or in an earlier call."""
        if key not in self.known:
            value = measure()
            self._add({"key": key, "value": value})
            self.known[key] = value
        return self.known[key]

    def _add(self, row: dict) -> None:
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")


def causal_student(folder: Path, data: Path):
    """The model in FOLDER for the 18 SHELLper tools."""
    from shellper.student.causal.student import CausalArtefact, CausalStudent, read_manifest

    rows = [row["function"] for row in json.loads((data / "gorilla_tools.json").read_text(encoding="utf-8"))]
    student = CausalStudent({row["name"]: SimpleNamespace(**row) for row in rows}, CausalArtefact(folder, read_manifest(folder)))
    student.network = Led(student.network)
    return student


def our_student(data: Path):
    """The shipped student for the same tools of the catalogue."""
    from shellper.student.student import OnnxStudent
    from shellper.tools import catalogue

    names = [row["function"]["name"] for row in json.loads((data / "gorilla_tools.json").read_text(encoding="utf-8"))]
    return OnnxStudent(SimpleNamespace(tools={name: catalogue().tools[name] for name in names}), open_artefact())


def answer_causal(student, row: dict) -> Spent:
    """One led answer. Raises AssertionError where it is not the right one."""
    call = ToolCall(row["name"], row["arguments"])
    student.network.prompt = student.prompt(row["ask"], Context())
    student.network.answer = student.table.encode(student.family.answer([call], student.table.plain))
    spent, best = timed(lambda: student.propose(row["ask"], Context(), 1)[0])
    assert best.plan.calls == (call,), (row, best)
    return spent


def answer_ours(student, row: dict) -> Spent:
    """One answer with the four readings that a request gets."""
    return timed(lambda: student.propose(row["ask"], Context()))[0]


def timed(action: Callable[[], object]):
    """What ACTION has spent, and what it gave."""
    started, worked = time.perf_counter(), time.process_time()
    found = action()
    return ((time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000), found


def once(which: str, folder: Path, data: Path) -> None:
    """Load, answer one request, print peak memory in MB: a cold start."""
    row = read_requests(1)[0]
    if which == OURS:
        answer_ours(our_student(data), row)
    else:
        answer_causal(causal_student(folder, data), row)
    print(peak_memory())


def peak_memory() -> float:
    """Megabytes at the most of this program. What the kernel counts for rusage has the parent's before the exec in it, VmHWM has not."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1e3


def cold(which: str, options) -> tuple[float, float]:
    """Milliseconds and peak MB of one whole process."""
    command = [sys.executable, "-m", "tests.bench_causal", "--student", str(options.student), "--data-dir", str(options.data_dir), "--once", which]
    started = time.perf_counter()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return (time.perf_counter() - started) * 1000, float(said)


def read_requests(count: int) -> list[dict]:
    """COUNT requests, evenly taken from the file."""
    rows = [json.loads(line) for line in REQUESTS.read_text(encoding="utf-8").splitlines()]
    return [rows[at * len(rows) // count] for at in range(min(count, len(rows)))]


def measure(options) -> dict:
    """All numbers, by student."""
    manifests = [path.read_text(encoding="utf-8") for path in (options.student / "manifest.json", open_artefact().path("manifest.json"))]
    notes = Notes(options.notes, {"manifests": manifests, "requests": options.requests, "cores": os.cpu_count()})
    ours, causal, rows = our_student(options.data_dir), causal_student(options.student, options.data_dir), read_requests(options.requests)
    load = os.getloadavg()[0]
    starts = [(notes.get((OURS, "cold", at), lambda: cold(OURS, options)), notes.get((CAUSAL, "cold", at), lambda: cold(CAUSAL, options))) for at in range(options.colds)]
    answer_ours(ours, rows[0])  # both have answered once before anything counts
    causal.prepare()
    warm = [(notes.get((OURS, "warm", at), lambda row=row: answer_ours(ours, row)), notes.get((CAUSAL, "warm", at), lambda row=row: answer_causal(causal, row))) for at, row in enumerate(rows)]
    uncached = [notes.get((CAUSAL, "uncached", at), lambda row=row: (causal.forget_prefix(), answer_causal(causal, row))[1]) for at, row in enumerate(rows[: options.uncached])]
    sizes = sum(entry["size"] for entry in open_artefact().manifest["files"].values()), sum(file.stat().st_size for file in options.student.iterdir() if file.is_file())
    found = {}
    for at, name in enumerate((OURS, CAUSAL)):
        clock, work = zip(*(pair[at] for pair in warm), strict=True)
        alone = [clock_ms for clock_ms, _ in uncached] if name == CAUSAL else clock
        found[name] = {
            "p50": percentile(clock, 50), "p95": percentile(clock, 95), "work": statistics.median(work), "uncached_p50": percentile(alone, 50), "uncached_p95": percentile(alone, 95),
            "cold": statistics.median(pair[at][0] for pair in starts), "memory": statistics.median(pair[at][1] for pair in starts), "size": sizes[at] / 1e6,
        }  # fmt: skip
    found["conditions"] = {
        "requests": len(rows), "uncached": len(uncached), "colds": len(starts), "cores": os.cpu_count(), "load": load, "prompt": len(causal.prefix),
        "said": statistics.mean(len(causal.table.encode(causal.family.answer([ToolCall(row["name"], row["arguments"])], causal.table.plain))) for row in rows),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        fill(folder)
        found["parts"], found["reached"] = notes.get(("parts",), lambda: bench_parts.parts(OUR_REQUESTS, folder))
    found["limit"] = notes.get(("limit",), bench_parts.int8_rate)
    return found


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", type=Path, required=True, help="folder written by python -m model.causal_shapes")
    parser.add_argument("--data-dir", type=Path, required=True, help="folder with gorilla_tools.json")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--uncached", type=int, default=20, help="requests that read the tool prompt anew")
    parser.add_argument("--colds", type=int, default=5, help="cold starts of each")
    parser.add_argument("--notes", type=Path, default=Path("runs/bench-causal.jsonl"), help="file of the measurements")
    parser.add_argument("--docs", type=Path, help="folder for benchmarks.md and benchmarks.svg")
    parser.add_argument("--once", choices=[OURS, CAUSAL], help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.once:
        once(options.once, options.student, options.data_dir)
        return
    found = measure(options)
    print(json.dumps(found, indent=1))
    if options.docs:
        write_page(found, options.docs)


if __name__ == "__main__":
    main()
