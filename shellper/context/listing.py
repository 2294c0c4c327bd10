"""Names below the working directory, ordered by nearness to the words of a request."""
from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable

MOST_ENTRIES = 3000
DEEPEST = 5
_SKIPPED = {".git", "node_modules", "__pycache__", ".venv", "venv", ".cache", ".mypy_cache", ".pytest_cache"}


def walk(folder: str, most: int = MOST_ENTRIES) -> list[str]:
    """Paths below FOLDER relative to it, folders with a trailing slash, level by level, at most MOST and not beyond links."""
    found: list[str] = []
    level = [""]
    for _ in range(DEEPEST):
        below: list[str] = []
        for base in level:
            try:
                with os.scandir(os.path.join(folder, base)) as entries:
                    rows = sorted(entries, key=lambda entry: entry.name)
            except OSError:
                continue
            for entry in rows:
                path = base + entry.name
                if entry.is_dir(follow_symlinks=False):
                    found.append(path + "/")
                    if entry.name not in _SKIPPED:
                        below.append(path + "/")
                else:
                    found.append(path)
                if len(found) >= most:
                    return found
        level = below
    return found


@functools.lru_cache(maxsize=8192)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token.lower() for token in re.findall(r"[^\W\d_]+|\d+", re.sub(r"([a-z])([A-Z])", r"\1 \2", text)) if len(token) > 1 or token.isdigit())


def nearest(request: str, names: Iterable[str], limit: int) -> list[str]:
    """The LIMIT names nearest to REQUEST: by shared words (prefixes count), base name before folders, then shallow first."""
    words, exact = _words(request), request.lower()
    scored = []
    for order, name in enumerate(names):
        score = _score(name, words, exact)
        bare = name.rstrip("/")
        hidden = bare.rpartition("/")[2].startswith(".") and score == 0
        scored.append((-score, hidden, bare.count("/"), order, name))
    scored.sort()
    return [row[-1] for row in scored[:limit]]


def matches(request: str, names: Iterable[str]) -> list[str]:
    """The names that share a word with REQUEST, nearest first."""
    words, exact = _words(request), request.lower()
    scored = [(-score, order, name) for order, name in enumerate(names) if (score := _score(name, words, exact)) > 0]
    return [row[-1] for row in sorted(scored)]


def _words(request: str) -> set[str]:
    return {word for word in _tokens(request) if len(word) > 1 or word.isdigit()}


def _score(name: str, words: set[str], exact: str) -> float:
    folder, _, base = name.rstrip("/").rpartition("/")
    score = 2 * _overlap(_tokens(base), words) + _overlap(_tokens(folder), words) if words else 0.0
    return score + (6 + len(base) if len(base) > 2 and base.lower() in exact else 0)


def _overlap(tokens: tuple[str, ...], words: set[str]) -> float:
    total = 0.0
    for token in set(tokens):
        if token in words:
            total += len(token)
            continue
        shared = max((_shared(token, word) for word in words), default=0)
        total += 0.7 * shared
    return total


def _shared(left: str, right: str) -> int:
    """The length of the common start where it is long enough to mean the same word (log, logs)."""
    size = next((at for at, (one, other) in enumerate(zip(left, right)) if one != other), min(len(left), len(right)))
    return size if size >= 3 and size >= min(len(left), len(right)) - 1 and size * 2 > max(len(left), len(right)) else 0
