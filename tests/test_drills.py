"""Drills are clear and true: what is asked of an output is what the command does."""
from __future__ import annotations

import random
import re

import pytest

from model.drills.drill import Unfit, bank
from model.drills.make import make
from model.drills.said import by_look, place
from shellper.tools import plan_from_json, validate


@pytest.fixture(scope="module")
def made():
    return make("test", 60)


def test_drills_of_one_seed_are_the_same(made):
    again = make("test", 60)
    assert [(drill["request"], drill["plan"]) for drill in again] == [(drill["request"], drill["plan"]) for drill in made]


def test_every_drill_has_a_valid_plan_and_leans_on_a_turn(made):
    assert {drill["world"] for drill in made} >= {"picks", "repeats", "refinements"}
    for drill in made:
        validate(plan_from_json(drill["plan"]))
        assert (drill["turns"] or drill["world"] == "tables") and all(turn["exit_code"] == 0 for turn in drill["turns"])


@pytest.mark.parametrize(("key", "index"), [("1", 0), ("2", 1), ("-1", 4), ("-2", 3), ("middle", 2)])
def test_a_place_is_called_by_its_own_phrases(key, index):
    found = {place(random.Random(seed), 5) for seed in range(200)}
    assert (key, index) in found
    assert all(at == {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "-1": 4, "-2": 3, "-3": 2, "middle": 2}[name] for name, at in found)


def test_a_description_fits_one_name_only():
    names = ["report_2023.csv", "report_2024.csv", "notes.md"]
    for seed in range(60):
        try:
            said, at = by_look(random.Random(seed), names)
        except Unfit:
            continue
        assert any(word in names[at].lower() for word in said.lower().replace(".", " ").split() if len(word) > 1)
        assert "report" not in said.lower()


def test_phrases_have_the_slots_that_their_drill_fills():
    slots = {"cp_to": "xd", "mv_to": "xd", "cp_as": "xn", "mv_as": "xn", "cp_bak": "xn", "ln_s": "xn", "head": "xk", "tail": "xk", "grep": "xp", "append": "xt", "diff": "xy"}
    for action, frames in bank("actions").items():
        assert len(set(frames)) == len(frames) > 20
        for frame in frames:
            assert set(re.findall(r"\{(\w+)\}", frame)) == set(slots.get(action, "x")), frame
    for name, phrases in bank("refs")["ordinal"].items():
        assert len(phrases) > 10 and not any("{" in phrase for phrase in phrases), name


def test_a_table_is_asked_by_the_names_that_the_student_sees():
    for drill in make("tables", 40, "tables"):
        assert drill["columns"] or drill["plan"][0]["name"] in ("head", "json_get", "json_length"), drill["request"]
        column = drill["plan"][0]["arguments"].get("column")
        if column:
            heads = dict(zip(*[iter(re.split(r"\s(\d+)\s", drill["columns"][0])[1:])] * 2, strict=True))
            assert heads[str(column)].lower().replace("_", " ") in drill["request"].lower().replace("_", " ")
