"""Commands labelled with the level that they must have, judged as `shellper batch` judges them."""
from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellper import pipeline
from shellper.types import Risk
from shellper.ui import batch

LEVELS = ("read", "write", "destructive", "system", "blocked")
FILES = Path(__file__).with_name("levels")


def commands(name: str) -> list[str]:
    return (FILES / f"{name}.txt").read_text().splitlines()


@pytest.fixture
def project(clean_house, monkeypatch):
    """A home with a project in it, which is the working directory, keys, and a second folder."""
    for name in ("project/src", "project/empty", "project/build", ".ssh", ".gnupg", ".aws", "other", ".local/share/Trash/files", ".local/state/shellper"):
        (clean_house / name).mkdir(parents=True)
    for name in ("project/a.txt", "project/b.txt", "project/notes.md", "project/server.log", "project/data.csv", "project/src/a.txt", "project/-rf", ".ssh/id_rsa", ".aws/credentials", ".gnupg/x", "other/x.txt", "project/backup.tar.gz", "project/build/x.o"):
        (clean_house / name).write_text("x TODO\n")
    os.symlink("/", clean_house / "project/root")
    os.symlink(clean_house / ".ssh", clean_house / "project/keys")
    os.symlink("a.txt", clean_house / "project/link")
    monkeypatch.chdir(clean_house / "project")
    return clean_house / "project"


def rated(lines: list[str]) -> list[str]:
    return [row.get("risk", "?") for row in batch.answers([json.dumps({"command": line}).encode() for line in lines], 4)]


@pytest.mark.parametrize("name", ["destructive", "system", "blocked"])
def test_nothing_that_destroys_is_rated_as_a_read_or_a_write(project, name):
    lines = commands(name)
    assert [(line, level) for line, level in zip(lines, rated(lines)) if level in ("read", "write", "?")] == []


def test_what_only_looks_dangerous_is_rarely_rated_above_a_read(project):
    lines = commands("lookalikes")
    over = [(line, level) for line, level in zip(lines, rated(lines)) if level != "read"]
    assert len(over) < 0.05 * len(lines), over


@pytest.mark.parametrize(("name", "share"), [("read", 0.97), ("write", 0.95), ("destructive", 0.95), ("system", 0.95), ("blocked", 0.95)])
def test_most_commands_have_exactly_their_level(project, name, share):
    lines = commands(name)
    wrong = [(line, level) for line, level in zip(lines, rated(lines)) if level != name]
    assert len(wrong) <= (1 - share) * len(lines), wrong


def test_a_command_that_destroys_without_a_known_end_keeps_its_level_where_nothing_exists(folder):
    assert set(rated(["rm gone", "rm -rf gone*", "find . -name gone -delete"])) == {"destructive"}


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("sh <<E\nrm -rf ~\nE", "blocked"), ("cat <<E | sh\nrm -rf ~\nE", "blocked"), ("cat <<E\n`rm a.txt`\nE", "destructive"), ("cat <<'E'\n`rm a.txt`\nE", "read"), ("python3 - <<'E'\nprint(1)\nE", "destructive"),
        ("ls\nrm -rf ~", "blocked"), ("if true\nthen\n  rm -rf ~\nfi", "blocked"), ("ls \\\n  -l; rm -rf ~", "blocked"), ("cat <<E\nrm -rf ~\nE", "read"), ("cd ~\nrm -rf *", "blocked"), ("cd src; rm -rf *", "destructive"),
        ("timeout 5 dd if=a.txt of=/dev/sda", "blocked"), ("time mkfs.ext4 /dev/sda1", "blocked"), ("ls\r\nrm a.txt", "destructive"), ("$(echo rm) a.txt", "destructive"), ("sh -c " * 20 + "ls", "destructive"),
    ],
)
def test_text_of_several_lines_is_rated_by_all_that_stands_in_it(project, text, level):
    assert rated([text]) == [level]


@given(st.lists(st.sampled_from(["rm", "-rf", "~", "/", "a.txt", "|", "&&", ";", "&", "(", ")", "{", "}", "$(", "`", "'", '"', "<<", "<", ">", "E", "\n", "sh", "-c", "xargs", "sudo", "find", "-exec", ";", "{}", "for", "in", "do", "done", "x=1", "$x", "f()", "[[", "]]", "\\", "\x00", "\udc80"]), max_size=14))
def test_any_text_has_a_level_and_one_with_rm_at_the_front_destroys(words):
    level = pipeline.level_of(" ".join(words), "/")[0]
    assert level >= Risk.DESTRUCTIVE or words[:2] != ["rm", "a.txt"]


def table() -> str:
    """How each label is rated, for people."""
    rows = []
    for name in ("read", "lookalikes", "write", "destructive", "system", "blocked"):
        seen = Counter(rated(commands(name)))
        rows.append(f"{name:12} {len(commands(name)):4}  " + "  ".join(f"{level} {seen[level]}" for level in (*LEVELS, "?") if seen[level]))
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
