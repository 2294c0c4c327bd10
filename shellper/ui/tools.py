"""`shellper tools`: the tools there are, and the user's own checked, added and removed."""
from __future__ import annotations

import json
from pathlib import Path

import click
from click.shell_completion import CompletionItem


class Tools(click.Group):
    """Without a command it lists; a word that is no command is the name of a tool to show."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and (not args or args[0] not in ("--help", "-h", *self.commands)):
            args = ["show" if args and (args[0] == "--" or not args[0].startswith("-")) else "list", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        return [*super().shell_complete(ctx, incomplete), *map(CompletionItem, _names(ctx, None, incomplete))]


def _names(_context: click.Context, _argument: click.Parameter | None, incomplete: str, *, own: bool = False) -> list[str]:
    from . import toolfiles

    return [name for name in (toolfiles.files() if own else toolfiles.known().tools) if name.startswith(incomplete)]


def _own_names(context: click.Context, argument: click.Parameter, incomplete: str) -> list[str]:
    return _names(context, argument, incomplete, own=True)


@click.group(cls=Tools, subcommand_metavar="[COMMAND | NAME]")
def tools() -> None:
    """The tools: `shellper tools` lists them, `shellper tools NAME` shows the file of one.

    Your own lie in $XDG_CONFIG_HOME/shellper/tools/. A tool that is called like a command here is shown by `shellper tools show NAME`.
    """


@tools.command("list")
@click.option("--own", is_flag=True, help="Only your own.")
def list_all(own) -> None:
    """List the tools; your own are marked. A file of yours that cannot be used is named on stderr, exit status 2."""
    from . import toolfiles

    known = toolfiles.known()
    for line in toolfiles.listing(known, own=own):
        click.echo(line)
    _faults(known.faults.values())


@tools.command()
@click.argument("name", shell_complete=_names)
def show(name) -> None:
    """Print the file of the tool NAME."""
    from . import toolfiles

    click.echo(json.dumps(toolfiles.shown(name).spec, indent=1, ensure_ascii=False))


@tools.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
def check(files) -> None:
    """Say whether each FILE is a tool that can be used; changes nothing.

    Its form is checked, and every example is rendered, read back, explained and rated. A fault is one line (file, JSON pointer,
    reason), exit status 2.
    """
    from shellper.errors import ToolFileInvalid
    from shellper.safety import show as visible

    from . import toolcheck, toolfiles

    known, faults = toolfiles.known(), []
    for file in files:
        try:
            tool, _ = toolcheck.checked(file, known.tools)
        except ToolFileInvalid as error:
            faults.append(error)
        else:
            click.echo(f"{visible(str(file))}: good, {len(tool.spec['examples'])} examples")
    _faults(faults)


@tools.command()
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option("--force", is_flag=True, help="Replace your tool of this name; its file goes to the trash.")
def add(file, force) -> None:
    """Check FILE and copy it among your own tools; it says whether the student knows the tool."""
    from . import toolfiles

    for line in toolfiles.added(file, force=force):
        click.echo(line)


@tools.command()
@click.argument("name", shell_complete=_own_names)
def remove(name) -> None:
    """Remove your tool NAME: its file goes to the trash."""
    from . import toolfiles

    for line in toolfiles.removed(name):
        click.echo(line)


def _faults(faults) -> None:
    """Say each of FAULTS on a line of its own; exit status 2 where there are any."""
    from .cli import say

    found = list(faults)
    for error in found:
        say(str(error), error.hint)
    raise click.exceptions.Exit(2 if found else 0)
