"""A reading that looks for what is not there is doubted; one that may find something, or cannot be looked into, is not."""
from __future__ import annotations

import json

import pytest

from shellper.context import fruitless
from shellper.render import parse


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "web.log").write_text("GET /a 200\nPOST /b (late) 500\n")
    (tmp_path / "pay.csv").write_text("name,group,euro\nann,a,10\nbob,b,12\n")
    (tmp_path / "crew.json").write_text(json.dumps({"lead": {"name": "Ida"}, "crew": [{"name": "Bo", "cabin": 4}]}))
    (tmp_path / "picture").write_bytes(b"\0\1\2")
    return str(tmp_path)


@pytest.mark.parametrize("command", [
    "find . -type f -name '*.logs'", "find var -iname '*.CSV'", "grep timeout var/web.log", "grep -c get var/web.log", "grep -E 'a|c$' pay.csv | wc -l && grep zebra pay.csv",
    "sed -i 's/euros/dollars/' pay.csv", "sed -i /carol/d pay.csv", "jq -r .captain crew.json", "jq -r '.crew[].berth' crew.json", "awk -F, '{print $4}' pay.csv",
    "awk -F, '$2 == \"c\"' pay.csv", "awk -F, 'NR > 1 {s += $5} END {print s}' pay.csv",
])  # fmt: skip
def test_what_is_not_there(folder, command):
    assert fruitless(parse(command), folder)


@pytest.mark.parametrize("command", [
    "find . -type f -name '*.log'", "find . -iname '*.LOG'", "find / -name nothing", "find .. -name nothing", "find . -size +1M", "grep 200 var/web.log", "grep -i get var/web.log",
    "grep -E 'GET|PUT' var/web.log", "grep 'GET\\|PUT' var/web.log", "grep '(late)' var/web.log", "grep -F '/b (late)' var/web.log", "grep -v timeout var/web.log", "grep -r timeout .",
    "grep timeout missing.log", "grep timeout picture", "grep '[' pay.csv", "sed -i 's/euro/dollar/' pay.csv", "jq -r .lead.name crew.json", "jq -r '.crew[].cabin' crew.json",
    "awk -F, '{print $3}' pay.csv", "awk -F, '$2 == \"b\"' pay.csv", "awk -F, '$3 > 100' pay.csv", "cd var && grep timeout web.log", "cat pay.csv | grep zebra", "ls nothing",
])  # fmt: skip
def test_what_may_be_there(folder, command):
    assert not fruitless(parse(command), folder)


def test_a_long_file_is_not_looked_into(folder, tmp_path):
    (tmp_path / "long.log").write_text("x\n" * 200_000)
    assert not fruitless(parse("grep timeout long.log"), folder)
