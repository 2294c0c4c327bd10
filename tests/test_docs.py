"""The documents name what the program has."""
from __future__ import annotations

import re

import pytest
from conftest import ROOT

from shellper import __version__, errors
from shellper.types import Risk
from shellper.ui import ask, cli

README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_readme_names_every_command(name):
    assert f"`shellper {name}" in README


@pytest.mark.parametrize("option", [option for param in ask.ask.params for option in param.opts if option.startswith("-")])
def test_the_readme_and_the_help_name_every_option(option):
    help_text = cli.front.get_help(cli.front.make_context("shellper", ["--help"], resilient_parsing=True))
    assert f"`{option}" in README and option in help_text


def test_the_readme_and_the_help_name_every_exit_status():
    statuses = {cls.exit_code for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.ShellperError) and cls is not errors.ShellperError}
    assert statuses <= set(cli.STATUSES)
    assert set(cli.STATUSES) == {int(status) for status in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}


def test_the_readme_names_every_risk():
    assert all(f"| `{risk.word}` |" in README for risk in Risk)


def test_the_changelog_has_this_version():
    assert re.search(rf"^## .*{re.escape(__version__)}", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_the_documents_name_only_files_and_targets_that_exist(document):
    text = (ROOT / document).read_text()
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE)) <= set(targets)
    assert all((ROOT / link).exists() for link in re.findall(r"\]\((?!http)([^)]+)\)", text))
