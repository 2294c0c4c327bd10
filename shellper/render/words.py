"""Words of a command line: shell quoting both ways, brace expansion."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from shellper.types import Word

_UNSAFE = re.compile(r"[^a-zA-Z0-9@%+=:,./_^~-]|^[~=]|[=:]~")  # the last two: zsh's =name, and bash's tilde after name= and a colon
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\udc80-\udcff]")
_ANSI_C = {"a": b"\a", "b": b"\b", "e": b"\x1b", "E": b"\x1b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v"}
_LETTERS = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quote(text: str) -> str:
    """TEXT as one literal shell word on one line: bare, in single quotes, or as $'…' where it has control characters."""
    if text and not _UNSAFE.search(text):
        return text
    if _CONTROL.search(text):
        plain = text.replace("\\", r"\x5c").replace("'", r"\x27")
        return "$'" + _CONTROL.sub(lambda match: _LETTERS.get(match[0]) or "".join(f"\\x{byte:02x}" for byte in match[0].encode("utf-8", "surrogateescape")), plain) + "'"
    return "'" + text.replace("'", "'\"'\"'") + "'"


def ansi_c(text: str) -> str:
    """What stands between the quotes of $'…', decoded as bash does."""

    def decoded(match: re.Match) -> bytes:
        code = match[1].decode("ascii", "replace")
        if code[0] in "xuU" and len(code) > 1:
            return bytes([int(code[1:], 16)]) if code[0] == "x" else chr(int(code[1:], 16)).encode()
        if code[0].isdigit():
            return bytes([int(code, 8) & 255])
        return _ANSI_C.get(code, match[1] if code in "\\'\"?" else match[0])

    raw = text.encode("utf-8", "surrogateescape")
    return re.sub(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,6}|.)", decoded, raw, flags=re.DOTALL).decode("utf-8", "surrogateescape")


def shell(word: Word, quote: Callable[[str], str] = quote) -> str:
    """WORD as it is typed: live metacharacters bare, all else by QUOTE."""
    if not word.pattern:
        return word.text if word.text in ("{}", "+") else quote(word.text)
    out, literal, text = [], "", word.text
    at = 0
    if match := re.match(r"~[a-zA-Z0-9_-]*(?=/|$)", text):
        out.append(match[0])
        at = match.end()
        if text[at : at + 1] == "/":
            out.append("/")
            at += 1
    while at < len(text):
        char = text[at]
        bracket = re.compile(r"\[[!^]?\]?[^\]\[]*\]").match(text, at) if char == "[" else None
        if char == "\\" and at + 1 < len(text):
            literal += text[at + 1]
            at += 2
        elif char in "*?" or bracket:
            out.append(quote(literal) if literal else "")
            literal = ""
            out.append(bracket[0] if bracket else char)
            at = bracket.end() if bracket else at + 1
        else:
            literal += char
            at += 1
    out.append(quote(literal) if literal else "")
    return "".join(out)


def braces(text: str) -> list[str]:
    """Expand the first-level `{a,b}` and `{1..3}` of an unquoted word as bash does."""
    match = re.search(r"\{([^{}]*,[^{}]*|(-?\d+)\.\.(-?\d+))\}", text)
    if not match or text[: match.start()].endswith("$"):
        return [text]
    if match[2] is not None:
        low, high = int(match[2]), int(match[3])
        if abs(high - low) > 200:
            return [text]
        inner = [str(n) for n in (range(low, high + 1) if low <= high else range(low, high - 1, -1))]
    else:
        inner = match[1].split(",")
    return [out for piece in inner for out in braces(text[: match.start()] + piece + text[match.end() :])]


def join(parts: Iterable[tuple[str, str]]) -> Word:
    """One word from its (text, "bare" | "quoted" | "home") pieces; live metacharacters make it a pattern, everything else is escaped there."""
    text, pattern, out = "", False, ""
    joined: list[tuple[str, str]] = []
    for piece, kind in parts:  # the grammar splits bare text at brackets
        if joined and kind == "bare" == joined[-1][1]:
            joined[-1] = (joined[-1][0] + piece, kind)
        else:
            joined.append((piece, kind))
    for at, (piece, kind) in enumerate(joined):
        if kind == "home":
            pattern, text, out = True, text + "~", out + "~"
            continue
        if kind == "quoted":
            text += piece
            out += re.sub(r"([*?\[\]\\])", r"\\\1", piece)
            continue
        if at == 0 and piece.startswith("~"):
            pattern = True
        index = 0
        while index < len(piece):
            char = piece[index]
            if char == "\\" and index + 1 < len(piece):
                char = piece[index + 1]
                text += char
                out += re.sub(r"([*?\[\]\\])", r"\\\1", char)
                index += 2
                continue
            pattern = pattern or char in "*?" or (char == "[" and "]" in piece[index:])
            text, out, index = text + char, out + char, index + 1
    return Word(out, True) if pattern else Word(text)
