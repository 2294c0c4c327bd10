"""Beam search, the artefact folder and the onnx student, with a scripted network in place of the trained one."""
from __future__ import annotations

import json

import numpy as np
import pytest
from student_kit import ARTEFACT, TOOLS, source, vocabulary

from shellper.errors import ModelMissing
from shellper.student.arguments import signatures
from shellper.student.artefact import FILES, open_artefact, write_manifest
from shellper.student.decode import search
from shellper.student.grammar import Grammar
from shellper.student.sequence import plan_to_steps, steps_to_plan
from shellper.types import Plan, ToolCall


class Script:
    """A network that gives each of its rows of steps the weight that stands beside it, and nothing to any other."""

    def __init__(self, rows, width: int) -> None:
        self.rows, self.width = rows, width

    def read(self, src):
        return None

    def step(self, reading, steps, marks, parents, cache):
        past = [(*cache[parent], step) if cache else () for parent, step in zip(parents, steps, strict=True)]
        logits = np.full((len(steps), self.width), -30.0, np.float32)
        for beam, taken in enumerate(past):
            for row, weight in self.rows:
                if tuple(row[: len(taken)]) == taken and len(row) > len(taken):
                    here = row[len(taken)]
                    logits[beam, here] = np.logaddexp(logits[beam, here], np.log(weight))
        return logits, past


def found(rows, src, width=4):
    grammar = Grammar(TOOLS, vocabulary())
    network = Script(rows, len(vocabulary()) + len(src))
    return [(steps_to_plan(each.steps, src, vocabulary(), grammar.signatures), each.probability) for each in search(network, src, grammar, width)]


def steps_of(plan, src):
    return plan_to_steps(plan, src, vocabulary(), signatures(TOOLS))


LIST, SEARCH = Plan((ToolCall("ls", {"all": True}),)), Plan((ToolCall("grep", {"pattern": "log"}),))


def test_plans_come_with_their_probabilities_the_best_first():
    src = source("look for it")
    result = found([(steps_of(LIST, src), 0.7), (steps_of(SEARCH, src), 0.3)], src)
    assert [plan for plan, _ in result] == [LIST, SEARCH]
    assert [probability for _, probability in result] == pytest.approx([0.7, 0.3], abs=1e-3)


def test_plans_that_differ_only_in_where_they_copy_from_are_one():
    src = source("log or log or log")
    size, places = len(vocabulary()), [at for at in range(len(src)) if src.groups[at] >= 0 and src.span(at, at) == "log"]
    row = steps_of(SEARCH, src)
    spelled = next(at for at, step in enumerate(row) if step >= size)
    rows = [((*row[:spelled], size + place, size + place, *row[spelled + 2 :]), 0.3) for place in places]
    result = found(rows, src)
    assert [plan for plan, _ in result] == [SEARCH]
    assert result[0][1] == pytest.approx(1.0, abs=1e-2)


def test_short_plans_that_end_early_do_not_hide_a_longer_and_likelier_one():
    src = source("look for it")
    short = [Plan((ToolCall("ls", arguments),)) for arguments in ({}, {"all": True}, {"sort_by": "time"}, {"sort_by": "size"})]
    likely = Plan((ToolCall("grep", {"pattern": "look for it", "paths": ["a", "b", "c"], "ignore_case": True}),))
    result = found([(steps_of(likely, src), 0.6), *((steps_of(plan, src), 0.1) for plan in short)], src)
    assert result[0][0] == likely
    assert result[0][1] == pytest.approx(0.6, abs=1e-2)


def test_a_step_that_the_grammar_forbids_gets_no_probability():
    src = source("remove")
    illegal = [vocabulary().index["tool:rm"], vocabulary().index["<end>"]]
    result = found([(illegal, 0.9), (steps_of(LIST, src), 0.1)], src, width=1)
    assert all(plan.calls[0].arguments.get("paths") for plan, _ in result)


def test_a_network_that_never_ends_is_brought_to_an_end():
    class Babble(Script):
        def step(self, reading, steps, marks, parents, cache):
            logits = np.zeros((len(steps), self.width), np.float32)
            logits[:, vocabulary().index["b:78"]] = 5
            logits[:, [vocabulary().index[name] for name in ("</v>", "<end>")]] = -20
            return logits, None

    src = source("babble")
    for decoded in search(Babble([], len(vocabulary()) + len(src)), src, Grammar(TOOLS, vocabulary())):
        assert len(decoded.steps) < 200


def artefact_in(folder):
    for name in FILES:
        (folder / name).write_text("{}")
    write_manifest(folder, "abc", 1.5, {})
    return folder


def test_an_artefact_opens_and_verifies(tmp_path):
    artefact = open_artefact(artefact_in(tmp_path))
    artefact.verify()
    assert (artefact.catalogue, artefact.temperature) == ("abc", 1.5)


def test_a_missing_folder_a_missing_file_and_a_changed_file_are_told_apart(tmp_path):
    with pytest.raises(ModelMissing, match="no student"):
        open_artefact(tmp_path / "nowhere")
    artefact = open_artefact(artefact_in(tmp_path))
    (tmp_path / "decoder.onnx").write_text("[]")
    with pytest.raises(ModelMissing, match="damaged"):
        artefact.verify()
    (tmp_path / "decoder.onnx").unlink()
    with pytest.raises(ModelMissing, match=r"incomplete: decoder\.onnx"):
        open_artefact(tmp_path)


@pytest.mark.skipif(not (ARTEFACT / "manifest.json").is_file(), reason="no artefact is built")
def test_the_shipped_artefact_is_whole_and_within_its_budget():
    artefact = open_artefact()
    artefact.verify()
    assert sum(file.stat().st_size for file in ARTEFACT.iterdir()) <= 40_000_000
    assert json.loads((ARTEFACT / "vocabulary.json").read_text(encoding="utf-8"))[0] == "<pad>"
