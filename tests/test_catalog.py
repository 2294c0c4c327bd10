"""Tests over the tool files themselves: every example renders as it says, and every command reads back as the call."""
import pytest

from shellper.render import parse, render
from shellper.tools import catalogue, validate
from shellper.tools.catalog import BUILT_IN, read_tool
from shellper.types import Plan, ToolCall

TOOLS = catalogue().tools
EXAMPLES = [(tool, row) for tool in TOOLS.values() for row in tool.spec["examples"]]


def call_of(tool, row):
    return Plan((ToolCall(tool.name, row["call"]),))


@pytest.mark.parametrize(("tool", "row"), EXAMPLES, ids=lambda value: value.name if hasattr(value, "name") else value["ask"])
def test_an_example_validates_and_renders_as_it_says(tool, row):
    plan = call_of(tool, row)
    validate(plan)
    if tool.name == "cannot":
        return
    command = render(plan)
    if tool.loop:
        assert command.text == " ".join(row["argv"]) or command.text == row["argv"][-1]
    else:
        assert [word.text for word in command.stages[0].words] == row["argv"]


@pytest.mark.parametrize(("tool", "row"), EXAMPLES, ids=lambda value: value.name if hasattr(value, "name") else value["ask"])
def test_the_text_of_an_example_reads_back_as_the_call(tool, row):
    if tool.name == "cannot":
        return
    plan = call_of(tool, row)
    assert parse(render(plan).text) == plan


def test_every_built_in_file_fits_the_schema_of_tool_files():
    for file in BUILT_IN.glob("*.json"):
        read_tool(file, check=True)


def test_every_property_has_a_description():
    for tool in TOOLS.values():
        for name, schema in tool.properties.items():
            assert schema.get("description"), f"{tool.name}.{name}"
