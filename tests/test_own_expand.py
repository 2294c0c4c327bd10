"""Variants of conversations keep their arguments grounded, whoever makes them."""
from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import asdict

import pytest
from conftest import ROOT
from own_kit import SCHEMAS, SEEDS, make_project, talk, turn
from student_kit import source

from model.own import noise, numerals
from model.own.checks import contradictions, unfounded
from model.own.conversations import as_row, conversation_of, problems, said
from model.own.engine import run_shards
from model.own.expand import Expander
from model.own.functions import functions_of
from model.own.project import Project
from model.own.settings import Engine, Synth
from model.own.surfaces import find, replace_all
from model.own.swaps import Pool, swap
from model.own.synth import Shard, make, synthesise
from shellper.errors import BadInput
from shellper.student.grammar import Grammar
from shellper.student.vocabulary import CLOSE, COMMA, END, PAD, START, THEN, build

FUNCTIONS = functions_of(SCHEMAS)
WORDS = ["kestrel", "harbour", "lantern", "quartz"]


def conversations(*rows):
    return [conversation_of(row) for row in rows or SEEDS]


def swapped(*turns, times=60):
    """All forms that a conversation takes by swaps, as (words, calls) of every turn."""
    told = conversations(talk(*turns))
    pool = Pool.of([*conversations(), *told], FUNCTIONS, WORDS)
    made = [swap(told[0], FUNCTIONS, pool, random.Random(seed)) for seed in range(times)]
    return {tuple((exchange.user, said(exchange.calls)) for exchange in one.exchanges) for one in made}


def test_variants_are_valid_grounded_many_and_the_same_each_time():
    expander = Expander(conversations(), FUNCTIONS, Synth(), WORDS)
    made = [one for one in map(expander.variant, range(600)) if one]
    assert len({one.key for one in made}) > 250
    for one in made:
        assert not list(problems(one, FUNCTIONS)) and not list(unfounded(one, FUNCTIONS))
    again = Expander(conversations(), FUNCTIONS, Synth(), WORDS)
    assert [again.variant(number) for number in range(20)] == [expander.variant(number) for number in range(20)]


def test_a_value_changes_in_words_and_calls_at_once_also_where_it_is_carried_on():
    forms = swapped(turn("remind Ann, code 4711", "remind", who=["Ann"], code="4711"), turn("it costs 20", "remind", who=["Ann"], code="4711", price=20))
    assert len(forms) > 20
    for (first, call), (second, carried) in forms:
        name, code = first.removeprefix("remind ").split(", code ")
        assert call == f"remind(who={name}, code={code})"
        assert carried == f"remind(who={name}, code={code}, price={second.split()[-1]})"


def test_choices_change_places_only_where_their_words_were_said():
    forms = swapped(turn("living room on", "lights", room="living_room", state="on"), turn("and off", "lights", room="living_room", state="off"))
    assert {words for (words, _), _ in forms} >= {"hall on", "kitchen off"}
    assert all(("off" in second) == ("state=off" in call) for _, (second, call) in forms)
    described = swapped(turn("light where I cook", "lights", room="kitchen", state="on"), turn("hall too", "lights", room="hall", state="on"))
    assert {call for (_, call), _ in described} == {"lights(room=kitchen, state=on)"}


def test_a_number_that_another_was_worked_out_from_stays():
    forms = swapped(turn("timer for 10 minutes", "set_timer", minutes=10), turn("double that", "set_timer", minutes=20))
    assert len(forms) == 1


def test_a_short_word_that_also_says_something_else_stays():
    forms = swapped(turn("what is on in the hall", "unclear"), turn("hall on", "lights", room="hall", state="on"))
    assert {call.rpartition("state=")[2] for _, (_, call) in forms} == {"on)"}


@pytest.mark.parametrize(
    ("value", "words", "text"),
    [(1500, "pay 1,500 now", "1,500"), (500, "pay 1,500 now", None), (200, "two hundred bucks", "two hundred"), ("4532", "four five three two", "four five three two"), ("2003", "two oh oh three", "two oh oh three"),
     ("living_room", "the Living Room", "living room"), ("hall", "the hallway", None), (45.5, "it is 45.50", "45.50"), (True, "true", None), (20, "twenty one", "twenty")],
)  # fmt: skip
def test_a_value_is_found_as_people_say_it(value, words, text):
    surface = find(value, words)
    assert (surface.text if surface else None) == text


def test_replacements_are_made_at_once():
    assert replace_all("Kitchen or hall?", {"kitchen": "hall", "hall": "kitchen"}) == "Hall or kitchen?"


def test_numbers_are_said_as_people_say_them():
    assert numerals.words(1234) == "one thousand two hundred and thirty four"
    assert numerals.forms("1500")["hundreds"] == "fifteen hundred"
    assert numerals.forms("0412")["digit by digit, oh"] == "oh four one two"
    assert set(numerals.forms("x1")) == {"digits"}


def test_noise_leaves_what_is_copied_whole():
    for seed in range(200):
        draw = random.Random(seed)
        words = noise.slips(noise.speech("please remind Quentin Abernathy about the meeting", ["Quentin Abernathy"], [], draw), ["Quentin Abernathy"], draw)
        assert "Quentin Abernathy" in words


def test_words_of_another_turn_say_the_same_call():
    expander = Expander(conversations(*SEEDS[:5], talk(turn("please make the hall bright, i mean on", "lights", room="hall", state="on"))), FUNCTIONS, Synth(), WORDS)
    kitchen = conversations(SEEDS[1])[0].exchanges[0]
    said_so = {expander._reworded(kitchen, random.Random(seed)).user for seed in range(80)}
    assert "please make the kitchen bright, i mean on" in said_so


def test_synthesis_puts_shards_together_keeps_dev_apart_and_goes_on_from_what_is_there(tmp_path):
    project = Project(make_project(tmp_path, settings="[synth]\nrows = 900\nheld_back = 0.0\n[engine]\nworkers = 2\n"))
    shown = []
    counts = synthesise(project, [], shown.append)
    rows = [json.loads(line) for line in (tmp_path / "build/examples.jsonl").read_text().splitlines()]
    assert counts["train"] == 900 and [row["split"] for row in rows].count("dev") == 2
    train = [(tuple(turn["request"].casefold() for turn in row["turns"]), tuple(turn["command"] for turn in row["turns"]), " ".join(row["request"].casefold().split())) for row in rows if row["split"] == "train"]
    assert len(set(train)) > 0.99 * len(train)
    shards = sorted((tmp_path / "build/shards").rglob("*.jsonl"))
    shards[0].unlink()
    shown.clear()
    synthesise(Project(tmp_path), [], shown.append)
    assert [text for text in shown if "shard" in text] == ["synth: shard 1/1"]
    assert [json.loads(line) for line in (tmp_path / "build/examples.jsonl").read_text().splitlines()] == rows
    made = [conversation_of(json.loads(line)) for file in shards for line in file.read_text().splitlines()]
    assert len(list(contradictions(made, FUNCTIONS))) < 0.02 * len(made)


def test_a_damaged_shard_is_named(tmp_path):
    project = Project(make_project(tmp_path, settings="[synth]\nrows = 50\n[engine]\nworkers = 1\n"))
    synthesise(project, [], lambda text: None)
    shard = next((tmp_path / "build/shards").rglob("*.jsonl"))
    shard.write_text("{torn")
    with pytest.raises(BadInput, match=r"000000.jsonl is damaged"):
        synthesise(project, [], lambda text: None)


def shards() -> list[Shard]:
    task = json.dumps({"schemas": SCHEMAS, "conversations": [as_row(one) for one in conversations()], "settings": asdict(Synth()), "words": WORDS})
    return [Shard(task, first, 15) for first in (0, 15, 30)]


def test_a_ray_cluster_makes_the_same_shards():
    ray = pytest.importorskip("ray", reason="ray is not installed")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False, runtime_env={"env_vars": {"PYTHONPATH": f"{ROOT}"}})
    try:
        assert dict(run_shards(make, shards(), Engine("ray"))) == {number: make(shard) for number, shard in enumerate(shards())}
    finally:
        ray.shutdown()


def test_without_ray_the_engine_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BadInput, match="Ray is not installed"):
        list(run_shards(make, shards(), Engine("ray")))


def test_all_but_training_and_export_need_no_torch():
    code = "import sys, model.own.cli, model.own.score, model.own.teaching; sys.exit('torch' in sys.modules or 'onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_links_that_the_vocabulary_lacks_are_never_legal():
    heard = source("hall on")
    for specials, after in (((PAD, START, END, COMMA, CLOSE), {END}), ((PAD, START, END, THEN, COMMA, CLOSE), {END, THEN})):
        vocabulary = build(FUNCTIONS.tools, specials=specials)
        grammar = Grammar(FUNCTIONS.tools, vocabulary)
        state = grammar.advance(grammar.start(), vocabulary.index["tool:unclear"], heard)
        assert {vocabulary.tokens[step] for step in grammar.allowed(state, heard).nonzero()[0]} == after
