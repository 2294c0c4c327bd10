"""Words that are composed of several arguments (`s/a/b/g`, `{s += $2} END {print s}`), both ways."""
from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

_PLACE = re.compile(r"\{([a-z_0-9]+)(?::([^{}]*))?\}")


def _escape_for(separator: str, special: str = "") -> Callable[[str], str]:
    return lambda value: re.sub(f"([{re.escape(separator + special)}])", r"\\\1", value).replace("\n", "\\n")


def _unescape_for(separator: str, special: str = "") -> Callable[[str], str]:
    return lambda text: re.sub(f"\\\\([{re.escape(separator + special)}])", r"\1", text).replace("\\n", "\n")


def _lines(value: str) -> str:
    text = value.replace("last", "$").replace("-", ",")
    return text + "$" if text.endswith(",") else text


def _read_lines(text: str) -> str:
    text = re.sub(r"\s", "", text)
    return "last" if text == "$" else text.replace(",$", "-").replace(",", "-")


def _columns(value: list) -> str:
    return ", ".join("$NF" if item in ("last", -1) else f"${item}" for item in value)


def _read_columns(text: str) -> list:
    return ["last" if item == "$NF" else int(item[1:]) for item in re.findall(r"\$(?:NF|\d+)", text)]


def _awk_value(value: Any) -> str:
    text = str(value)
    return text if re.fullmatch(r"-?\d+(\.\d+)?", text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read_awk_value(text: str) -> str:
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\") if text.startswith('"') else text


def _json_value(value: Any) -> str:
    import json

    text = str(value)
    return text if re.fullmatch(r"-?\d+(\.\d+)?|true|false|null", text) else json.dumps(text, ensure_ascii=False)


def _read_json_value(text: str) -> str:
    import json

    try:
        return json.loads(text) if text.startswith('"') else text
    except ValueError:  # jq takes escapes that JSON does not know
        return _read_awk_value(text)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")


_COLUMN = r"\$(?:\d+|NF\b)"
_ITEM = rf'(?:"(?:\\[tn"\\]|[^"\\{{}}\n\t])*"|{_COLUMN}|NR\b)'
_TEMPLATE = re.compile(r"\{(\d+|last|line|number)\}")
_AWK_NAMES = {"last": "$NF", "line": "$0", "number": "NR"}
_AWK_ESCAPES = {"t": "\t", "n": "\n"}


def _awk_items(value: str) -> str:
    """A template ("{1}: {last}") as what awk's print takes."""
    out = []
    for at, part in enumerate(_TEMPLATE.split(value)):
        if at % 2:
            out.append(_AWK_NAMES.get(part, f"${part}"))
        elif part:
            out.append('"' + part.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n") + '"')
    text = " ".join(out)
    return re.sub(r'(?<=\w) " " (?=\$|NR)', ", ", text)


def _awk_place(item: str) -> str:
    return "{" + next((name for name, text in _AWK_NAMES.items() if text == item), item[1:]) + "}"


def _awk_text(inner: str) -> str:
    return re.sub(r"\\(.)", lambda match: _AWK_ESCAPES.get(match[1], match[1]), inner)


def _read_awk_items(text: str) -> str:
    parts = re.findall(rf"{_ITEM}|,", text)
    return "".join(" " if part == "," else _awk_text(part[1:-1]) if part.startswith('"') else _awk_place(part) for part in parts)


def _read_awk_format(text: str) -> str:
    """The same from `"%s: %s\\n", $1, $NF`; empty where the values do not fit the format."""
    inner, rest = re.fullmatch(r'"((?:\\.|[^"\\])*)\\n"(.*)', text, re.DOTALL).groups()
    places = re.findall(rf"{_COLUMN}|NR\b", rest)
    pieces = inner.replace("%%", "\0").split("%s")
    if len(pieces) != len(places) + 1:
        return ""
    return "".join(_awk_text(piece).replace("\0", "%") + (_awk_place(places[at]) if at < len(places) else "") for at, piece in enumerate(pieces))


_FIELD = r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[\d*\])*"
# kind -> (regex of the text, value -> text, text -> value)
KINDS: dict[str, tuple[str, Callable[[Any], str], Callable[[str], Any]]] = {
    "any": (r".*", str, str),
    "word": (r"[^\s]+?", str, str),
    "int": (r"-?\d+", str, int),
    "num": (r"-?\d+(?:\.\d+)?", str, str),
    "awkstr": (r"(?:\\.|[^\"\\])*", _quoted, _unquoted),
    "awkre": (r"(?:\\.|[^/\\])+", _escape_for("/"), _unescape_for("/")),
    "awkcols": (r"\$(?:\d+|NF)(?:\s*(?:,|\" \")\s*\$(?:\d+|NF))*", _columns, _read_columns),
    "awkitems": (rf"{_ITEM}(?:\s*,?\s*{_ITEM})*", _awk_items, _read_awk_items),
    "awkformat": (rf'"(?:\\[tn"\\]|%s|%%|[^"\\%{{}}])*\\n"(?:\s*,\s*(?:{_COLUMN}|NR\b))*', _awk_items, _read_awk_format),
    "jqfields": (rf"\.{_FIELD}(?:\s*,\s*\.{_FIELD})*", lambda value: ", ".join("." + field for field in value), lambda text: [part.strip()[1:] for part in text.split(",")]),
    "plre": (r"(?:\\[^/\n]|(?!\(\?\??\{|@|[$](?![)|/]|\Z))[^/\\\n])+", str, str),  # no code, no variables
    "plto": (r"(?:\\[^/\n]|[$]\d|[^/\\\n$@])*", str, str),
    "seds": (r"(?:\\[^/\n]|[^/\\\n])+", str, str),
    "sedrs": (r"(?:\\[^/\n]|[^/\\\n])*", str, str),
    "sedlines": (r"\$|\d+(?:\s*,\s*(?:\d+|\$))?", _lines, _read_lines),
    "awkval": (r"-?\d+(?:\.\d+)?|\"(?:\\.|[^\"\\])*\"", _awk_value, _read_awk_value),
    "jqpath": (_FIELD, str, str),
    "jqstr": (r"(?:\\.|[^\"\\])*", _quoted, _unquoted),
    "jqval": (r"-?\d+(?:\.\d+)?|true|false|null|\"(?:\\.|[^\"\\])*\"", _json_value, _read_json_value),
    "op": (r"==|!=|>=|<=|!~|~|>|<", str, str),
}
for _separator in "/#|,:@!":
    KINDS[f"sed{_separator}" if _separator != "/" else "sed"] = (rf"(?:\\.|[^{re.escape(_separator)}\\\n])+", _escape_for(_separator), _unescape_for(_separator))
    KINDS[f"sedr{_separator}" if _separator != "/" else "sedr"] = (rf"(?:\\.|[^{re.escape(_separator)}\\\n])*", _escape_for(_separator), _unescape_for(_separator))


def compose(forms: list[Mapping[str, Any]], arguments: Mapping[str, Any]) -> str | None:
    """The word for ARGUMENTS by the first form that fits, or None where no form does."""
    mentioned = {name for form in forms for name in names(form)}
    given = {name for name in mentioned if name in arguments}
    for form in forms:
        if given <= names(form) and all(name in given for name, _ in places(form["text"])) and all(arguments.get(k) == v for k, v in form.get("set", {}).items()):
            if any(not _fits(kind, arguments[name]) for name, kind in places(form["text"])):
                continue
            return _PLACE.sub(lambda m: KINDS[m[2] or "any"][1](arguments[m[1]]), form["text"])
    return None


def decompose(item: Mapping[str, Any], text: str) -> dict[str, Any] | None:
    """The arguments that a word stands for, or None."""
    for form in [*item["word"], *item.get("also", [])]:
        pattern, places = _compiled(form["text"])
        if match := pattern.fullmatch(text):
            values = {name: KINDS[kind][2](match[f"g{at}"]) for at, (name, kind) in enumerate(places)}
            if any(values[name] != KINDS[kind][2](match[f"g{at}"]) for at, (name, kind) in enumerate(places)):
                continue  # a name that stands twice must say the same twice
            return {**values, **form.get("set", {})}
    return None


def _fits(kind: str, value: Any) -> bool:
    regex, write, _ = KINDS[kind]
    try:
        return re.fullmatch(regex, write(value), re.DOTALL) is not None
    except (TypeError, ValueError):
        return False


def names(form: Mapping[str, Any]) -> set[str]:
    """The arguments that a form speaks of."""
    return {name for name, _ in places(form["text"])} | set(form.get("set", {}))


@functools.cache
def places(text: str) -> tuple[tuple[str, str], ...]:
    """The (argument, kind) placeholders of a form's text in order."""
    return tuple((match[1], match[2] or "any") for match in _PLACE.finditer(text))


@functools.cache
def _compiled(text: str) -> tuple[re.Pattern, tuple[tuple[str, str], ...]]:
    out, at, places = [], 0, []
    for match in _PLACE.finditer(text):
        before = text[at : match.start()]
        exact = (match[2] or "any") == "any" and not before.endswith(" ")  # then blanks belong to the free text
        out.append(_loose(before).removesuffix(r"\s*") if exact else _loose(before))
        out.append(f"(?P<g{len(places)}>{KINDS[match[2] or 'any'][0]})")
        places.append((match[1], match[2] or "any"))
        at = match.end()
    out.append(_loose(text[at:]))
    return re.compile("".join(out), re.DOTALL), tuple(places)


def _loose(literal: str) -> str:
    """A literal part as a pattern in which blanks may come or go except between two words, and `;` before a closing brace."""
    out = []
    for part in re.split(r"(\s+|[{}();,|]|[+*/-]?=|&&)", literal):
        if part.isspace():
            out.append(" ")
        elif part == "}":
            out.append(r"\s*;?\s*\}\s*")
        elif re.fullmatch(r"[{();,|]|[+*/-]?=|&&", part):
            out.append(rf"\s*{re.escape(part)}\s*")
        elif part:
            out.append(re.escape(part))
    for at, part in enumerate(out):
        if part == " ":
            before, after = out[at - 1] if at else "", out[at + 1] if at + 1 < len(out) else ""
            out[at] = r"\s+" if before[-1:].isalnum() and after[:1].isalnum() else r"\s*"
    return "".join(out)
