"""Real shells in a real terminal (tmux), with the widgets loaded and a program on PATH that speaks their protocol."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMPLETIONS = ROOT / "completions"
PATIENCE = 60.0  # seconds; a busy machine is slow
# Answers by the words it is given, and writes down what it was given. The last argument is the line.
FAKE = r"""#!/bin/bash
line=${@: -1}
{ printf '%s\0' "$line" "${SHELLPER_LAST_COMMAND-}" "${SHELLPER_LAST_STATUS-}" "$*" "${SHELLPER_HOOK-}"; printf '\n'; } >> "$FAKE_LOG"
case $line in
  *cannot*) printf 'say\tcannot (chat): that is talk\n'; exit 125 ;;
  *fails*) exit 3 ;;
  *nothing*) exit 0 ;;
  *half*) printf 'take\techo half\n'; exit 1 ;;
  *slow*) : > "$FAKE_LOG.started"; exec sleep 60 ;;
  *unknown*) printf 'hello\nfrob\tx\ntake\techo known\nnote\tread: known\n' ;;
  *odd*) printf 'take\t%s\n' "printf '%s' 'it'\"'\"'s \"q\" * ? # ! ~ \$(x) hi!foo' > odd.txt"; printf 'note\twrite: odd\n' ;;
  *) case "$*" in
       *--explain*) printf 'say\texplained: %s\nsay\tread\n' "$line" ;;
       *) printf 'take\techo one > ran.txt\nnote\tread: first (the key again: 1 more)\ntake\techo two > ran.txt\nnote\tread: second\n' ;;
     esac ;;
esac
"""
START = {
    "zsh": (".zshrc", ("zsh", "-i"), "PS1='> '\nunsetopt promptsp\nKEYTIMEOUT=5\n{options}{before}source {file}\n{after}"),
    "bash": (".bashrc", ("bash", "-i"), "PS1='> '\n{options}{before}source {file}\n{after}"),
    "fish": (".config/fish/config.fish", ("fish",), "set -g fish_greeting\nset -g fish_autosuggestion_enabled 0\nfunction fish_prompt; echo -n '> '; end\nfunction fish_mode_prompt; end\n{options}{before}source {file}\n{after}"),
}
STRICT = {"zsh": "setopt errexit nounset\n", "bash": "set -eu\n", "fish": ""}


class Shell:
    """One interactive shell in a terminal of 100 columns. `home` is its home and first folder."""

    def __init__(self, name: str, home: Path, *, options: str = "", before: str = "", after: str = "", file: Path | None = None, **environment: str) -> None:
        self.name, self.home, self.log = name, home, home / "fake.log"
        place, argv, text = START[name]
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).write_text(text.format(options=options, before=before, after=after, file=file or COMPLETIONS / f"shellper.{name}"))
        (home / ".local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)  # else fish reads all manuals in the background
        program = shutil.which(argv[0])
        if not program or not shutil.which("tmux"):
            pytest.skip(f"{argv[0] if not program else 'tmux'} is not installed")
        path = f"{home / 'bin'}:{os.environ['PATH']}"
        self._environment = {"HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8", "TERM": "screen", "FAKE_LOG": str(self.log), "SHELL": program, **environment}
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "24", program, *argv[1:])
        self.until(lambda: ">" in self.screen(), "a prompt")

    def install(self, text: str = FAKE) -> Shell:
        """Put a program called shellper on PATH."""
        program = self.home / "bin/shellper"
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
        return self

    def type(self, text: str) -> None:
        """Type TEXT; a line break is typed as one that does not end the command."""
        for at, part in enumerate(text.split("\n")):
            if at:
                self.press(*(("M-Enter",) if self.name == "fish" else ("C-v", "C-j")))
            if part:
                self._tmux("send-keys", "-l", "--", part)
        last = text.rsplit("\n", 1)[-1].rstrip()
        self.until(lambda: last in self.screen().replace("\n", ""), f"{last!r} on the screen")

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def ask(self, times: int = 1) -> None:
        """Press the key and wait for the program's answer to have been asked for TIMES in all."""
        self.press("M-k")
        self.until(lambda: len(self.asked()) >= times, "a call of the program")

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-J").rstrip("\n")

    def shows(self, *texts: str) -> None:
        """Wait until all TEXTS are on the screen."""
        self.until(lambda: all(text in self.screen() for text in texts), f"{texts} on the screen")

    def line(self) -> str:
        """The last line that begins with the prompt, without it."""
        return next((row[2:] for row in reversed(self.screen().split("\n")) if row.startswith("> ")), "")

    def has_line(self, text: str) -> None:
        self.until(lambda: self.line().rstrip() == text.rstrip(), f"the line {text!r}")

    def asked(self) -> list[dict[str, str]]:
        """What the program was given, call by call."""
        if not self.log.exists():
            return []
        rows = self.log.read_bytes().decode().split("\0\n")[:-1]
        return [dict(zip(("words", "last", "status", "argv", "hook"), row.split("\0"), strict=True)) for row in rows]

    def until(self, met: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < end, f"{self.name}: no {what}; the screen:\n{self.screen()}\nasked: {json.dumps(self.asked(), indent=1)}"
            time.sleep(0.02)

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *argv: str) -> str:
        done = subprocess.run(["tmux", "-S", str(self.home / "tmux"), *argv], env=self._environment, cwd=self.home, capture_output=True, text=True, timeout=PATIENCE)
        return done.stdout
