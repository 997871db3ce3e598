"""Addresses in settings: where to notify, where to send runs, where issues are opened.

Standard library only.
"""

from __future__ import annotations

import re


def webhook(value: str) -> str:
    """An http(s) URL with a host; a user name and password in it would not be sent."""
    from urllib.parse import urlsplit  # only where there is one

    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be a URL such as https://example.org/hooks/1, without user:password")
    return value


def server(value: str) -> str:
    """A server's URL; an empty one, as of `--to ''`, is none."""
    if not re.fullmatch(r"https?://[^\s/@]+(/[^\s@?#]*)?", value):
        raise ValueError("must be a URL such as https://lastwords.example.org")
    return value.rstrip("/")


def repository(value: str) -> str:
    """A repository's URL; owner/name means one on GitHub."""
    text = value.strip().rstrip("/").removesuffix(".git")
    if re.fullmatch(r"[\w.-]+/[\w.-]+", text, re.ASCII):
        return f"https://github.com/{text}"
    if not re.fullmatch(r"https?://[\w.:-]+(/[\w.~-]+)+", text, re.ASCII) or len(text) > 500:
        raise ValueError("must be owner/name, or a URL such as https://git.example.org/owner/name")
    return text
