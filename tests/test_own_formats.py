"""Function schemas, conversations and settings: what is read, what is refused and with which words."""
from __future__ import annotations

import json
from dataclasses import fields

import pytest
from conftest import ROOT
from own_kit import SCHEMAS, SEEDS, make_project, talk, train_command, turn

from model.own.answers import Ask
from model.own.checks import check, contradictions
from model.own.cli import front
from model.own.conversations import conversation_of, examples, problems, said
from model.own.functions import functions_of, read_functions
from model.own.project import Project
from model.own.score import judge, numbers
from model.own.settings import Settings, read_settings, template
from shellper.errors import BadInput, ToolFileInvalid
from shellper.types import Context, ToolCall

FUNCTIONS = functions_of(SCHEMAS)


def function(**properties) -> list:
    return [{"name": "f", "description": "does it", "parameters": {"type": "object", "properties": properties}}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not readable as JSON"),
        ("[]", "/: a list of function schemas"),
        ([{"name": "f"}], "/0/: 'description' is a required property"),
        ([{"type": "function", "function": {"name": "f g", "description": "does it"}}], "/0/function/name: 'f g' does not match"),
        (function(x={"type": "strin"}), "/0/parameters/properties/x/type: 'strin' is not valid"),
        (function(x={"type": "object"}), "/0/parameters/properties/x: an object inside the arguments"),
        (function(x={"$ref": "#/y"}), "/0/parameters/properties/x/$ref"),
        (function(x={"type": "integer", "maximum": 5, "default": 9}), "/0/parameters/properties/x/default: 9 is greater than the maximum"),
        (function(x={"type": "array", "items": {"type": "array"}}), "/0/parameters/properties/x/items: a list of lists"),
        (function() * 2, "/1/name: 'f' stands twice"),
        ([{"name": "f", "description": "does it", "parameters": {"type": "object", "properties": {}, "required": ["y"]}}], "/0/parameters/required: 'y' is no argument"),
    ],
)
def test_a_wrong_schema_is_refused_with_file_pointer_and_reason(tmp_path, content, message):
    file = tmp_path / "tools.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ToolFileInvalid) as error:
        read_functions(file)
    assert str(error.value).startswith(f"{file}: ") and message in str(error.value)


def test_null_only_says_that_an_argument_may_be_left_out():
    tool = functions_of(function(x={"type": ["integer", "null"], "default": None}, y={"anyOf": [{"type": "string"}, {"type": "null"}]})).tools["f"]
    assert [argument.kind for argument in tool.arguments.values()] == ["integer", "string"]


def test_distils_form_and_ours_give_the_same_conversation():
    asked = [{"role": "system", "content": "You help."}, {"role": "user", "content": "timer"},
             {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "set_timer", "arguments": "{}"}}]},
             {"role": "tool", "content": "How long?"}, {"role": "user", "content": "12 minutes"}]  # fmt: skip
    theirs = {"question": json.dumps(asked), "answer": json.dumps({"name": "set_timer", "parameters": {"minutes": 12, "label": None}})}
    ours = talk(turn("timer", "set_timer", says="How long?"), turn("12 minutes", "set_timer", minutes=12))
    assert conversation_of(theirs) == conversation_of(ours)


def test_a_conversation_is_cut_into_prefixes_that_end_in_a_call():
    found = list(examples(conversation_of(SEEDS[4]), "train"))
    assert [(example.request, len(example.turns)) for example in found] == [("hall on", 0), ("timer", 1), ("twenty minutes", 2)]
    assert [(turn.command, turn.output) for turn in found[2].turns] == [("lights(room=hall, state=on)", ""), ("set_timer()", "How long?")]
    assert found[2].plan.calls == (ToolCall("set_timer", {"minutes": 20}),)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{nope", "not readable as JSON"),
        ([1], "/: a JSON object is expected"),
        ({}, "/: neither 'turns' nor 'question'"),
        ({"turns": [{"user": 3}]}, "/turns/0: an object with the user's words"),
        ({"turns": [{"user": "hello"}]}, "/: no turn has a call"),
        ({"question": "[]", "answer": "{}"}, "/question: does not end with words"),
        ({"question": "hi", "answer": "{"}, "/answer: not readable as JSON"),
        (talk(turn("x", "nosuch")), "/turns/0/calls/0/name: there is no function 'nosuch'"),
        (talk(turn("x", "set_timer", minutes=900)), "/turns/0/calls/0/arguments/minutes: 900 is greater"),
        (talk(turn("x", "set_timer", minute=9)), "/turns/0/calls/0/arguments: Additional properties"),
        (talk(turn("x", "remind", who=[])), "/turns/0/calls/0/arguments/who: an empty list"),
        (talk(turn("set a timer for 12 minutes", "set_timer", minutes=13)), "is answered by set_timer(minutes=13), but by set_timer(minutes=12)"),
        ({**talk(turn("x", "unclear")), "split": "test"}, "/split: 'test' is neither"),
    ],
)
def test_check_names_file_line_and_reason(tmp_path, row, message):
    root = make_project(tmp_path, [*SEEDS[:2], row])
    (fault,) = check(Project(root)).faults
    assert fault.startswith(f"{root}/seeds.jsonl:3: ") and message in fault


def test_the_same_words_may_be_answered_otherwise_after_other_turns():
    rows = [talk(turn("hall on", "lights", room="hall", state="on"), turn("off", "lights", room="hall", state="off")), talk(turn("off", "lights", state="off"))]
    assert not list(contradictions(map(conversation_of, rows), FUNCTIONS))
    clash = [talk(turn("Off ", "lights", state="off")), talk(turn("off", "unclear"))]
    assert len(list(contradictions(map(conversation_of, clash), FUNCTIONS))) == 1


def test_check_notes_what_nobody_said_and_functions_that_are_rare(tmp_path):
    notes = check(Project(make_project(tmp_path, [*SEEDS, talk(turn("timer for the cake", "set_timer", label="birthday")), talk(turn("my code", "remind", code="1234"))]))).notes
    assert any("no word of 'birthday' was said" in note for note in notes)
    assert any("nobody said '1234'" in note for note in notes)
    assert any("unclear is called in 1 of" in note for note in notes)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ({"minutes": 5}, {"minutes": 5, "loud": False}, True),
        ({"minutes": 5}, {"minutes": 5.0}, True),
        ({"loud": True}, {"loud": 1}, False),
        ({"minutes": 5}, {"minutes": 5, "loud": True}, False),
        ({"label": "Tea"}, {"label": "tea"}, False),
    ],
)
def test_an_argument_that_is_not_given_is_its_default(ours, theirs, same):
    assert FUNCTIONS.same((ToolCall("set_timer", ours),), (ToolCall("set_timer", theirs),)) is same


def test_lists_of_unique_items_have_no_order():
    assert FUNCTIONS.same((ToolCall("remind", {"who": ["Ann", "Bob"]}),), (ToolCall("remind", {"who": ["Bob", "Ann"]}),))
    assert not FUNCTIONS.same((ToolCall("remind", {"who": ["Ann"]}),), ())


def test_a_conversation_is_judged_on_the_right_history_and_on_its_own():
    conversation = conversation_of(talk(turn("hall on", "lights", room="hall", state="on"), turn("off", "lights", room="hall", state="off")))

    def repeats_the_room(request: str, context: Context):
        room = "kitchen" if not context.turns else context.turns[-1].command.partition("room=")[2].partition(",")[0]
        return (ToolCall("lights", {"room": room, "state": request.split()[-1]}),), 0.9

    ask: Ask = repeats_the_room
    first, second = judge(conversation, ask, FUNCTIONS)
    assert (first.right, first.own, second.right, second.own) == (False, False, True, False)
    figures = numbers([[first, second]], heard=["hall on"])
    assert figures["calls"][:2] == [1, 2] and figures["calls_on_own_history"][:2] == [0, 2] and figures["conversations_on_own_history"][:2] == [0, 1]
    assert figures["calls_with_new_words"][:2] == [1, 1] and figures["functions"][:2] == [2, 2]
    assert 0 < figures["calls"][2] < 0.5 < figures["calls"][3] < 1


def test_the_template_of_the_settings_holds_the_defaults(tmp_path):
    file = tmp_path / "train.toml"
    file.write_text(template())
    assert read_settings(file) == Settings()
    file.write_text("\n".join(line.removeprefix("# ") if " = " in line and "student" not in line else line for line in template().splitlines()))
    assert read_settings(file) == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [("[sinth]\n", "no section [sinth]"), ("[synth]\nrow = 3\n", "[synth] row: there is no such setting"), ("[synth]\nrows = 'x'\n", "[synth] rows: 'x'"), ("[train]\nminutes = -1\n", "less than 0"),
     ("[engine]\nkind = 'slurm'\n", "neither 'local' nor 'ray'"), ("[synth\n", "not readable as TOML"), ("[synth]\nspeech = 2.0\n", "more than 1")],
)  # fmt: skip
def test_a_wrong_setting_is_named(tmp_path, text, message):
    file = tmp_path / "train.toml"
    file.write_text(text)
    with pytest.raises(BadInput) as error:
        read_settings(file)
    assert str(file) in str(error.value) and message in str(error.value)


@pytest.mark.parametrize("recipe", ["smart_home", "banking"])
def test_a_recipe_has_no_faults_and_enough_seeds_of_its_own(recipe):
    project = Project(ROOT / "model/recipes" / recipe)
    found = check(project)
    assert not found.faults and not found.notes
    assert len(project.conversations["train"]) >= 30 and len(project.conversations["dev"]) >= 10
    assert not {row.key for row in project.conversations["dev"]} & {row.key for row in project.conversations["train"]}


def test_the_training_page_names_every_command_setting_section_and_option():
    page = (ROOT / "docs/training.md").read_text()
    assert all(f"| `{name}` |" in page for name in front.commands)
    assert all(f"`[{field.name}]`" in page for field in fields(Settings))
    options = {option for command in front.commands.values() for param in command.params for option in param.opts if option.startswith("--")}
    assert all(f"`{option}" in page for option in options)


def test_said_calls_hold_texts_verbatim():
    assert said([ToolCall("remind", {"who": ["Ann B.", "Bob"], "price": 45.5})]) == "remind(who=Ann B. | Bob, price=45.5)"
    assert not list(problems(conversation_of(SEEDS[3]), FUNCTIONS))


def test_the_commands_answer_in_one_line_with_an_exit_status(tmp_path):
    made = train_command("init", tmp_path / "new")
    assert made.returncode == 0 and {"tools.json", "seeds.jsonl", "train.toml"} <= {file.name for file in (tmp_path / "new").iterdir()}
    assert train_command("check", tmp_path / "new").returncode == 0
    bad = make_project(tmp_path / "bad", ["{"])
    found = train_command("check", bad)
    assert found.returncode == 1 and f"fault  {bad}/seeds.jsonl:1: not readable as JSON" in found.stdout
    for words, status in ((("all", bad), 2), (("check", tmp_path / "none"), 2), (("bogus",), 2), (("ask", tmp_path / "new", "hi"), 3), (("export", tmp_path / "new"), 2)):
        told = train_command(*words)
        assert told.returncode == status and told.stderr.startswith(("shellper-train: ", "synth: begins")) and "Traceback" not in told.stderr
