"""Drills about tables and JSON documents, whose columns and keys are called by their names."""
from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Any

from .drill import SHORT_NAMES, Drill, Unfit, bank, pools


def tables(drill: Drill) -> Iterator[dict]:
    """A question about a table or JSON document, whose columns or keys are called by their names."""
    draw, words = drill.draw, bank("tables")
    folder = drill.folder() if draw.random() < 0.3 else ""
    if draw.random() < 0.5:
        drill.fill("", draw.randint(1, 5))
    stem = draw.choice(words["files"]) + draw.choice(("", "", "", "_2024", "-may", "_old", "2"))
    heads = [draw.choice(words["names"]), *draw.sample(words["groups"], draw.randint(1, 2)), *draw.sample(words["numbers"], draw.randint(1, 3))]
    draw.shuffle(heads)
    if draw.random() < 0.3:
        heads[draw.randrange(len(heads))] += draw.choice(("_eur", "_2023", "_id", " total"))
    if draw.random() < 0.2:
        heads = [head.capitalize() for head in heads]
    kept = draw.sample(words["values"], 6)
    value = {head: (lambda: draw.choice(kept[:3])) if _stem(head) in words["groups"] else (lambda: str(draw.randint(1, 900))) if _stem(head) in words["numbers"] else (lambda: draw.choice(pools()[2])) for head in heads}
    rows = [[value[head]() for head in heads] for _ in range(draw.randint(3, 9))]
    if draw.random() < 0.3:
        yield from _json_question(drill, folder, stem, heads, rows)
        return
    gap, ending = draw.choice(((",", "csv"), (",", "csv"), (",", "csv"), (";", "csv"), ("\t", "tsv"), ("|", "txt")))
    path = os.path.join(folder, f"{stem}.{ending}")
    Path(drill.top, path).write_text("\n".join(gap.join(row) for row in [heads, *rows]) + "\n", encoding="utf-8")
    texts = [head for head in heads if _stem(head) in words["groups"]]
    figures = [head for head in heads if _stem(head) in words["numbers"]]
    labels = [head for head in heads if head not in figures]
    at = {head: number for number, head in enumerate(heads, 1)}
    number, text, label = draw.choice(figures), draw.choice(texts), draw.choice(labels)
    shown = rows[draw.randrange(len(rows))][at[text] - 1]
    middle = sorted(int(row[at[number] - 1]) for row in rows)[len(rows) // 2]
    few = str(draw.randint(2, 5))
    n, t, l = at[number], at[text], at[label]  # noqa: E741
    awk = {"\t": "awk -F'\\t'", ",": "awk -F,"}.get(gap, f"awk -F{quote(gap)}")
    cut = f"cut -f {{}} {quote(path)}" if gap == "\t" else f"cut -d {quote(gap)} -f {{}} {quote(path)}"
    separated = "-t '\t'" if gap == "\t" else f"-t {quote(gap)}"
    file = quote(path)
    other = draw.choice([head for head in heads if head != number])
    low, high = sorted((l, n))
    forms = {
        "sum": (number, f"{awk} 'NR > 1 {{s += ${n}}} END {{print s}}' {file}"), "average": (number, f"{awk} 'NR > 1 {{s += ${n}; n++}} END {{print s / n}}' {file}"),
        "max": (number, f"{awk} 'NR > 1 && ${n} > m {{m = ${n}}} END {{print m}}' {file}"),
        "equal": (text, f"{awk} '${t} == \"{shown}\"' {file}"), "unequal": (text, f"{awk} 'NR > 1 && ${t} != \"{shown}\"' {file}"),
        "over": (number, f"{awk} 'NR > 1 && ${n} > {middle}' {file}"), "under": (number, f"{awk} 'NR > 1 && ${n} < {middle}' {file}"),
        "least": (number, f"{awk} 'NR > 1 && ${n} >= {middle}' {file}"), "most": (number, f"{awk} 'NR > 1 && ${n} <= {middle}' {file}"),
        "column": (label, f"{awk} 'NR > 1 {{print ${l}}}' {file}"), "two": (heads[low - 1], cut.format(f"{low},{high}")),
        "distinct": (text, f"{awk} 'NR > 1 {{print ${t}}}' {file} | sort -u"), "how_many_distinct": (text, f"{awk} 'NR > 1 {{print ${t}}}' {file} | sort -u | wc -l"),
        "ranked": (text, f"{awk} 'NR > 1 {{print ${t}}}' {file} | sort | uniq -c | sort -rn"),
        "sum_per": (text, f"{awk} 'NR > 1 {{s[${t}] += ${n}}} END {{for (k in s) print k, s[k]}}' {file}"), "per": (text, f"{awk} 'NR > 1 {{n[${t}]++}} END {{for (k in n) print n[k], k}}' {file}"),
        "sort_up": (number, f"tail -n +2 {file} | sort -n {separated} -k {n}"), "sort_down": (number, f"tail -n +2 {file} | sort -rn {separated} -k {n}"), "sort_text": (label, f"tail -n +2 {file} | sort {separated} -k {l}"),
        "top": (number, f"tail -n +2 {file} | sort -rn {separated} -k {n} | head -n {few}"), "bottom": (number, f"tail -n +2 {file} | sort -n {separated} -k {n} | head -n {few}"),
        "one_top": (number, f"tail -n +2 {file} | sort -rn {separated} -k {n} | head -n 1"), "count_equal": (text, f"{awk} '${t} == \"{shown}\"' {file} | wc -l"),
        "pick": (text, f"{awk} '${t} == \"{shown}\" {{print ${at[other]}}}' {file}"), "pick_over": (number, f"{awk} 'NR > 1 && ${n} > {middle} {{print ${at[other]}}}' {file}"),
        "sum_where": (text, f"{awk} '${t} == \"{shown}\" {{s += ${n}}} END {{print s}}' {file}"), "header": ("", f"head -n 1 {file}"),
    }  # fmt: skip
    way = draw.choice(list(forms))
    head, command = forms[way]
    second = {"two": heads[high - 1], "sum_per": number, "pick": other, "pick_over": other, "sum_where": number}.get(way, "")
    if second == head or (way == "pick" and other == text):
        raise Unfit
    named = _file_said(draw, path, stem)
    example = drill.ask(drill.say(draw.choice(words[way]), f=named, c=_column_said(draw, head), d=_column_said(draw, second), v=shown, n=str(middle), k=few), command)
    if not example["columns"]:  # in a folder that is not looked into
        raise Unfit
    yield example


def _stem(head: str) -> str:
    return re.split(r"[_ ]", head.lower())[0]


def _column_said(draw: random.Random, head: str) -> str:
    return head if draw.random() < 0.5 else head.lower().replace("_", " ")


def _file_said(draw: random.Random, path: str, stem: str) -> str:
    """A file by its path, its name, or loosely."""
    way = draw.random()
    if way < 0.4:
        return path
    if way < 0.65:
        return os.path.basename(path)
    return draw.choice(("the {} table", "the {} file", "our {} list", "{}", "the {}", "my {} sheet")).format(stem.replace("_", " ").replace("-", " "))


def _json_question(drill: Drill, folder: str, stem: str, heads: list[str], rows: list[list[str]]) -> Iterator[dict]:
    """A question about the same rows as a JSON document."""
    draw, words = drill.draw, bank("tables")
    heads = [head.replace(" ", "_") for head in heads]
    figures = [head for head in heads if _stem(head) in words["numbers"]]
    texts = [head for head in heads if _stem(head) in words["groups"]]
    entries = [{head: int(cell) if head in figures else cell for head, cell in zip(heads, row, strict=True)} for row in rows]
    path = os.path.join(folder, f"{stem}.json")
    inner = draw.choice(("", "", draw.choice(words["files"]), "items"))
    way = draw.choice(("json_list", "json_list", "json_get", "json_length", "json_equal", "json_over", "json_pick", "json_sum", "json_max"))
    text, number, any_key = draw.choice(texts), draw.choice(figures), draw.choice(heads)
    shown = draw.choice(entries)[text]
    middle = sorted(entry[number] for entry in entries)[len(entries) // 2]
    document: Any = entries
    said, second, file = any_key, "", quote(path)
    if way == "json_get":
        document = entries[0] if draw.random() < 0.4 else {"version": 2, draw.choice(SHORT_NAMES): entries[0]}
        outer = next((key for key, value in document.items() if isinstance(value, dict)), "")
        key = f".{outer}.{any_key}" if outer else f".{any_key}"
        command = f"jq -r {quote(key)} {file}"
        if outer and draw.random() < 0.5:
            said = f"{outer} {any_key}" if draw.random() < 0.5 else f"{any_key} of the {outer}"
    else:
        start = f".{inner}[]" if inner else ".[]"
        if inner:
            document = {"updated": "2024-05-02", inner: entries}
        said, second, query = {
            "json_list": (any_key, "", f"-r '{start}.{any_key}'"), "json_length": ("", "", f"'.{inner} | length'" if inner else "length"),
            "json_equal": (text, "", f"'{start} | select(.{text} == \"{shown}\")'"), "json_over": (number, "", f"'{start} | select(.{number} > {middle})'"),
            "json_pick": (text, any_key, f"-r '{start} | select(.{text} == \"{shown}\") | .{any_key}'"), "json_sum": (number, "", f"'[{start}.{number}] | add'"), "json_max": (number, "", f"'map(.{number}) | max'" if not inner else ""),
        }[way]  # fmt: skip
        if not query or second == said:
            raise Unfit
        command = f"jq {query} {file}"
    Path(drill.top, path).write_text(json.dumps(document, indent=draw.choice((None, 1, 2))), encoding="utf-8")
    yield drill.ask(drill.say(draw.choice(words[way]), f=_file_said(draw, path, stem), c=_column_said(draw, said), d=_column_said(draw, second), v=str(shown), n=str(middle)), command)
