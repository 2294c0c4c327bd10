"""`shellper session`."""
from __future__ import annotations

import os

import click

from shellper import config

from ..students import option as student_option


@click.command()
@click.option("--cwd", metavar="DIR", help="Begin in DIR.")
@click.option("--shell", "dialect", type=click.Choice(config.OPTIONS["shell"].allowed), help="Which tools to write for.")
@click.option("--color", type=click.Choice(config.OPTIONS["color"].allowed), help="Colour in the preview.")
@click.option("--allow-system", is_flag=True, help="Let changes of the system be run, after a typed word.")
@student_option
@click.option("--no-history", is_flag=True, help="Keep none of the words; the setting `history` does the same.")
def session(cwd, dialect, color, allow_system, student, no_history) -> None:
    """Talk with shellper until Ctrl-D: words in, preview, a key to answer; what was printed counts for what is said next."""
    from shellper.errors import BadInput

    from ..ask import dialect_of
    from ..show import Look

    if not all(map(os.isatty, (0, 1, 2))):
        raise BadInput("a session needs a terminal for input, output and errors", hint="shellper WORDS… and shellper batch do without")
    folder = os.path.abspath(os.path.expanduser(cwd or "."))
    try:
        os.chdir(folder)
    except OSError as error:
        raise BadInput(f"{cwd or 'the current folder'}: {error.strerror}", hint="name another folder with --cwd") from None
    from .loop import Talk
    from .state import Setup

    look = Look.of(config.value("color") if color is None else color)
    written = dialect_of(config.value("shell") if dialect is None else dialect)
    Talk(Setup(look, written, allow_system, not no_history and bool(config.value("history")), student), folder).run()
