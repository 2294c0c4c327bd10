"""What `shellper doctor` looks at: one line a thing, and whether all that is needed is there."""
from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from shellper import __version__, config, paths
from shellper.errors import BadInput, ModelMissing, ToolFileInvalid
from shellper.safety import show
from shellper.tools import Catalogue, catalogue

from . import hooks, students

_PACKAGES = ("click", "jsonschema", "numpy", "onnxruntime", "prompt-toolkit", "tokenizers", "tree-sitter", "tree-sitter-bash")


@dataclass(frozen=True)
class Finding:
    """One line of the report; a fault makes the installation unhealthy, advice does not."""

    text: str
    mark: str = "ok"  # ok, note or fault


def report() -> tuple[list[str], bool]:
    """The lines to print, and whether a request can be answered here."""
    findings = [*_versions(), *_tools(), *_settings(), _terminal(), *(Finding(*row) for row in hooks.state()), _fence(), *_folders()]
    return [f"{finding.mark:6}{show(finding.text)}" for finding in findings], all(finding.mark != "fault" for finding in findings)


def _versions() -> Iterator[Finding]:
    yield Finding(f"shellper {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    for package in _PACKAGES:
        try:
            yield Finding(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            yield Finding(f"{package} is not installed: pip install {package}", "fault")


def _tools() -> Iterator[Finding]:
    try:
        tools = catalogue()
    except ToolFileInvalid as error:
        yield Finding(str(error), "fault")
        return
    yield Finding(f"{len(tools.tools)} tools, catalogue {tools.hash[:12]}")
    missing = sorted({program for tool in tools.tools.values() if (program := tool.program()) and not tool.builtin and not shutil.which(program)})
    if missing:
        yield Finding(f"{len(missing)} programs are not installed, their commands can only be printed: {', '.join(missing)}", "note")
    yield from _artefact(tools)


def _artefact(tools: Catalogue) -> Iterator[Finding]:
    from shellper.student.artefact import MANIFEST, open_artefact, sha256

    try:
        artefact = open_artefact()
        artefact.verify()
    except ModelMissing as error:
        yield Finding(f"{error}; train one or reinstall", "fault")
        return
    size = sum(entry["size"] for entry in artefact.manifest["files"].values())
    yield Finding(f"student {size / 1e6:.1f} MB in {artefact.folder}, every sha256 matches, manifest {sha256(artefact.path(MANIFEST))[:12]}")
    if artefact.catalogue != tools.hash:
        yield Finding("the student was trained for another catalogue: tools that it does not know are left out", "note")


def _settings() -> Iterator[Finding]:
    try:
        changed = [name for name, setting in config.settings().items() if setting.origin != "default"]
    except BadInput as error:
        yield Finding(str(error), "fault")
        return
    yield Finding(f"settings {config.file()}{'' if config.file().exists() else ' (not there)'}, set: {', '.join(changed) or 'none'}")
    if folder := config.value("student"):
        try:
            students.chosen()
        except ModelMissing as error:
            yield Finding(str(error), "fault")
        else:
            yield Finding(f"words are read by the student in {folder}")


def _terminal() -> Finding:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return Finding("no terminal to ask on: only commands that read will run", "note")
    return Finding(f"terminal {os.environ.get('TERM', 'unknown')}, output {'to it' if sys.stdout.isatty() else 'elsewhere'}")


def _fence() -> Finding:
    from shellper.execute import fence

    if version := fence.version():
        return Finding(f"Landlock {version}: programs can write only in the folders of the preview")
    return Finding("no Landlock in this kernel: nothing stops a program from writing outside the folders of the preview", "note")


def _folders() -> Iterator[Finding]:
    for name, folder in (("config", paths.config_dir()), ("data", paths.data_dir()), ("state", paths.state_dir()), ("trash", paths.data_dir().parent / "Trash")):
        parent = folder
        while not parent.exists() and parent != parent.parent:
            parent = parent.parent
        writable = os.access(parent, os.W_OK)
        yield Finding(f"{name} {folder}{'' if folder.exists() else ' (not made yet)'}{'' if writable else ' cannot be written'}", "ok" if writable else "note")
