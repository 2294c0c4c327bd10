"""Plans and tool files against their schemas: what is wrong is named by a JSON pointer."""
from __future__ import annotations

import copy
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_strategies import values

from shellper.errors import PlanInvalid, ToolFileInvalid
from shellper.tools import as_json, catalogue, load, plan_from_json
from shellper.tools.schema import fits
from shellper.types import Plan, Redirect, ToolCall

GOOD = json.loads(json.dumps(catalogue().tools["head"].spec))


@pytest.mark.parametrize(
    ("rows", "pointer"),
    [
        ({}, "/: "), ([], "/: "), (["ls"], "/0: "), ([{}], "/0: "), ([{"name": "frob"}], "/0/name: "), ([{"name": "ls", "flags": 1}], "/0/flags: "), ([{"name": "ls", "arguments": []}], "/0/arguments: "),
        ([{"name": "ls", "arguments": {"nope": 1}}], "/0/arguments/: "), ([{"name": "head", "arguments": {"lines": "ten"}}], "/0/arguments/lines: "), ([{"name": "cat", "arguments": {"paths": ["a", 3]}}], "/0/arguments/paths/1: "),
        ([{"name": "ls"}, {"name": "head", "input": "tee"}], "/1/input: "), ([{"name": "ls", "input": "pipe"}], "/0/input: "), ([{"name": "ls"}, {"name": "whoami", "input": "each"}], "/1/input: "),
        ([{"name": "find"}, {"name": "rm", "input": "each", "arguments": {"paths": ["x"]}}], "/1/arguments/paths: "), ([{"name": "ls"}, {"name": "cannot", "arguments": {"reason": "chat"}}], "/1/name: "), ([{"name": "ls", "output": {}}], "/0/output: "),
        ([{"name": "ls", "output": {"path": "x"}}, {"name": "ls"}], "/0/output: "), ([{"name": "cannot", "arguments": {"reason": "chat"}, "output": {"path": "x"}}], "/0/output: "),
    ],
)
def test_a_wrong_plan_is_refused_with_a_pointer(rows, pointer):
    with pytest.raises(PlanInvalid) as error:
        plan_from_json(rows)
    assert str(error.value).startswith(pointer)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("name", "arguments", "input", "output", "paths", "path")) | st.text(max_size=4), inner, max_size=4)))
def test_no_json_at_all_makes_the_reader_stumble(rows):
    try:
        plan_from_json(rows)
    except PlanInvalid as error:
        assert str(error).startswith("/")


def test_a_plan_as_json_reads_back():
    plan = Plan((ToolCall("find", {"name": ["*.log"]}), ToolCall("cat", {}, "each"), ToolCall("head", {"lines": 3}, "pipe")), Redirect("x", True))
    assert plan_from_json(json.loads(json.dumps(as_json(plan)))) == plan


def changed(*path, to) -> dict:
    spec = copy.deepcopy(GOOD)
    place = spec
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return spec


@pytest.mark.parametrize(
    ("spec", "pointer"),
    [
        (changed("name", to="Head"), "/name"), (changed("risk", to=3), "/risk"), (changed("argv", to="x"), "/argv"), (changed("argv", to=[7]), "/argv/0"), (changed("argv", to=[{"operand": "nope"}]), "/argv/0"), (changed("extra", to=1), "/: "), (changed("examples", to=[]), "/examples"),
        (changed("parameters", "additionalProperties", to=True), "/parameters/additionalProperties"), (changed("parameters", "properties", "lines", to={"type": "nonsense"}), "/parameters/properties/lines/type"), (changed("parameters", "properties", "unused", to={"type": "string"}), "/parameters/properties/unused"),
        (changed("parameters", "required", to=["nope"]), "/parameters/required"), (changed("each", to="nope"), "/parameters/required"), (changed("effects", "reads", to="paths"), "/effects/reads"), (changed("argv", to=[{"word": [{"text": "{lines:frob}"}]}]), "/argv/0"), (changed("risk_if", to={"lines": 7}), "/risk_if/lines"), (changed("effects", "reads", to=[{"if": "x"}]), "/effects/reads/0"),
    ],
)
def test_a_wrong_tool_file_is_refused_with_file_pointer_and_reason(tmp_path, spec, pointer):
    (tmp_path / "head.json").write_text(json.dumps(spec))
    with pytest.raises(ToolFileInvalid) as error:
        load([tmp_path])
    assert f"head.json: {pointer}" in str(error.value)


PLACES = (("argv",), ("argv", 0), ("parameters",), ("parameters", "properties"), ("parameters", "properties", "lines"), ("parameters", "required"), ("effects",), ("effects", "reads"), ("examples",), ("examples", 0), ("risk_if",), ("each",), ("also_argv",), ("loop",), ("imply",), ("ignore",), ("program",))
JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("arg", "option", "flag", "word", "text", "operand", "also", "argv", "literal", "type", "if", "choice", "flags")), inner, max_size=3))


@given(st.sampled_from(PLACES), JUNK)
def test_no_tool_file_at_all_makes_the_check_stumble(tmp_path_factory, place, junk):
    file = tmp_path_factory.getbasetemp() / "junk" / "head.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(changed(*place, to=junk)))
    try:
        load([file.parent])
    except ToolFileInvalid as error:
        assert "head.json: /" in str(error)


@given(data=st.data(), tool=st.sampled_from(sorted(catalogue().tools)))
@settings(max_examples=300, deadline=None)
def test_what_fits_at_a_glance_also_fits_for_jsonschema(data, tool):
    parameters = catalogue().tools[tool].parameters
    names = [*parameters["properties"], "other"]
    whatever = st.one_of(st.booleans(), st.integers(-3, 30), st.text(max_size=3), st.lists(st.one_of(st.text(max_size=3), st.integers(-3, 3)), max_size=2), st.none(), st.floats(0, 2))
    likely = st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), st.one_of(values(parameters["properties"].get(name, {})), whatever)))
    arguments = dict(data.draw(st.lists(likely, max_size=4)))
    if fits(parameters, arguments):
        jsonschema.validate(arguments, parameters)
