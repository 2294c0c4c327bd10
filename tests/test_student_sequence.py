"""Vocabulary, source, pieces, sequence and grammar of the student: plans become steps and come back whole."""
from __future__ import annotations

import jsonschema
import numpy as np
import pytest
from student_kit import TOOLS, source, tokenizer, vocabulary

from shellper.student.arguments import signatures
from shellper.student.grammar import DONE, Grammar
from shellper.student.pieces import segment, spell
from shellper.student.sequence import plan_to_steps, steps_to_plan
from shellper.student.source import PAST_OUTPUT, SourceBudget, render
from shellper.student.vocabulary import Vocabulary, build
from shellper.types import Plan, Redirect, ToolCall, Turn

SIGNATURES = signatures(TOOLS)
LONG = "\n".join(f"-rw-r--r-- 1 sam users {size}.5K Nov  3 10:22 My Report {size}.TXT" for size in range(40))
PLANS = [
    ("list everything newest first", Plan((ToolCall("ls", {"all": True, "sort_by": "time"}),))),
    ("show 12 lines of a b.txt", Plan((ToolCall("head", {"lines": 12, "paths": ["a b.txt"]}),))),
    ("find TODO in log files", Plan((ToolCall("find", {"name": "*.log"}), ToolCall("grep", {"pattern": "TODO", "ignore_case": True}, "each")))),
    ("write them to Übersicht.md", Plan((ToolCall("ls", {}), ToolCall("head", {"lines": 5}, "pipe")), Redirect("Übersicht.md", True))),
    ("drop all 😀 from x", Plan((ToolCall("replace", {"find": "😀", "replace": "", "paths": ["x", "日本.txt"]}),))),
    ("columns", Plan((ToolCall("columns", {"columns": [1, 3, "last"]}), ToolCall("ps", {"fields": ["cpu", "pid"]})))),
    ("thanks", Plan((ToolCall("cannot", {"reason": "chat"}),))),
]


def steps_of(plan: Plan, src) -> list[int]:
    return plan_to_steps(plan, src, vocabulary(), SIGNATURES)


@pytest.mark.parametrize("request_text, plan", PLANS)
def test_a_plan_survives_the_way_to_steps_and_back_and_is_legal(request_text, plan):
    src = source(request_text)
    steps = steps_of(plan, src)
    assert steps_to_plan(steps, src, vocabulary(), SIGNATURES) == plan
    assert Grammar(TOOLS, vocabulary()).accepts(steps, src)


@pytest.mark.parametrize(
    "value, request_text, expected",
    [
        ("*.log", "find log files", ["*.", "⟦log⟧"]),
        ("My Report.TXT", "open My Report.TXT", ["⟦My Report.TXT⟧"]),
        ("notes_old.txt", "copy notes.txt", ["⟦notes⟧", "_", "o", "l", "d", "⟦.txt⟧"]),
        ("TODO", "find todo", ["TODO"]),
        ("5M", "bigger than 5mb", ["⟦5⟧", "M"]),
        ("1", "first line of file1", ["1"]),
        (".", "list everything.", ["."]),
    ],
)
def test_a_value_is_copied_where_the_source_has_it_and_spelled_elsewhere(value, request_text, expected):
    src, words, shown = source(request_text), vocabulary(), []
    steps = iter(segment(value, src, words))
    for step in steps:
        if step >= len(words):
            shown.append(f"⟦{src.span(step - len(words), next(steps) - len(words))}⟧")
        else:
            shown.append(words.spelled[step].decode())
    assert shown == expected


def test_equal_copies_come_from_the_request_then_the_output_then_the_listing():
    turn = Turn("show notes.txt", "cat notes.txt", "see notes.txt")
    origins = []
    for request_text, turns, names in [("rm notes.txt", (turn,), ("notes.txt",)), ("rm it", (turn,), ("notes.txt",)), ("rm it", (), ("notes.txt",))]:
        src = source(request_text, turns, names)
        origins.append(spell(segment("notes.txt", src, vocabulary()), src, vocabulary())[1])
    assert origins == ["request", "output", "listing"]


def test_provenance_names_every_item_and_the_redirect():
    plan = Plan((ToolCall("rm", {"paths": ["a.txt", "zzz"]}),), Redirect("out.txt"))
    src = source("delete it, log to out.txt", names=("a.txt",))
    assert steps_to_plan(steps_of(plan, src), src, vocabulary(), SIGNATURES).provenance == {
        "0.paths.0": "listing", "0.paths.1": "spelled", "output.path": "request",
    }


def test_the_source_keeps_to_its_budget_and_shows_first_and_last_lines():
    turns = tuple(Turn(f"list {n}", "ls -l", LONG, 1) for n in range(6))
    for words in range(60):
        src = render("show the biggest " * words, turns, [f"name {n}.txt" for n in range(99)], tokenizer(), SourceBudget())
        assert len(src) <= 224
    src = render("show the last one", turns, (), tokenizer())
    shown = {src.text[a:b] for a, b, kind in zip(src.starts, src.ends, src.kinds, strict=True) if kind == PAST_OUTPUT}
    assert {"exit", "1", "2", "39", "40"} <= shown
    assert "sam" not in shown


def test_a_span_over_hidden_tokens_copies_the_whole_text():
    path = "/".join(f"folder{n}" for n in range(20)) + "/end.txt"
    src = source("open it", (Turn("where", "find", path),))
    assert spell(segment(path, src, vocabulary()), src, vocabulary()) == (path, "output")


def test_a_vocabulary_is_saved_and_loaded_by_name(tmp_path):
    vocabulary().save(tmp_path / "vocabulary.json")
    loaded = Vocabulary.load(tmp_path / "vocabulary.json")
    assert loaded == vocabulary()
    assert loaded.tokens[loaded.index["tool:grep"]] == "tool:grep"


@pytest.mark.parametrize("seed", range(60))
def test_any_walk_through_the_grammar_ends_in_a_plan_that_fits_the_schemas(seed):
    grammar, random = Grammar(TOOLS, vocabulary()), np.random.default_rng(seed)
    src = source("show 12 lines of 日本 a-b.txt 7", (Turn("x", "ls", "12 a\n77 b"),), ("c.log",))
    state, steps = grammar.start(), []
    while state.phase != DONE:
        options = np.flatnonzero(grammar.allowed(state, src))
        if not len(options):
            assert (state.argument and "pattern" in state.argument.schema) or state.steps > 96
            return
        # Tokens without text are rarer than pieces: choose them more often, so that walks get far.
        closing = [step for step in options if step < len(vocabulary()) and step not in vocabulary().spelled]
        steps.append(int(random.choice(closing if closing and random.random() < 0.5 else options)))
        state = grammar.advance(state, steps[-1], src)
        if len(steps) > 400:
            return
    plan = steps_to_plan(steps, src, vocabulary(), SIGNATURES)
    for call in plan.calls:
        schema = dict(TOOLS[call.name].parameters)
        if call.input == "each":
            schema["required"] = [name for name in schema["required"] if name != TOOLS[call.name].each]
        jsonschema.validate(dict(call.arguments), schema)


def test_a_user_catalogue_with_numbers_and_plain_booleans_gets_choices():
    tool = type(TOOLS["ls"])("lamp", {"type": "object", "properties": {"on": {"type": "boolean"}, "level": {"type": "number", "minimum": 0}}})
    words = build({"lamp": tool})
    assert {"enum:true", "enum:false"} <= set(words.tokens)
    plan = Plan((ToolCall("lamp", {"on": False, "level": 0.5}),))
    src = source("dim to 0.5")
    known = signatures({"lamp": tool})
    steps = plan_to_steps(plan, src, words, known)
    assert steps_to_plan(steps, src, words, known) == plan
    assert Grammar({"lamp": tool}, words).accepts(steps, src)
