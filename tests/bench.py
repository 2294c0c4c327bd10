"""Latency, memory and size of the shipped student on this machine: python -m tests.bench [--runs 20]."""
from __future__ import annotations

import argparse
import os
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.shell_kit import Shell

from . import bench_parts

COLD = (sys.executable, "-c", "from shellper.ui.cli import run; run()", "--print", "list files")
REQUESTS = (
    "find every log file in the project folder that is bigger than 20 megabytes and was changed in the last three days",
    "show the ten largest folders below here, biggest first, with sizes that people can read",
    "how many lines in server.log mention timeout in upper or lower case",
    "copy report_final.pdf to the archive folder and keep its date",
)
NAMES = 12  # files in the folder; with them a request has about 64 source tokens
PARTS = ("onnxruntime", "numpy", "tokenizers", "jsonschema", "click", "shellper.tools", "shellper.pipeline")


def main(argv: list[str] | None = None) -> None:
    """Print the table; BUDGET rows are those of the design."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="cold starts to measure")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        fill(folder)
        cold = cold_starts(folder, options.runs)
        print(f"cpu               {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"artefact          {artefact_size() / 1e6:.1f} MB            budget 40")
        print(f"cold start        {statistics.median(cold) * 1000:.0f} ms median of {len(cold)}   budget 350")
        print(f"peak memory       {peak_memory():.0f} MB, cold run     budget 200")
        warm, tokens = warm_requests(folder)
        print(f"warm request      {percentile(warm, 50):.1f} ms p50, {percentile(warm, 95):.1f} ms p95 of {len(warm)} at {tokens} source tokens   budget 40")
        found, reached = bench_parts.parts(REQUESTS, folder)
        print("a warm request goes to (milliseconds)")
        for name, milliseconds in found:
            print(f"  {name:20} {milliseconds:.2f}")
        limit = bench_parts.int8_rate()
        print(f"share of the limit {reached / limit:.0%} of the {limit / 1e9:.0f} billion int8 operations a second that one large product reaches here")
    pressed = key_presses()
    for shell, seconds in pressed.items():
        print(f"key to line       {statistics.median(seconds) * 1000:.0f} ms median of {len(seconds)}, {shell}   budget 350")
    for line, milliseconds in previews():
        print(f"preview           {milliseconds:.0f} ms, {line} on 10,000 files   budget 150")
    print(f"safe one-shot     {safe_cost():.1f} ms more with assessment, approval and journal for `cat a.txt`   budget 10")
    print("cold start goes to (cumulative import milliseconds)")
    for name, milliseconds in import_times():
        print(f"  {name:20} {milliseconds:.0f}")


def fill(folder: str) -> None:
    """Make the files that the requests are said beside."""
    for number in range(NAMES):
        open(os.path.join(folder, f"report_{number}.pdf"), "w").close()


def cold_starts(folder: str, runs: int) -> list[float]:
    """Wall seconds of whole processes."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(COLD, cwd=folder, env={**os.environ, "PYTHONPATH": os.getcwd()}, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return times[1:]  # the first one warms the file cache


def peak_memory() -> float:
    """Megabytes of the largest child so far: the cold starts."""
    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return size / 1e6 if sys.platform == "darwin" else size / 1e3


def artefact_size() -> int:
    from shellper.student.artefact import open_artefact

    return sum(entry["size"] for entry in open_artefact().manifest["files"].values())


def warm_requests(folder: str, rounds: int = 25) -> tuple[list[float], int]:
    """Milliseconds of proposals in one process, and the mean number of source tokens."""
    from shellper import context, pipeline
    from shellper.student.source import render
    from shellper.types import Request

    student = pipeline.shipped_student()
    lengths = []
    for text in REQUESTS:
        seen = context.build(Request(text, folder))
        lengths.append(len(render(text, seen.turns, seen.names, student.tokenizer, student.budget, seen.columns)))
        pipeline.propose(Request(text, folder), student)
    times = []
    for text in REQUESTS * rounds:
        started = time.perf_counter()
        pipeline.propose(Request(text, folder), student)
        times.append((time.perf_counter() - started) * 1000)
    return times, round(statistics.mean(lengths))


def key_presses(runs: int = 7) -> dict[str, list[float]]:
    """Seconds from the key to the replaced line, in each real shell that is installed (with tmux)."""
    found = {}
    for name in ("zsh", "bash", "fish"):
        if not (shutil.which(name) and shutil.which("tmux")):
            continue
        with tempfile.TemporaryDirectory() as folder:
            program = f'#!/bin/sh\nPYTHONPATH={shlex.quote(os.getcwd())} exec {shlex.quote(sys.executable)} -c "{COLD[2]}" "$@"\n'
            shell = Shell(name, Path(folder)).install(program)
            try:
                found[name] = [_key_press(shell) for _ in range(runs + 1)][1:]
            finally:
                shell.close()
    return found


def _key_press(shell: Shell) -> float:
    shell.type("list all files")
    shell.has_line("list all files")
    shell.press("M-k")
    started = time.perf_counter()
    shell.until(lambda: not shell.line().startswith("list all files"), "a command")
    seconds = time.perf_counter() - started
    shell.press("C-u")
    shell.has_line("")
    return seconds


def previews() -> list[tuple[str, float]]:
    """Best milliseconds of three from a plan to all that the preview shows, in a folder of 10,000 files."""
    from shellper import pipeline
    from shellper.ui import effects
    from shellper.ui.cli import collect_seldom

    collect_seldom()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(10_000):
            open(os.path.join(folder, f"f{number}.log"), "w").close()
        for line in ("rm *.log", "rm -r .", "chmod 600 *.log", "find . -name '*.log' -delete"):
            times = []
            for _ in range(3):
                started = time.perf_counter()
                effects.summary(pipeline.read_command(line, folder), frozenset())
                times.append((time.perf_counter() - started) * 1000)
            rows.append((line, min(times)))
    return rows


def safe_cost(rounds: int = 20) -> float:
    """Median milliseconds that a reading one-shot pays for safety, in a process that has done nothing of it yet: assessment twice, approval,
    the fence and one line of journal; the program itself is taken off."""
    code = (
        "import os, subprocess, time; from shellper import pipeline, render\n"
        "p = pipeline.read_command('cat a.txt', os.getcwd()); t = time.perf_counter(); subprocess.run(['cat', 'a.txt']); plain = time.perf_counter() - t\n"
        "t = time.perf_counter(); pipeline.perform(p, pipeline.approve(p, os.getcwd())); print((time.perf_counter() - t - plain) * 1000)"
    )
    with tempfile.TemporaryDirectory() as folder:
        open(os.path.join(folder, "a.txt"), "w").close()
        environment = {**os.environ, "PYTHONPATH": os.getcwd(), "HOME": folder, "XDG_STATE_HOME": folder}
        return statistics.median(float(subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout) for _ in range(rounds))


def percentile(values: list[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)]


def import_times() -> list[tuple[str, float]]:
    """What python -X importtime says of the packages that matter, in the order in which they finish."""
    code = "import " + ", ".join(PARTS)
    said = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True, cwd=os.getcwd()).stderr
    rows = [line.split("|") for line in said.splitlines() if line.count("|") == 2]
    return [(name.strip(), int(total) / 1000) for _, total, name in rows if name.strip() in PARTS and total.strip().isdigit()]


if __name__ == "__main__":
    main()
