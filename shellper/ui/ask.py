"""One request in words: preview, consent by level, run."""
from __future__ import annotations

import os
import select
import stat
import sys

import click

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
@click.option("--shell", "dialect", type=click.Choice(["auto", "gnu", "bsd"]), default="auto", help="Which tools to write for.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour in the preview.")
@click.option("-q", "--quiet", is_flag=True, help="Preview only the command line where it only reads.")
@click.option("-v", "--verbose", is_flag=True, help="Also show confidence and alternatives.")
def ask(words, only_print, dry_run, yes, yes_destructive, allow_system, explained, as_json, cwd, dialect, color, quiet, verbose) -> None:
    """Turn WORDS into a command, show it, ask, run it."""
    from shellper import pipeline

    from . import consent, show

    request = request_of(" ".join(words), cwd)
    proposal = pipeline.propose(request, pipeline.shipped_student(), dialect=dialect_of(dialect))
    if as_json:
        click.echo(show.as_json(proposal))
        raise click.exceptions.Exit(125 if proposal.cannot else 0)
    show.refuse_abstention(proposal)
    if only_print:
        click.echo(show.command_line(proposal))
        return

    def preview(shown):
        untracked = pipeline.untracked(shown, request.cwd)
        show.preview(shown, show.Look.of(color), explained=explained or verbose, confidence=verbose, brief=quiet, untracked=untracked)
        return untracked

    untracked = preview(proposal)
    if not dry_run:
        flags = consent.Flags(yes=yes or yes_destructive, destructive=yes_destructive, system=allow_system)
        raise click.exceptions.Exit(consent.run_with_consent(proposal, request.cwd, flags, untracked, preview))


def request_of(text: str, cwd: str | None):
    """The request made of the words, the folder, and what was piped in. Raises BadInput."""
    from shellper.errors import BadInput
    from shellper.pipeline import check
    from shellper.types import Request, Turn

    check(text)
    try:
        folder = os.path.abspath(os.getcwd() if cwd is None else os.path.expanduser(cwd))
        os.listdir(folder)
    except OSError as error:
        raise BadInput(f"{cwd or 'the current folder'}: {error.strerror}", hint="name another folder with --cwd") from None
    piped = piped_text()
    return Request(text, folder, (Turn("", "", piped),) if piped else ())


def piped_text() -> str:
    """What stands on stdin if it is a pipe or file: data for the student to look at, never an answer."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return ""
    if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)) or not select.select([0], [], [], 0.2)[0]:
        return ""
    return sys.stdin.buffer.read(LONGEST_PIPE).decode("utf-8", "replace")


def dialect_of(name: str) -> str:
    """The dialect that `--shell NAME` asks for."""
    return name if name != "auto" else "bsd" if sys.platform == "darwin" or "bsd" in sys.platform else "gnu"
