"""Every tool of the catalogue: a call becomes a line, and the line reads back as the call; words mean to bash what they mean to us."""
from __future__ import annotations

import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_strategies import calls

from shellper.errors import PlanInvalid
from shellper.render import parse, render
from shellper.render.words import ansi_c, quote, shell
from shellper.safety import expand
from shellper.tools import catalogue, validate
from shellper.tools.pathvalues import escape, path_value, path_word, unescape
from shellper.types import Plan, Redirect, ToolCall, Word

TOOLS = [tool for tool in catalogue().tools.values() if tool.name != "cannot"]
ANY_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=12)
ODD_TEXT = st.one_of(ANY_TEXT, st.text(st.sampled_from("ab*?[]\\~!'\"$`{}(),;&|<># =:^%@\n\t\x1b\x7fü-"), max_size=10))


def round_trip(tool, examples: int) -> None:
    """Draw calls of TOOL and check them; a tool whose every combination is refused is a fault of its file."""
    outcomes = {"same": 0, "refused": 0, "outside the schema": 0}

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(calls(tool))
    def check(call: ToolCall) -> None:
        plan = Plan((call,))
        try:
            validate(plan)
        except PlanInvalid:  # a condition between arguments that the strategy does not know
            outcomes["outside the schema"] += 1
            return
        try:
            text = render(plan).text
        except PlanInvalid:
            outcomes["refused"] += 1
            return
        assert "\n" not in text and "\x1b" not in text
        back = parse(text)
        assert back == plan or render(back).text == text or (tool.name, back.calls[0].name) == ("id", "whoami")  # id -un is whoami
        outcomes["same"] += 1

    check()
    assert outcomes["same"], f"{tool.name}: {outcomes}"


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_call_survives_the_way_to_a_line_and_back(tool):
    round_trip(tool, 12)


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_call_survives_the_way_to_a_line_and_back_many_times(tool):
    round_trip(tool, 150)


@pytest.mark.parametrize(
    "plan",
    [
        Plan((ToolCall("find", {"name": ["*.log"]}), ToolCall("rm", {}, "each"))),
        Plan((ToolCall("find", {"type": "file"}), ToolCall("grep", {"pattern": "it's"}, "each"), ToolCall("sort", {}, "pipe"), ToolCall("head", {"lines": 3}, "pipe"))),
        Plan((ToolCall("ls", {}), ToolCall("wc", {"count": "lines"}, "pipe")), Redirect("a b.txt", True)),
        Plan((ToolCall("mkdir", {"paths": ["x y"]}), ToolCall("cd", {"path": "x y"})), None),
    ],
    ids=lambda plan: " ".join(call.name for call in plan.calls),
)
def test_calls_that_are_joined_survive_too(plan):
    assert parse(render(plan).text) == plan


def in_bash(words: list[str], cwd: str = "/") -> list[str]:
    """What bash makes of WORDS."""
    done = subprocess.run(["/bin/bash", "-c", "printf '%s\\0' " + " ".join(words)], cwd=cwd, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]


@given(st.lists(ODD_TEXT, min_size=20, max_size=40))
@settings(max_examples=15)
def test_a_quoted_word_is_to_bash_the_text_itself(texts):
    assert in_bash([quote(text) for text in texts]) == texts


def test_a_name_that_is_not_utf_8_is_to_bash_itself():
    assert in_bash([quote("a\udcff b"), quote("\x9b\udc80'\\")]) == ["a\udcff b", "\x9b\udc80'\\"]


@given(ODD_TEXT)
def test_ansi_c_quoting_is_read_back(text):
    assert ansi_c(quote(text + "\x01")[2:-1]) == text + "\x01"


@pytest.mark.parametrize(("inner", "text"), [(r"a\tb", "a\tb"), (r"\e[0m", "\x1b[0m"), (r"\101\x41\u00e9\U1F600", "AAé😀"), (r"\'\"\\", "'\"\\"), (r"\q", "\\q")])
def test_ansi_c_quotes_read_as_bash_reads_them(inner, text):
    assert ansi_c(inner) == text
    assert in_bash([f"$'{inner}'"]) == [text]


@given(ODD_TEXT)
def test_an_escaped_path_stands_for_its_text(text):
    assert unescape(escape(text)) == text
    assert path_word(escape(text)) == Word(text)
    assert path_value(Word(text)) == escape(text)


NAMES = ("a.txt", "b b.txt", "c[1].txt", "*", "it's.txt", "d$x.txt", "-dash.txt", ".hidden.txt", "ü.TXT", "a\nb.txt", "q?.md", "sub/x.txt", "sub/y z.md", "\\.txt", "~", "e!.txt")
VALUES = ("*", "*.txt", "?.txt", "[ab]*.txt", "[!a]*.txt", "[^a]*.txt", ".*", ".h*", "sub/*", "*/", "*/*.txt", "c\\[1\\].txt", "c\\[*", "\\*", "\\*.txt", "b b*", "it's*", "d$*", "*\\?*", "\\~", "nothing*", "~", "~/*", "\\\\*", "*!*", "[a-c]*", "**")


@pytest.mark.parametrize("value", VALUES)
def test_a_pattern_stands_for_the_files_that_bash_finds(folder, clean_house, value):
    (folder / "sub").mkdir()
    for name in NAMES:
        (folder / name).touch()
    (clean_house / "mine.txt").touch()
    word = path_word(value)
    found = expand(word, str(folder)) or [unescape(value)]
    assert sorted(found) == sorted(in_bash([shell(word)], str(folder)))
