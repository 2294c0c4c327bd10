"""The pictures of the README, from real runs of the shipped student in a terminal: python -m tests.screenshots [FOLDER].

Each scene is a list of (what is typed, what has to stand on the screen before the next is typed). Needs tmux.
"""
from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 100, 27
PATIENCE = 30.0  # seconds
SCENES: dict[str, list[tuple[str, str]]] = {
    "session": [
        ("shellper", "shellper>"),
        ("list the files by size, biggest first", "run it?"),
        ("", "notes.txt"),
        ("delete the second one", "type yes"),
        ("yes", "shellper>"),
        ("undo that", "take it back?"),
        ("y", "shellper>"),
    ],
}
FILES = {"access.log": 5_200_000, "errors.log": 830_000, "backup.tar.gz": 12_400_000, "notes.txt": 310}
# rich's own template without the font that it would fetch from the network
SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Terminal:
    """bash in tmux, with a home of its own and a program called shellper on PATH."""

    def __init__(self, home: Path) -> None:
        self.home, work = home, home / "server"
        work.mkdir()
        for name, size in FILES.items():
            with open(work / name, "wb") as file:
                file.truncate(size)
        (home / "bin").mkdir()
        program = home / "bin/shellper"
        program.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m shellper "$@"\n')
        program.chmod(0o755)
        (home / ".bashrc").write_text("PS1='$ '\n")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHELLPER_", "XDG_", "GIT_", "NO_COLOR"))}
        self.environment = {**kept, "HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "COLORTERM": "truecolor"}
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), "-c", str(work), "bash", "--rcfile", str(home / ".bashrc"), "-i")
        self.wait("$ ", 0)

    def play(self, scene: list[tuple[str, str]]) -> str:
        """The screen with its colours after SCENE. Raises TimeoutError with the screen where something else came."""
        for typed, wanted in scene:
            before = self.screen().count(wanted)
            time.sleep(0.7)  # what is typed before a question is thrown away
            self._tmux("send-keys", "-l", "--", typed)
            if len(typed) != 1:  # one key answers
                self._tmux("send-keys", "Enter")
            self.wait(wanted, before)
        time.sleep(0.5)
        return self._tmux("capture-pane", "-p", "-e").rstrip()

    def wait(self, wanted: str, before: int) -> None:
        end = time.monotonic() + PATIENCE
        while self.screen().count(wanted) <= before:
            if time.monotonic() > end:
                raise TimeoutError(f"{wanted!r} did not come:\n{self.screen()}")
            time.sleep(0.05)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-J")

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *argv: str) -> str:
        return subprocess.run(["tmux", "-S", str(self.home / "tmux"), *argv], env=self.environment, capture_output=True, text=True, timeout=PATIENCE).stdout


def picture(screen: str, title: str) -> str:
    """SCREEN, text with ANSI colours, as SVG."""
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor", legacy_windows=False)
        console.print(Text.from_ansi(screen), soft_wrap=True)
    return console.export_svg(title=title, code_format=SVG, unique_id=title.replace(" ", "-"))


def main(folder: str = "docs/pictures") -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, scene in SCENES.items():
        with tempfile.TemporaryDirectory(prefix="ada-", ignore_cleanup_errors=True) as home:
            terminal = Terminal(Path(home))
            try:
                screen = terminal.play(scene)
            finally:
                terminal.close()
        (Path(folder) / f"{name}.svg").write_text(picture(screen, "shellper"), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
