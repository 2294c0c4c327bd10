"""The command line. Importing this loads click and nothing heavy; every command body translates, calls, shows."""
from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from shellper import __version__

COMMANDS = {
    "session": "Talk with shellper until Ctrl-D; also what no words on a terminal mean.",
    "batch": "Answer JSON Lines on stdin with JSON Lines on stdout; runs nothing.",
    "explain": "Say what a command line does and how much it can cost.",
    "undo": "Take back the last run, or run N.",
    "history": "List what was run and what can be taken back.",
    "tools": "List the tools or show one; check, add and remove your own.",
    "config": "Show the settings and where each comes from, or write the file.",
    "init": "Print the lines that load key and completion into a shell.",
    "widget": "What the key calls: words on the line to commands for it.",
    "doctor": "Check the installation: artefact, catalogue, programs.",
}
STATUSES = {
    0: "printed, or the command's own success",
    1: "doctor found a fault, undo could not take back all",
    2: "usage, unusable words or file",
    3: "no usable artefact",
    125: "cannot: no command for these words",
    126: "refused or declined: nothing was run",
    127: "a program of the command is not installed: nothing was run",
    130: "Ctrl-C",
}


class Front(click.Group):
    """Sub-commands load when they are called; anything else is a request in words."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name == "ask":
            from . import ask

            return ask.ask
        if name not in COMMANDS:
            return None
        if name == "session":
            from .session import command

            return command.session
        if name == "tools":
            from . import tools

            return tools.tools
        from . import commands

        return getattr(commands, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit status (else the command's own)"):
            formatter.write_dl([(str(status), meaning) for status, meaning in STATUSES.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        args = ["--yes-destructive" if arg == "--yes=destructive" else arg for arg in args]
        if not args and all(map(os.isatty, (0, 1, 2))):
            args = ["session"]
        if args and args[0] not in ("--help", "-h", "--version", *COMMANDS):
            args = ["ask", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        request = self.get_command(ctx, "ask")
        return super().shell_complete(ctx, incomplete) + request.shell_complete(click.Context(request, ctx, "ask"), incomplete)


@click.group(cls=Front, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(__version__, message="shellper %(version)s")
def front() -> None:
    """Say what you want; see the command, its risk and what it touches; then run it.

    \b
    shellper [OPTIONS] [--] WORDS…     e.g.  shellper find big logs
      -p, --print     print the command and stop
      -n, --dry-run   show command, risk and files, run nothing
      -y, --yes       answer yes for commands that create or change files
      --yes-destructive  answer yes also for what destroys and can be undone
      --allow-system  let changes of the system be run, after a typed word
      -x, --explain   say what each part means
      --json          print one JSON object, run nothing
      --cwd DIR       as if called there
      --shell NAME    gnu or bsd tools (default: those of this machine)
      --student DIR   another student than the shipped one
      --color WHEN    auto, always or never
      -q, --quiet     only the command line before what only reads
      -v, --verbose   also confidence and alternatives
                      (--no-quiet, --no-verbose against the settings)

    A sentence that begins with a command's name goes after `--`. Without words on a terminal a session starts.
    """


def main(argv: list[str] | None = None) -> None:
    """The entry point: errors become one line and an exit status."""
    from shellper.errors import ShellperError

    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.exit(front.main(args=argv, prog_name="shellper", standalone_mode=False))
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        say(error.format_message(), "shellper --help lists the options; words that begin with a dash or a command's name go after --")
        sys.exit(2)
    except ShellperError as error:
        say(str(error), error.hint)
        sys.exit(error.exit_code)


def collect_seldom() -> None:
    """Let the collector wait: a press makes few cycles, and looking for them costs more than they do."""
    gc.set_threshold(100_000, 50, 50)


def run() -> NoReturn:
    """The program. Garbage is collected seldom, and the process ends without taking the interpreter and the loaded graphs apart: together 80 ms of a press."""
    collect_seldom()
    status = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, a broken pipe, or not there at all
            stream.flush()
    os._exit(status)


def say(message: str, hint: str) -> None:
    """Write an error to stderr as one line."""
    from shellper.safety import show

    with contextlib.suppress(OSError):
        print(f"shellper: {show(' '.join(message.split()))}" + (f" ({show(hint)})" if hint else ""), file=sys.stderr)
