"""Secrets in text that is made to be passed on: reports, exports, notifications.

The log itself stays exact; only copies are masked.

Covered: tokens of Hugging Face, OpenAI and alike, GitHub, GitLab, Slack, AWS and Google, bearer and
basic authorization, JSON web tokens, passwords in URLs, private keys, assignments whose name says
that the value is a secret, and exact values given by the caller.
Not covered: secrets of a shape of their own that nothing names.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

MASK = "***"
_SHORTEST_VALUE = 6
_KEYS = re.compile(
    r"-----BEGIN (?P<kind>[A-Z ]{0,40}PRIVATE KEY)-----.*?(?:-----END (?P=kind)-----|\Z)", re.DOTALL
)
_TOKENS = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{16,}|"
    r"github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}|xox[abposr]-[A-Za-z0-9-]{10,}|"
    r"(?:AKIA|ASIA)[A-Z0-9]{12,}|AIza[A-Za-z0-9_-]{30,}|"
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"
)
_BEARER = re.compile(r"(?i)\b(?P<before>(?:bearer|basic)[ \t]+)(?P<secret>[A-Za-z0-9._~+/=-]{8,})")
_URL = re.compile(
    r"(?P<before>\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"]{0,200}:)(?P<secret>[^\s@/'\"]+)@"
)
_URL_TOKEN = re.compile(r"(?P<before>\bhttps?://)(?P<secret>[^\s/:@'\"]{16,})@")
_NAMED = re.compile(
    r"(?i)(?P<before>\b[\w-]{0,40}(?:password|passwd|passphrase|pwd|secret|api[_-]?key|access[_-]?key|"
    r"auth[_-]?token|"
    r"access[_-]?token|(?<!pad)(?<!eos)(?<!bos)(?<!unk)(?<!sep)(?<!cls)(?<!mask)(?<!special)"
    r"[_-]token|private[_-]?key)[\"']?[ \t]{0,4}[=:][ \t]{0,4}[\"']?)"
    r"(?P<secret>[^\s\"',;&<>()\[\]{}]{6,})|(?P<query>[?&](?:token|key|sig|"
    r"signature)=)[^\s&\"']{6,}"
)


@dataclass(frozen=True)
class Masked:
    """A text without its secrets, and how many were taken out."""

    text: str
    count: int


def mask(text: str, values: Iterable[str] = ()) -> Masked:
    """Take secrets out of a text; `values` are secrets known to the caller, whatever their form."""
    text, count = _mask_known(text, values)
    text, found = _KEYS.subn(rf"-----BEGIN \g<kind>----- {MASK}", text)
    count += found
    for pattern, replacement in (
        (_URL, rf"\g<before>{MASK}@"),
        (_URL_TOKEN, rf"\g<before>{MASK}@"),
        (_TOKENS, MASK),
        (_BEARER, rf"\g<before>{MASK}"),
    ):
        text, found = pattern.subn(replacement, text)
        count += found
    text, found = _mask_named(text)
    return Masked(text, count + found)


def _mask_known(text: str, values: Iterable[str]) -> tuple[str, int]:
    """Exact values, as they are and as they stand in a URL, in JSON and in base64."""
    forms: set[str] = set()
    for value in values:
        if len(value) >= _SHORTEST_VALUE:
            base64 = b64encode(value.encode("utf-8", "replace")).decode().rstrip("=")
            forms |= {
                value,
                quote(value, safe="", errors="replace"),
                json.dumps(value)[1:-1],
                base64,
            }
    if not forms:
        return text, 0
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))).subn(MASK, text)


def _mask_named(text: str) -> tuple[str, int]:
    count = 0

    def replace(found: re.Match[str]) -> str:
        nonlocal count
        if MASK in found[0]:
            return found[0]
        count += 1
        return (found["before"] or found["query"]) + MASK

    return _NAMED.sub(replace, text), count
