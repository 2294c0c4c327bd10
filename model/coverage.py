"""How many public pairs the catalogue can express: `python -m model.coverage --data-dir DIR`."""
from __future__ import annotations

import argparse
import collections
import json
import re
from collections.abc import Iterator
from pathlib import Path

from shellper.errors import Unparsed
from shellper.render import parse


def fill(text: str, *, seed: int = 0) -> str:
    """A tldr command or description with its placeholders filled: `{{a|b}}` one of them, `{{path/to/file1 file2 ...}}` the first ones."""

    def one(match: re.Match) -> str:
        inner = match[1]
        if inner.startswith("[") and inner.endswith("]"):
            return inner[1:-1].split("|")[0]
        if "|" in inner:
            options = inner.split("|")
            return options[seed % len(options)]
        return re.sub(r"\s*\.\.\.$", "", inner)

    return re.sub(r"\{\{(.*?)\}\}", one, text)


def pairs(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(corpus, words, command) of nl2bash.jsonl and tldr.jsonl below FOLDER."""
    for line in (folder / "nl2bash.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        yield "nl2bash", row["nl"], row["bash"]
    for line in (folder / "tldr.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        yield "tldr", fill(row["nl"]), fill(row["bash"])


def reason_class(reason: str) -> str:
    """A reason without its particulars, for counting."""
    return re.sub(r"\s+", " ", re.sub(r"'[^']*'|\"[^\"]*\"", "…", reason))[:70]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="folder with nl2bash.jsonl and tldr.jsonl")
    parser.add_argument("--top", type=int, default=40, help="how many reasons to print (default %(default)s)")
    parser.add_argument("--only", choices=["nl2bash", "tldr"])
    parser.add_argument("--show", default="", help="print examples whose reason contains this text")
    options = parser.parse_args(argv)
    total, good, reasons = collections.Counter(), collections.Counter(), {"nl2bash": collections.Counter(), "tldr": collections.Counter()}
    for corpus, _, command in pairs(options.data_dir):
        if options.only and corpus != options.only:
            continue
        total[corpus] += 1
        try:
            parse(command)
            good[corpus] += 1
        except Unparsed as error:
            reasons[corpus][reason_class(error.reason)] += 1
            if options.show and options.show in error.reason:
                print(f"  {error.reason[:60]:60} {command[:160]}")
    for corpus in total:
        print(f"{corpus}: {good[corpus]} of {total[corpus]} parse ({100 * good[corpus] / total[corpus]:.1f} %)")
        for reason, count in reasons[corpus].most_common(options.top):
            print(f"  {count:6} {reason}")


if __name__ == "__main__":
    main()
