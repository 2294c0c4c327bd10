"""Load tool files into a Catalogue; a wrong file is refused with its name, a JSON pointer and the reason."""
from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shellper import paths
from shellper.errors import ToolFileInvalid

BUILT_IN = Path(__file__).with_name("catalog")


@dataclass(frozen=True)
class Tool:
    """One tool file. `spec` is the whole file; the properties below name the parts that the stages use."""

    name: str
    spec: Mapping[str, Any]

    @property
    def description(self) -> str:
        return self.spec["description"]

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.spec["parameters"]

    @property
    def properties(self) -> Mapping[str, Any]:
        return self.spec["parameters"].get("properties", {})

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(self.spec["parameters"].get("required", ()))

    @property
    def each(self) -> str | None:
        return self.spec.get("each")

    @property
    def stdin(self) -> bool:
        return self.spec.get("stdin", False)

    @property
    def builtin(self) -> bool:
        return self.spec.get("builtin", False)

    @property
    def style(self) -> str:
        return self.spec.get("style", "getopt")

    @property
    def loop(self) -> Mapping[str, Any] | None:
        return self.spec.get("loop")

    @functools.cached_property
    def validator(self):
        """A jsonschema validator of the arguments."""
        import jsonschema

        return jsonschema.Draft202012Validator(self.parameters)

    @functools.cached_property
    def each_validator(self):
        """The same where the `each` argument comes from the previous call and need not be given."""
        import jsonschema

        required = [name for name in self.required if name != self.each]
        return jsonschema.Draft202012Validator({**self.parameters, "required": required})

    def program(self, dialect: str = "gnu") -> str:
        return self.spec.get("program_bsd", self.spec["program"]) if dialect == "bsd" else self.spec["program"]

    def argv(self, dialect: str = "gnu") -> list:
        return self.spec.get("argv_bsd", self.spec["argv"]) if dialect == "bsd" else self.spec.get("argv", [])


@dataclass(frozen=True)
class Catalogue:
    """All tools by name, in name order. `hash` changes with anything that the student's output depends on."""

    tools: Mapping[str, Tool]

    @functools.cached_property
    def hash(self) -> str:
        seen = {name: [tool.parameters, tool.each] for name, tool in sorted(self.tools.items())}
        return hashlib.sha256(json.dumps(seen, sort_keys=False).encode()).hexdigest()

    @functools.cached_property
    def by_program(self) -> Mapping[str, tuple[tuple[Tool, Mapping[str, Any]], ...]]:
        """Program name -> (tool, parse table source) in order of preference for parsing."""
        table: dict[str, list] = {}
        for tool in self.tools.values():
            if tool.loop or not tool.spec["program"]:
                continue
            forms = [{"program": tool.spec["program"], "argv": tool.spec["argv"]}]
            if "argv_bsd" in tool.spec:
                forms.append({"program": tool.program("bsd"), "argv": tool.spec["argv_bsd"]})
            forms += tool.spec.get("also_argv", [])
            for form in forms:
                table.setdefault(form.get("program", tool.spec["program"]), []).append((tool, form))
        return {program: tuple(rows) for program, rows in table.items()}


def load(folders: Iterable[Path]) -> Catalogue:
    """Read every `*.json` below FOLDERS (later ones win by name). The built-in files are checked by the tests, all others here. Raises ToolFileInvalid."""
    tools = {}
    for folder in folders:
        for file in sorted(folder.glob("*.json")):
            tools[file.stem] = read_tool(file, check=folder != BUILT_IN)
    return Catalogue(dict(sorted(tools.items())))


def read_tool(file: Path, *, check: bool = True) -> Tool:
    """Read one tool file and check it. Raises ToolFileInvalid (file, JSON pointer, reason)."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ToolFileInvalid(f"{file}: not readable as JSON: {error}") from None
    return tool_from(content, file, check=check)


def tool_from(content: bytes, file: Path, *, check: bool = True) -> Tool:
    """The tool that the CONTENT of FILE describes. Raises ToolFileInvalid (file, JSON pointer, reason)."""
    try:
        spec = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ToolFileInvalid(f"{file}: not readable as JSON: {error}") from None
    if check:
        from .schema import check_tool

        try:
            problem = check_tool(spec, file.stem)
        except RecursionError:
            problem = "/: nested too deeply"
        if problem:
            raise ToolFileInvalid(f"{file}: {problem}")
    return Tool(spec["name"], spec)


@functools.cache
def catalogue() -> Catalogue:
    """The built-in tools and the user's own."""
    user = paths.config_dir() / "tools"
    return load([BUILT_IN, user] if user.is_dir() else [BUILT_IN])
