"""The page that the side-by-side benchmark writes, and that it goes on where it was stopped."""
from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

from tests.bench_causal import REQUESTS, Notes
from tests.bench_plot import write_page

ROW = {"p50": 10.0, "p95": 20.0, "work": 15.0, "uncached_p50": 10.0, "uncached_p95": 20.0, "cold": 400.0, "memory": 150.0, "size": 30.0}
FOUND = {
    "ours": ROW, "270M": {name: 40 * value for name, value in ROW.items()}, "parts": [["encode", 3.0], ["ground", 1.0]], "reached": 30e9, "limit": 120e9,
    "conditions": {"requests": 200, "uncached": 20, "colds": 5, "cores": 2, "load": 0.5, "prompt": 1500, "said": 25.0},
}  # fmt: skip


def test_the_page_has_the_ratios_and_where_the_time_goes(tmp_path):
    write_page(FOUND, tmp_path / "docs")
    page = (tmp_path / "docs/benchmarks.md").read_text()
    assert "| 10.0 ms | 400.0 ms | 40.0 |" in page and "| encode | 3.00 | 75% |" in page and "25% of the 120 billion" in page and "was quiet" in page
    drawn = ElementTree.parse(tmp_path / "docs/benchmarks.svg").getroot()
    assert sum(node.tag.endswith("text") and node.text == "40 ×" for node in drawn) == len(ROW)
    write_page({**FOUND, "conditions": {**FOUND["conditions"], "load": 9.0}}, tmp_path / "docs")
    assert "To be run again" in (tmp_path / "docs/benchmarks.md").read_text()


def test_what_was_measured_is_not_measured_again(tmp_path):
    path = tmp_path / "runs/notes.jsonl"
    assert Notes(path, {"cores": 2}).get(("ours", "warm", 0), lambda: [1.0, 2.0]) == [1.0, 2.0]
    assert Notes(path, {"cores": 2}).get(("ours", "warm", 0), pytest.fail) == [1.0, 2.0]
    with pytest.raises(SystemExit, match="other conditions"):
        Notes(path, {"cores": 4})


def test_the_requests_are_two_hundred_of_the_eighteen_tools():
    rows = [json.loads(line) for line in REQUESTS.read_text().splitlines()]
    assert len({row["ask"] for row in rows}) == len(rows) == 200 and len({row["name"] for row in rows}) == 18
