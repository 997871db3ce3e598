"""Every route with an id or a path in it, asked with what is none: 400 or 404, never 500."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.real import PREFIX
from tests.security.conftest import Target

NAMES = [
    *("a/b", "a%2fb", "a%252fb", "/", "%2f", "//", "a\\b", "a%5cb"),
    *(".", "..", "...", "%2e", "%2e%2e", "%2e%2e%2f", "../..", "%252e%252e%252f", "..;"),
    *("%00", "a%00b", "%0a", "%0d%0a", "%7f", "%1b%5bm", "%20", "%09", "+", "*", "~", "--help"),
    *("%", "%%", "%zz", "%u0041", "%ff%fe", "%c0%af", "%ed%a0%80", "%f0%9f%98%80", "%e2%80%ae"),
    *("a" * 4096, "%41" * 4096, "a/" * 2048, "%2f" * 2048, "../" * 1365, "%00" * 1365),
    *("run_20260101_000000", "run_20260101_000000%00", "run_20260101_000000."),
    *("RUN_20260101_000000", "run_20260101_000000_99999999999999999999", "run_99999999_999999"),
    *("0", "-1", "1e999", "null", "latest", "{id}", "%7bid%7d", "'", "%22"),
    *("a;b", "a,b", "a:b", "a@b", "file:%2f%2f%2fetc%2fpasswd"),
]  # fmt: skip


# What is refused for having no body otherwise.
BODIES = {
    ("PATCH", "{id}"): {"note": "x"},
    ("PATCH", "{name}"): {"role": "viewer"},
    ("POST", "links"): {"days": 1},
}


def _asked(target: Target) -> Iterator[tuple[str, str]]:
    """Each method and path of the API that has a place for an id."""
    document: dict[str, Any] = target.server.get("/openapi.json").json
    for path, methods in document["paths"].items():
        if "{" in path:
            for method in methods:
                yield method.upper(), path


def _with(path: str, run_id: str, name: str) -> Iterator[str]:
    """The path with the name in each of its places, and a good id in the others."""
    path = path if path.startswith(PREFIX) else PREFIX + path
    path = path.replace("{attempt}", "1").replace("{member}", "0")
    first = "{run}" if "{run}" in path else "{id}"
    yield path.replace(first, name).replace("{path}", "x").replace("{link}", "x")
    if "{link}" in path:
        yield path.replace("{id}", run_id).replace("{link}", name)
    if "{path}" in path and "{id}" in path:
        yield path.replace("{id}", run_id).replace("{path}", name)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:30])
def test_what_is_no_id_is_400_or_404(target: Target, name: str) -> None:
    asked = list(_asked(target))
    assert len(asked) >= 15
    for method, path in asked:
        for sent in _with(path, target.run_id, name):
            body = BODIES.get((method, path.rpartition("/")[2]))
            query = "?q=x" if path.endswith("/search") else ""
            answer = target.server.ask(method, sent + query, body)
            # What machines send to takes none of the tokens that read.
            right = (400, 403, 404) if "/shipments/" in path else (400, 404)
            assert answer.status in right, (method, sent[:200], answer.status, answer.body)
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert str(target.home).encode() not in answer.body
    assert target.server.run(target.run_id)["status"] == "failed"
