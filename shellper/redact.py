"""Secrets in text that is kept or shown to the model: replaced before they get anywhere."""
from __future__ import annotations

import math
import re

_PLACE = "[redacted]"
_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bglpat-[A-Za-z0-9_-]{16,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bsk-[A-Za-z0-9_-]{20,}"
    r"|\bAIza[A-Za-z0-9_-]{30,}"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*",
    re.DOTALL,
)
_NAMED = re.compile(r"(?i)((?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|client[_-]?secret|private[_-]?key)[\"']?\s*[=:]\s*[\"']?)([^\s\"',;&]{3,})")
_BEARER = re.compile(r"(?i)(authorization:\s*(?:bearer|basic|token)\s+)(\S+)")
_URL = re.compile(r"\b([a-z][a-z0-9+.-]*://[^\s/:@]*:)([^\s/@]+)(@)", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w/.+-])[A-Za-z0-9+/_-]{32,}={0,2}(?![\w/.+-])")
_HEX = re.compile(r"[0-9a-fA-F-]+")
_ENTROPY = 4.3  # bits a character; English names joined by dashes stay below


def redact(text: str) -> str:
    """TEXT with keys, tokens, passwords and words that look random replaced. Digests and commit names (hexadecimal) stay."""
    text = _SHAPES.sub(_PLACE, text)
    text = _URL.sub(rf"\1{_PLACE}\3", text)
    text = _BEARER.sub(rf"\1{_PLACE}", text)
    text = _NAMED.sub(rf"\1{_PLACE}", text)
    return _WORD.sub(lambda match: _PLACE if _random(match[0]) else match[0], text)


def _random(word: str) -> bool:
    if _HEX.fullmatch(word) or not (re.search(r"\d", word) and re.search(r"[a-z]", word) and re.search(r"[A-Z]", word)):
        return False
    share = [word.count(char) / len(word) for char in set(word)]
    return -sum(part * math.log2(part) for part in share) > _ENTROPY
