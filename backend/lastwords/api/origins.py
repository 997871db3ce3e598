"""Where a request comes from: the name it was sent to, and the site that sent it."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Request

from lastwords.api.problems import refuse

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def check_host(request: Request, allowed: Collection[str]) -> None:
    """Refuse a Host that is not ours: a name rebound to this address is not this server."""
    host = request.environ.get("HTTP_HOST", "")
    name, _ = split_host(host)
    if name not in _LOOPBACK_NAMES and not {host.lower(), name} & set(allowed):
        raise refuse(
            "host-not-allowed",
            400,
            f"{host[:200]!r} is not a name of this server; the admin can add it to "
            "LASTWORDS_ALLOWED_HOSTS",
        )


def check_origin(request: Request, dev_origins: Collection[str]) -> None:
    """Refuse what another site sent: by Sec-Fetch-Site where there is one, else by Origin.

    Source: Go 1.25, net/http.CrossOriginProtection; `same-site` is refused, as it ignores ports.
    """
    origin = request.headers.get("Origin")
    if origin in dev_origins:
        return
    site = request.headers.get("Sec-Fetch-Site")
    navigating = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if site not in (None, "same-origin", "none") and not navigating:
        raise refuse("cross-site-request", 403, f"Sec-Fetch-Site is {site[:200]!r}")
    if origin is not None and not same_origin(origin, request):
        raise refuse("cross-site-request", 403, f"Origin {origin[:200]!r} is not this server")


def split_host(host: str) -> tuple[str, str]:
    """A Host header's name in lower case and its port; ("", "") for what is neither."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name, port = host, ""
    elif not port.isdecimal() or not port.isascii() or len(port) > 5:
        return "", ""
    return name.lower(), port


def same_origin(origin: str, request: Request) -> bool:
    """Whether an Origin header names the host this request was sent to, port included."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == request.host.lower()
