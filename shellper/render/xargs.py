"""The options of xargs: only those that change nothing for us, and where the line belongs."""
from __future__ import annotations

import re

from shellper.errors import Unparsed
from shellper.types import Word


def command_of(words: list[Word]) -> list[Word]:
    """The command behind xargs with `{}` where the lines belong; only options that change nothing for us."""
    words, place = list(words), None
    while words and words[0].text.startswith("-"):
        option = words.pop(0).text
        if option in ("-I", "--replace"):
            place = words.pop(0).text if words else "{}"
        elif option.startswith("-I"):
            place = option[2:]
        elif option == "-i":
            place = "{}"
        elif option in ("-d", "-n", "-P", "-L", "-l", "-s", "--max-args", "--max-procs", "-E") and words:
            words.pop(0)
        elif not re.fullmatch(r"-(0|r|t|p|x|0r|r0|n\d+|P\d+|L\d+|l\d*|0n1|0I\S+|d.*|-null|-no-run-if-empty|-verbose|-max-args=\d+|-max-procs=\d+|-delimiter=.*)", option):
            raise Unparsed(f"xargs {option}")
        elif option.startswith("-0I"):
            place = option[3:]
    if not words:
        raise Unparsed("xargs without a command")
    if place:
        if sum(word.text == place for word in words) > 1 or any(place in word.text and word.text != place for word in words):
            raise Unparsed("xargs places the line inside a word")
        words = [Word("{}") if word.text == place else word for word in words]
    return words
