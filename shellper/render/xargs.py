"""The options of xargs: only those that change nothing for us, and where the line belongs."""
from __future__ import annotations

import re
from typing import Any

from shellper.errors import Unparsed
from shellper.types import Word


def words_joined(words: list[Word]) -> dict[str, Any] | None:
    """The arguments of join_words where the command behind xargs is `echo` or none, else None."""
    left, found = [word.text for word in words], {}
    while left and left[0].startswith("-"):
        option = left.pop(0)
        if match := re.fullmatch(r"(?:-0?n|--max-args=)(\d*)", option):
            number = match[1] or (left.pop(0) if left else "")
            if not number.isdigit() or int(number) < 1:
                return None
            found["per_line"] = int(number)
        elif match := re.fullmatch(r"(?:-d|--delimiter=)(.*)", option):
            found["delimiter"] = match[1] or (left.pop(0) if left else "")
        elif option not in ("-0", "--null", "-r", "--no-run-if-empty", "-r0", "-0r"):
            return None
        if "0" in option.partition("n")[0] or option == "--null":
            found["delimiter"] = "\\n"  # as the lines come without NUL between them
    if left not in ([], ["echo"]) or found.get("delimiter", "\\n") == "":
        return None
    return found


def command_of(words: list[Word]) -> list[Word]:
    """The command behind xargs with `{}` where the lines belong; only options that change nothing for us."""
    words, place = list(words), None
    while words and words[0].text.startswith("-"):
        option = words.pop(0).text
        if option == "--":
            break
        short = re.fullmatch(r"-[0rtx]*(?:([iIlLnPdsE])(.*))?", option, re.DOTALL)
        long = re.fullmatch(r"--(null|no-run-if-empty|verbose|max-lines(?:=\d+)?|replace(?:=(.+))?)|--(max-args|max-procs|delimiter)(?:=(.*))?", option, re.DOTALL)
        letter, value = (short[1], short[2]) if short else (None, None)
        if long and long[1] and long[1].startswith("replace"):
            place = long[2] or "{}"
        elif long:
            words = words[1:] if long[3] and long[4] is None else words
        elif not short:
            raise Unparsed(f"xargs {option}")
        elif letter == "i":
            place = value or "{}"
        elif letter == "I":
            place = value or (words.pop(0).text if words else "{}")
        elif letter in ("n", "P", "L", "s") and not (value or (words.pop(0).text if words else "")).isdigit():
            raise Unparsed(f"xargs {option}")
        elif letter in ("d", "E") and not value:
            words = words[1:]
    if not words:
        raise Unparsed("xargs without a command")
    if place:
        if sum(word.text == place for word in words) > 1 or any(place in word.text and word.text != place for word in words):
            raise Unparsed("xargs places the line inside a word")
        words = [Word("{}") if word.text == place else word for word in words]
    return words
