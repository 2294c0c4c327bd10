"""Programs that run other programs, and what of their words is the other program."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shellper.types import Risk, Word

# program: (options that take a word, operands before the command); sudo and its kind act as another user
_RUNS = {
    "nohup": ("", 0), "setsid": ("", 0), "nice": ("n", 0), "ionice": ("cnpPu", 0), "chrt": ("", 1), "taskset": ("", 1), "stdbuf": ("ioe", 0), "time": ("f", 0), "timeout": ("ks", 1), "command": ("", 0), "builtin": ("", 0),
    "exec": ("a", 0), "env": ("uCS", 0), "busybox": ("", 0), "toybox": ("", 0), "coproc": ("", 0), "unbuffer": ("", 0), "caffeinate": ("tw", 0), "flock": ("wE", 1), "watch": ("nd", 0),
    "xargs": ("IEdaLnPs", 0), "parallel": ("jIN", 0), "sudo": ("ugCDhpRrtTU", 0), "doas": ("uC", 0), "pkexec": ("", 0), "runuser": ("ucg", 0), "su": ("cgsGw", 0), "chroot": ("", 1), "unshare": ("", 0), "nsenter": ("t", 0), "firejail": ("", 0),
    "gosu": ("", 1), "dbus-run-session": ("", 0), "systemd-run": ("pu", 0), "catchsegv": ("", 0), "trickle": ("du", 0), "proxychains": ("", 0), "torsocks": ("", 0),
}
_OTHER_USER = {"sudo", "doas", "pkexec", "runuser", "su", "chroot", "gosu", "nsenter", "systemd-run"}
_TEXTS = {"su": "c", "runuser": "c", "env": "S"}  # the option whose word is shell text
_ASKS = {"sudo": re.compile(r"-[lvkKV]+|--(list|validate|version|reset-timestamp|help)"), "command": re.compile(r"-[vV]")}
_EXEC = ("-exec", "-execdir", "-ok", "-okdir")
_NARROWS = ("-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex", "-size", "-mtime", "-mmin", "-newer", "-empty", "-user", "-perm", "-maxdepth")
_FIND_WRITES = ("-delete", "-fprint", "-fprint0", "-fprintf", "-fls", *_EXEC)


@dataclass(frozen=True)
class Inner:
    """What a wrapper runs: WORDS, or shell TEXT; NAMES are variables set for it, LINES says that words of its input follow, MANY that it runs
    for objects that are not known before."""

    words: tuple[Word | None, ...] = ()
    text: str | None = None
    level: Risk = Risk.READ
    names: tuple[str, ...] = ()
    lines: bool = False
    many: bool = False


def unwrapped(words: Sequence[Word | None]) -> Inner | None:
    """The command inside WORDS; None where their program runs no other one that stands among them."""
    if not words or words[0] is None:
        return None
    program = re.sub(r"^/(usr/)?(local/)?s?bin/", "", words[0].text).removeprefix("\\")
    if program == "find":
        return _executed(words)
    if program not in _RUNS:
        return None
    with_word, operands = _RUNS[program]
    level = Risk.SYSTEM if program in _OTHER_USER else Risk.READ
    rest, names, at = list(words[1:]), [], 0
    if rest and rest[0] and program in _ASKS and _ASKS[program].fullmatch(rest[0].text):
        return Inner((Word("true"),))
    if program in ("su", "runuser") and (at := next((at for at, word in enumerate(rest) if word and word.text in ("-c", "--command")), 0)):
        rest, at = rest[at:], 0  # the name of a user may stand before it
    while at < len(rest):
        word = rest[at]
        if word is None:
            return Inner((None,), level=level, names=tuple(names))
        text = word.text
        if text == "--":
            at += 1
            break
        if program in ("env", "sudo", "doas") and re.match(r"[A-Za-z_]\w*=", text):
            names.append(text.partition("=")[0])
        elif text.startswith("-") and len(text) > 1:
            if program in _TEXTS and re.fullmatch(rf"-\w*{_TEXTS[program]}|--command|--split-string", text):
                inner = rest[at + 1] if at + 1 < len(rest) else None
                return Inner(text=inner.text, level=level) if inner else Inner((None,), level=level)
            at += not text.startswith("--") and text[-1] in with_word and (len(text) == 2 or not with_word.count(text[1]))
        elif operands:
            operands -= 1
        else:
            break
        at += 1
    inner = tuple(rest[at:])
    if program in ("su", "runuser") and inner and inner[0] and "-u" not in [word.text for word in rest[:at] if word]:
        inner = ()  # the name of a user, who gets a shell
    if program == "watch" and inner and None not in inner:
        return Inner(text=" ".join(word.text for word in inner if word))
    if program in ("xargs", "parallel"):
        return Inner(inner or (Word("echo"),), lines=True, many=True)
    if not inner:
        return Inner((Word("true"),), level=level, names=tuple(names))
    return Inner(inner, level=level, names=tuple(names))


def _executed(words: Sequence[Word | None]) -> Inner | None:
    """The command of find's first -exec, the folders in the place of `{}`; other actions that write leave find as it is."""
    places = [at for at, word in enumerate(words) if word and word.text in _EXEC]
    if len(places) != 1 or any(word and word.text in _FIND_WRITES and word.text not in _EXEC for word in words):
        return None
    start = places[0] + 1
    end = next((at for at in range(start, len(words)) if words[at] and words[at].text in (";", "+")), len(words))
    narrow = any(word and word.text in _NARROWS for word in words[: places[0]])
    where = tuple(Word(f"{word.text}/{{}}", word.pattern) if word and narrow else word for word in roots(words))
    return Inner(tuple(part for word in words[start:end] for part in (where if word == Word("{}") else (word,))), many=True)


def roots(words: Sequence[Word | None]) -> tuple[Word | None, ...]:
    """The folders that find looks through; what it finds there may be all of them."""
    found = []
    for word in words[1:]:
        if word and (word.text.startswith(("-", "(", "!")) or word.text == "\\("):
            break
        found.append(word)
    return tuple(found) or (Word("."),)


def find_level(words: Sequence[str]) -> tuple[Risk, str]:
    """find with tests that the catalogue does not have: it reads unless an action writes."""
    return (Risk.DESTRUCTIVE, "deletes, writes or runs something for what it finds") if any(word in _FIND_WRITES for word in words) else (Risk.READ, "")


def all_processes(words: Sequence[str]) -> bool:
    """Whether kill with WORDS reaches process 1, the own group or everything."""
    rest = list(words)
    if rest[:1] and rest[0] in ("-s", "-n", "--signal"):
        rest = rest[2:]
    elif len(rest) > 1 and re.fullmatch(r"-(\d+|[A-Z]\w*)|--signal=\w+", rest[0]):
        rest = rest[1:]
    return any(word in ("-1", "0", "1") for word in rest)
