"""The error report counts what it says."""
from __future__ import annotations

import pytest

pytest.importorskip("torch")

from student_kit import TOOLS, tokenizer, vocabulary

from model.config import StudentConfig
from model.data import Encoding, Example
from model.evaluate import Answer, abstentions, threshold
from model.report import origins, reference, report, wilson, wrong_arguments
from shellper.types import Plan, Redirect, ToolCall, Turn

pytestmark = pytest.mark.train
LISTED = Turn("list", "ls", "a.txt\nb.log\n")


def plan(*paths: str, tool: str = "rm") -> Plan:
    return Plan((ToolCall(tool, {"paths": list(paths)}),))


def answer(confidence: float, right: bool, *, due: bool = False, refused: bool = False) -> Answer:
    given = Plan((ToolCall("cannot", {"reason": "chat"}),)) if refused else plan("a.txt")
    return Answer("t", confidence, 0 if right else None, True, 0.01, given, due)


def test_faults_name_tool_and_argument():
    assert list(wrong_arguments(plan("a.txt"), plan("b.log"))) == ["rm.paths: another value"]
    assert list(wrong_arguments(plan("a", tool="cat"), plan("a"))) == ["cat instead of rm"]
    assert list(wrong_arguments(Plan((*plan("a").calls, *plan("b").calls)), plan("a"))) == ["call not wanted: rm"]
    assert list(wrong_arguments(plan("a"), Plan(plan("a").calls, Redirect("x")))) == ["output: missing"]


@pytest.mark.parametrize(("words", "kind"), [("delete the second one", "place in a list"), ("the biggest of them", "superlative"), ("same for b.log", "same again"), ("undo that", "taken back"), ("read it", "pronoun"), ("show b.log", "no such word")])
def test_references_are_told_by_their_words(words, kind):
    assert reference(Example(words, (LISTED,), (), plan("b.log"))) == kind


def test_the_report_has_groups_with_intervals_and_faults():
    encoding = Encoding(StudentConfig(), vocabulary(), TOOLS, tokenizer())
    examples = [Example("delete b.log", (), (), plan("b.log"), "t1"), Example("delete the second", (LISTED,), (), plan("b.log"), "t2")]
    assert [origins(example, encoding) for example in examples] == ["request", "output"]
    text = report([(examples[0], plan("b.log")), (examples[1], plan("a.txt"))], encoding)
    assert "2 examples, 1/2 = 50.0%" in text and "| output | 0/1" in text and "| rm.paths: another value | 1 | delete the second |" in text


def test_wilson_is_within_bounds_and_narrows():
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(50, 100)
    assert (round(low, 3), round(high, 3)) == (0.404, 0.596)


def test_the_threshold_keeps_the_wanted_share():
    found = [answer(0.9, True)] * 60 + [answer(0.5, False)] * 10 + [answer(0.4, True)] * 10
    assert threshold(found) == 0.9
    assert threshold([answer(0.9, False)] * 50) == 1.0


def test_abstentions_are_counted_where_due_and_where_not():
    found = [answer(0.9, True, due=True, refused=True), answer(0.9, False, due=True), answer(0.9, False, refused=True), answer(0.9, True)]
    assert abstentions(found) == {"cannot_where_due": 0.5, "cannot_wrongly": 0.5}
