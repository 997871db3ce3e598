"""Every header that decides something, sent twice: two readers could each believe another one."""

from __future__ import annotations

import socket

import pytest
from tests.real import PREFIX
from tests.security.conftest import Target

ONCE = {
    "Host": ("{host}", "evil.example"),
    "Authorization": ("Bearer {token}", "Bearer wrong"),
    "Content-Length": ("2", "2"),
    "Transfer-Encoding": ("chunked", "identity"),
    "Content-Type": ("application/json", "text/plain"),
    "Origin": ("http://{host}", "http://evil.example"),
    "Sec-Fetch-Site": ("same-origin", "cross-site"),
    "Idempotency-Key": ("one", "two"),
    "Range": ("bytes=0-0", "bytes=1-1"),
    "If-Range": ('"a"', '"b"'),
    "Expect": ("100-continue", "100-continue"),
}


def status_of(target: Target, method: str, name: str, values: tuple[str, ...]) -> int:
    """The answer to a request that has this header with each of these values."""
    server = target.server
    host = f"127.0.0.1:{server.port}"
    headers = {"Host": host, "Authorization": f"Bearer {server.token}", "Connection": "close"}
    headers |= {"Content-Length": "2", "Content-Type": "application/json"}
    headers.pop(name, None)
    lines = [f"{method} {PREFIX}/runs HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    lines += [f"{name}: {value.format(host=host, token=server.token)}" for value in values]
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall("\r\n".join([*lines, "", "{}"]).encode())
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", ONCE)
def test_a_header_that_decides_something_stands_there_once(
    target: Target, name: str, method: str
) -> None:
    for values in (ONCE[name], ONCE[name][::-1]):
        assert status_of(target, method, name, values) == 400
