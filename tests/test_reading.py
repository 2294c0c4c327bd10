"""Command lines as people write them, read as what they mean, or refused where a plan would mean something else."""
from __future__ import annotations

import pytest

from shellper.errors import Unparsed
from shellper.render import parse, render

SAME = [
    ("find d -prune -empty", "find d -maxdepth 0 -empty"),
    ("find . ! -name . -prune -type f", "find . -maxdepth 1 -mindepth 1 -type f"),
    ("find . -type d -name x -prune", "find . -type d -name x -prune"),
    ("find . -not \\( -path ./b -prune \\) -name x", "find . -name x -not \\( -path ./b -o -path './b/*' \\)"),
    ("find / \\( -perm -4000 -o -perm -2000 \\) -print", "find / -perm /6000"),
    ("find . \\( -type d -o -type f \\) -name x", "find . \\( -type f -o -type d \\) -name x"),
    ("find . -exec echo 100% {} \\;", "find . -printf '100%% %p\\n'"),
    ("find . -name x 2>/dev/null -exec cat {} \\;", "find . -name x -exec cat {} +"),
    ("find . -name x -ok rm {} \\;", "find . -name x -exec rm -i {} +"),
    ("( find . -name x | sort ) | wc -l", "find . -name x | sort | wc -l"),
    ("seq 5 | xargs echo", "seq 1 5 | xargs"),
    ("ls | xargs -0n2", "ls | xargs -d '\\n' -n 2"),
    ("ls | xargs -ti% rm %", "ls | xargs -d '\\n' rm"),
    ("set -eu", "set -o errexit -o nounset"),
    ("awk '{printf \"%s: %s\\n\", $2, $1}' f", "awk '{print $2 \": \" $1}' f"),
    ("awk 'BEGIN {FS=\":\"} ; {print $1}' f", "awk -F: '{print $1}' f"),
    ("awk '{print $1\" \"$2}' f", "awk '{print $1, $2}' f"),
]
OTHER = [
    "awk '/a/ {print substr($2, 6)}' f",
    "awk '{printf \"%s %s\\n\", $1}' f",
    "find . -exec printf x \\;",
    "find . -name a -o -name b -prune -o -name c",
    "find . -print -name x -prune",
    "find . -type d -prune -name x",
    "find . -depth -name x -prune",
    "find . -exec grep -q x {} \\; -exec echo found {} \\;",
    "find . -print -exec echo found {} \\;",
    "find . -ok chmod 600 {} \\;",
    "ls | xargs -p rm",
    "( cd src ) && ls",
    "perl -pe 's/a/$b/' f",
    "perl -pe 's/(?{system(1)})/b/' f",
    "perl -pe 's/a/b/e' f",
    "rename 's/a/@{[`id`]}/' *",
]


@pytest.mark.parametrize(("line", "text"), SAME)
def test_a_line_is_read_as_what_it_means(line, text):
    plan = parse(line)
    assert render(plan).text == text
    assert parse(text) == plan


@pytest.mark.parametrize("line", OTHER)
def test_a_line_that_no_plan_means_is_refused(line):
    with pytest.raises(Unparsed):
        parse(line)
