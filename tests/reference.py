"""Write the reference pages that follow from the program, and the default settings: python -m tests.reference."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from shellper import config, errors
from shellper.ui import ask, cli

ROOT = Path(__file__).parents[1]
MADE = "<!-- made by `make docs` from the program; a test compares -->"


def pages() -> dict[Path, str]:
    """Every generated file with its text."""
    made = {"cli": command_line(), "config": settings(), "exit-codes": statuses()}
    return {**{ROOT / f"docs/{name}.md": "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}, config.DEFAULT_FILE: config.default_text().rstrip() + "\n"}


def command_line() -> Iterator[str]:
    yield from ("# Command line", "", MADE, "", "    shellper [OPTIONS] [--] WORDS…", "    shellper COMMAND …", "")
    yield from ("A sentence that begins with the name of a command goes after `--`.", "")
    yield from _command("shellper WORDS…", ask.ask)
    for name in cli.COMMANDS:
        command = cli.front.get_command(click.Context(cli.front), name)
        yield from _command(f"shellper {name}", command)
        for part, of_it in command.commands.items() if isinstance(command, click.Group) else ():
            yield from _command(f"shellper {name} {part}", of_it)


def settings() -> Iterator[str]:
    yield from ("# Settings", "", MADE, "")
    yield from ("They lie in `$XDG_CONFIG_HOME/shellper/config.toml` (`~/.config/shellper/config.toml`). `shellper config init` writes the file with every option",)
    yield from ("commented out, `shellper config` shows the values in force and where each comes from. A flag beats a variable, a variable the file, the file the", "default. Nothing in the working folder is read. A wrong value is an error that names file, line and what is allowed.", "")
    yield from ("No setting answers a question about what destroys, changes the system or is blocked: `--yes`, `--yes-destructive` and `--allow-system` are options of one call.", "")
    yield from ("| option | default | allowed | variable | meaning |", "| --- | --- | --- | --- | --- |")
    for option in config.OPTIONS.values():
        yield f"| `{option.name}` | `{config.as_toml(option.default)}` | {option.choices} | `{option.variable}` | {option.meaning} |"
    yield from ("", "The files for the shells take, besides, `SHELLPER_NOBIND=1` (bind no key), `SHELLPER_EXPLAIN_KEY` (a key that explains the line) and", "`SHELLPER_PROGRAM` (where the program lies): [shells.md](shells.md). `NO_COLOR`, `TERM=dumb` and `CI` turn colour off where `color` is `auto`.")


def statuses() -> Iterator[str]:
    yield from ("# Exit status", "", MADE, "", "The status of the command that was run, or:", "", "| status | meaning |", "| --- | --- |")
    for status, meaning in cli.STATUSES.items():
        yield f"| {status} | {meaning} |"
    yield from ("", "Errors are one line on stderr, `shellper: what (what to do)`. Their kinds:", "", "| kind | status | when |", "| --- | --- | --- |")
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.ShellperError) and kind is not errors.ShellperError:
            yield f"| `{kind.code}` | {kind.exit_code} | {' '.join(kind.__doc__.split())} |"


def _command(title: str, command: click.Command) -> Iterator[str]:
    words = " ".join(param.metavar or param.name.upper() if param.required else f"[{param.metavar or param.name.upper()}]" for param in command.params if isinstance(param, click.Argument) and param.name != "words")
    yield from (f"## {title} {words}".rstrip(), "")
    yield from (line.strip() for line in command.help.split("\n"))
    yield ""
    options = [param for param in command.params if isinstance(param, click.Option)]
    if options:
        yield from ("| option | meaning |", "| --- | --- |")
        for option in options:
            names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
            yield f"| {names}{_value(option)} | {option.help} |"
        yield ""


def _value(option: click.Option) -> str:
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return " " + " / ".join(f"`{choice}`" for choice in option.type.choices)
    return f" {option.metavar or 'N'}" + (f" (default {option.default})" if option.show_default else "")


def main() -> None:
    """Write the pages and name them."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT), file=sys.stderr)


if __name__ == "__main__":
    main()
