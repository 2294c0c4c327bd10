"""The documents name what the program has."""
from __future__ import annotations

import json
import re

import pytest
import reference
from conftest import ROOT

from shellper import __version__, config, errors, pipeline
from shellper.context.build import KEPT_NAMES
from shellper.context.clean import CAP
from shellper.journal import Run
from shellper.tools import schema
from shellper.types import Risk
from shellper.ui import ask, cli, commands, hooks, settings, show, undo

USAGE = (ROOT / "docs/usage.md").read_text()


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_page_on_use_names_every_command(name):
    assert f"`shellper {name}" in USAGE


@pytest.mark.parametrize("option", [option for param in ask.ask.params for option in param.opts if option.startswith("-")])
def test_the_page_on_use_and_the_help_name_every_option(option):
    help_text = cli.front.get_help(cli.front.make_context("shellper", ["--help"], resilient_parsing=True))
    assert f"`{option}" in USAGE and option in help_text


def test_the_page_on_use_and_the_help_name_every_exit_status():
    statuses = {cls.exit_code for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.ShellperError) and cls is not errors.ShellperError}
    assert statuses <= set(cli.STATUSES)
    assert set(cli.STATUSES) == {int(status) for status in re.findall(r"^\| (\d+) \|", USAGE, re.MULTILINE)}


def test_the_page_on_use_names_every_risk():
    assert all(f"| `{risk.word}` |" in USAGE for risk in Risk)


def test_the_changelog_has_this_version():
    assert re.search(rf"^## .*{re.escape(__version__)}", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", reference.pages(), ids=lambda path: path.name)
def test_a_generated_page_is_what_the_program_says(path):
    assert path.read_text() == reference.pages()[path], "make docs writes it anew"


def keys_of(document: str) -> set[str]:
    """What stands in the first column of the tables of a page."""
    return {name for row in re.findall(r"^\| (`[^|]+) \|", (ROOT / "docs" / document).read_text(), re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)}


def test_the_json_page_names_every_key(tmp_path):
    (tmp_path / "a.txt").touch()
    rows = show.answer(pipeline.read_command("rm a.txt", str(tmp_path)))
    assert keys_of("json.md") == set(rows)
    text = (ROOT / "docs/json.md").read_text()
    run = undo.row(Run(1, 0.0, "rm a", "destructive", "/"))
    assert all(f"`{name}`" in text for name in [*run, *json.loads(settings.listing(as_json=True)), "kind", "path", "to", "objects", "bytes", "cannot_undo", "marks", *(risk.word for risk in Risk)])


def test_the_page_on_tool_files_names_every_key_and_its_example_is_one():
    properties = schema.TOOL_FILE["properties"]
    assert {*properties, *properties["effects"]["properties"]} <= keys_of("tools-format.md")
    text = (ROOT / "docs/tools-format.md").read_text()
    assert schema.check_tool(json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1]), "head") is None
    kinds = {name for item in schema._ITEM["anyOf"] for name in item.get("required", [])}
    assert all(f'"{name}"' in text for name in kinds)


def test_the_page_on_privacy_names_its_settings_and_the_numbers_in_force():
    text = (ROOT / "docs/privacy.md").read_text()
    assert all(f"`{name}`" in text for name in ("capture", "history", "keep_days", "keep_megabytes"))
    assert f"at most {KEPT_NAMES} names" in text and f"{CAP // 1000} kB" in text and f"at most {ask.LONGEST_PIPE // 1000} kB" in text
    assert f"`keep_days` ({config.OPTIONS['keep_days'].default})" in text and f"`keep_megabytes` ({config.OPTIONS['keep_megabytes'].default})" in text


def test_the_page_on_shells_names_what_the_files_take():
    text = (ROOT / "docs/shells.md").read_text()
    for name in commands.SHELLS:
        variables = set(re.findall(r"SHELLPER_[A-Z]+(?:_[A-Z]+)*", (ROOT / f"completions/shellper.{name}").read_text())) - {hooks.REPORT}
        assert all(f"`{variable}`" in text for variable in variables), name


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_the_documents_name_only_files_and_targets_that_exist(document):
    text = (ROOT / document).read_text()
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE)) <= set(targets)
    assert all((ROOT / document).parent.joinpath(link).exists() for link in re.findall(r"\]\((?!http)([^)]+)\)", text))
