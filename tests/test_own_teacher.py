"""A teacher behind a real HTTP server: its answers are sifted, its faults survived, and nothing that was kept is lost."""
from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from own_kit import SCHEMAS, SEEDS, chat, make_project, talk, teacher, train_command, turn

from model.own.conversations import conversation_of
from model.own.endpoint import TeacherFailed
from model.own.functions import functions_of
from model.own.project import Project
from model.own.prompt import rows_of
from model.own.teaching import NEAR, Sieve, teach
from shellper.errors import BadInput

FUNCTIONS = functions_of(SCHEMAS)
NOUNS = ("soup", "tea", "laundry", "bread", "eggs", "rice", "yoga", "nap", "roast", "parking", "call", "sauna", "stew", "beans")
FRAMES = ("{n} minutes for the {w}", "i need to check the {w} in {n} min", "count down {n}, it is for {w}", "the {w} wants {n} minutes", "ping me about {w} after {n} minutes please", "{w}: {n}", "wake me in {n} for {w}")


def fresh(number: int) -> dict:
    """A conversation like no other."""
    label, minutes = NOUNS[number % len(NOUNS)], number + 2
    return talk(turn(FRAMES[number % len(FRAMES)].format(n=minutes, w=label), "set_timer", minutes=minutes, label=label))


def lines(*rows: object) -> str:
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)


def project(root: Path, url: str, **settings: object) -> Project:
    values = {"url": url, "model": "stub", "conversations": 8, "batch": 2, "parallel": 1, "timeout": 5.0, **settings}
    return Project(make_project(root, settings="[teacher]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())))


def test_answers_are_asked_in_batches_with_functions_and_examples_until_there_are_enough(tmp_path, monkeypatch):
    monkeypatch.setenv("TEACHER_API_KEY", "s3cret")
    shown: list[str] = []
    with teacher(lambda number, body: (200, chat(lines(fresh(2 * number), fresh(2 * number + 1))), 0)) as (url, stub):
        kept = teach(project(tmp_path, url, parallel=3, price_in=1000.0, price_out=2000.0), shown.append)
    assert len(kept) == 8 and {conversation.source for conversation in kept} == {"teacher"}
    assert all(key == "Bearer s3cret" for key in stub.keys) and stub.asked[0]["model"] == "stub"
    first, second = (body["messages"][1]["content"] for body in stub.asked[:2])
    assert '"set_timer"' in first and "Write 2 new conversations" in first and '"turns"' in first and first != second
    assert "8/8 kept" in shown[-1] and "tokens, cost " in shown[-1] and not shown[-1].endswith(" 0.00")
    assert "s3cret" not in (tmp_path / "build/teacher.jsonl").read_text()


@pytest.mark.parametrize("wrap", ["{}", "Sure! Here you are:\n```json\n{}\n```\nAnything else?", "[{}]", '{{"conversations": [{}]}}', "{{oops\n{}\n{{"])
def test_conversations_are_found_in_whatever_stands_around_them(wrap):
    content = wrap.format(", ".join([json.dumps(fresh(0)), json.dumps(fresh(1))]))
    assert list(rows_of(content)) == [fresh(0), fresh(1)]


def test_what_is_wrong_made_up_repeated_or_contradicting_is_refused():
    sieve = Sieve(FUNCTIONS, [conversation_of(row) for row in SEEDS])
    cases = {
        "another form": {"turns": [{"user": 5}]},
        "against the schema": talk(turn("timer for 9999 minutes", "set_timer", minutes=9999)),
        "not grounded": talk(turn("set a new timer please now", "set_timer", label="birthday cake")),
        "near-duplicate": talk(turn("Set a timer for 12 minutes!", "set_timer", minutes=12), turn("call it pasta", "set_timer", minutes=12, label="pasta")),
        "contradiction": talk(turn("turn on the kitchen light", "lights", room="kitchen"), turn("and start a timer for 40 minutes called stew", "set_timer", minutes=40, label="stew")),
    }
    assert {sieve.keep(row)[1] for row in cases.values()} == set(cases)
    assert sieve.keep(fresh(0))[1] == "" and sieve.keep(fresh(0))[1] == "near-duplicate"
    assert 0.5 < NEAR < 1


def test_a_teacher_that_fails_now_and_then_is_asked_again(tmp_path):
    faults = [(500, b"", 0), (200, b"<html>", 0), (200, b'{"choices": []}', 0), (429, b"", 0), (200, b'{"choices": [{"message": {"content": null}}]}', 0)]

    def answer(number, body):
        return faults[number // 2] if number % 2 == 0 and number // 2 < len(faults) else (200, chat(lines(fresh(2 * number), "no", fresh(2 * number + 1))), 0)

    with teacher(answer) as (url, stub):
        kept = teach(project(tmp_path, url), lambda text: None)
    assert len(kept) == 8 and len(stub.asked) >= 8


def test_a_teacher_that_is_silent_is_given_up_in_time_with_what_was_kept(tmp_path):
    def answer(number, body):
        return (200, chat(lines(fresh(0), fresh(1))), 0) if number == 0 else (200, b"", 3)

    with teacher(answer) as (url, _):
        began = time.monotonic()
        with pytest.raises(TeacherFailed, match=r"nothing usable in 5 batches in a row \(no answer in 0.2 s\)") as error:
            teach(project(tmp_path, url, timeout=0.2, attempts=1), lambda text: None)
        assert time.monotonic() - began < 5
    assert "2 conversations are kept" in error.value.hint


def test_a_teacher_that_talks_rubbish_is_given_up(tmp_path):
    with teacher(lambda number, body: (200, chat("I cannot help with that. {}"), 0)) as (url, stub):
        with pytest.raises(TeacherFailed, match="no conversation in the answer"):
            teach(project(tmp_path, url), lambda text: None)
        assert len(stub.asked) == 5


@pytest.mark.parametrize(("status", "words"), [(401, "the key is wrong"), (404, "no such address or model")])
def test_a_refusal_is_said_at_once(tmp_path, status, words):
    with teacher(lambda number, body: (status, b'{"error": {"message": "so it is"}}', 0)) as (url, stub):
        with pytest.raises(TeacherFailed, match=words) as error:
            teach(project(tmp_path, url), lambda text: None)
        assert len(stub.asked) == 1 and "so it is" in str(error.value)


def test_what_was_kept_is_not_asked_for_again_and_a_torn_line_is_cut_off(tmp_path):
    log = tmp_path / "build/teacher.jsonl"
    with teacher(lambda number, body: (200, chat(lines(fresh(2 * number), fresh(2 * number + 1))), 0)) as (url, stub):
        assert len(teach(project(tmp_path, url, conversations=4), lambda text: None)) == 4
        asked = len(stub.asked)
        log.write_bytes(log.read_bytes() + b'{"batch": 7, "ke')
        assert len(teach(project(tmp_path, url, conversations=4), lambda text: None)) == 4
        assert len(stub.asked) == asked
        assert len(teach(project(tmp_path, url, conversations=6), lambda text: None)) == 6
        assert len(stub.asked) == asked + 1
    assert len(log.read_text().splitlines()) == asked + 1


def test_the_cost_has_a_limit(tmp_path):
    with teacher(lambda number, body: (200, chat(lines(fresh(number)), (1_000_000, 0)), 0)) as (url, stub):
        kept = teach(project(tmp_path, url, price_in=2.0, most_cost=5.0), lambda text: None)
    assert len(kept) == 3 == len(stub.asked)


@pytest.mark.parametrize(("settings", "words"), [({"url": "ftp://x"}, "does not begin with http"), ({"model": ""}, "model is missing")])
def test_settings_that_cannot_work_are_named(tmp_path, settings, words):
    with pytest.raises(BadInput, match=words):
        teach(project(tmp_path, settings.pop("url", "http://localhost:1"), **settings), lambda text: None)


def test_nobody_listens_is_one_line_and_what_was_made_before_stays(tmp_path):
    root = project(tmp_path, "http://127.0.0.1:9/v1", attempts=1).root
    (root / "build").mkdir()
    (root / "build/examples.jsonl").write_text("old\n")
    told = train_command("synth", root)
    assert told.returncode == 1 and "Traceback" not in told.stderr
    assert "nothing usable in 5 batches in a row (no connection: " in told.stderr.splitlines()[-1]
    assert (root / "build/examples.jsonl").read_text() == "old\n"


def test_the_teachers_conversations_are_expanded_and_counted(tmp_path):
    with teacher(lambda number, body: (200, chat(lines(fresh(2 * number), fresh(2 * number + 1))), 0)) as (url, _):
        root = project(tmp_path, url).root
        (root / "train.toml").write_text((root / "train.toml").read_text() + "[synth]\nrows = 60\n[engine]\nworkers = 1\n")
        told = train_command("synth", root)
        assert told.returncode == 0, told.stderr
        assert train_command("synth", root).stderr.strip() == "synth: done already"
    rows = [json.loads(line) for line in (root / "build/examples.jsonl").read_text().splitlines()]
    assert sum(row["source"] == "teacher" for row in rows) == 8 and json.loads((root / "build/synth.json").read_text())["taught"] == 8
