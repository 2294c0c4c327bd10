"""The sub-commands; each translates, calls, shows."""
from __future__ import annotations

import os
import shlex
import sys

import click

from .students import option as student_option

SHELLS = ("bash", "zsh", "fish")


@click.command(context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(command, as_json) -> None:
    """Say what COMMAND does and how much it can cost; quote it as one word where it has shell characters."""
    from shellper import pipeline

    from . import show

    proposal = pipeline.read_command(command[0] if len(command) == 1 else shlex.join(command), os.getcwd())
    if as_json:
        click.echo(show.as_json(proposal))
    else:
        click.echo(show.explanation(proposal))


@click.command()
@click.option("--beams", default=4, show_default=True, type=click.IntRange(1, 16), help="Readings kept while decoding.")
@student_option
def batch(beams, student) -> None:
    """Answer JSON Lines on stdin with JSON Lines on stdout, same order; runs nothing.

    A line has {"id", "request", "history": [{"request", "command", "output", "exit_code"}], "cwd"}, or "command" instead of
    "request" to explain and assess it.
    """
    from .batch import answers
    from .show import json_line

    for row in answers(sys.stdin.buffer, beams, student):
        click.echo(json_line(row))


@click.command()
@click.argument("number", required=False, type=click.IntRange(1))
@click.option("-y", "--yes", is_flag=True, help="Answer yes.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be taken back; change nothing.")
def undo(number, yes, dry_run) -> None:
    """Take back the last run that changed something, or run NUMBER; an undo can be taken back too, by its number."""
    from .undo import take_back

    raise click.exceptions.Exit(take_back(number, yes=yes, dry_run=dry_run))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, oldest first.")
@click.option("-c", "--count", default=20, show_default=True, type=click.IntRange(1), help="How many runs to list.")
def history(as_json, count) -> None:
    """List what was run, newest last, and what undo would take back."""
    from .undo import listing

    for line in listing(as_json=as_json, count=count):
        click.echo(line)


@click.command()
@click.argument("action", required=False, type=click.Choice(["init"]))
@click.option("--default", "as_default", is_flag=True, help="Print the default file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def config(action, as_default, as_json) -> None:
    """Show the settings in force and where each comes from; `init` writes the default file where there is none."""
    from . import settings

    click.echo(settings.written() if action else settings.default() if as_default else settings.listing(as_json=as_json))


@click.command()
@click.argument("shell", required=False, type=click.Choice(SHELLS))
def init(shell) -> None:
    """Print the lines that load the key and the completion into SHELL (by default, yours); nothing is written."""
    from . import hooks

    click.echo("\n".join(hooks.lines(shell or hooks.present())))


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.argument("line")
@click.option("--explain", "explained", is_flag=True, help="Say what the command LINE does instead.")
@click.option("--no-comments", is_flag=True, help="The shell does not take # for a comment.")
@student_option
def widget(shell, line, explained, no_comments, student) -> None:
    """Turn the words on the LINE of SHELL into commands for that line; asks nothing and runs nothing.

    Prints lines of a verb, a tab and a text: take (a command, best first), note (about the one before), say (why there is none).
    Put -- before LINE.
    """
    from . import widget

    lines, status = widget.explained(line) if explained else widget.answer(line, shell, comments=not no_comments, student=student)
    click.echo(widget.written(lines), nl=False)
    raise click.exceptions.Exit(status)


@click.command()
def doctor() -> None:
    """Check the installation: artefact, catalogue, programs, terminal."""
    from .doctor import report

    lines, healthy = report()
    click.echo("\n".join(lines))
    raise click.exceptions.Exit(0 if healthy else 1)
