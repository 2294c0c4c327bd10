"""The arrows of the architecture, and what starting up may cost."""
from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "shellper"
BASE = {"types", "errors", "paths", "tools", "objects", "redact", "config"}
STAGES = {"context", "student", "render", "safety", "execute", "journal"}
MAY_IMPORT = {
    "types": set(), "errors": set(), "paths": set(), "objects": {"types"}, "redact": set(), "config": {"errors", "paths"}, "tools": {"types", "errors", "paths"},
    **dict.fromkeys(STAGES, BASE),
    "pipeline": BASE | STAGES,
    "ui": BASE | STAGES | {"pipeline"},
    "__main__": {"ui"},
}
HEAVY = {"onnxruntime", "numpy", "jsonschema", "prompt_toolkit", "tokenizers", "tree_sitter", "tree_sitter_bash", "asyncio", "torch"}
ONLY_IN = {"onnxruntime": "student", "numpy": "student", "tokenizers": "student", "subprocess": "execute", "click": "ui", "prompt_toolkit": "ui", "termios": "ui"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    part = path.relative_to(PACKAGE).parts[0]
    return part.removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The full names that a module imports, wherever in it; relative ones resolved."""
    found = set()
    package = ("shellper", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {stem, *(f"{stem}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_room_may(path):
    own = room(path)
    if own == "__init__":
        assert not {name for name in imported(path) if name.startswith("shellper")}
        return
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("shellper.")}
    known = {other for other in rooms if (PACKAGE / other).is_dir() or (PACKAGE / f"{other}.py").is_file()}
    assert known <= MAY_IMPORT[own] | {own}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_belongs_to_one_room_is_imported_nowhere_else(path):
    tops = {name.split(".")[0] for name in imported(path)}
    assert not {name for name in tops if ONLY_IN.get(name, room(path)) != room(path)}
    assert not tops & {"model", "torch"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_user_interface_prints_or_asks(path):
    calls = {node.func.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert room(path) == "ui" or not calls & {"print", "input"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_stays_under_300_lines(path):
    assert len(path.read_text().splitlines()) < 300


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["doctor", "--help"], ["session", "--help"], ["session"], ["--unknown"], []])
def test_help_and_usage_errors_load_nothing_heavy(argv):
    code = f"import atexit, sys; atexit.register(lambda: print('\\n' + ' '.join(sorted({HEAVY!r} & set(sys.modules)))))\nfrom shellper.ui.cli import main\nmain({argv!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode in (0, 2)
    assert done.stdout.splitlines()[-1] == ""
