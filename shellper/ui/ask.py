"""One request in words: preview, consent by level, run."""
from __future__ import annotations

import os
import select
import stat
import sys
from dataclasses import replace

import click

from shellper import config

from .students import chosen
from .students import option as student_option

LONGEST_PIPE = 64_000  # bytes of stdin that are looked at


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("words", nargs=-1)
@click.option("-p", "--print", "only_print", is_flag=True, help="Print the command and stop.")
@click.option("-n", "--dry-run", is_flag=True, help="Show command, risk and files; run nothing.")
@click.option("-y", "--yes", is_flag=True, help="Answer yes for commands that create or change files.")
@click.option("--yes-destructive", is_flag=True, help="Answer yes also for what destroys and can be undone.")
@click.option("--allow-system", is_flag=True, help="Let changes of the system be run, after a typed word.")
@click.option("-x", "--explain", "explained", is_flag=True, help="Say what each part means.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; run nothing.")
@click.option("--cwd", metavar="DIR", help="As if called in DIR.")
@click.option("--shell", "dialect", type=click.Choice(config.OPTIONS["shell"].allowed), help="Which tools to write for.")
@click.option("--color", type=click.Choice(config.OPTIONS["color"].allowed), help="Colour in the preview.")
@student_option
@click.option("-q", "--quiet/--no-quiet", default=None, help="Preview only the command line where it only reads.")
@click.option("-v", "--verbose/--no-verbose", default=None, help="Also show confidence and alternatives.")
def ask(words, only_print, dry_run, yes, yes_destructive, allow_system, explained, as_json, cwd, dialect, color, student, quiet, verbose) -> None:
    """Turn WORDS into a command, show it, ask, run it."""
    from shellper import pipeline

    from . import consent, show

    quiet, verbose = _chosen("quiet", quiet), _chosen("verbose", verbose)
    look = show.Look.of(_chosen("color", color))
    request = request_of(" ".join(words), cwd)
    proposal = pipeline.propose(request, chosen(student), dialect=dialect_of(_chosen("shell", dialect)))
    if as_json:
        click.echo(show.as_json(proposal))
        raise click.exceptions.Exit(125 if proposal.cannot else 0)
    most = config.value("alternatives")
    proposal = replace(proposal, alternatives=proposal.alternatives[:most], others=proposal.others[:most])
    show.refuse_abstention(proposal)
    if only_print:
        click.echo(show.command_line(proposal))
        return

    def preview(shown):
        untracked = pipeline.untracked(shown, request.cwd)
        show.preview(shown, look, explained=explained or verbose, confidence=verbose, brief=quiet, untracked=untracked)
        return untracked

    untracked = preview(proposal)
    if not dry_run:
        flags = consent.Flags(yes=yes or yes_destructive, destructive=yes_destructive, system=allow_system)
        raise click.exceptions.Exit(consent.run_with_consent(proposal, request.cwd, flags, untracked, preview))


def request_of(text: str, cwd: str | None):
    """The request made of the words, the folder, the last command of the shell, and what was piped in. Raises BadInput."""
    from shellper.errors import BadInput
    from shellper.pipeline import check
    from shellper.types import Request, Turn

    from . import recent

    check(text)
    try:
        folder = os.path.abspath(os.getcwd() if cwd is None else os.path.expanduser(cwd))
        os.listdir(folder)
    except OSError as error:
        raise BadInput(f"{cwd or 'the current folder'}: {error.strerror}", hint="name another folder with --cwd") from None
    piped = piped_text()
    return Request(text, folder, (*recent.turns(text), *((Turn("", "", piped),) if piped else ())))


def piped_text() -> str:
    """What stands on stdin if it is a pipe or file: data for the student to look at, never an answer."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return ""
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)) or not select.select([0], [], [], 0.2)[0]:
        return ""
    return sys.stdin.buffer.read(LONGEST_PIPE).decode("utf-8", "replace")


def _chosen(name: str, flag: str | bool | None) -> str | bool:
    """The FLAG where it was given, else the setting NAME."""
    return config.value(name) if flag is None else flag


def dialect_of(name: str) -> str:
    """The tools that "gnu", "bsd" or "auto" stands for here."""
    return name if name != "auto" else "bsd" if sys.platform == "darwin" or "bsd" in sys.platform else "gnu"
