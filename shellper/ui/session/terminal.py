"""Which programs need the terminal itself: those that draw on all of it, ask, or start an editor."""
from __future__ import annotations

import os
import re
from collections.abc import Sequence

from shellper import render

_FULL = {
    "less", "more", "most", "man", "info", "vi", "vim", "nvim", "view", "vimdiff", "nano", "pico", "emacs", "micro", "hx", "helix", "kak", "joe", "ne", "mcedit", "edit", "editor", "sensible-editor",
    "top", "htop", "btop", "atop", "glances", "nmon", "iotop", "iftop", "nethogs", "watch", "tmux", "screen", "mc", "ranger", "nnn", "lf", "yazi", "vifm", "ncdu", "tig", "lazygit", "gitui", "lazydocker", "k9s",
    "fzf", "sk", "peco", "dialog", "whiptail", "ssh", "mosh", "telnet", "ftp", "sftp", "lftp", "mutt", "neomutt", "w3m", "lynx", "links", "elinks", "weechat", "irssi", "cfdisk", "fdisk", "parted", "alsamixer", "nmtui",
    "passwd", "su", "visudo", "vipw", "crontab", "dpkg-reconfigure", "psql", "mysql", "mariadb", "mongosh", "redis-cli", "gdb", "lldb", "pudb", "ipython", "bpython", "jupyter-console", "login", "minicom", "picocom", "cu", "script",
}
_BARE = {"bash", "sh", "dash", "zsh", "fish", "ksh", "tcsh", "nu", "python", "python2", "python3", "pypy3", "node", "deno", "irb", "ghci", "lua", "php", "perl", "R", "julia", "octave", "sqlite3", "bc", "dc", "ocaml", "erl", "iex", "scala"}
_EDITS = {"commit", "rebase", "merge", "revert", "tag", "add", "checkout", "restore", "stash", "clean", "cherry-pick", "reset", "bisect"}  # git's that start an editor or ask
_ROWS = {"ls", "dir", "vdir"}
_WRAPPERS = {"sudo", "doas", "env", "nice", "nohup", "time", "command", "exec", "builtin", "stdbuf", "ionice", "setsid"}


def wanted(argvs: Sequence[Sequence[str]]) -> bool:
    """Whether one of the commands needs the terminal itself; SHELLPER_TERMINAL names more programs."""
    return any(_wants(_unwrapped(argv)) for argv in argvs)


def rows(argvs: Sequence[Sequence[str]]) -> bool:
    """Whether one of the commands lays its output out in columns where it sees a terminal."""
    return any(_program(_unwrapped(argv)) in _ROWS for argv in argvs)


def commands(line: str) -> list[list[str]]:
    """The commands of a shell LINE as words, roughly: what cannot be taken apart is one command a word."""
    found = render.commands(line)
    if found is None:
        return [[word] for word in re.findall(r"[\w./+-]+", line)]
    return [re.findall(r"'[^']*'|\"[^\"]*\"|\S+", stage) for stages in found for stage in stages]


def _wants(argv: Sequence[str]) -> bool:
    program, rest = _program(argv), argv[1:]
    if program in _FULL or program in os.environ.get("SHELLPER_TERMINAL", "").split():
        return program != "crontab" or "-e" in rest
    if program in _BARE:
        return all(word.startswith("-") and word not in ("-V", "-v", "--version", "--help") for word in rest)
    return program == "git" and _git_wants([word for word in rest if not word.startswith(("--no-pager", "-c", "core.", "diff."))])


def _git_wants(rest: Sequence[str]) -> bool:
    if not rest or rest[0] not in _EDITS:
        return False
    options = {word.partition("=")[0] for word in rest[1:] if word.startswith("-")}
    if options & {"-p", "--patch", "-i", "--interactive", "-e", "--edit"}:
        return True
    quiet = {"--message", "--file", "--no-edit", "--fixup", "--dry-run", "-C", "--reuse-message", "--abort", "--continue", "--skip", "--ff-only"}
    said = bool(options & quiet) or any(word[:1] == "-" and word[:2] != "--" and set("mF") & set(word[1:]) for word in rest[1:])
    return not said and (rest[0] in ("commit", "merge", "revert") or (rest[0] == "tag" and "-a" in options))


def _unwrapped(argv: Sequence[str]) -> Sequence[str]:
    while argv and (_program(argv) in _WRAPPERS or re.match(r"\w+=", argv[0])):
        argv = argv[1:]
        while argv and argv[0].startswith("-"):
            argv = argv[1:]
    return argv


def _program(argv: Sequence[str]) -> str:
    return os.path.basename(argv[0]) if argv else ""
